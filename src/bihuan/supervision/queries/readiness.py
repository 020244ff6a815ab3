"""What a draft still lacks before it may be issued: one matter, a unit, a deadline for each leaf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.supervision.models import Item, Plan
from bihuan.supervision.queries.dues import expected_on
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rules import Cycle, Duty, Mode
from bihuan.workdays.rules import Calendar


@dataclass(frozen=True)
class Gap:
    """One thing missing at one item (未完善处)."""

    item_id: int | None
    code: str
    what: str
    title: str = ""

    @property
    def message(self) -> str:
        return (
            _("%(title)s：%(what)s") % {"title": self.title, "what": self.what} if self.title else self.what
        )


def gaps_of(plan: Plan) -> list[Gap]:
    """Everything that stands against issuing the plan, in the order of the list."""
    leaves = list(plan.items.leaves().prefetch_related("targets__unit").order_by("position"))
    if not leaves:
        return [Gap(None, "empty", _("清单里还没有条目"))]
    return gaps_in(leaves, plan)


def gaps_in(leaves: Sequence[Item], plan: Plan) -> list[Gap]:
    """Everything that stands against giving these items out."""
    above = {item.pk: (item.parent_id, item.due_on) for item in plan.items.filter(withdrawn_on__isnull=True)}
    ruled = any(item.due_rule for item in leaves)
    calendar = regime_of(plan.issuer_id).calendar if ruled else None
    return [gap for item in leaves for gap in _gaps(item, plan, above, _day_of(item, plan, calendar))]


def _day_of(item: Item, plan: Plan, calendar: Calendar | None) -> date | None:
    """The day by which it would be due if it went out now; of a span on the issuer's days."""
    if item.lasts is None or calendar is None:
        return item.due_on
    issued_on = plan.source.issued_on
    return expected_on(item.lasts, at=clock.now(), issued_on=issued_on, calendar=calendar)


def _gaps(
    item: Item, plan: Plan, above: Mapping[int, tuple[int | None, date | None]], due_on: date | None
) -> list[Gap]:
    found: list[tuple[str, str]] = []
    targets = list(item.targets.all())
    leads = [one for one in targets if one.duty == Duty.LEAD]
    if not leads:
        found.append(("no_lead", _("缺责任单位")))
    found += [
        ("unmatched", _("“%(name)s”没有对应到单位") % {"name": one.written})
        for one in targets
        if one.unit_id is None and one.group_id is None
    ]
    if any(one.unit and one.unit.is_external for one in leads):
        found.append(("external_lead", _("系统外单位不能牵头")))
    if item.mode == Mode.JOINT and (len(leads) > 1 or any(one.group_id for one in leads)):
        found.append(("many_leads", _("一家牵头的事项有多个牵头单位")))
    if due_on is None and not item.long_term:
        found.append(("no_deadline", _("缺完成时限，或注明“长期坚持”")))
    if item.long_term and (item.cycle or plan.cycle) == Cycle.NONE:
        found.append(("no_cycle", _("长期坚持的事项须有反馈周期")))
    if due_on and due_on < clock.today():
        found.append(("past", _("完成时限已过")))
    if due_on and due_on > _latest(item, above):
        found.append(("after_parent", _("完成时限晚于上级条目")))
    title = f"{item.number} {item.title}".strip()[:30]
    return [Gap(item.pk, code, what, title) for code, what in found]


def _latest(item: Item, above: Mapping[int, tuple[int | None, date | None]]) -> date:
    """The earliest deadline of the items it stands under, which it may not outlast (A7)."""
    dates, parent = [date.max], item.parent_id
    while parent is not None:
        parent, due_on = above.get(parent, (None, None))
        dates += [due_on] if due_on else []
    return min(dates)
