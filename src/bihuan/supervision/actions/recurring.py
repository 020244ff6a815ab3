"""Recurring duties: the next period's assignments are opened when the period begins, once (DESIGN §3, R1)."""

from datetime import datetime

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone
from bihuan.kernel.transactions import action
from bihuan.ledger.book import append
from bihuan.org.models import Unit
from bihuan.supervision.actions.dispatching import dispatch_item
from bihuan.supervision.actions.issuing import due_of
from bihuan.supervision.models import Item
from bihuan.supervision.queries.recurrence import members_of_last_period
from bihuan.supervision.rules import Duty


@action
def open_period(*, item_id: int, actor: Actor) -> int:
    """Give a long-term item out for the present period (开启新一期); returns to how many units.

    To those who had it in the period before, or have inherited it since. Raises AlreadyDone where the period is
    open: workers may ask as often as they like. A period nobody opened while it ran is not made up for, because
    its date has passed.
    """
    locked = Item.objects.select_for_update(of=("self",), no_key=True)
    item = locked.select_related("plan__issuer", "plan__office", "owner", "source").get(pk=item_id)
    plan = item.plan
    if plan is None:  # a cycle belongs to a plan
        return 0
    due, period = due_of(item, plan, clock.today())
    if item.assignments.filter(period=period).exists() or item.dispatches.filter(period=period).exists():
        raise AlreadyDone(period=period)
    last = members_of_last_period(item, period)
    current = set(
        Unit.objects.current(clock.today())
        .filter(pk__in=[unit for unit, _duty in last])
        .values_list("pk", flat=True)
    )
    leads = [unit for unit, duty in last if duty == Duty.LEAD and unit in current]
    assists = [unit for unit, duty in last if duty == Duty.ASSIST and unit in current]
    if not leads or (isinstance(due, datetime) and due <= clock.now()):
        return 0
    opened = dispatch_item(
        item,
        leads,
        assists,
        due,
        actor=actor,
        issued_by=item.owner,
        office=plan.office,
        period=period,
    )
    append("supervision.item.period_opened", actor=actor, subject=item, period=period, units=opened)
    return opened
