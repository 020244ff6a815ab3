"""The loop under several real processes at once; each guard is also tried without it, where the test must fail."""

import os
import signal
import time
from datetime import timedelta
from functools import cache

import pytest
from django.db import connections

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.org.models import Lineage, Unit, UnitKind
from bihuan.org.roles import Role
from bihuan.supervision.actions import dispatching, handling, reviewing, sounding, steps, terms
from bihuan.supervision.actions.slotting import turn_slots
from bihuan.supervision.models import Assignment, Dispatch, Effect, Slot
from tests.supervision.worlds import DUE, LATER, RECEIVER, found, world_of
from tests.together import meet, processes, together
from tests.town import TODAY, Town

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

MANY = 16_000


@pytest.fixture
def town(at_work):
    return Town()


@pytest.fixture(params=["guarded", "unguarded"])
def guarded(request, monkeypatch):
    """With and without the row lock; either way both get as far as writing, if nothing keeps one back."""
    if request.param == "unguarded":
        monkeypatch.setattr(
            steps, "_lockable", lambda assignments: assignments.select_related("item", "unit")
        )
    # The statement is written out once, with its lock or without: for this test alone.
    monkeypatch.setattr(steps, "_taking", cache(steps._taking.__wrapped__))
    barrier, append = processes.Barrier(2), steps.append

    def append_together(*args, **kwargs):
        meet(barrier)
        return append(*args, **kwargs)

    monkeypatch.setattr(steps, "append", append_together)
    return request.param == "guarded"


def one_wins(answers, loser, guarded):
    """One did it and the other was told so; without the guard both went ahead, up to the ledger's own refusal."""
    assert sorted(answers) == sorted(["done", loser if guarded else "IntegrityError"])
    assert verify().is_sound


def did(action, **given):
    def job():
        action(**given)
        return "done"

    return job


def test_of_two_who_sign_at_once_one_wins_and_the_other_is_told(town, guarded):
    world = found(town)
    jobs = [
        did(handling.sign_assignment, assignment_id=world.pk, actor=world.receiver(role), seen_version=0)
        for role in (Role.HANDLER, Role.LIAISON)
    ]
    one_wins(together(*jobs), "StaleVersion", guarded)


def test_a_double_click_has_one_effect(town, guarded):
    world = found(town)
    job = did(handling.sign_assignment, assignment_id=world.pk, actor=world.receiver(), seen_version=0)
    one_wins(together(job, job), "AlreadyDone", guarded)
    assert Entry.objects.of(world.assignment).count() == 2


def test_of_two_who_approve_at_once_one_wins(town, guarded):
    world = world_of(town, "passed")
    version = world.assignment.version
    jobs = [
        did(
            reviewing.approve_submission,
            assignment_id=world.pk,
            actor=actor,
            seen_version=version,
        )
        for actor in (world.giver(Role.LEADER), world.giver(Role.SUPERVISOR, "另一人"))
    ]
    one_wins(together(*jobs), "StaleVersion", guarded)


def test_of_two_who_ask_for_an_extension_at_once_one_wins(town):
    world = world_of(town, "working")
    jobs = [
        did(
            terms.ask_extension,
            assignment_id=world.pk,
            actor=world.receiver(role),
            due_at=LATER,
            reason="降雪",
            progress="七成",
        )
        for role in (Role.HANDLER, Role.LIAISON)
    ]
    assert sorted(together(*jobs)) == ["Refused", "done"]
    assert world.fresh().extensions.count() == 1


def test_a_cancellation_and_an_amendment_never_wait_for_each_other_in_a_circle(town):
    from bihuan.supervision.actions.amending import amend_plan
    from bihuan.supervision.actions.closing import cancel_assignment

    world = found(town, assists=["东二县局"])
    barrier = processes.Barrier(2)

    def cancel():
        meet(barrier)
        cancel_assignment(assignment_id=world.pk, actor=world.giver(), reason="取消")
        return "done"

    def amend():
        meet(barrier)
        redated = {world.assignment.item_id: TODAY + timedelta(days=60)}
        amend_plan(plan_id=world.assignment.item.plan_id, actor=world.giver(), reason="延后", redated=redated)
        return "done"

    assert together(cancel, amend) == ["done", "done"]
    assert verify().is_sound


# --- mass dispatch ------------------------------------------------------------------------------------------


def schools(town, count):
    """So many schools below the county bureau, planted at once."""
    above = list(Lineage.objects.filter(descendant=town.unit(RECEIVER)).values_list("ancestor_id", "depth"))
    units = Unit.objects.bulk_create(
        [
            Unit(
                name=f"第{n}小学",
                short_name=f"第{n}小学",
                kind=UnitKind.SCHOOL,
                parent=town.unit(RECEIVER),
                starts_on=TODAY - timedelta(days=99),
            )
            for n in range(count)
        ],
        batch_size=4000,
    )
    Lineage.objects.bulk_create(
        [Lineage(ancestor_id=up, descendant=unit, depth=depth + 1) for unit in units for up, depth in above]
        + [Lineage(ancestor=unit, descendant=unit, depth=0) for unit in units],
        batch_size=8000,
    )
    return [unit.pk for unit in units]


def dispatch_to(town, count):
    actor = town.actor(RECEIVER)
    item = dispatching.register_item(
        actor=actor, kind="meeting", title="开展自查", due_at=DUE, lead_ids=schools(town, count)
    )
    return item, Dispatch.objects.get(item=item), actor


def test_four_workers_serve_everybody_once_although_one_is_killed(town, monkeypatch):
    item, dispatch, actor = dispatch_to(town, MANY)
    stuck = processes.Event()

    def serve():
        while dispatching.serve_dispatch(dispatch_id=dispatch.pk, actor=actor):
            pass
        return "done"

    def hang(*args, **kwargs):
        stuck.set()
        time.sleep(600)

    def victim():
        monkeypatch.setattr(dispatching, "append_many", hang)
        serve()

    connections.close_all()
    doomed = processes.Process(target=victim)
    doomed.start()
    assert stuck.wait(60)  # a thousand rows written, nothing committed
    killer = processes.Process(target=lambda: (time.sleep(1), os.kill(doomed.pid, signal.SIGKILL)))
    killer.start()
    assert together(serve, serve, serve) == ["done"] * 3
    doomed.join()
    killer.join()
    assert doomed.exitcode == -signal.SIGKILL
    served = Assignment.objects.filter(item=item)
    assert served.count() == MANY == served.values("unit").distinct().count()
    assert Entry.objects.filter(verb="supervision.assignment.dispatched").count() == MANY


def test_without_the_lock_two_workers_serve_the_same_units(town, monkeypatch):
    _item, dispatch, actor = dispatch_to(town, 2500)
    barrier, append_many = processes.Barrier(2), dispatching.append_many

    monkeypatch.setattr(type(Dispatch.objects.all()), "select_for_update", lambda rows, **how: rows)

    def append_together(*args, **kwargs):
        meet(barrier)
        return append_many(*args, **kwargs)

    monkeypatch.setattr(dispatching, "append_many", append_together)
    serve = did(dispatching.serve_dispatch, dispatch_id=dispatch.pk, actor=actor)
    assert "IntegrityError" in together(serve, serve)


# --- the sweep ----------------------------------------------------------------------------------------------

DUE_NOW = 40


def due_assignments(town):
    dispatching.register_item(
        actor=town.actor(RECEIVER), kind="meeting", title="自查", due_at=DUE, lead_ids=schools(town, DUE_NOW)
    )


def sweep():
    with clock.frozen(DUE + timedelta(days=2)):
        total = 0
        while taken := sounding.sound_alarms(actor=system("sweep"), limit=7):
            total += taken
        return total


def test_four_workers_sound_every_alarm_once(town):
    due_assignments(town)
    assert sum(together(sweep, sweep, sweep, sweep)) == DUE_NOW
    assert Effect.objects.sounded().filter(rung="due.urge").count() == DUE_NOW
    assert verify().is_sound


def test_without_the_lock_workers_collide_over_the_same_alarm(town, monkeypatch):
    due_assignments(town)
    barrier, create = processes.Barrier(2), Effect.objects.bulk_create

    def create_together(*args, **kwargs):
        meet(barrier)
        return create(*args, **kwargs)

    monkeypatch.setattr(Effect.objects, "bulk_create", create_together)
    monkeypatch.setattr(type(Assignment.objects.all()), "select_for_update", lambda rows, **how: rows)
    assert "IntegrityError" in together(sweep, sweep)


def test_a_sweep_that_is_killed_leaves_its_share_due_and_holds_nobody_up(town, monkeypatch):
    due_assignments(town)
    stuck = processes.Event()

    def hang(*args, **kwargs):
        stuck.set()
        time.sleep(600)

    def victim():
        monkeypatch.setattr(sounding, "append_each", hang)
        sweep()

    connections.close_all()
    doomed = processes.Process(target=victim)
    doomed.start()
    assert stuck.wait(60)  # seven effects written, nothing committed
    assert sum(together(sweep, sweep)) == DUE_NOW - 7
    os.kill(doomed.pid, signal.SIGKILL)
    doomed.join()
    left = 0
    for _try in range(100):  # until the server has noticed that the line is dead
        left += sum(together(sweep))
        if left == 7:
            break
    assert left == 7
    assert Effect.objects.sounded().filter(rung="due.urge").count() == DUE_NOW
    assert verify().is_sound


def test_two_workers_turn_the_same_slots_once(town):
    due_assignments(town)
    Assignment.objects.update(dispatched_at=DUE - timedelta(days=60), due_at=DUE + timedelta(days=200))
    plan = found(town).assignment.item.plan
    item = Assignment.objects.exclude(item__plan=plan).first().item
    item.plan, item.cycle = plan, "monthly"
    item.save()

    def turn():
        with clock.frozen(DUE + timedelta(days=1)):
            while turn_slots(item_id=item.pk, actor=system("calendar"), limit=7):
                pass
        return "done"

    answers = together(turn, turn, turn)
    assert answers == ["done"] * 3
    assert Slot.objects.count() == DUE_NOW == Slot.objects.values("assignment").distinct().count()
