"""What moves a deadline, stops the clock or decides where a duty belongs."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.supervision.actions.dispatching import insist_on_assignment, reassign_assignment
from bihuan.supervision.actions.succession import join_assignments, transfer_assignment
from bihuan.supervision.actions.terms import (
    ask_extension,
    endorse_extension,
    grant_extension,
    refuse_extension,
    resume_assignment,
    suspend_assignment,
    withdraw_extension,
)
from bihuan.supervision.forms.base import (
    REASON,
    DeadlineField,
    OperationForm,
    RuleField,
    settle_deadline,
    words,
)
from bihuan.supervision.forms.units import UnitField
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.assignments import Sheet
from bihuan.ui import wording
from bihuan.ui.forms import offer


class ExtensionForm(OperationForm):
    action = staticmethod(ask_extension)
    consequence = _("须在到期前提出；批复前原时限不变。")

    due_at = DeadlineField(label=_("申请延至"))
    reason = words(_("延期理由"))
    progress = words(_("目前进展"), rows=2)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        left = sheet.situation.extensions_left
        self.fields["due_at"].help_text = _now("还可延期 %(n)d 次") % {"n": left}
        first = clock.office_day(sheet.assignment.due_at) + timedelta(days=1)
        self.fields["due_at"].widget.attrs["min"] = first.isoformat()

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        last = next(iter(sheet.assignment.reports.all()), None)
        return {"progress": last.text} if last else {}


class EndorsementForm(OperationForm):
    action = staticmethod(endorse_extension)
    consequence = _("同意后送交办单位审批。")


class WithdrawalForm(OperationForm):
    action = staticmethod(withdraw_extension)
    consequence = _("撤回后原时限不变。")


class GrantForm(OperationForm):
    action = staticmethod(grant_extension)

    due_at = DeadlineField(label=_("延至"))
    opinion = words(_("审批意见"), rows=2, required=False)

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        return {"due_at": sheet.extension.due_asked} if sheet.extension else {}


class RefusalForm(OperationForm):
    action = staticmethod(refuse_extension)
    consequence = _("维持原时限；时限已过的，自原时限起认定逾期。")

    opinion = words(_("不同意的理由"))


class InsistenceForm(OperationForm):
    action = staticmethod(insist_on_assignment)
    consequence = _("该单位须重新签收，不能再次退办。")

    reason = words(REASON)


class ReassignmentForm(OperationForm):
    action = staticmethod(reassign_assignment)
    consequence = _("本件以“已改派”结束，新办件与之关联。")

    unit_id = UnitField(label=_("改派给"))
    due_at = DeadlineField(label=_("时限"), required=False, help_text=_("不填则沿用原时限"))
    due_rule = RuleField()
    reason = words(REASON)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        settle_deadline(self, given, required=False)
        return given

    def words(self) -> dict[str, Any]:
        words = super().words()
        return {**words, "unit_id": words["unit_id"].pk}


class TransferForm(OperationForm):
    action = staticmethod(transfer_assignment)
    consequence = _("办理过程和时限随件转移，原承办单位保留在记录中。")

    unit_id = UnitField(label=_("承接单位"))
    reason = words(_("承接理由"), rows=2)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        names = [unit.name for unit in sheet.successors]
        if names:
            said = {"units": wording.say_list(names)}
            self.fields["unit_id"].help_text = _now("机构调整后的单位：%(units)s") % said

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        return {"unit_id": sheet.successors[0].pk} if len(sheet.successors) == 1 else {}

    def words(self) -> dict[str, Any]:
        words = super().words()
        return {**words, "unit_id": words["unit_id"].pk}


class JoiningForm(OperationForm):
    action = staticmethod(join_assignments)
    consequence = _("本件以“已改派”结束并与对方关联；分解事项和配合单位转入对方，不能恢复。")

    into_id = forms.TypedChoiceField(label=_("并入哪一件"), coerce=int, widget=forms.RadioSelect)
    reason = words(_("并入理由"), rows=2)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        offer(self, "into_id", [(one.pk, _twin(one)) for one in sheet.twins])

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        return {"into_id": sheet.twins[0].pk} if len(sheet.twins) == 1 else {}


def _twin(one: Assignment) -> str:
    """What tells one of two equal duties from the other: who had it, its stage and its deadline."""
    said = {
        "unit": (one.original_unit or one.unit).short_name,
        "stage": one.get_stage_display(),
        "due": wording.say_day(one.due_at),
    }
    return _now("原%(unit)s承办，%(stage)s，时限%(due)s") % said


class SuspensionForm(OperationForm):
    action = staticmethod(suspend_assignment)
    consequence = _("暂停期间不计时、不催办；恢复时时限顺延相应天数。")

    review_on = DeadlineField(label=_("复核日期"))
    reason = words(REASON)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, sheet=sheet, **kwargs)
        days = sheet.regime["suspension.max_days"]
        self.fields["review_on"].help_text = _now("最长 %(days)d 天，到期提醒复核") % {"days": days}


class ResumptionForm(OperationForm):
    action = staticmethod(resume_assignment)
    consequence = _("即日起恢复计时，时限按暂停天数顺延。")
