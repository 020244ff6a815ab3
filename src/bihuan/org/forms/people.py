"""Forms about people and their posts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.forms.picking import PickField, let_choose
from bihuan.org.forms.units import day
from bihuan.org.models import Appointment, Person, UnitKind
from bihuan.org.roles import Cap, Role
from bihuan.org.rules.people_table import MOBILE, USERNAME
from bihuan.org.scope import people_within, units_within

PLACES, PEOPLE = "places", "people"  # the lookups of units to appoint in, and of people


def places_for(actor: Actor) -> Any:
    """The units in which the actor may appoint."""
    units = units_within(actor, Cap.MANAGE_POSTS).filter(ends_on__isnull=True)
    return units.exclude(kind=UnitKind.EXTERNAL)


def people_for(actor: Actor) -> Any:
    """The people whom the actor may appoint."""
    return people_within(actor, Cap.MANAGE_POSTS).filter(is_active=True)


def colleagues(unit_id: int) -> Any:
    """The people with a post in the unit today."""
    return Appointment.objects.current(clock.today()).filter(unit=unit_id).values("person")


class PersonForm(forms.Form):
    """Corrections of a person (修改人员信息)."""

    name = forms.CharField(label=_("姓名"), max_length=50)
    home = PickField(PLACES, label=_("所在单位"), help_text=_("账号由该单位及其上级的安全管理员维护。"))
    mobile = forms.CharField(
        label=_("手机号"),
        required=False,
        max_length=20,
        validators=[RegexValidator(MOBILE, _("手机号只能由数字、空格、+ 和 - 组成"))],
    )
    email = forms.EmailField(label=_("电子邮箱"), required=False)
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any):
        super().__init__(*args, **kwargs)
        places = places_for(actor)
        let_choose(self, "home", places, places.filter(pk=actor.unit_id))

    @classmethod
    def of(cls, person: Person, actor: Actor) -> "PersonForm":
        """The form as the person is now."""
        present = {name: getattr(person, name) for name in ("name", "mobile", "email")}
        present |= {"home": person.home_id, "seen_version": person.version}
        return cls(initial=present, actor=actor)


class RegisterForm(PersonForm):
    """A new account (登记人员)."""

    username = forms.CharField(
        label=_("账号"),
        max_length=64,
        help_text=_("3 至 64 位字母、数字或 _ . @ -，登记后不能修改。"),
        validators=[RegexValidator(USERNAME, _("账号须为 3 至 64 位字母、数字或 _ . @ -"))],
    )
    field_order = ("username", "name", "home", "mobile", "email")


class AppointForm(forms.Form):
    """A role in a unit (任职)."""

    unit = PickField(PLACES, label=_("单位"))
    role = forms.ChoiceField(label=_("角色"), choices=Role)
    title = forms.CharField(
        label=_("职务"), max_length=50, help_text=_("如 科长、教务主任，办理时署在留痕里。")
    )
    starts_on = day(label=_("任职日期"), initial=clock.today)
    ends_on = day(label=_("离任日期"), required=False, help_text=_("任期到期日；不定期留空。"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any):
        super().__init__(*args, **kwargs)
        places = places_for(actor)
        let_choose(self, "unit", places, places.filter(pk=actor.unit_id))


class EndPostForm(forms.Form):
    """The end of one appointment (离任)."""

    last_on = day(label=_("最后任职日"), initial=clock.today)
    reason = forms.CharField(label=_("原因"), required=False, max_length=200)


class HandOverForm(forms.Form):
    """Everything somebody leaves behind, post by post (离任交接)."""

    last_on = day(label=_("最后任职日"), initial=clock.today, help_text=_("接任人从次日起任职。"))
    at_once = forms.BooleanField(
        label=_("立即停用账号"),
        required=False,
        help_text=_("不勾选时，账号在最后任职日之后自动停用。"),
    )

    def __init__(self, *args: Any, actor: Actor, leaver: Person, posts: Sequence[Appointment], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.posts = posts
        for post in posts:
            name = f"successor_{post.pk}"
            self.fields[name] = PickField(
                PEOPLE, label=_("接任人"), required=False, none=_("暂时空岗，列入空岗清单")
            )
            others = people_for(actor).exclude(pk=leaver.pk)
            let_choose(self, name, others, others.filter(pk__in=colleagues(post.unit_id)))

    def rows(self) -> list[tuple[Appointment, Any]]:
        """Each post with the field that names its successor."""
        return [(post, self[f"successor_{post.pk}"]) for post in self.posts]

    def successors(self) -> dict[int, int | None]:
        chosen = {post.pk: self.cleaned_data[f"successor_{post.pk}"] for post in self.posts}
        return {pk: person.pk if person else None for pk, person in chosen.items()}


class PeopleFilter(forms.Form):
    """Which people are listed."""

    STATES = (
        ("", _("全部状态")),
        ("in_post", _("在岗")),
        ("without_post", _("没有岗位")),
        ("retired", _("已停用")),
    )
    q = forms.CharField(
        label=_("姓名、账号或拼音"), required=False, max_length=50, widget=forms.TextInput({"type": "search"})
    )
    role = forms.ChoiceField(label=_("角色"), required=False, choices=[("", _("全部角色")), *Role.choices])
    state = forms.ChoiceField(label=_("状态"), required=False, choices=STATES)
