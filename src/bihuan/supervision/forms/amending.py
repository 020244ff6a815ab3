"""Forms of an amendment: what becomes of a chosen item, what is added, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.kernel import clock
from bihuan.kernel.numbers import as_whole, as_wholes
from bihuan.org.forms import picking
from bihuan.supervision.actions.amending import WORDS
from bihuan.supervision.forms.base import RuleField, settle_deadline
from bihuan.supervision.forms.drafts import DayInput, LinesField, NamesField
from bihuan.supervision.models import Item, Plan
from bihuan.supervision.nodes import Node
from bihuan.supervision.queries.amendments import Addition, Wish
from bihuan.supervision.rules import Cycle
from bihuan.ui.forms import offer

MOST_NEW = 20


class WishForm(forms.Form):
    """What becomes of one item; what is left as it was changes nothing."""

    due_on = forms.DateField(label=gettext_lazy("新时限"), required=False, widget=DayInput)
    cycle = forms.ChoiceField(label=gettext_lazy("反馈周期"), required=False)
    title = forms.CharField(label=gettext_lazy("事项"), max_length=200)
    text = forms.CharField(label=gettext_lazy("内容"), required=False, widget=forms.Textarea({"rows": 3}))
    objective = forms.CharField(
        label=gettext_lazy("目标"), required=False, widget=forms.Textarea({"rows": 2})
    )
    leader = forms.CharField(label=gettext_lazy("责任领导"), max_length=100, required=False)
    person = forms.CharField(label=gettext_lazy("责任人"), max_length=100, required=False)
    enlist = NamesField(
        label=gettext_lazy("增补责任单位"), help_text=gettext_lazy("加入这一条的单位，多家用顿号隔开")
    )
    withdraw = forms.BooleanField(label=gettext_lazy("撤下这一条"), required=False)

    def __init__(self, data: Any = None, *, item: Item, plan: Plan, is_leaf: bool):
        words = {name: getattr(item, name) for name in WORDS}
        given = {"due_on": item.due_on, "cycle": item.next_cycle or item.cycle_on(clock.today())}
        super().__init__(data, prefix=f"i{item.pk}", initial=words | given)
        self.item = item
        self.fields["enlist"].owner = plan.issuer
        if item.long_term or (not is_leaf and item.due_on is None):
            del self.fields["due_on"]
        if not is_leaf:
            del self.fields["enlist"]
            del self.fields["cycle"]
        else:
            offer(self, "cycle", [one for one in Cycle.choices if one[0] != Cycle.NONE or not item.long_term])

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on and due_on != self.item.due_on and due_on < clock.today():
            raise forms.ValidationError(_("新时限不能早于今天"))
        return due_on

    def clean_enlist(self) -> Any:
        aims = self.cleaned_data["enlist"]
        for aim in aims:
            if aim.unit_id is None:
                raise forms.ValidationError(
                    _("没有找到单位“%(name)s”，请写全称或从提示里选") % {"name": aim.written}
                )
        return aims

    def wish(self) -> Wish:
        given = self.cleaned_data
        words = {
            name: given[name]
            for name in WORDS
            if given[name].replace("\r\n", "\n") != getattr(self.item, name)
        }
        due_on, cycle = given.get("due_on"), given.get("cycle")
        return Wish(
            self.item,
            due_on if due_on != self.item.due_on else None,
            cycle if cycle and cycle != self["cycle"].initial else None,
            words,
            given["withdraw"],
            given.get("enlist") or [],
        )


class AdditionForm(forms.Form):
    """An item to be added, complete, because it goes out at once."""

    title = forms.CharField(label=gettext_lazy("事项"), max_length=200)
    number = forms.CharField(label=gettext_lazy("序号"), max_length=20, required=False)
    parent = forms.TypedChoiceField(label=gettext_lazy("放在"), required=False, coerce=int, empty_value=None)
    leads = NamesField(label=gettext_lazy("责任（牵头）单位"), required=True)
    assists = NamesField(label=gettext_lazy("配合单位"))
    due_on = forms.DateField(label=gettext_lazy("完成时限"), required=False, widget=DayInput)
    due_rule = RuleField()
    criteria = LinesField(label=gettext_lazy("验收标准"), longest=300, help_text=gettext_lazy("一行一条"))

    def __init__(self, data: Any = None, *, n: int, plan: Plan, parents: Sequence[Item]):
        super().__init__(data, prefix=f"n{n}")
        self.parents = {item.pk: item for item in parents}
        offer(
            self,
            "parent",
            [
                ("", _("最后，作为第一级")),
                *((item.pk, f"{'　' * (item.depth - 1)}{item}"[:60]) for item in parents),
            ],
        )
        for name in ("leads", "assists"):
            self.fields[name].owner = plan.issuer

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("leads", "assists"):
            for aim in given.get(name) or []:
                if aim.unit_id is None and aim.group_id is None:
                    self.add_error(
                        name, _("没有找到单位“%(name)s”，请写全称或从提示里选") % {"name": aim.written}
                    )
        if given.get("due_on") and given["due_on"] < clock.today():
            self.add_error("due_on", _("完成时限不能早于今天"))
        settle_deadline(self, given, required=True, day="due_on")
        return given

    def addition(self) -> Addition:
        given = dict(self.cleaned_data)
        parent = given.pop("parent")
        return Addition(self.parents.get(parent) if parent else None, Node(**given))


class AmendmentForm(forms.Form):
    """Why, and for whom parts that were broken down move along."""

    reason = forms.CharField(
        label=gettext_lazy("调整理由"),
        widget=forms.Textarea({"rows": 3}),
        max_length=2000,
        help_text=gettext_lazy("写入留痕，收到的单位都能看到，如“厅务会 11 月 20 日决定”"),
    )
    pull_parts = forms.BooleanField(label=gettext_lazy("分解事项的时限一并提前"), required=False)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class Amendment:
    """All forms of one amendment, bound together; the address carries nothing, the form carries everything."""

    def __init__(
        self, plan: Plan, items: Sequence[Item], query: QueryDict, *, bound: bool, quiet: bool = False
    ):
        leaves = {item.pk for item in items} - {item.parent_id for item in items}
        chosen = as_wholes(query.getlist("selected"))
        self.items = [item for item in items if item.pk in chosen]
        more = query.get("step") == "more"
        self.count = min(as_count(query.get("new")) + more, MOST_NEW)
        data = query if bound else None
        self.wishes = [
            WishForm(
                data if f"i{item.pk}-title" in query else None,
                item=item,
                plan=plan,
                is_leaf=item.pk in leaves,
            )
            for item in self.items
        ]
        parents = [item for item in items if item.pk not in leaves]
        self.additions = [
            AdditionForm(data if f"n{n}-title" in query else None, n=n, plan=plan, parents=parents)
            for n in range(self.count)
        ]
        self.form = AmendmentForm(data, initial={"seen_version": plan.version})
        if quiet:  # the person is not done yet: what was typed stays, nothing is complained of
            for form in self.forms():
                picking.quiet(form)

    def is_valid(self) -> bool:
        """Every form is filled as it should be, and something is to change at all."""
        results = [form.is_valid() for form in self.forms()]
        if all(results) and not self.wanted() and not self.additions:
            self.form.add_error(None, _("没有任何改动：改了内容再预览"))
            return False
        return all(results)

    def forms(self) -> list[forms.Form]:
        return [*self.wishes, *self.additions, self.form]

    def wanted(self) -> list[Wish]:
        return [wish for form in self.wishes if not (wish := form.wish()).is_nothing]

    def added(self) -> list[Addition]:
        return [form.addition() for form in self.additions]


def carried(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was typed, to be sent again with the confirmation."""
    assert isinstance(query, QueryDict)
    kept = [(name, value) for name in query for value in query.getlist(name)]
    return [
        (name, value) for name, value in kept if name not in ("csrfmiddlewaretoken", "request_key", "step")
    ]


def as_count(raw: str | None) -> int:
    return min(as_whole(raw) or 0, MOST_NEW)
