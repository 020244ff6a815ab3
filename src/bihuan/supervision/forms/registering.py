"""Registering a single matter and giving it out at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.forms.base import DeadlineField, RuleField, settle_deadline, words
from bihuan.supervision.forms.units import UnitsField
from bihuan.supervision.models import Item, Source
from bihuan.supervision.rules import Priority
from bihuan.ui.wording import say_list

KINDS = [
    kind
    for kind in Source.Kind
    if kind not in (Source.Kind.PLAN, Source.Kind.OBSTACLE, Source.Kind.BREAKDOWN)
]


class RegisterItemForm(forms.Form):
    """登记临时交办: from an instruction, a meeting or a paper."""

    title = forms.CharField(label=_("事项"), max_length=200, help_text=_("一件事一条，动词开头"))
    kind = forms.ChoiceField(label=_("来源"), choices=[(kind.value, kind.label) for kind in KINDS])
    number = forms.CharField(label=_("文号"), max_length=60, required=False)
    source_text = words(_("批示、纪要或文件原文"), rows=2, required=False)
    text = words(_("办理要求"), rows=3, required=False)
    criteria = words(
        _("验收标准"),
        rows=3,
        required=False,
        help_text=_("一行一条；须附佐证的，行尾写“（附佐证）”"),
        limit=3000,
    )
    lead_ids = UnitsField(label=_("牵头单位"), help_text=_("选几家，就各办一件"))
    assist_ids = UnitsField(label=_("配合单位"), external=True, required=False)
    leader = forms.CharField(
        label=_("责任领导"), max_length=100, required=False, help_text=_("照文件写，如“副校长 罗瑞”")
    )
    person = forms.CharField(label=_("责任人"), max_length=100, required=False)
    due_at = DeadlineField(label=_("完成时限"), required=False)
    due_rule = RuleField()
    priority = forms.ChoiceField(label=_("缓急"), choices=Priority.choices, initial=Priority.NORMAL)

    def clean_criteria(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["criteria"].splitlines() if line.strip()]
        if any(len(line) > 300 for line in lines):
            raise forms.ValidationError(_now("每条验收标准不超过 300 字"))
        return lines

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        settle_deadline(self, cleaned, required=True)
        both = set(cleaned.get("lead_ids") or ()) & set(cleaned.get("assist_ids") or ())
        if both:
            names = say_list(unit.short_name for unit in both)
            self.add_error("assist_ids", _now("%(names)s已是牵头单位") % {"names": names})
        return cleaned

    def perform(self, actor: Actor) -> Item:
        said = dict(self.cleaned_data)
        for name in ("lead_ids", "assist_ids"):
            said[name] = [unit.pk for unit in said[name]]
        return register_item(actor=actor, **said)
