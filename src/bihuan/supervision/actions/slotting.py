"""Opening and closing the places that the feedback cycle keeps for reports (反馈期), many at a time."""

from django.db import connection

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.rows import insert_alike
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append
from bihuan.supervision.models import Assignment, Item, Report, Slot
from bihuan.supervision.queries.recurrence import cut_short
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.queries.slots import Window, cycle_of, to_open, window_of
from bihuan.supervision.rules import DUTY_STAGES, Cycle

CHUNK = 2000
"""Assignments to a transaction: a plan's 16,000 schools are no single lock."""

CLOSE = """
    UPDATE supervision_slot AS slot
       SET closed_at = %(now)s,
           outcome = CASE
               WHEN slot.report_id IS NOT NULL THEN 'reported'
               WHEN assignment.stage = ANY(%(duty)s) AND assignment.suspended_at IS NULL THEN 'missing'
               ELSE 'void' END
      FROM supervision_assignment AS assignment
     WHERE slot.outcome = '' AND slot.window_until < %(now)s
       AND assignment.id = slot.assignment_id AND assignment.id = ANY(%(keys)s)
 RETURNING slot.outcome
"""
FILL = """
    UPDATE supervision_slot AS slot
       SET report_id = made.id
      FROM (SELECT DISTINCT ON (assignment_id) id, assignment_id FROM supervision_report
             WHERE assignment_id = ANY(%(keys)s) AND reported_at >= %(opened)s AND verdict <> 'returned'
             ORDER BY assignment_id, reported_at, id) AS made
     WHERE slot.assignment_id = made.assignment_id AND slot.period = %(period)s
"""


@action
def turn_slots(*, item_id: int, actor: Actor, limit: int = CHUNK) -> bool:
    """End the windows of an item that are over and open those of the present period; True if more may be left.

    Run as often as anybody likes: the database keeps one slot for each assignment and period. Whoever reported
    already in the period, as after an outage of the worker, is not asked: the slot opens filled. Leaves one entry
    on the item for each chunk, because a line on every assignment would be three million a year.
    """
    locked = Item.objects.select_for_update(of=("self",), no_key=True)  # one worker to an item
    item = locked.select_related("plan", "owner").get(pk=item_id)
    now, today = clock.now(), clock.today()
    cycle = cycle_of(item, today)
    window = window_of(cycle, today, regime_of(item.owner)) if cycle != Cycle.NONE else None
    if window is not None and cut_short(item, window.period, today):
        window = None
    over = Slot.objects.open().filter(assignment__item=item, window_until__lt=now)
    keys = set(over.values_list("assignment_id", flat=True)[:limit])
    if window is not None:
        keys |= set(to_open(item, window).values_list("pk", flat=True)[:limit])
    if not keys:
        return False
    rows = Assignment.objects.filter(pk__among=keys).order_by("pk").select_for_update(no_key=True)
    held = list(rows.values_list("pk", flat=True))
    closed = _close(held)
    opened = _open(item, window, held) if window is not None else 0
    append(
        "supervision.item.slots_turned",
        actor=actor,
        subject=item,
        period=window.period.label if window else None,
        opened=opened,
        reported=closed.count("reported"),
        missing=closed.count("missing"),
    )
    return len(keys) >= limit


@step
def fill_slot(assignment: Assignment, report: Report) -> None:
    """Let the first report of a period fill its slot."""
    current = assignment.slots.open().filter(report__isnull=True, window_until__gte=report.reported_at)
    current.update(report=report)


@step
def judge_slot(assignment: Assignment, report: Report) -> None:
    """Close the slot of a report that is accepted; one that was sent back leaves it to the next report."""
    filled = assignment.slots.filter(report=report)
    if report.verdict == Report.Verdict.ACCEPTED:
        filled.open().update(outcome=Slot.Outcome.REPORTED, closed_at=clock.now())
    else:
        standing = assignment.reports.exclude(verdict=Report.Verdict.RETURNED)
        for slot in filled.open():
            later = standing.filter(reported_at__gte=slot.opened_at, reported_at__lte=slot.window_until)
            slot.report = later.order_by("reported_at", "pk").first()
            slot.save(update_fields=["report"])


@step
def _close(keys: list[int]) -> list[str]:
    given = {"now": clock.now(), "duty": [stage.value for stage in DUTY_STAGES], "keys": keys}
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, given)
        outcomes = [row[0] for row in cursor.fetchall()]
    Assignment.objects.filter(pk__among=keys).exclude(slots__outcome="").update(slot_opened_at=None)
    return outcomes


@step
def _open(item: Item, window: Window, keys: list[int]) -> int:
    """Open the slots of locked assignments; asked again under the lock, because somebody may have been faster."""
    wanted = list(to_open(item, window).filter(pk__among=keys).values_list("pk", flat=True))
    blank = Slot(
        period=window.period.label,
        opened_at=window.opened_at,
        due_at=window.due_at,
        window_until=window.until,
    )
    insert_alike(blank, unless_there=True, assignment=wanted)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"keys": wanted, "opened": window.opened_at, "period": window.period.label})
    Assignment.objects.filter(pk__among=wanted).update(slot_opened_at=window.opened_at)
    return len(wanted)
