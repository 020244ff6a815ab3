"""What the authority says to a unit's work."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.supervision.actions.reviewing import (
    accept_report,
    approve_submission,
    pre_review_submission,
    return_report,
    return_submission,
)
from bihuan.supervision.forms.base import DeadlineField, OperationForm, words
from bihuan.supervision.models import CriterionCheck, Report, Review
from bihuan.supervision.queries.assignments import Sheet

PASS, RETURN, OVERRIDE = "pass", "return", "override"


class _OnReport(OperationForm):
    report = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        return {"report": sheet.unread_report.pk if sheet.unread_report else None}

    def clean_report(self) -> int:
        """The report the person saw; it must belong to this assignment."""
        asked = self.cleaned_data["report"]
        known = [report.pk for report in self.sheet.assignment.reports.all()]
        if asked is None:
            asked = next(iter(known), None)
        if asked not in known:
            raise Report.DoesNotExist(asked)
        return asked

    def perform(self, actor: Actor) -> Any:
        given = self.words()
        return type(self).action(
            report_id=given.pop("report"),
            actor=actor,
            seen_version=self.cleaned_data["seen_version"],
            **given,
        )


class ReportAcceptanceForm(_OnReport):
    action = staticmethod(accept_report)


class ReportReturnForm(_OnReport):
    action = staticmethod(return_report)

    opinion = words(_("需要补充的内容"))


class ReviewForm(OperationForm):
    """The reviewer's conclusion (审核结论): pass, return, or accept against open ends with a reason."""

    conclusion = forms.ChoiceField(
        label=_("结论"),
        choices=[(PASS, _("同意")), (RETURN, _("退回补充")), (OVERRIDE, _("特批认定"))],
        error_messages={"required": _("请选择结论")},
    )
    opinion = words(_("意见"), rows=5, required=False)
    remedy_by = DeadlineField(
        label=_("补正至"), required=False, help_text=_("不填则保留原时限；不足时自动给补正时间")
    )

    @staticmethod
    def proposed(sheet: Sheet) -> dict[str, Any]:
        opinion = drafted_opinion(sheet, verdicts_of(sheet))
        return {"opinion": opinion, "conclusion": RETURN if opinion else ""}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        conclusion = cleaned.get("conclusion")
        if conclusion in (RETURN, OVERRIDE) and not cleaned.get("opinion", "").strip():
            missing = _now("请写明缺什么、补什么") if conclusion == RETURN else _now("请写明特批的理由")
            self.add_error("opinion", missing)
        if conclusion == OVERRIDE and self.sheet.review_step != Review.Step.APPROVAL:
            self.add_error("conclusion", _now("特批认定须由审定人作出"))
        return cleaned

    def perform(self, actor: Actor) -> Any:
        said = self.cleaned_data
        shared = {
            "assignment_id": self.sheet.assignment.pk,
            "actor": actor,
            "seen_version": said["seen_version"],
        }
        if said["conclusion"] == RETURN:
            return return_submission(**shared, opinion=said["opinion"], remedy_by=said["remedy_by"])
        if said["conclusion"] == OVERRIDE:
            return approve_submission(**shared, override=said["opinion"])
        if self.sheet.review_step == Review.Step.PRE_REVIEW:
            return pre_review_submission(**shared, opinion=said["opinion"])
        return approve_submission(**shared, opinion=said["opinion"])


class CriteriaForm(forms.Form):
    """The verdicts on the criteria, one field each; only what changed is noted."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        for criterion in sheet.item.criteria.all():
            self.fields[f"criterion-{criterion.pk}"] = forms.ChoiceField(
                label=criterion.text, choices=CriterionCheck.Verdict.choices, required=False
            )

    def changed(self) -> dict[int, str]:
        standing = verdicts_of(self.sheet)
        given = {
            int(name.removeprefix("criterion-")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("criterion-") and value
        }
        return {pk: verdict for pk, verdict in given.items() if standing.get(pk) != verdict}


def verdicts_of(sheet: Sheet) -> dict[int, str]:
    """The verdicts noted on the submission under review, by criterion."""
    return {one.criterion_id: one.verdict for one in sheet.awaited.checks.all()} if sheet.awaited else {}


def drafted_opinion(sheet: Sheet, verdicts: dict[int, str]) -> str:
    """An opinion to begin with, from what is unmet or still to be checked."""
    lines = []
    for n, criterion in enumerate(sheet.item.criteria.all(), 1):
        verdict = verdicts.get(criterion.pk)
        if verdict in (CriterionCheck.Verdict.UNMET, CriterionCheck.Verdict.PENDING):
            lines.append(
                _now("标准 %(n)d %(verdict)s：%(text)s。")
                % {"n": n, "verdict": CriterionCheck.Verdict(verdict).label, "text": criterion.text}
            )
    return "\n".join(lines)
