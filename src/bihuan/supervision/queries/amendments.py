"""What an amendment would do to the work that is under way (调整预览). Nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.org.groups import members_of
from bihuan.org.models import Unit, UnitGroup
from bihuan.supervision.dues import DueRule
from bihuan.supervision.models import Assignment, Extension, Item, Plan
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.periods import begins_after
from bihuan.supervision.queries.trees import everything_below, parts_after
from bihuan.supervision.rules import Cycle
from bihuan.ui.wording import say_day, say_list

PENDING = (Extension.State.ASKED, Extension.State.ENDORSED)


@dataclass(frozen=True)
class Wish:
    """What is to become of one issued item."""

    item: Item
    due_on: date | None = None
    cycle: str | None = None  # "": as the plan has it
    words: Mapping[str, str] = field(default_factory=dict)
    withdraw: bool = False
    enlist: Sequence[Aim] = ()

    @property
    def is_nothing(self) -> bool:
        return not (self.due_on or self.cycle is not None or self.words or self.withdraw or self.enlist)


@dataclass(frozen=True)
class Addition:
    """An item to be put on the list."""

    parent: Item | None
    node: Node


@dataclass
class Effect:
    """What one wish does, in sentences; `warnings` are what somebody will feel."""

    title: str
    what: str
    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    parts: int = 0  # parts of broken-down duties that the new date would cut off


def effects_of(plan: Plan, wishes: Sequence[Wish], additions: Sequence[Addition]) -> list[Effect]:
    """The effects of every wish and addition, in their order."""
    effects = [effect for wish in wishes for effect in _of_wish(wish)]
    return effects + [_of_addition(one) for one in additions]


def _of_wish(wish: Wish) -> list[Effect]:
    if wish.withdraw:
        return [_of_withdrawal(wish.item)]
    found = []
    if wish.due_on:
        found.append(_of_date(wish.item, wish.due_on))
    if wish.cycle is not None:
        found.append(_of_cycle(wish.item, wish.cycle))
    if wish.words:
        found.append(_of_words(wish))
    if wish.enlist:
        found.append(_of_enlistment(wish))
    return found


def _of_date(item: Item, due_on: date) -> Effect:
    own = list(Assignment.objects.open().filter(item=item))
    due_at = clock.end_of(due_on)
    was = item.due_on.isoformat() if item.due_on else str(item.lasts or _("未定"))
    effect = Effect(str(item), _("时限 %(was)s 改为 %(now)s") % {"was": was, "now": due_on.isoformat()})
    effect.lines.append(_("%(n)d 件在办的办件跟着改，配合单位仍提前于牵头单位") % {"n": len(own)})
    asked = Extension.objects.filter(assignment__in=own, state__in=PENDING)
    met = asked.filter(due_asked__lte=due_at).count()
    left = asked.count() - met
    if met:
        effect.lines.append(_("%(n)d 件延期申请由此满足") % {"n": met})
    if left:
        effect.lines.append(_("%(n)d 件延期申请要求的日期更晚，仍待审批") % {"n": left})
    earlier = sum(one.due_at > due_at for one in own)
    if earlier:
        effect.warnings.append(_("%(n)d 件的时限会提前；已经申报办结的不提前") % {"n": earlier})
    effect.parts = len(parts_after(own, due_at))
    if effect.parts:
        effect.warnings.append(_("%(n)d 件分解事项的时限晚于新时限") % {"n": effect.parts})
    return effect


def _of_cycle(item: Item, cycle: str) -> Effect:
    assert item.plan is not None
    today = clock.today()
    was, chosen = item.cycle_on(today), cycle or item.plan.cycle
    said = {"was": str(Cycle(was).label), "now": str(Cycle(chosen).label)}
    effect = Effect(str(item), _("反馈周期由%(was)s改为%(now)s") % said)
    if chosen == was:
        effect.lines.append(_("先前的周期调整不再生效"))
        return effect
    said["on"] = say_day(begins_after(was, chosen, today))
    if chosen == Cycle.NONE:
        effect.lines.append(_("自%(on)s起不再定期反馈") % said)
    else:
        effect.lines.append(_("自%(on)s起按新周期") % said)
    if was != Cycle.NONE:
        effect.lines.append(_("已开的一期不变，仍按%(was)s办到期末") % said)
    count = Assignment.objects.open().filter(item=item).count()
    effect.lines.append(_("%(n)d 件在办的办件收到通知") % {"n": count})
    return effect


def _of_words(wish: Wish) -> Effect:
    effect = Effect(str(wish.item), _("改措辞"))
    for name, value in wish.words.items():
        before = getattr(wish.item, name) or "—"
        effect.lines.append(
            _("%(field)s：%(before)s → %(after)s")
            % {"field": word_for(name), "before": before[:80], "after": value[:80] or "—"}
        )
    count = Assignment.objects.open().filter(item=wish.item).count()
    effect.lines.append(_("%(n)d 件在办的办件看到新的措辞") % {"n": count})
    return effect


def word_for(name: str) -> str:
    words = {"title": _("事项"), "text": _("内容"), "objective": _("目标")}
    return (words | {"leader": _("责任领导"), "person": _("责任人")})[name]


def _of_withdrawal(item: Item) -> Effect:
    branch = [item]
    for one in branch:
        branch += one.children.filter(withdrawn_on__isnull=True)
    own = list(Assignment.objects.open().filter(item__in=branch).values_list("pk", flat=True))
    below = {pk for one in own for pk in everything_below(one)} - set(own)
    effect = Effect(str(item), _("撤下"))
    if len(branch) > 1:
        effect.lines.append(_("连同下面的 %(n)d 条") % {"n": len(branch) - 1})
    if own:
        effect.warnings.append(_("%(n)d 件在办的办件撤销，不再计时") % {"n": len(own)})
    if below:
        effect.warnings.append(_("其下 %(n)d 件分解和配合的办件同时撤销") % {"n": len(below)})
    done = Assignment.objects.filter(item__in=branch).exclude(pk__in=own).count()
    if done:
        effect.lines.append(_("已经办结或销号的 %(n)d 件保留") % {"n": done})
    return effect


def _of_enlistment(wish: Wish) -> Effect:
    units = Unit.objects.in_bulk([aim.unit_id for aim in wish.enlist if aim.unit_id])
    having = set(
        Assignment.objects.open().filter(item=wish.item, unit__in=units).values_list("unit_id", flat=True)
    )
    names = say_list(unit.short_name for unit in units.values())
    effect = Effect(str(wish.item), _("增补责任单位"), [_("交办给 %(names)s") % {"names": names}])
    if having:
        already = say_list(units[pk].short_name for pk in having)
        effect.warnings.append(_("%(names)s 已经有这一件") % {"names": already})
    return effect


def _of_addition(one: Addition) -> Effect:
    units = 0
    for aim in (*one.node.leads, *one.node.assists):
        if aim.unit_id:
            units += 1
        elif aim.group_id:
            units += members_of(UnitGroup.objects.get(pk=aim.group_id), clock.today()).count()
    rule = DueRule.parse(one.node.due_rule) if one.node.due_rule else _("长期")
    due = one.node.due_on.isoformat() if one.node.due_on else str(rule)
    where = _("放在“%(parent)s”下") % {"parent": one.parent} if one.parent else _("放在最后")
    return Effect(
        one.node.title,
        _("增加条目"),
        [where, _("立即交办 %(n)d 家，时限 %(due)s") % {"n": units, "due": due}],
    )
