"""What a list amounts to, in SQL as in the rules."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.kernel import clock
from bihuan.supervision.actions.planning import draft_plan, issue_plan
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.nodes import Aim, Header, Node
from bihuan.supervision.queries.rollups import (
    branches,
    elapsed,
    light_at,
    pruned,
    standing,
    tallies,
    total_of,
)
from bihuan.supervision.rules import ENDED, Light, Outcome, Stage
from tests.town import MORNING, TODAY

HOUR = timedelta(hours=1)
moments = st.sampled_from([None, *(MORNING + n * HOUR for n in (-3, -2, -1, 0, 1, 2, 3))])
some_moments = st.sampled_from([MORNING + n * HOUR for n in (-3, -2, -1, 0, 1, 2, 3)])


@pytest.fixture
def plan(town) -> Plan:
    east, west = (Aim(unit_id=town.unit(name).pk) for name in ("东市局", "西市局"))
    due_on = TODAY + timedelta(days=30)
    tree = [
        Node(
            "一",
            children=[
                Node("一一", due_on=due_on, leads=[east]),
                Node("一二", due_on=due_on, leads=[east, west]),
            ],
        ),
        Node("二", due_on=due_on, leads=[west]),
    ]
    made = draft_plan(actor=town.actor("省厅"), header=Header("方案"), tree=tree)
    return issue_plan(plan_id=made.pk, actor=town.actor("省厅"))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stage=st.sampled_from(list(Stage)),
    due_at=some_moments,
    amber_at=some_moments,
    strong_at=some_moments,
    reported_at=moments,
    slot_opened_at=moments,
    suspended_at=moments,
    answer_by=moments,
)
def test_a_light_is_the_same_in_sql_and_in_the_rules(plan, **marks):
    one = Assignment.objects.filter(item__plan=plan).earliest("pk")
    if marks["stage"] in ENDED:
        marks |= {"next_alarm_at": None, "outcome": Outcome.DONE}
    else:
        marks |= {"next_alarm_at": MORNING}
    Assignment.objects.filter(pk=one.pk).update(**marks)
    one = Assignment.objects.annotate(letter=light_at(MORNING)).get(pk=one.pk)
    shown = {Light.PENDING: "y"}.get(one.light(MORNING), one.light(MORNING).value)
    assert one.letter == shown


def _roots(plan: Plan):
    found = tallies(Assignment.objects.filter(item__plan=plan), clock.now())
    return branches(plan.items.order_by("position"), found)


def test_a_roll_up_is_the_mean_of_its_leaves_however_many_units_each_has(plan):
    rows = Assignment.objects.filter(item__plan=plan)
    rows.filter(item__title="一一").update(progress=90)
    rows.filter(item__title="一二", unit__name="东市局").update(progress=40)  # 西市局 said nothing
    first, second = _roots(plan)
    assert (first.tally.percent, second.tally.percent) == (55, 0)
    assert total_of([first, second]).percent == 37
    assert (first.tally.total, first.leaves) == (3, 2)


def test_what_is_written_off_counts_full_whatever_was_said_last(plan):
    Assignment.objects.filter(item__title="二").update(
        progress=30, stage=Stage.WRITTEN_OFF, outcome=Outcome.DONE, next_alarm_at=None
    )
    assert _roots(plan)[1].tally.percent == 100


@pytest.mark.parametrize("stage", [Stage.CANCELLED, Stage.REASSIGNED])
def test_what_was_called_off_counts_for_nothing(plan, stage):
    Assignment.objects.filter(item__title="二").update(stage=stage, next_alarm_at=None)
    second = _roots(plan)[1]
    assert (second.tally.total, second.tally.percent) == (0, None)


def test_a_new_round_and_a_new_period_stand_for_the_old_ones(plan):
    old = Assignment.objects.get(item__title="二")
    Assignment.objects.filter(pk=old.pk).update(
        stage=Stage.WRITTEN_OFF, outcome=Outcome.DONE, next_alarm_at=None
    )
    values = {
        field.attname: getattr(old, field.attname)
        for field in Assignment._meta.concrete_fields
        if field.attname != "id"
    }
    again = Assignment.objects.create(**values | {"round": 2, "relapsed_from_id": old.pk})
    later = Assignment.objects.create(**values | {"period": "2026-12"})
    rows = Assignment.objects.filter(item__title="二")
    assert list(standing(rows)) == [later]
    later.delete()
    assert list(standing(rows)) == [again]


def test_a_single_assignment_can_be_opened_from_its_row_and_several_cannot(plan):
    first, second = _roots(plan)
    assert second.tally.only_id == Assignment.objects.get(item__title="二").pk
    assert first.parts[1].tally.only_id is None


def test_a_pruned_tree_keeps_what_leads_to_a_leaf_and_the_sums_of_the_whole(plan):
    kept = pruned(_roots(plan), lambda branch: branch.item.title == "一二")
    assert [branch.item.title for root in kept for branch in root.walk()] == ["一", "一二"]
    assert kept[0].tally.total == 3


def test_the_figures_of_a_plan_take_one_query(plan, django_assert_num_queries):
    with django_assert_num_queries(1):
        tallies(Assignment.objects.filter(item__plan=plan), clock.now())


@pytest.mark.parametrize(
    ("begins", "due", "percent"),
    [(-9, 0, 100), (-9, 10, 50), (1, 5, 0), (-9, -1, 100), (None, 5, None), (0, -3, None)],
)
def test_elapsed_time_is_counted_in_days_and_never_leaves_the_bar(begins, due, percent):
    begins_on = TODAY + timedelta(days=begins) if begins is not None else None
    assert elapsed(begins_on, TODAY + timedelta(days=due), TODAY) == percent
