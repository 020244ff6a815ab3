"""What a unit does with what it was given."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.documents.uploads import receive_with_form
from bihuan.kernel.actor import Actor
from bihuan.kernel.numbers import as_whole
from bihuan.supervision.actions.dispatching import Part, break_down_assignment, raise_obstacle
from bihuan.supervision.actions.handling import (
    decline_assignment,
    explain_assignment,
    record_answer,
    report_progress,
    send_back_submission,
    sign_assignment,
    sign_submission,
    submit_completion,
    withdraw_submission,
)
from bihuan.supervision.forms.base import (
    REASON,
    DeadlineField,
    EvidenceForm,
    FilesField,
    OperationForm,
    RuleField,
    settle_deadline,
    words,
)
from bihuan.supervision.forms.units import UnitsField
from bihuan.supervision.models import Criterion
from bihuan.supervision.queries.assignments import Node, Sheet
from bihuan.supervision.rules import Duty
from bihuan.ui import wording
from bihuan.ui.forms import offer


class SignForm(OperationForm):
    action = staticmethod(sign_assignment)
    consequence = _("时限自交办时起算，签收不影响时限。")


class DeclineForm(OperationForm):
    action = staticmethod(decline_assignment)
    consequence = _("由交办单位决定维持交办或改派；维持后不能再次退办。")

    reason = words(REASON, help_text=_("依据哪项职责分工，应由哪个单位办理"))


class ReportForm(EvidenceForm):
    action = staticmethod(report_progress)

    text = words(_("本期新进展"))
    problems = words(_("存在问题"), rows=2, required=False)
    next_steps = words(_("下步打算"), rows=2, required=False)
    progress = forms.IntegerField(
        label=_("自评进度（%）"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("本单位自评，仅供参考"),
    )
    value = forms.DecimalField(label=_("量化完成值"), required=False, max_digits=14, decimal_places=2)
    reached = forms.TypedMultipleChoiceField(
        label=_("本期完成的节点"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ["text", "problems", "next_steps", "reached", "progress", "value", "files"]

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        item = sheet.item
        if item.target_value is None:
            del self.fields["value"]
        else:
            self.fields["value"].help_text = _now("目标 %(target)s %(unit)s") % {
                "target": item.target_value.normalize().to_integral_value()
                if item.target_value == item.target_value.to_integral_value()
                else item.target_value,
                "unit": item.target_unit,
            }

        waiting = [node for node in sheet.milestones if node.reached_on is None]
        if waiting:
            offer(self, "reached", [(node.milestone.pk, _node(node)) for node in waiting])
        else:
            del self.fields["reached"]

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        return {"progress": sheet.assignment.progress}


def _node(node: Node) -> str:
    said = {"name": node.milestone.name, "due": wording.say_day(node.milestone.due_on)}
    return (_now("%(name)s（%(due)s，已过）") if node.late else _now("%(name)s（%(due)s）")) % said


class OverrideMixin(forms.Form):
    """Asks for a reason only where parts or assisting units are still at work."""

    override = words(_("先行申报的理由"), rows=2, required=False)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)  # type: ignore[call-arg]
        waiting = len(sheet.unfinished)
        if waiting:
            self.fields["override"].help_text = _now(
                "还有 %(n)d 件分解或配合事项未办结；等它们办结，或写明先行申报的理由"
            ) % {"n": waiting}
        else:
            del self.fields["override"]


PROOF = "proof-"


class CompletionForm(OverrideMixin, EvidenceForm):
    action = staticmethod(submit_completion)

    text = words(_("办结情况"), rows=5, help_text=_("逐条对照验收标准写结果"))
    field_order = ["text", "override", "files"]

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        if sheet.returned_with:
            self.fields["text"].label = _("补充后的办结情况")
            self.fields["text"].help_text = _("已带入上次申报的内容，只补缺的部分")
        if sheet.assignment.duty == Duty.LEAD:
            for number, criterion in enumerate(sheet.item.criteria.all(), 1):
                if criterion.asks_for_evidence:
                    self.fields[f"{PROOF}{criterion.pk}"] = self._proof(number, criterion)
            self.order_fields([name for name in self.fields if name != "files"])

    def _proof(self, number: int, criterion: Criterion) -> FilesField:
        """The files that show that one criterion is met; what was shown before need not be sent again."""
        before = len(self.sheet.proofs.get(criterion.pk, []))
        told = _now("此前已附 %(n)d 份，可再补充。") % {"n": before} if before else ""
        return FilesField(
            label=_now("标准 %(n)d 的佐证") % {"n": number},
            required=not before,
            help_text=f"{criterion.text}{_now('：') if told else ''}{told}",
            error_messages={"required": _now("标准 %(n)d 须附佐证，请上传后再申报") % {"n": number}},
        )

    def words(self) -> dict[str, Any]:
        said = super().words()
        return {name: value for name, value in said.items() if not name.startswith(PROOF)}

    def perform(self, actor: Actor) -> Any:
        given = {
            int(name.removeprefix(PROOF)): uploads
            for name, uploads in self.cleaned_data.items()
            if name.startswith(PROOF) and uploads
        }
        received = {pk: [one.pk for one in receive_with_form(actor, files)] for pk, files in given.items()}
        return self.perform_with(actor, proofs=received)

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        last = sheet.submission
        if last is not None:
            return {"text": last.text}
        criteria = [f"{n}. {criterion.text}：" for n, criterion in enumerate(sheet.item.criteria.all(), 1)]
        return {"text": "\n".join(criteria)}


class RecordForm(OverrideMixin, EvidenceForm):
    """What a unit outside the system has answered, put on record by the lead that it assists."""

    action = staticmethod(record_answer)
    consequence = _("登记即视为该单位已答复，由本单位的另一人审核。")

    text = words(_("答复内容"), rows=5, help_text=_("写明答复人、答复方式和日期；来函请作为佐证上传"))
    field_order = ["text", "override", "files"]


class RetractionForm(OperationForm):
    action = staticmethod(withdraw_submission)
    consequence = _("本单位领导审签前可以撤回修改；办理时限照常计算。")


class SignOffForm(OverrideMixin, OperationForm):
    action = staticmethod(sign_submission)
    consequence = _("以审签时间认定是否按期；审签后送交办单位审核。")


class SendBackForm(OperationForm):
    action = staticmethod(send_back_submission)
    consequence = _("退给本单位承办人修改，办理时限照常计算。")

    reason = words(_("需要修改的内容"))


class ExplanationForm(OperationForm):
    action = staticmethod(explain_assignment)
    consequence = _("交办单位认可后，认可期内不列入通报和约谈；灯色不变。")

    text = words(_("情况说明"), help_text=_("原因和下一步安排"))


class ObstacleForm(OperationForm):
    action = staticmethod(raise_obstacle)
    consequence = _("作为一件向上的办件交给该单位，限期答复；本件时限照常计算。")

    unit_id = forms.TypedChoiceField(label=_("请哪一级协调"), coerce=int)
    power = forms.CharField(label=_("需要上级行使的职权"), max_length=100)
    text = words(_("具体困难和已做的努力"))

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        offer(self, "unit_id", [(unit.pk, unit.name) for unit in sheet.units_above])


class PartForm(forms.Form):
    """One part; a row left quite empty is ignored."""

    title = forms.CharField(label=_("分解事项"), max_length=200)
    due_at = DeadlineField(label=_("时限"), required=False)
    due_rule = RuleField()
    unit_ids = UnitsField(label=_("承办单位"))
    text = words(_("具体要求"), rows=2, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("due_rule") and "due_at" not in self.changed_data:
            given["due_at"] = None  # the date that was proposed gives way to the span that was written
        settle_deadline(self, given, required=True)
        return given


class PartsFormSet(forms.BaseFormSet):
    def clean(self) -> None:
        if not any(form.has_changed() for form in self.forms):
            raise forms.ValidationError(_now("请至少填写一项分解事项"), code="required")


class PartsForm(OperationForm):
    """The parts stand in a formset of their own; the form only carries the version."""

    action = staticmethod(break_down_assignment)
    consequence = _("下发后即开始计时；各分解事项的时限不能晚于本办件时限。")

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        self.rows = self._rows(sheet)

    def _rows(self, sheet: Sheet) -> forms.BaseFormSet:
        asked = as_whole(self.data.get("part-TOTAL_FORMS")) if self.is_bound else None
        extra = min((2 if asked is None else asked) + ("add_part" in self.data), 50)
        kind = forms.formset_factory(
            PartForm, formset=PartsFormSet, extra=extra, max_num=50, validate_max=True
        )
        if not self.is_bound:
            blank = [{"due_at": sheet.assignment.due_at}] * extra
            formset = kind(prefix="part", form_kwargs={"use_required_attribute": False})
            for form, initial in zip(formset.forms, blank, strict=True):
                form.initial = initial
            return formset
        data = self.data.copy()
        data["part-TOTAL_FORMS"], data["part-INITIAL_FORMS"] = str(extra), "0"
        return kind(data, prefix="part", form_kwargs={"use_required_attribute": False})

    def is_valid(self) -> bool:
        return super().is_valid() and self.rows.is_valid()

    def perform(self, actor: Actor) -> Any:
        parts = [
            Part(
                title=row["title"],
                unit_ids=[unit.pk for unit in row["unit_ids"]],
                due_at=row["due_at"],
                due_rule=row["due_rule"],
                text=row["text"],
            )
            for form in self.rows.forms
            if form.has_changed() and (row := form.cleaned_data)
        ]
        return break_down_assignment(
            assignment_id=self.sheet.assignment.pk,
            actor=actor,
            parts=parts,
            seen_version=self.cleaned_data["seen_version"],
        )
