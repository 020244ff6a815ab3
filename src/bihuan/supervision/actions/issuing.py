"""Steps by which an item of a plan goes out to the units it is meant for."""

from datetime import date

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.transactions import step
from bihuan.org.groups import members_of
from bihuan.supervision.actions.dispatching import dispatch_item, refuse_targets
from bihuan.supervision.dues import Due
from bihuan.supervision.models import Item, Plan
from bihuan.supervision.periods import period_of
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rules import Duty


@step
def issue_item(item: Item, plan: Plan, *, actor: Actor) -> int:
    """Give a leaf out to its units; returns to how many."""
    leads, assists = units_of(item, Duty.LEAD), units_of(item, Duty.ASSIST)
    refuse_targets(plan.issuer, leads, assists)
    due, period = due_of(item, plan, clock.today())
    return dispatch_item(
        item,
        leads,
        assists,
        due,
        actor=actor,
        issued_by=plan.issuer,
        office=plan.office,
        period=period,
    )


def leaves_of(plan: Plan) -> list[Item]:
    """The items that are given out, with the units they are meant for."""
    return list(plan.items.leaves().prefetch_related("targets__unit", "targets__group").order_by("position"))


def units_of(item: Item, duty: str) -> list[int]:
    """The ids of the units an item is meant for, groups unfolded as of today, each once."""
    found: dict[int, None] = {}
    for target in item.targets.all():
        if target.duty != duty:
            continue
        if target.unit_id:
            found[target.unit_id] = None
        elif target.group:
            found.update(dict.fromkeys(members_of(target.group, clock.today()).values_list("pk", flat=True)))
    return list(found)


def due_of(item: Item, plan: Plan, on: date) -> tuple[Due, str]:
    """The item's deadline; of a long-term one the end of the period of that day, with the period's label.

    The parameter `period.due_workdays` gives so many workdays after the period's end (R2).
    """
    if item.lasts is not None:
        return item.lasts, ""
    if item.due_on and not item.long_term:
        return clock.end_of(item.due_on), ""
    period = period_of(item.cycle_on(on), on)
    regime = regime_of(plan.issuer)
    last_on = regime.calendar.plus_workdays(period.last_on, regime["period.due_workdays"])
    return clock.end_of(last_on), period.label
