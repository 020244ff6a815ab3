"""Forms of the tree editor: an item, a selection, the head of a plan, names that match no unit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.org.models import BusinessLine, Unit
from bihuan.supervision.forms.base import RuleField, settle_deadline
from bihuan.supervision.models import Item, Plan, Target
from bihuan.supervision.nodes import Aim, Header, Node, titled
from bihuan.supervision.queries.drafts import Row, fingerprint
from bihuan.supervision.queries.matching import Name, aims_for, names_in
from bihuan.supervision.rules import Cycle, Duty, Mode, Priority
from bihuan.ui.forms import offer

DATED = re.compile(r"\s*(\d{4})\s*[-年./]\s*(\d{1,2})\s*[-月./]\s*(\d{1,2})\s*日?\s*[：:,，]?\s*(.+)")


class DayInput(forms.DateInput):
    """A day in the browser's own picker, whatever the language of the page."""

    input_type = "date"

    def __init__(self, attrs: dict | None = None):
        super().__init__(attrs, format="%Y-%m-%d")


class UnitNames(forms.TextInput):
    """Names of units as one writes them in a document; suggestions come while typing."""

    template_name = "supervision/drafts/unit_names.html"


class NamesField(forms.CharField):
    """Units and groups by name, separated by 、. What matches nothing is kept as written: a draft may have gaps."""

    widget = UnitNames

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("required", False)
        super().__init__(max_length=2000, **kwargs)
        self.owner: Unit | None = None
        self.known: dict[str, Aim] = {}

    def clean(self, value: Any) -> list[Aim]:
        names = [name[:100] for name in names_in(super().clean(value))]
        return list(aims_for(names, self.owner, self.known).values())


def spoken(targets: Iterable[Target]) -> str:
    """The units of an item as the field shows them."""
    return "、".join(called(target) for target in targets)


def called(target: Target) -> str:
    """The name under which a target is shown and typed."""
    return str(target.unit.name if target.unit else target.group.name if target.group else target.written)


def known_aims(targets: Iterable[Target]) -> dict[str, Aim]:
    """What names an item's units go by here and in the document, so that saving unchanged changes nothing."""
    return {called(target): Aim(target.written, target.unit_id, target.group_id) for target in targets}


class LinesField(forms.CharField):
    """Several short texts, one a line."""

    def __init__(self, *, longest: int, rows: int = 3, **kwargs: Any):
        self.longest = longest
        kwargs.setdefault("required", False)
        super().__init__(widget=forms.Textarea({"rows": rows}), max_length=20_000, **kwargs)

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        for line in lines:
            if len(line) > self.longest:
                shown = line[:20]
                raise forms.ValidationError(
                    _("“%(line)s…”超过 %(n)d 字，请精简或分成几行") % {"line": shown, "n": self.longest}
                )
        return lines


class MilestonesField(LinesField):
    """Nodes on the way, a line each: a day and what is reached by then."""

    def clean(self, value: Any) -> list[tuple[str, date]]:
        return [self._dated(line) for line in super().clean(value)]

    @staticmethod
    def _dated(line: str) -> tuple[str, date]:
        found = DATED.fullmatch(line)
        try:
            if found is None:
                raise ValueError
            year, month, day, name = found.groups()
            return name.strip()[:100], date(int(year), int(month), int(day))
        except ValueError:
            said = _("“%(line)s”没有读懂，请写成“2026-12-31 完成自查”的样子") % {"line": line[:30]}
            raise forms.ValidationError(said) from None


class ItemForm(forms.Form):
    """One item of a draft (条目)."""

    number = forms.CharField(label=gettext_lazy("序号"), max_length=20, required=False)
    title = forms.CharField(label=gettext_lazy("事项"), max_length=200)
    leads = NamesField(
        label=gettext_lazy("责任（牵头）单位"),
        help_text=gettext_lazy("多家用顿号隔开，可写单位组，如“各市州教育局”"),
    )
    assists = NamesField(label=gettext_lazy("配合单位"))
    leader = forms.CharField(
        label=gettext_lazy("责任领导"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("照文件写，如“副校长 罗瑞”"),
    )
    person = forms.CharField(label=gettext_lazy("责任人"), max_length=100, required=False)
    mode = forms.ChoiceField(
        label=gettext_lazy("几家怎么办"),
        choices=[(Mode.EACH, gettext_lazy("各办一件")), (Mode.JOINT, gettext_lazy("一家牵头"))],
        widget=forms.RadioSelect,
        initial=Mode.EACH,
    )
    due_on = forms.DateField(label=gettext_lazy("完成时限"), required=False, widget=DayInput)
    due_rule = RuleField()
    long_term = forms.BooleanField(label=gettext_lazy("长期坚持，没有完成时限"), required=False)
    cycle = forms.ChoiceField(label=gettext_lazy("反馈周期"), required=False)
    priority = forms.ChoiceField(label=gettext_lazy("缓急"), choices=Priority, initial=Priority.NORMAL)
    area = forms.ChoiceField(label=gettext_lazy("领域"), required=False)
    text = forms.CharField(label=gettext_lazy("内容"), required=False, widget=forms.Textarea({"rows": 3}))
    objective = forms.CharField(
        label=gettext_lazy("目标"), required=False, widget=forms.Textarea({"rows": 2})
    )
    criteria = LinesField(
        label=gettext_lazy("验收标准"),
        longest=300,
        help_text=gettext_lazy("一行一条；须附佐证的，行尾写“（附佐证）”"),
    )
    milestones = MilestonesField(
        label=gettext_lazy("节点"), longest=120, help_text=gettext_lazy("一行一个，如“2026-12-31 完成自查”")
    )
    target_value = forms.DecimalField(
        label=gettext_lazy("量化目标"), required=False, max_digits=14, decimal_places=2
    )
    target_unit = forms.CharField(label=gettext_lazy("计量单位"), required=False, max_length=20)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, plan: Plan, item: Item | None = None, **kwargs: Any):
        targets = list(item.targets.all()) if item else []
        kwargs.setdefault("initial", initial_of(item, targets) if item else {})
        super().__init__(data, prefix=f"item-{item.pk}" if item else "new", **kwargs)
        usual = Cycle(plan.cycle).label
        offer(
            self,
            "cycle",
            [
                ("", _("按方案（%(usual)s）") % {"usual": usual}),
                *_cycles(),
            ],
        )
        areas = list(plan.areas.values_list("name", flat=True))
        offer(
            self,
            "area",
            [
                ("", _("未分领域")),
                *((name, name) for name in areas),
            ],
        )
        if not areas:
            del self.fields["area"]
        for name in ("leads", "assists"):
            self.fields[name].owner, self.fields[name].known = plan.issuer, known_aims(targets)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("long_term") and (given.get("due_on") or given.get("due_rule")):
            self.add_error("due_on", _("长期坚持的事项没有完成时限，请去掉其中一个"))
        settle_deadline(self, given, required=False, day="due_on")
        leads, assists = given.get("leads") or [], given.get("assists") or []
        leading = {lead.key for lead in leads}
        for aim in assists:
            if aim.key in leading:
                self.add_error("assists", _("“%(name)s”已经是牵头单位") % {"name": aim.written})
        return given

    def change(self) -> dict[str, Any]:
        """What the action changes about the item."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    def node(self) -> Node:
        return Node(**self.change())


def initial_of(item: Item, targets: Sequence[Target]) -> dict[str, Any]:
    """What the form shows of an item that is there."""
    fields = (
        "number",
        "title",
        "text",
        "objective",
        "leader",
        "person",
        "mode",
        "due_on",
        "due_rule",
        "long_term",
        "cycle",
        "priority",
    )
    return {name: getattr(item, name) for name in (*fields, "target_value", "target_unit")} | {
        "area": item.area.name if item.area else "",
        "leads": spoken(one for one in targets if one.duty == Duty.LEAD),
        "assists": spoken(one for one in targets if one.duty == Duty.ASSIST),
        "criteria": "\n".join(one.text for one in item.criteria.all()),
        "milestones": "\n".join(f"{one.due_on} {one.name}" for one in item.milestones.all()),
        "seen": fingerprint(item),
    }


DUTIES = re.compile(
    r"[（(【][^（）()【】\n]*(?:(?:单位|部门|时限|处室)[：:]|牵头|负责|配合)[^（）()【】\n]*[）)】]。?"
)
SENTENCES = re.compile(r"(?:[（(【][^（）()【】\n]*[）)】]|[^。；;\n])+[。；;]?")


class SplitForm(forms.Form):
    """The words of an item, to be cut into lines (拆分)."""

    lines = forms.CharField(
        label=gettext_lazy("一行一条"),
        widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("在要断开的地方换行；第一行留在原条目，其余各成一条，责任单位和时限照搬。"),
    )

    @staticmethod
    def proposed(item: Item) -> str:
        """The item's words with a line for each sentence; who and until when is copied, so it is left out."""
        words = DUTIES.sub("", item.text or item.title)
        return "\n".join(part.strip() for part in SENTENCES.findall(words) if part.strip())


class AddForm(forms.Form):
    """A new item in one line; the rest is filled in its row."""

    title = forms.CharField(label=gettext_lazy("事项"), max_length=1000)
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)
    below = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def node(self) -> Node:
        title, text = titled(self.cleaned_data["title"])
        return Node(title, text=text)


EMPTY: tuple[Any, ...] = (None, "", [], False)
BULK = ("leads", "assists", "leader", "person", "due", "cycle", "area", "priority", "criteria")


class BulkForm(forms.Form):
    """Sets one or several things for a whole selection (批量设置); only what is ticked changes."""

    set_leads = forms.BooleanField(label=gettext_lazy("责任（牵头）单位"), required=False)
    leads = NamesField(label=gettext_lazy("单位名称"), help_text=gettext_lazy("多家用顿号隔开"))
    set_assists = forms.BooleanField(label=gettext_lazy("配合单位"), required=False)
    assists = NamesField(label=gettext_lazy("单位名称"))
    set_leader = forms.BooleanField(label=gettext_lazy("责任领导"), required=False)
    leader = forms.CharField(label=gettext_lazy("姓名、职务"), max_length=100, required=False)
    set_person = forms.BooleanField(label=gettext_lazy("责任人"), required=False)
    person = forms.CharField(label=gettext_lazy("姓名、职务"), max_length=100, required=False)
    set_due = forms.BooleanField(label=gettext_lazy("完成时限"), required=False)
    due_on = forms.DateField(label=gettext_lazy("日期"), required=False, widget=DayInput)
    due_rule = RuleField()
    long_term = forms.BooleanField(label=gettext_lazy("长期坚持"), required=False)
    set_cycle = forms.BooleanField(label=gettext_lazy("反馈周期"), required=False)
    cycle = forms.ChoiceField(label=gettext_lazy("周期"), required=False)
    set_area = forms.BooleanField(label=gettext_lazy("领域"), required=False)
    area = forms.ChoiceField(label=gettext_lazy("领域名称"), required=False)
    set_priority = forms.BooleanField(label=gettext_lazy("缓急"), required=False)
    priority = forms.ChoiceField(
        label=gettext_lazy("程度"), choices=Priority, required=False, initial=Priority.NORMAL
    )
    set_criteria = forms.BooleanField(label=gettext_lazy("验收标准"), required=False)
    criteria = LinesField(label=gettext_lazy("一行一条"), longest=300)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, plan: Plan, **kwargs: Any):
        super().__init__(data, **kwargs)
        offer(self, "cycle", [("", _("按方案")), *_cycles()])
        areas = list(plan.areas.values_list("name", flat=True))
        offer(
            self,
            "area",
            [
                ("", _("未分领域")),
                *((name, name) for name in areas),
            ],
        )
        if not areas:
            del self.fields["set_area"], self.fields["area"]
        for name in ("leads", "assists"):
            self.fields[name].owner = plan.issuer

    def pairs(self) -> list[tuple[forms.BoundField, list[forms.BoundField]]]:
        """Each thing that can be set: its tick and its fields."""
        of_due = ["due_on", "due_rule", "long_term"]
        return [
            (self[f"set_{name}"], [self[field] for field in (of_due if name == "due" else [name])])
            for name in BULK
            if f"set_{name}" in self.fields
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for tick, fields in self.pairs():
            filled = next(
                (one.name for one in fields if given.get(one.name) not in (one.initial, *EMPTY)), None
            )
            if filled and not given.get(tick.name):
                self.add_error(filled, _("填了内容但没有勾选；请勾选这一项，或清空"))
        if not self.errors and not any(given.get(f"set_{name}") for name in BULK):
            raise forms.ValidationError(_("请先勾选要设置的内容"))
        of_due = [bool(given.get(name)) for name in ("due_on", "due_rule", "long_term")]
        if given.get("set_due") and sum(of_due) != 1 and "due_rule" not in self.errors:
            self.add_error("due_on", _("日期、限时、长期坚持，请填且只填一种"))
        return given

    def change(self) -> dict[str, Any]:
        """The same change for every chosen item."""
        given = self.cleaned_data
        change = {name: given[name] for name in BULK if name != "due" and given.get(f"set_{name}")}
        if given.get("set_due"):
            change |= {name: given[name] for name in ("due_on", "due_rule", "long_term")}
        return change


class HeaderForm(forms.Form):
    """The head of a plan (方案信息)."""

    title = forms.CharField(label=gettext_lazy("方案名称"), max_length=200)
    number = forms.CharField(
        label=gettext_lazy("文号"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("如“甘教发〔2026〕1号”"),
    )
    issued_on = forms.DateField(label=gettext_lazy("成文日期"), required=False, widget=DayInput)
    line = forms.TypedChoiceField(
        label=gettext_lazy("业务条线"), required=False, coerce=int, empty_value=None
    )
    starts_on = forms.DateField(label=gettext_lazy("起始日期"), required=False, widget=DayInput)
    ends_on = forms.DateField(label=gettext_lazy("截止日期"), required=False, widget=DayInput)
    cycle = forms.ChoiceField(label=gettext_lazy("反馈周期"), choices=Cycle, initial=Cycle.NONE)
    publicises = forms.BooleanField(label=gettext_lazy("销号前公示"), required=False)
    needs_evidence = forms.BooleanField(label=gettext_lazy("办结须附佐证"), required=False)
    level_names = forms.CharField(
        label=gettext_lazy("层级名称"),
        max_length=60,
        initial="任务、措施、着力点",
        help_text=gettext_lazy("从上到下，用顿号隔开"),
    )
    areas = LinesField(
        label=gettext_lazy("名称"), longest=100, help_text=gettext_lazy("一行一个；没有就空着")
    )
    leading_group = forms.CharField(
        label=gettext_lazy("成员"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("一行一人，如“组长 李建国 党委书记”"),
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, plan: Plan | None = None, office: Unit | None = None, **kwargs: Any
    ):
        if plan is not None:
            kwargs.setdefault("initial", header_of(plan))
        super().__init__(data, **kwargs)
        office = office or (plan.office if plan else None)
        lines = office.lines.all() if office else BusinessLine.objects.all()
        offered = [("", _("不分条线")), *lines.values_list("pk", "name")]
        offer(self, "line", offered)
        if len(offered) == 1:
            del self.fields["line"]

    def clean_level_names(self) -> list[str]:
        names = names_in(self.cleaned_data["level_names"])
        if not 1 <= len(names) <= 6 or any(len(name) > 10 for name in names):
            raise forms.ValidationError(_("请写一到六个名称，每个不超过 10 个字"))
        return names

    def clean_leading_group(self) -> list[tuple[str, str, str]]:
        return [_member(line) for line in self.cleaned_data["leading_group"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("starts_on"), given.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("截止日期不能早于起始日期"))
        return given

    def header(self) -> Header:
        given = dict(self.cleaned_data)
        given.pop("seen_version")
        given["line_id"] = given.pop("line", None)
        return Header(**given)


def header_of(plan: Plan) -> dict[str, Any]:
    """The head of a plan as its form shows it."""
    members = (f"{one.duty} {one.name} {one.post}".strip() for one in plan.leading_group.all())
    return {
        "title": plan.title,
        "number": plan.source.number,
        "issued_on": plan.source.issued_on,
        "line": plan.line_id or "",
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        "cycle": plan.cycle,
        "publicises": plan.publicises,
        "needs_evidence": plan.needs_evidence,
        "level_names": "、".join(plan.level_names),
        "areas": "\n".join(plan.areas.values_list("name", flat=True)),
        "leading_group": "\n".join(members),
        "seen_version": plan.version,
    }


class NamesForm(forms.Form):
    """What each open name means: one of the suggestions, another name, or no unit at all (对应单位)."""

    OTHER, NONE = "other", "none"

    def __init__(self, data: Any = None, *, names: Sequence[Name], owner: Unit):
        super().__init__(data)
        self.names, self.owner = names, owner
        for n, name in enumerate(names):
            offered = [
                (f"u{one.unit_id}" if one.unit_id else f"g{one.group_id}", _told(one))
                for one in name.suggestions
            ]
            self.fields[f"means-{n}"] = forms.ChoiceField(
                required=False, choices=[*offered, (self.OTHER, _("别的单位")), (self.NONE, _("不是单位"))]
            )
            self.fields[f"other-{n}"] = NamesField()
            self.fields[f"other-{n}"].owner = owner
            self.fields[f"alias-{n}"] = forms.BooleanField(required=False)

    def rows(self) -> list[dict[str, Any]]:
        """What the page draws for each name."""
        return [
            {
                "n": n,
                "name": name,
                "means": self[f"means-{n}"],
                "other": self[f"other-{n}"],
                "alias": self[f"alias-{n}"],
            }
            for n, name in enumerate(self.names)
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for n in range(len(self.names)):
            if given.get(f"means-{n}") == self.OTHER:
                found = given.get(f"other-{n}") or []
                if len(found) != 1 or (found[0].unit_id is None and found[0].group_id is None):
                    self.add_error(f"other-{n}", _("没有找到这个单位，请写全称或从提示里选"))
        return given

    def settled(self) -> Mapping[str, Aim | None]:
        """Every name somebody has decided on."""
        decided: dict[str, Aim | None] = {}
        for n, name in enumerate(self.names):
            means = self.cleaned_data.get(f"means-{n}", "")
            if means == self.NONE:
                decided[name.written] = None
            elif means == self.OTHER:
                other = self.cleaned_data[f"other-{n}"][0]
                decided[name.written] = Aim(name.written, other.unit_id, other.group_id)
            elif means:
                key = int(means[1:])
                decided[name.written] = Aim(name.written, *((key, None) if means[0] == "u" else (None, key)))
        return decided

    def remembered(self) -> list[Aim]:
        """The names that are to be known as aliases from now on."""
        settled = self.settled()
        ticked = (name.written for n, name in enumerate(self.names) if self.cleaned_data.get(f"alias-{n}"))
        return [aim for written in ticked if (aim := settled.get(written))]


def _told(suggestion: Any) -> str:
    return f"{suggestion.name}（{suggestion.parent}）" if suggestion.parent else suggestion.name


def _cycles() -> list[tuple[str, Any]]:
    return [(cycle.value, cycle.label) for cycle in Cycle if cycle != Cycle.NONE]


def _member(line: str) -> tuple[str, str, str]:
    """组长 李建国 党委书记 → name, duty, post."""
    duty, _gap, rest = line.strip().partition(" ")
    name, _gap, post = rest.strip().partition(" ")
    return name[:50], duty[:20], post.strip()[:100]


def leaf_words(row: Row) -> str:
    return str(row.item)
