"""Another feedback cycle for what is issued already (调整反馈周期): what stays, what changes, and from which day."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from bihuan.circulars.queries import rows_at
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused
from bihuan.ledger.models import Entry
from bihuan.notifications.actions import messages
from bihuan.notifications.models import Notice
from bihuan.org.roles import Role
from bihuan.supervision import jobs
from bihuan.supervision.actions.amending import Enlistment, amend_plan
from bihuan.supervision.actions.planning import Header, draft_plan, issue_plan
from bihuan.supervision.actions.slotting import turn_slots
from bihuan.supervision.models import Assignment, Item, Slot, Term
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.periods import begins_after
from bihuan.supervision.queries.recurrence import schedule
from bihuan.supervision.queries.slots import items_asking
from bihuan.supervision.rules import Cycle
from tests.supervision.worlds import GIVER, NEIGHBOUR, RECEIVER, found, morning, world_of
from tests.town import TODAY


def turn():
    for item in items_asking(clock.today()):
        while turn_slots(item_id=item.pk, actor=system("calendar"), limit=1):
            pass


def on(day):
    return clock.frozen(clock.end_of(day) - timedelta(hours=14))


def amend(world, **changes):
    return amend_plan(
        plan_id=world.assignment.item.plan_id, actor=world.giver(), reason="局务会决定", **changes
    )


@pytest.fixture
def world(town):
    """A duty with monthly reports, signed for, given in November and due in March."""
    made = found(town, due_on=TODAY + timedelta(days=120))
    Item.objects.update(cycle=Cycle.MONTHLY)
    made.sign()
    return made


def periods(world):
    return list(
        Slot.objects.filter(assignment=world.pk).order_by("opened_at").values_list("period", "outcome")
    )


@pytest.mark.parametrize(
    ("was", "cycle", "day", "begins_on"),
    [
        ("monthly", "weekly", date(2026, 11, 24), date(2026, 12, 7)),  # December begins on a Tuesday
        ("weekly", "monthly", date(2026, 11, 24), date(2026, 12, 1)),
        ("monthly", "quarterly", date(2026, 11, 24), date(2027, 1, 1)),
        ("quarterly", "monthly", date(2026, 11, 24), date(2027, 1, 1)),
        ("daily", "weekly", date(2026, 11, 29), date(2026, 11, 30)),
        ("none", "monthly", date(2026, 11, 24), date(2026, 12, 1)),
        ("monthly", "none", date(2026, 11, 24), date(2026, 12, 1)),
    ],
)
def test_another_cycle_begins_with_its_first_whole_period_after_the_one_that_runs(was, cycle, day, begins_on):
    assert begins_after(was, cycle, day) == begins_on


def test_the_open_slot_stays_and_the_next_ones_are_of_the_new_cycle(world):
    with on(date(2026, 12, 2)):
        turn()
        before = world.fresh()
        amend(world, recycled={world.assignment.item_id: Cycle.WEEKLY})
        turn()
        after = world.fresh()
        for name in ("due_at", "record_due_at", "amber_at", "strong_at", "slot_opened_at", "sign_by"):
            assert getattr(after, name) == getattr(before, name)
        assert after.next_alarm_at is not None
        assert periods(world) == [("2026-12", "")]
    with on(date(2027, 1, 2)):  # December is over, the first whole week has not begun
        turn()
        assert periods(world) == [("2026-12", "missing")]
        assert world.fresh().slot_opened_at is None
    with on(date(2027, 1, 5)):
        turn()
        assert periods(world) == [("2026-12", "missing"), ("2027-W01", "")]


def test_reports_end_with_the_period_that_runs_and_what_was_counted_stays(world):
    with on(date(2026, 12, 2)):
        turn()
        amend(world, recycled={world.assignment.item_id: Cycle.NONE})
    with on(date(2027, 1, 5)):
        turn()
        assert periods(world) == [("2026-12", "missing")]
        assert world.fresh().slot_opened_at is None
        assert items_asking(clock.today()) == []


def test_an_amendment_of_the_cycle_can_be_taken_back_before_it_holds(world):
    item = world.assignment.item
    amend(world, recycled={item.pk: Cycle.WEEKLY})
    amend(world, recycled={item.pk: Cycle.MONTHLY})
    item.refresh_from_db()
    assert (item.cycle, item.next_cycle, item.next_cycle_on) == (Cycle.MONTHLY, "", None)


@pytest.mark.parametrize("cycle", ["hourly", "NONE"])
def test_a_cycle_that_there_is_not_is_refused(world, cycle):
    with pytest.raises(Refused) as refusal:
        amend(world, recycled={world.assignment.item_id: cycle})
    assert (refusal.value.code, refusal.value.field) == ("unknown_cycle", "recycled")


def test_everybody_who_has_it_is_told_once(world):
    town = world.town
    town.person(RECEIVER, Role.HANDLER)
    amend(world, recycled={world.assignment.item_id: Cycle.WEEKLY})
    line = Entry.objects.get(verb="supervision.assignment.recycled")
    told = {name: line.facts[name] for name in ("cycle", "was_cycle", "from_on")}
    assert told == {"cycle": "weekly", "was_cycle": "monthly", "from_on": "2026-12-07"}
    messages.deliver(entry_ids=[line.pk])
    assert Notice.objects.filter(entry=line).count() >= 1


@pytest.fixture
def recurring(town):
    for name in (RECEIVER, NEIGHBOUR):
        town.unit(name)
    leads = [Aim(name, unit_id=town.unit(name).pk) for name in (RECEIVER, NEIGHBOUR)]
    node = Node("每周排查校园安全", long_term=True, cycle="weekly", leads=leads)
    plan = draft_plan(actor=town.actor(GIVER), header=Header("校园安全方案"), tree=[node])
    issue_plan(plan_id=plan.pk, actor=town.actor(GIVER))
    plan.refresh_from_db()
    return plan


def recycle(town, plan, cycle):
    amend_plan(
        plan_id=plan.pk, actor=town.actor(GIVER), reason="减轻负担", recycled={plan.items.get().pk: cycle}
    )


def test_a_recurring_duty_goes_on_in_the_new_cycle_with_the_same_units(town, recurring):
    """Labels of weeks and months do not sort among each other: nobody may be lost by that."""
    assert set(Assignment.objects.values_list("period", flat=True)) == {"2026-W48"}
    deadlines = list(Assignment.objects.values_list("due_at", flat=True))
    recycle(town, recurring, Cycle.MONTHLY)
    assert list(Assignment.objects.values_list("due_at", flat=True)) == deadlines
    for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 8), date(2027, 1, 4)):
        with on(day):
            jobs.open_periods_job(timestamp=0)
    found = sorted(Assignment.objects.values_list("period", "unit__name"))
    assert found == sorted(
        (period, unit) for period in ("2026-W48", "2026-12", "2027-01") for unit in (RECEIVER, NEIGHBOUR)
    )


def test_a_recurring_duty_needs_a_cycle(town, recurring):
    with pytest.raises(Refused) as refusal:
        recycle(town, recurring, Cycle.NONE)
    assert refusal.value.code == "no_cycle"


def test_the_schedule_says_what_is_opened_next(town, recurring):
    recycle(town, recurring, Cycle.MONTHLY)
    (one,) = schedule(recurring.items.select_related("plan"), TODAY)
    assert (one.period.label, one.next_period.label, one.changes) == ("2026-W48", "2026-12", True)
    with on(date(2026, 12, 3)):
        (one,) = schedule(recurring.items.select_related("plan"), clock.today())
    assert (one.period.label, one.next_period.label, one.changes) == ("2026-12", "2027-01", False)


def test_the_pages_show_cycle_preview_history_and_schedule(client, world):
    client.force_login(world.town.person(GIVER, Role.SUPERVISOR))
    plan, key = world.assignment.item.plan_id, world.assignment.item_id
    page = reverse("plan-amend", args=[plan])
    words = {
        "selected": key,
        "new": 0,
        f"i{key}-title": world.assignment.item.title,
        f"i{key}-due_on": (TODAY + timedelta(days=120)).isoformat(),
        f"i{key}-cycle": "weekly",
        "reason": "局务会决定",
    }
    shown = client.post(page, {"step": "edit", "selected": key})
    assert f'name="i{key}-cycle"' in shown.content.decode()
    previewed = client.post(page, words | {"step": "preview"}).content.decode()
    assert "反馈周期由每月改为每周" in previewed
    assert "12月7日" in previewed
    assert client.post(page, words | {"step": "apply"}).status_code == 302
    assert Item.objects.get(pk=key).next_cycle == Cycle.WEEKLY
    history = client.get(reverse("plan-history", args=[plan])).content.decode()
    assert "反馈周期由每月改为每周，自12月7日起" in history
    schedule_ = client.get(reverse("plan-timeline", args=[plan])).content.decode()
    assert 'data-turn="weekly"' in schedule_ or 'data-turn="monthly"' in schedule_
    assert "每月，自12月7日起每周" in client.get(reverse("assignment", args=[world.pk])).content.decode()


def test_the_history_tells_of_units_that_joined(client, world):
    """It named fields only, and broke where a unit was all that was added."""
    joining = Enlistment(world.assignment.item_id, [world.town.unit(NEIGHBOUR).pk])
    amend(world, enlisted=[joining])
    client.force_login(world.town.person(GIVER, Role.SUPERVISOR))
    page = client.get(reverse("plan-history", args=[world.assignment.item.plan_id]))
    assert "增补" in page.content.decode()


def test_a_pause_under_a_remedy_date_moves_the_date_of_record_in_circulars_as_well(town):
    """The remedy date is the light's; what statistics and circulars go by moves only by the days it stood."""
    world = world_of(town, "working")
    for day, what in ((39, "submit"), (40, "send_back"), (41, "suspend"), (44, "resume")):
        with morning(day):
            getattr(world, what)()
    one = world.fresh()
    kinds = list(one.terms.values_list("kind", flat=True))
    assert kinds[-2:] == [Term.Kind.RESUMPTION, Term.Kind.REMEDY]
    assert one.due_at > one.record_due_at
    with morning(45):
        (row,) = rows_at(one.item.plan, clock.now())
    assert row.due_at == one.record_due_at
