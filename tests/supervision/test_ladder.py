"""The ladder: what is sounded when, once, and what happens after an outage."""

from datetime import datetime, time, timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.org.roles import Role
from bihuan.supervision.actions.handling import explain_assignment
from bihuan.supervision.actions.reviewing import answer_explanation
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.ladder import Ladder, Marks, waits
from bihuan.supervision.models import Assignment, Effect
from bihuan.supervision.rules import ENDED, OPEN
from bihuan.supervision.rungs import DEFAULT, Wait
from bihuan.workdays.rules import Calendar
from tests.supervision.worlds import DUE, GIVER, world_of
from tests.town import MORNING

PLAIN = Calendar({}, {}, frozenset({2026, 2027}), "weeks only")
LADDER = Ladder(DEFAULT, PLAIN, opens=time(8), closes=time(18))


def at(month, day, hour=8, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=OFFICE_TZ)


DEADLINE = clock.end_of(at(12, 18).date())  # a Friday


def sweep(day):
    """Sound all that is due on a day, at noon."""
    with clock.frozen(day):
        while sound_alarms(actor=system("sweep")):
            pass


def sounded(assignment):
    return [effect.rung for effect in Effect.objects.sounded().filter(assignment=assignment)]


@pytest.mark.parametrize(
    ("rung", "moment"),
    [
        ("remind_first", at(12, 9)),
        ("remind_second", at(12, 15)),
        ("remind_last", at(12, 17)),
        ("urge", at(12, 21)),
        ("slip", at(12, 23)),
        ("circular", at(12, 25)),
        ("interview", datetime(2027, 1, 1, 8, tzinfo=OFFICE_TZ)),
        ("accountability", datetime(2027, 1, 8, 8, tzinfo=OFFICE_TZ)),
        ("again_1", datetime(2027, 1, 15, 8, tzinfo=OFFICE_TZ)),
    ],
)
def test_a_rung_is_sounded_when_offices_open_so_many_workdays_from_the_deadline(rung, moment):
    calls = LADDER.calls("working", Marks(DEADLINE), at(11, 23), moment)
    assert [call.at for call in calls if call.rung.code == rung] == [moment]


@pytest.mark.parametrize(
    ("base", "moment"),
    [
        (at(12, 18, 10), at(12, 18, 10)),  # in office time: there and then
        (at(12, 18, 23, 59), at(12, 21)),  # a Friday night: on Monday
        (at(12, 18, 6), at(12, 18)),
        (at(12, 19, 10), at(12, 21)),
    ],
)
def test_nothing_is_sounded_at_night_or_on_a_day_off(base, moment):
    assert LADDER.moment(base, 0) == moment


@pytest.mark.parametrize("stage", OPEN)
@pytest.mark.parametrize("days", [-400, -1, 0, 1, 400])
def test_every_open_stage_has_a_next_alarm_however_late_it_is(stage, days):
    after = DEADLINE + timedelta(days=days)
    for marks in (
        Marks(DEADLINE),
        Marks(DEADLINE, sign_by=at(11, 24), decide_by=at(11, 30), answer_by=at(11, 27)),
        Marks(DEADLINE, answer_by=at(11, 27), review_on=at(12, 1), publicised_until=at(12, 9)),
    ):
        following = LADDER.next_alarm(stage, marks, after)
        assert following is not None
        assert following > after


@pytest.mark.parametrize("stage", ENDED)
def test_what_has_ended_rings_no_more(stage):
    assert LADDER.next_alarm(stage, Marks(DEADLINE), at(1, 1)) is None


@pytest.mark.parametrize(
    ("stage", "marks", "expected"),
    [
        ("dispatched", Marks(DEADLINE, sign_by=at(11, 24)), {Wait.SIGN, Wait.DUE}),
        ("working", Marks(DEADLINE), {Wait.DUE}),
        ("working", Marks(DEADLINE, answer_by=at(12, 1)), {Wait.DUE, Wait.EXTENSION}),
        ("working", Marks(DEADLINE, review_on=at(12, 1)), {Wait.SUSPENSION}),
        ("working", Marks(DEADLINE, review_on=at(12, 1), answer_by=at(12, 2)), {Wait.SUSPENSION}),
        ("declined", Marks(DEADLINE, decide_by=at(12, 1)), {Wait.DECISION}),
        ("completed", Marks(DEADLINE, decide_by=at(12, 1)), {Wait.REVIEW}),
        ("accepted", Marks(DEADLINE, decide_by=at(12, 1)), {Wait.STRIKE}),
        ("publicised", Marks(DEADLINE, publicised_until=at(12, 1)), {Wait.PUBLICITY}),
    ],
)
def test_who_is_waited_for(stage, marks, expected):
    assert set(waits(stage, marks)) == expected


def test_while_an_extension_is_pending_nobody_is_urged():
    calls = LADDER.calls("working", Marks(DEADLINE, answer_by=at(12, 30)), DEADLINE, at(12, 29))
    assert calls == []


def test_a_relapse_begins_one_rung_up():
    calls = LADDER.calls("working", Marks(DEADLINE, round=2), DEADLINE, at(12, 22))
    assert [call.rung.code for call in calls] == ["slip"]


@pytest.mark.parametrize("round_number", [2, 3, 9])
def test_after_relapses_the_topmost_rung_comes_once_and_then_again_and_again(round_number):
    marks = Marks(DEADLINE, round=round_number)
    calls = LADDER.calls("working", marks, DEADLINE, at(12, 18) + timedelta(days=60))
    codes = [call.rung.code for call in calls]
    assert len(codes) == len(set(codes))
    assert codes.count("accountability") == 1
    assert "again_1" in codes


def test_an_outage_after_a_second_relapse_is_one_message(town):
    world = world_of(town, "working")
    Assignment.objects.update(round=3)
    sweep(DUE + timedelta(days=40))
    assert sounded(world.assignment) == ["due.accountability"]


def test_an_accepted_explanation_holds_circular_and_interview_only():
    marks = Marks(DEADLINE, held_until=at(12, 28).date())
    calls = LADDER.calls("working", marks, DEADLINE, at(12, 28, 23))
    assert [call.rung.code for call in calls] == ["urge", "slip"]
    calls = LADDER.calls("working", marks, DEADLINE, at(12, 29, 9))
    assert [call.rung.code for call in calls] == ["urge", "slip", "circular"]


def test_a_day_by_day_sweep_climbs_rung_by_rung(town):
    world = world_of(town, "working")
    for day in range(75):
        sweep(MORNING + timedelta(days=day, hours=3))
    assert sounded(world.assignment) == [
        "due.remind_first",
        "due.remind_second",
        "due.remind_last",
        "due.urge",
        "due.slip",
        "due.circular",
        "due.interview",
        "due.accountability",
        "due.again_1",
    ]
    assert not Effect.objects.filter(folded=True).exists()
    assert verify().is_sound


def test_after_an_outage_what_was_missed_folds_into_the_highest_rung_due(town):
    world = world_of(town, "working")
    sweep(DUE + timedelta(days=4))  # a Saturday's deadline, three workdays ago
    effects = {effect.rung: effect.folded for effect in Effect.objects.all()}
    assert effects == {
        "due.remind_first": True,
        "due.remind_second": True,
        "due.remind_last": True,
        "due.urge": True,
        "due.slip": False,
    }
    entry = Entry.objects.get(verb="supervision.assignment.proposed")
    assert len(entry.facts["folded"]) == 4
    assert world.fresh().version == Entry.objects.of(world.assignment).count() - 1


def test_a_second_sweep_of_the_same_moment_does_nothing(town):
    world_of(town, "working")
    sweep(DUE + timedelta(days=6))
    before = Effect.objects.count()
    sweep(DUE + timedelta(days=6))
    Assignment.objects.update(next_alarm_at=MORNING, swept_at=MORNING)  # as if it had been forgotten
    sweep(DUE + timedelta(days=6))
    assert Effect.objects.count() == before


def test_a_change_of_state_mutes_no_rung_that_was_due(town):
    world = world_of(town, "working")
    with clock.frozen(DUE + timedelta(days=2)):
        world.submit()
    assert "due.urge" in sounded(world.assignment)
    assert world.fresh().stage == "completed"


def test_who_has_not_signed_is_urged_and_then_reported(town):
    world = world_of(town, "dispatched")
    sweep(MORNING + timedelta(days=2, hours=3))
    assert sounded(world.assignment) == ["sign.urge"]
    sweep(MORNING + timedelta(days=4))
    assert sounded(world.assignment) == ["sign.urge", "sign.slip"]


def test_a_slow_reviewer_is_on_the_same_ladder(town):
    world = world_of(town, "completed")
    for day in range(9):
        sweep(MORNING + timedelta(days=day, hours=3))
    assert sounded(world.assignment) == ["review.remind_last", "review.urge", "review.slip"]


def test_a_new_deadline_begins_the_reminders_anew(town):
    world = world_of(town, "endorsed")
    sweep(DUE - timedelta(days=5))
    assert sounded(world.assignment)[0].startswith("extension.")
    with clock.frozen(DUE - timedelta(days=5)):
        world.grant()
    due_at = world.fresh().due_at
    sweep(due_at - timedelta(hours=30))
    later = Effect.objects.filter(rung="due.remind_last", base_at=due_at)
    assert later.count() == 1


def test_what_rested_for_an_extension_is_made_up_for_after_a_refusal(town):
    world = world_of(town, "endorsed")
    late = DUE + timedelta(days=2)
    sweep(late)
    assert not [rung for rung in sounded(world.assignment) if rung == "due.urge"]
    with clock.frozen(late):
        world.refuse()
    sweep(late)
    assert "due.urge" in sounded(world.assignment)


def test_publicity_that_is_over_proposes_the_write_off(town):
    world = world_of(town, "publicised")
    sweep(world.fresh().publicised_until + timedelta(days=1))
    assert list(Effect.objects.proposals().values_list("rung", flat=True)) == ["publicity.call"]


def test_a_suspension_rings_on_its_review_date(town):
    world = world_of(town, "suspended")
    sweep(MORNING + timedelta(days=19))
    assert sounded(world.assignment) == []
    sweep(MORNING + timedelta(days=21))
    assert sounded(world.assignment)[0] == "suspension.call"


def test_an_explanation_that_was_accepted_is_known_to_the_ladder(town):
    world = world_of(town, "working")
    with clock.frozen(DUE + timedelta(days=2)):
        explanation = explain_assignment(assignment_id=world.pk, actor=world.receiver(), text="道路中断")
        answer_explanation(
            explanation_id=explanation.pk,
            actor=world.giver(),
            accepted=True,
            holds_until=(DUE + timedelta(days=30)).date(),
        )
    sweep(DUE + timedelta(days=25))
    rungs = set(Effect.objects.values_list("rung", flat=True))
    assert not rungs & {"due.circular", "due.interview"}
    assert world.fresh().light(DUE + timedelta(days=25)) == "r"


@pytest.mark.parametrize(
    ("name", "days", "verb", "people"),
    [
        ("working", 38, "reminded", {"东一县局承办人"}),
        ("working", 42.5, "pressed", {"东一县局承办人", "东一县局领导"}),
        ("working", 44.5, "proposed", {"东一县局领导", "东市局督查员"}),
        ("completed", 4.2, "pressed", {"东市局督查员", "东市局领导"}),
    ],
)
def test_who_hears_of_a_rung(town, name, days, verb, people):
    from bihuan.notifications.actions import deliver
    from bihuan.notifications.models import Notice

    world_of(town, name)
    town.post(GIVER, Role.HANDLER)
    sweep(MORNING + timedelta(days=days))
    entry = Entry.objects.filter(verb=f"supervision.assignment.{verb}").latest("pk")
    deliver(entry_ids=[entry.pk])
    assert set(Notice.objects.filter(entry=entry).values_list("person__name", flat=True)) == people
