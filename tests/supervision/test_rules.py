"""The pure rules, and that the database says the same."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from bihuan.kernel.clock import OFFICE_TZ
from bihuan.supervision import rules
from bihuan.supervision.models import Assignment
from bihuan.supervision.models.assignments import VOID
from bihuan.supervision.queries.lights import shows
from bihuan.supervision.queries.rollups import light_at
from bihuan.supervision.rules import ENDED, OPEN, SETTABLE, Light, Stage, expected_progress, share_of_target
from tests.supervision.worlds import found

START, END = date(2026, 11, 23), date(2026, 12, 23)
NOON = datetime(2026, 12, 1, 12, tzinfo=OFFICE_TZ)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def grid():
    """Every combination of marks around a moment: before, at and after it."""
    around = [-HOUR, timedelta(0), HOUR]
    combined = product(
        [Stage.WORKING, Stage.DISPATCHED, Stage.COMPLETED, Stage.WRITTEN_OFF, Stage.CANCELLED],
        [timedelta(hours=offset) for offset in (-1, 0, 1, 9)],  # due
        [None, *around],  # reported
        [None, -HOUR],  # slot opened
        [False, True],  # suspended
        [False, True],  # an extension is pending
        [None, -2 * HOUR, 2 * HOUR],  # completed
        [None, ("g", HOUR), ("y", HOUR), ("yy", timedelta(0)), ("g", -HOUR)],  # a light set by hand, until
    )
    # A light set by hand is tried where something could be wrong about it, or the rows would be too many.
    return [
        one
        for one in combined
        if one[7] is None or (one[6] is None and one[0] in (Stage.WORKING, Stage.COMPLETED))
    ]


def test_lights_and_lateness_mean_the_same_in_python_and_in_sql(town, grid):
    blank = found(town).assignment
    rows = []
    for n, (stage, due, reported, slot, suspended, pending, completed, by_hand) in enumerate(grid):
        row = Assignment(**{f.attname: getattr(blank, f.attname) for f in Assignment._meta.concrete_fields})
        row.pk, row.stage, row.period = None, stage, str(n)
        row.outcome = "done" if stage == Stage.WRITTEN_OFF else ""
        row.due_at = row.record_due_at = NOON + due
        row.strong_at, row.amber_at = NOON + due - HOUR, NOON + due - 2 * HOUR
        row.reported_at = None if reported is None else NOON + reported
        row.slot_opened_at = None if slot is None else NOON + slot
        row.suspended_at = NOON - 3 * HOUR if suspended else None
        row.answer_by = NOON if pending else None
        row.completed_at = None if completed is None else NOON + completed
        row.override, until = by_hand or ("", None)
        row.override_until = None if until is None else NOON + until
        row.next_alarm_at = NOON if stage in OPEN else None
        rows.append(row)
    Assignment.objects.bulk_create(rows)
    queries = {
        "overdue": {Light.RED},
        "provisional": {Light.PENDING},
        "near": {Light.AMBER, Light.STRONG},
        "on_track": {Light.GREEN},
    }
    for name, lights in queries.items():
        found_by_sql = set(
            getattr(Assignment.objects.exclude(pk=blank.pk), name)(NOON).values_list("pk", flat=True)
        )
        by_rule = {row.pk for row in rows if row.light(NOON) in lights}
        assert found_by_sql == by_rule, name
        assert by_rule
    everything = Assignment.objects.exclude(pk=blank.pk)
    letters = dict(everything.annotate(letter=light_at(NOON)).values_list("pk", "letter"))
    for light in Light:
        by_rule = {row.pk for row in rows if row.light(NOON) == light}
        assert set(everything.filter(shows(light, NOON)).values_list("pk", flat=True)) == by_rule, light
        assert {letters[pk] for pk in by_rule} == {"y" if light == Light.PENDING else light.value}
    assert all(row.light(NOON) == row.computed_light(NOON) for row in rows if not row.is_overridden(NOON))
    assert {row.light(NOON) for row in rows if row.is_overridden(NOON)} == {*SETTABLE}
    late = set(Assignment.objects.exclude(pk=blank.pk).late(NOON).values_list("pk", flat=True))
    assert late == {row.pk for row in rows if row.is_late(NOON)}
    assert {row.is_overdue(NOON) for row in rows if row.light(NOON) == Light.RED} == {True}


@pytest.mark.parametrize(
    ("stage", "completed", "suspended", "pending", "late"),
    [
        (Stage.WORKING, None, None, False, True),
        (Stage.WORKING, None, -1, False, False),  # stopped before it was due
        (Stage.WORKING, None, 1, False, True),  # stopped when it was overdue already
        (Stage.WORKING, None, None, True, False),
        (Stage.COMPLETED, 1, None, False, True),
        (Stage.COMPLETED, 1, None, True, False),
        (Stage.COMPLETED, 0, None, False, False),  # to the second
        (Stage.WRITTEN_OFF, 1, None, False, True),
        (Stage.CANCELLED, None, None, False, False),
        (Stage.REASSIGNED, None, None, False, False),
    ],
)
def test_late_for_ever(stage, completed, suspended, pending, late):
    moment = lambda hours: None if hours is None else NOON + hours * HOUR  # noqa: E731
    assert (
        rules.is_late(
            stage,
            NOON,
            NOON + 5 * HOUR,
            completed_at=moment(completed),
            suspended_at=moment(suspended),
            extension_pending=pending,
        )
        is late
    )


@pytest.mark.parametrize(
    ("on", "shares", "expected"),
    [
        (START, [], 0),
        (date(2026, 12, 8), [], 50),
        (END, [], 100),
        (date(2027, 3, 1), [], 100),
        (date(2026, 12, 3), [(date(2026, 12, 3), 80)], 80),
        (date(2026, 11, 28), [(date(2026, 12, 3), 80)], 40),
        (date(2026, 12, 13), [(date(2026, 12, 3), 80)], 90),
        (date(2026, 12, 8), [(date(2026, 11, 1), 30)], 50),  # a milestone before the duty began
    ],
)
def test_how_far_a_duty_should_be(on, shares, expected):
    assert expected_progress(START, END, on, shares) == expected


@pytest.mark.parametrize(
    ("value", "target", "share"), [(None, 5, None), (1, None, None), (1, 0, None), (1, 8, 13), (9, 6, 150)]
)
def test_how_much_of_a_target_is_reached(value, target, share):
    numbers = [None if one is None else Decimal(one) for one in (value, target)]
    assert share_of_target(*numbers) == share


@pytest.mark.parametrize(
    ("stage", "reported", "counts"),
    [(Stage.WRITTEN_OFF, 40, 100), (Stage.ACCEPTED, 40, 40), (Stage.WORKING, None, None)],
)
def test_a_leaf_counts_whole_only_when_it_is_written_off(stage, reported, counts):
    assert rules.progress_of(stage, reported) == counts


def test_the_mean_of_nothing_is_nothing():
    assert (rules.mean([]), rules.mean([0, 100, 50])) == (None, 50)


def test_every_stage_is_open_or_ended():
    assert set(OPEN) | set(ENDED) == set(Stage)
    assert not set(OPEN) & set(ENDED)
    assert set(VOID) < set(ENDED)
