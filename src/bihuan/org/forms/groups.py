from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.forms.picking import PickField, PicksField, let_choose
from bihuan.org.groups import members_for, owners_for
from bihuan.org.models import UnitGroup, UnitKind


class GroupForm(forms.Form):
    """A named group of units (单位组): by members or by rule."""

    name = forms.CharField(
        label=_("名称"), max_length=50, help_text=_("与文件里的写法一致，如 各市州教育局。")
    )
    owner = PickField("owners", label=_("所属单位"), help_text=_("以该单位名义下发的清单可以使用。"))
    rule_kind = forms.ChoiceField(
        label=_("按规则：类别"),
        required=False,
        choices=[("", _("不按规则，逐个选择成员")), *UnitKind.choices],
    )
    rule_depth = forms.IntegerField(
        label=_("按规则：下几级"),
        required=False,
        min_value=1,
        max_value=20,
        help_text=_("1 为直接下级，2 为下两级；留空为所有下级。"),
    )
    members = PicksField("members", label=_("成员单位"), required=False)

    def __init__(self, *args: Any, actor: Actor, group: UnitGroup | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if group is None:
            owners = owners_for(actor).filter(ends_on__isnull=True)
            let_choose(self, "owner", owners, owners.filter(pk=actor.unit_id or 0))
        else:
            del self.fields["owner"]
        members = members_for(actor, clock.today())
        let_choose(self, "members", members, members.filter(parent=actor.unit_id))

    @classmethod
    def of(cls, group: UnitGroup, actor: Actor) -> "GroupForm":
        """The form as the group is now."""
        present = {name: getattr(group, name) for name in ("name", "rule_kind", "rule_depth")}
        present["members"] = list(group.members.values_list("pk", flat=True))
        return cls(initial=present, actor=actor, group=group)

    def given(self) -> dict[str, Any]:
        """What `actions.set_group` asks for."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "rule_kind": data["rule_kind"],
            "rule_depth": data["rule_depth"],
            "member_ids": [unit.pk for unit in data["members"]],
        }
