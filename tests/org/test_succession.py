from contextlib import nullcontext
from datetime import date, timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, IllegalMove, Refused
from bihuan.ledger.models import Entry
from bihuan.org import actions, jobs, queries
from bihuan.org.actions import effects
from bihuan.org.models import Appointment, Lineage, Succession, Unit, UnitChange
from bihuan.org.roles import Cap, Role
from bihuan.org.scope import units_where
from tests.town import MORNING, TODAY

TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


@pytest.fixture
def province(town):
    for name in ("基教处", "一中", "东二县局", "西市局", "教务处", "财务处"):
        town.unit(name)
    return town


@pytest.fixture
def carriers(monkeypatch):
    """A context above that carries over what it keeps for units, as the loop of duties does."""
    monkeypatch.setattr(effects, "_carriers", [])
    return effects._carriers


def admin(town):
    return town.actor("省厅", Role.SYSTEM_ADMIN)


def county(town, name):
    return actions.found_unit(
        actor=system("tests"), name=name, kind="authority", parent_id=town.unit("东市局").pk,
        starts_on=date(2020, 1, 1),
    )  # fmt: skip


def current_names(day=TODAY):
    return set(Unit.objects.current(day).values_list("name", flat=True))


def test_merged_units_end_and_what_stood_below_goes_to_the_other(province):
    gone, into, school = province.unit("东一县局"), province.unit("东二县局"), province.unit("一中")
    [change] = actions.merge_units(unit_ids=[gone.pk], into_id=into.pk, actor=admin(province), on=TODAY)
    school.refresh_from_db()
    assert change.state == UnitChange.State.APPLIED
    assert "东一县局" in current_names(YESTERDAY) - current_names(TODAY)
    assert school.parent_id == into.pk
    assert queries.parent_on(school, YESTERDAY) == gone.pk
    assert queries.lineage_flaws() == []
    assert [(one.kind, one.successor_id, one.on) for one in gone.successions.all()] == [
        ("merge", into.pk, TODAY)
    ]
    assert queries.successors_on(gone, TODAY) == [into]
    assert queries.successors_on(gone, YESTERDAY) == [gone]
    assert Entry.objects.of(gone).last().facts["successors"] == [into.pk]
    assert Entry.objects.of(school).last().verb == "org.unit.moved"


def test_the_past_of_an_ended_unit_stays_in_sight_of_those_above(province):
    gone, into = province.unit("东一县局"), province.unit("东二县局")
    actions.merge_units(unit_ids=[gone.pk], into_id=into.pk, actor=admin(province))
    seen = units_where(province.actor("东市局"), Cap.VIEW)
    assert Lineage.objects.filter(descendant__in=seen, descendant=gone).exists()


def test_appointments_hold_until_the_day_before_the_end(province):
    gone, into = province.unit("东一县局"), province.unit("东二县局")
    present = province.post("东一县局", Role.HANDLER)
    past = province.post("东一县局", Role.LEADER, ends_on=date(2021, 1, 1))
    future = province.post("东一县局", Role.LIAISON, starts_on=TODAY + timedelta(days=30))
    actions.merge_units(unit_ids=[gone.pk], into_id=into.pk, actor=admin(province), on=TODAY)
    ends = dict(Appointment.objects.filter(unit=gone).values_list("pk", "ends_on"))
    assert ends == {
        present.pk: YESTERDAY,
        past.pk: date(2021, 1, 1),
        future.pk: TODAY + timedelta(days=29),  # called off: it holds on no day
    }
    assert [Entry.objects.of(post).count() for post in (present, past, future)] == [2, 1, 2]
    for day in (TODAY, TODAY + timedelta(days=29), TODAY + timedelta(days=40)):
        assert not Appointment.objects.current(day).filter(unit=gone).exists()


def test_an_office_that_both_have_ends_in_its_namesake(province):
    college, other = province.unit("学院"), county(province, "另一学院")
    offices = {
        name: actions.found_unit(
            actor=system("tests"), name=name, kind="office", parent_id=parent.pk, starts_on=date(2020, 1, 1)
        )
        for name, parent in (("考务科", province.unit("教务处")), ("教务处", other))
    }
    actions.merge_units(unit_ids=[college.pk], into_id=other.pk, actor=admin(province))
    assert queries.successors_on(province.unit("教务处"), TODAY) == [offices["教务处"]]
    offices["考务科"].refresh_from_db()
    assert (offices["考务科"].parent, offices["考务科"].authority) == (offices["教务处"], other)
    assert {unit.name for unit in other.children.current(TODAY)} == {"教务处", "财务处"}
    assert queries.lineage_flaws() == []


def test_a_school_of_a_name_that_the_heir_has_too_must_be_renamed_first(province):
    actions.found_unit(
        actor=system("tests"), name="一中", kind="school", parent_id=province.unit("东二县局").pk
    )
    with pytest.raises(Refused) as caught:
        actions.merge_units(
            unit_ids=[province.unit("东一县局").pk],
            into_id=province.unit("东二县局").pk,
            actor=admin(province),
        )
    assert caught.value.code == "name_beside"
    assert "东一县局" in current_names()


def test_several_units_merge_at_once_or_not_at_all(province):
    into = province.unit("东二县局")
    ids = [province.unit("东一县局").pk, county(province, "东三县局").pk]
    with pytest.raises(Refused):
        actions.merge_units(unit_ids=[*ids, into.pk], into_id=into.pk, actor=admin(province))
    assert Succession.objects.count() == 0
    actions.merge_units(unit_ids=ids, into_id=into.pk, actor=admin(province))
    assert Succession.objects.filter(successor=into).count() == 2


def test_a_split_unit_leaves_its_subordinates_to_one_heir(province):
    gone, first, second = province.unit("东一县局"), county(province, "甲县局"), county(province, "乙县局")
    actions.split_unit(
        unit_id=gone.pk, successor_ids=[first.pk, second.pk], heir_id=second.pk, actor=admin(province)
    )
    assert Unit.objects.get(name="一中").parent_id == second.pk
    assert queries.successors_on(gone, TODAY) == [first, second]
    assert queries.lineage_flaws() == []


@pytest.mark.parametrize(
    ("unit", "reason", "ended"),
    [
        ("一中", None, {"一中"}),
        ("学院", None, {"学院", "教务处", "财务处"}),
        ("东一县局", "units_below", set()),
    ],
)
def test_a_closed_unit_takes_its_offices_along_but_no_other_unit(province, unit, reason, ended):
    before = current_names()
    with pytest.raises(Refused) if reason else nullcontext() as caught:
        actions.close_unit(unit_id=province.unit(unit).pk, actor=admin(province))
    assert reason is None or caught.value.code == reason
    assert before - current_names() == ended
    assert Succession.objects.filter(successor__isnull=True).count() == len(ended)


@pytest.mark.parametrize(
    ("successor", "on", "reason"),
    [
        ("东一县局", TODAY, "successor_is_descendant"),
        ("一中", TODAY, "successor_is_descendant"),
        ("东二县局", date(2020, 1, 1), "ends_on_founding"),
        ("东二县局", date(2019, 1, 1), "before_founding"),
        ("新县局", TODAY, "successor_ended"),  # not yet founded on that day
        ("新县局", TODAY + timedelta(days=7), None),
    ],
)
def test_a_successor_stands_elsewhere_and_exists_on_the_day(province, successor, on, reason):
    actions.found_unit(
        actor=system("tests"), name="新县局", kind="authority", parent_id=province.unit("东市局").pk,
        starts_on=TODAY + timedelta(days=7),
    )  # fmt: skip
    into = Unit.objects.get(name=successor)
    with pytest.raises(Refused) if reason else nullcontext() as caught:
        actions.merge_units(
            unit_ids=[province.unit("东一县局").pk], into_id=into.pk, actor=admin(province), on=on
        )
    assert reason is None or caught.value.code == reason


def test_a_planned_merger_takes_effect_on_its_day_and_once(province):
    gone, into = province.unit("东一县局"), province.unit("东二县局")
    [change] = actions.merge_units(unit_ids=[gone.pk], into_id=into.pk, actor=admin(province), on=TOMORROW)
    jobs.daily_work()
    assert "东一县局" in current_names(TOMORROW)
    with clock.frozen(MORNING + timedelta(days=3)):  # the worker was down for two days
        jobs.daily_work()
        jobs.daily_work()
        with pytest.raises(AlreadyDone):
            actions.apply_change(change_id=change.pk, actor=system("org-daily"))
    gone.refresh_from_db()
    assert gone.ends_on == TOMORROW
    assert [entry.verb for entry in Entry.objects.of(gone)] == [
        "org.unit.founded",
        "org.unit.change_planned",
        "org.unit.succeeded",
    ]
    assert Entry.objects.of(gone).last().actor_post == "system:org-daily"


def test_a_planned_change_that_has_become_impossible_is_noted_and_stops_no_other(province):
    gone, into = province.unit("东一县局"), province.unit("东二县局")
    [stuck] = actions.merge_units(unit_ids=[gone.pk], into_id=into.pk, actor=admin(province), on=TOMORROW)
    fine = actions.rename_unit(
        unit_id=province.unit("学院").pk, actor=admin(province), name="大学", on=TOMORROW
    )
    actions.close_unit(unit_id=into.pk, actor=admin(province))
    with clock.frozen(MORNING + timedelta(days=1)):
        jobs.daily_work()
        jobs.daily_work()
    stuck.refresh_from_db()
    fine.refresh_from_db()
    assert (stuck.state, fine.state) == (UnitChange.State.PLANNED, UnitChange.State.APPLIED)
    assert "东二县局" in stuck.fault
    assert [entry.verb for entry in Entry.objects.of(gone)].count("org.unit.change_failed") == 1


def test_a_context_above_carries_its_own_or_refuses_the_end(province, carriers):
    seen = []

    def carry(*, unit, kind, successors, heir, on, actor):
        seen.append((unit.name, kind, [one.name for one in successors], on))
        if unit.name == "一中":
            raise Refused("还有 3 件未办结", code="open_duties")

    effects.carried_by(carry)
    effects.carried_by(carry)
    actions.merge_units(
        unit_ids=[province.unit("东一县局").pk], into_id=province.unit("东二县局").pk, actor=admin(province)
    )
    assert seen == [("东一县局", "merge", ["东二县局"], TODAY)]
    with pytest.raises(Refused, match="未办结"):
        actions.close_unit(unit_id=province.unit("一中").pk, actor=admin(province))
    assert "一中" in current_names()


def test_two_administrators_cannot_end_one_unit_twice(province):
    gone = province.unit("东一县局")
    actions.merge_units(unit_ids=[gone.pk], into_id=province.unit("东二县局").pk, actor=admin(province))
    with pytest.raises(IllegalMove) as caught:
        actions.merge_units(unit_ids=[gone.pk], into_id=province.unit("西市局").pk, actor=admin(province))
    assert caught.value.code == "unit_ended"
    assert Succession.objects.filter(predecessor=gone).count() == 1


def test_a_unit_is_never_split_into_one_that_is_not_the_administrators_to_change(province):
    gone, first, second = province.unit("东一县局"), county(province, "甲县局"), county(province, "乙县局")
    ids = [first.pk, second.pk, province.unit("西市局").pk]
    with pytest.raises(Unit.DoesNotExist):
        actions.split_unit(
            unit_id=gone.pk, successor_ids=ids, actor=province.actor("东市局", Role.SYSTEM_ADMIN)
        )
    assert Succession.objects.count() == 0


def test_a_chain_of_successions_leads_to_whoever_exists_today(province):
    first, second, third = (county(province, name) for name in ("甲县局", "乙县局", "丙县局"))
    actions.merge_units(unit_ids=[first.pk], into_id=second.pk, actor=admin(province), on=date(2024, 1, 1))
    actions.split_unit(
        unit_id=second.pk,
        successor_ids=[third.pk, province.unit("东二县局").pk],
        actor=admin(province),
        on=date(2025, 1, 1),
    )
    assert {unit.name for unit in queries.successors_on(first, date(2024, 6, 1))} == {"乙县局"}
    assert {unit.name for unit in queries.successors_on(first, TODAY)} == {"丙县局", "东二县局"}
