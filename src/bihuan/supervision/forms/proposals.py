"""Filtering proposals and deciding about them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.supervision.actions.proposing import drafts_slip, paper_kind
from bihuan.supervision.forms.base import DayField, words
from bihuan.supervision.models import Proposal
from bihuan.supervision.queries.proposals import MOOT, Asked
from bihuan.supervision.rungs import PROPOSALS
from bihuan.ui.forms import Choice, offer

STATES = [*Proposal.State.choices, (MOOT, _("已失时效"))]


class ProposalFilter(forms.Form):
    """Never refuses: what cannot be read is left out."""

    state = forms.ChoiceField(label=_("状态"), choices=STATES, required=False, widget=Choice)
    step = forms.ChoiceField(
        label=_("拟办"),
        choices=[("", _("全部拟办")), *((one.value, one.label) for one in PROPOSALS)],
        required=False,
        widget=Choice,
    )
    plan = forms.TypedChoiceField(
        label=_("方案"), coerce=int, empty_value=None, required=False, widget=Choice
    )
    unit = forms.TypedChoiceField(
        label=_("单位"), coerce=int, empty_value=None, required=False, widget=Choice
    )

    def __init__(
        self, *args: Any, plans: Sequence[tuple[int, str]], units: Sequence[tuple[int, str]], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        offer(self, "plan", [("", _("全部方案")), *plans])
        offer(self, "unit", [("", _("全部单位")), *units])

    def asked(self) -> Asked:
        self.is_valid()
        return Asked(**{name: value for name, value in self.cleaned_data.items() if value not in (None, "")})


class DecideForm(forms.Form):
    """One decision about one proposal or several; a slip among them needs its requirement and its date."""

    requirement = words(
        _("督办要求"), required=False, help_text=_("写进督办通知单；事项、依据和办理情况由系统填好")
    )
    reply_by = DayField(label=_("答复时限"), required=False)
    with_paper = forms.BooleanField(label=_("同时起草约谈通知书、监察建议书"), required=False, initial=True)
    reason = words(_("理由"), rows=2, required=False, limit=500, help_text=_("不采纳须写明理由；写入留痕"))

    def __init__(self, *args: Any, proposals: Sequence[Proposal], **kwargs: Any):
        reply_by = clock.today() + timedelta(days=5)
        kwargs.setdefault("initial", {})
        kwargs["initial"] |= {
            "reply_by": reply_by,
            "requirement": _now("请书面说明未按时限完成的原因和补办措施。"),
        }
        super().__init__(*args, **kwargs)
        self.accepts = "dismiss" not in self.data
        self.has_slips = any(drafts_slip(one) for one in proposals)
        if not self.has_slips:
            del self.fields["requirement"], self.fields["reply_by"]
        if not any(paper_kind(one) and not drafts_slip(one) for one in proposals):
            del self.fields["with_paper"]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if not self.accepts and not said.get("reason", "").strip():
            self.add_error("reason", _("请写明不采纳的理由"))
        if self.accepts and self.has_slips:
            for name, message in (("requirement", _("请写明督办要求")), ("reply_by", _("请写明答复时限"))):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, message)
        return said
