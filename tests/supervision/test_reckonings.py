"""What is stored of a unit's figures never shows: every part of the tree is told what its rows say at this moment."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.org import actions as org
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision.actions import handling, reckoning, sounding
from bihuan.supervision.actions.reckoning import settle_reckonings
from bihuan.supervision.models import (
    Assignment,
    Effect,
    LookBack,
    Obstacle,
    Reckoning,
    Slot,
    Subtotal,
    Touched,
)
from bihuan.supervision.queries import figures, reckonings
from bihuan.supervision.queries.figures import ByPlace, ByUnit, reckon
from bihuan.supervision.queries.reckonings import figures_below
from tests.supervision import scenes
from tests.supervision.crowds import ROW, UNITS, Crowd
from tests.town import MORNING


def settle() -> int:
    rounds = 0
    while settle_reckonings(actor=system("tests"), limit=3):
        rounds += 1
        assert rounds < 100
    return rounds


def told(found) -> dict:
    """Without what is nothing, which one way counts and the other does not mention."""
    numbers = {place: one.numbers for place, one in found.items() if any(one.numbers)}
    return {place: dict(enumerate(one)) for place, one in numbers.items()}


def recounted(top: Unit) -> dict:
    """The slow and obvious way: all rows of the subtree, asked anew."""
    below = Unit.objects.filter(lineage__ancestor=top)
    places = tuple(Unit.objects.filter(parent=top).values_list("pk", flat=True))
    return reckon(Assignment.objects.filter(unit__in=below), ByPlace(places), clock.now())


def assert_true_everywhere() -> None:
    for unit in Unit.objects.filter(name__in=["省厅", "东市局", "学院", "一中"]):
        assert told(figures_below(unit.pk, clock.now())) == told(recounted(unit)), unit.name
    assert_sums_are_right()


def assert_sums_are_right() -> None:
    for total in Subtotal.objects.all():
        parts = Reckoning.objects.filter(parent=total.parent_id, edition=total.edition)
        sums = [sum(column) for column in zip(*parts.values_list("numbers", flat=True), strict=True)]
        assert total.numbers == (sums or [0] * len(total.numbers))


@pytest.fixture
def crowd(town) -> Crowd:
    return Crowd(town)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(ROW, min_size=1, max_size=6),
    more=st.lists(ROW, max_size=2),
    settled=st.integers(0, 4),
    later=st.integers(0, 24 * 40),
    stage=st.sampled_from(["working", "dispatched"]),
)
def test_stored_or_not_the_figures_are_those_of_the_rows(crowd, rows, more, settled, later, stage):
    """Rows are written, a few units counted, more rows written, rows moved on, and time passes."""
    with transaction.atomic():
        for row in rows:
            crowd.add(**row)
        for _round in range(settled):
            settle_reckonings.__wrapped__(actor=system("tests"), limit=2)
        for row in more:
            crowd.add(**row)
        open_ones = Assignment.objects.filter(stage__in=["working", "dispatched", "declined"])
        open_ones.filter(pk__in=list(open_ones.values_list("pk", flat=True)[:1])).update(stage=stage)
        assert_true_everywhere()
        with clock.frozen(MORNING + timedelta(hours=later)):
            settle_reckonings.__wrapped__(actor=system("tests"), limit=2)
            assert_true_everywhere()
        assert_true_everywhere()  # and for a server whose clock is behind
        transaction.set_rollback(True)


def test_what_was_counted_is_used(town, monkeypatch):
    scenes.given(town, "东一县局", by="东市局")
    settle()
    monkeypatch.setattr(reckonings, "reckon", None)  # nothing is left to count
    found = figures_below(town.unit("省厅").pk, clock.now())
    assert found[town.unit("东市局").pk].counts["dispatched"] == 1
    Reckoning.objects.update(numbers=[7] * len(Reckoning.objects.get().numbers))
    Subtotal.objects.update(numbers=[7] * len(Reckoning.objects.get().numbers))
    assert figures_below(town.unit("省厅").pk, clock.now())[town.unit("东市局").pk].counts["open"] == 7


def test_a_second_count_finds_nothing_to_do(town):
    scenes.given(town)
    assert settle() == 1
    assert settle() == 0
    assert not Touched.objects.exists()


def test_an_action_marks_the_unit_and_only_that(town):
    one = scenes.given(town)
    scenes.given(town, "西市局")
    settle()
    handling.sign_assignment(assignment_id=one.pk, actor=town.actor("东市局", "handler"))
    assert set(Touched.objects.values_list("unit", flat=True)) == {one.unit_id}


@pytest.mark.parametrize("operation", ["insert", "update", "delete"])
@pytest.mark.parametrize("table", ["effect", "slot", "lookback", "obstacle"])
def test_what_stands_beside_an_assignment_marks_its_unit(town, table, operation):
    one = scenes.written_off(town)
    made = {
        "effect": lambda: Effect.objects.create(
            assignment=one, rung="due.urge", base_at=MORNING, called_at=MORNING, at=MORNING, proposes=False
        ),
        "slot": lambda: Slot.objects.create(
            assignment=one, period="2026-11", opened_at=MORNING, due_at=MORNING, window_until=MORNING
        ),
        "lookback": lambda: LookBack.objects.create(
            assignment=one, verdict="held", finding="稳固", held_at=MORNING, person_id=1
        ),
        "obstacle": lambda: Obstacle.objects.create(assignment=one, answer=one, power="协调", text="难"),
    }
    if operation == "insert":
        settle()
    row = made[table]()
    if operation != "insert":
        settle()
    if operation == "update":
        type(row).objects.filter(pk=row.pk).update(assignment=one.pk)
    if operation == "delete":
        type(row).objects.filter(pk=row.pk).delete()
    assert Touched.objects.filter(unit=one.unit_id).exists()


def test_a_unit_that_moves_takes_its_figures_along(town):
    scenes.given(town, "东一县局", by="东市局")
    scenes.given(town, "一中", by="东一县局")
    settle()
    admin = town.actor("省厅", Role.SYSTEM_ADMIN)
    org.move_unit(unit_id=town.unit("东一县局").pk, parent_id=town.unit("西市局").pk, actor=admin)
    assert_true_everywhere()
    settle()
    assert_true_everywhere()
    assert figures_below(town.unit("省厅").pk, clock.now())[town.unit("西市局").pk].counts["open"] == 2


def test_duties_that_pass_to_another_unit_are_counted_there(town):
    one = scenes.given(town, "东市局")
    settle()
    Assignment.objects.filter(pk=one.pk).update(unit=town.unit("学院"))
    assert_true_everywhere()
    settle()
    assert not Reckoning.objects.filter(unit=town.unit("东市局")).exists()
    assert_true_everywhere()


def test_what_is_written_while_somebody_counts_stays_marked(town, monkeypatch):
    scenes.given(town)
    monkeypatch.setattr(reckoning, "_counted", _writing_meanwhile(reckoning._counted))
    settle_reckonings(actor=system("tests"))
    assert Touched.objects.filter(unit=town.unit("东市局")).exists()
    assert_true_everywhere()


def _writing_meanwhile(counted):
    def run(units, at):
        found = counted(units, at)
        Assignment.objects.update(progress=10)
        return found

    return run


def test_figures_that_were_counted_otherwise_are_not_used(town, monkeypatch):
    scenes.given(town, "东一县局", by="东市局")
    settle()
    for module in (reckonings, reckoning):
        monkeypatch.setattr(module, "edition", lambda: "zzzz")
    assert_true_everywhere()
    settle()
    assert set(Reckoning.objects.values_list("edition", flat=True)) == {"zzzz"}
    assert_true_everywhere()
    monkeypatch.undo()  # an older process beside the new one
    assert_true_everywhere()


def test_the_edition_follows_what_is_counted(monkeypatch):
    before = figures.edition()
    figures.edition.cache_clear()
    monkeypatch.setattr(figures, "RUNNING", ("working",))
    assert figures.edition() != before
    figures.edition.cache_clear()


def test_of_two_who_count_at_once_one_goes_away(town):
    scenes.given(town)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [reckoning.ONE_AT_A_TIME])
        assert settle_reckonings(actor=system("tests")) is False
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [reckoning.ONE_AT_A_TIME])
    finally:
        other.close()
    assert settle() == 1


def test_counting_takes_few_statements_however_many_units(town, crowd, django_assert_max_num_queries):
    for n, unit in enumerate(UNITS):
        crowd.add(**_plain(unit, n))
    with django_assert_max_num_queries(16):
        settle_reckonings(actor=system("tests"), limit=50)
    assert Reckoning.objects.count() == len(UNITS)
    with django_assert_max_num_queries(2):
        figures_below(town.unit("省厅").pk, clock.now())


def _plain(unit: str, n: int) -> dict:
    none = {"record": None, "reported": None, "opened": None, "override": None, "area": None}
    lists = {"rungs": [], "slots": [], "looks": []}
    flags = {"paused": False, "asked": False, "old_run": False, "asks": False}
    numbers = {"due": 24 * n, "amber": 24, "strong": 12, "given": 24, "done": 0, "ended": 0}
    return {"unit": unit, "giver": "省厅", "stage": "working", **none, **lists, **flags, **numbers}


def test_a_row_counts_once_by_unit_and_by_place(town):
    scenes.working(town, "东一县局", by="东市局")
    rows, at = Assignment.objects.all(), clock.now()
    units = reckon(rows, ByUnit(), at)[town.unit("东一县局").pk]
    places = reckon(rows, ByPlace((town.unit("东市局").pk,)), at)[town.unit("东市局").pk]
    assert units.numbers == places.numbers


def test_the_ladder_is_climbed_in_the_figures_as_it_sounds(town):
    one = scenes.working(town)
    settle()
    with clock.frozen(one.due_at + timedelta(days=4)):
        sounding.sound_alarms(actor=system("tests"))
        found = figures_below(town.unit("省厅").pk, clock.now())[one.unit_id]
        assert sum(found.counts[name] for name in figures.RUNGS) == 1
        assert found.counts["r"] == 1


def test_the_mark_of_how_figures_are_counted_is_the_same_on_every_day():
    """Else every figure would be counted anew each morning."""
    marks = set()
    for day in (0, 1, 9, 400):
        figures.edition.cache_clear()
        with clock.frozen(MORNING + timedelta(days=day)):
            marks.add(figures.edition())
    assert len(marks) == 1
