"""Rehearsal, issue, mass dispatch: what was foretold is what happens."""

from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.org.models import Unit, UnitGroup
from bihuan.org.roles import Role
from bihuan.supervision.actions import dispatching
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.actions.planning import draft_plan
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.nodes import Aim, Header, Node
from bihuan.supervision.queries.rehearsal import progress_of, rehearse
from bihuan.workdays.actions import set_vacation
from tests.town import TODAY

SOON = TODAY + timedelta(days=30)


@pytest.fixture
def group(town) -> UnitGroup:
    for name in ("东市局", "西市局", "学院", "市财政局"):
        town.unit(name)
    return UnitGroup.objects.create(
        owner=town.unit("省厅"), name="各市州教育局", rule_kind="authority", rule_depth=1
    )


@pytest.fixture
def plan(town, group) -> Plan:
    everybody = Aim("各市州教育局", group_id=group.pk)
    east, college, outside = (Aim(name, town.unit(name).pk) for name in ("东市局", "学院", "市财政局"))
    tree = [
        Node("精简会议文件", leads=[everybody], due_on=SOON),
        Node("推行一表通", leads=[college], assists=[everybody, outside], due_on=SOON),
        Node("开展自查", leads=[everybody, east], due_on=SOON + timedelta(days=40)),
        Node("每月报告", leads=[college], long_term=True, cycle="monthly"),
    ]
    return draft_plan(actor=town.actor("省厅"), header=Header("行动方案"), tree=tree)


@pytest.fixture
def go(client, town):
    def go(name: str, plan: Plan, data=None, unit="省厅", role=Role.SUPERVISOR, htmx=False):
        client.force_login(town.person(unit, role))
        headers = {"HX-Request": "true"} if htmx else {}
        address = reverse(name, args=[plan.pk])
        if data is None:
            return client.get(address, headers=headers)
        return client.post(address, data | {"request_key": str(uuid4())}, headers=headers)

    return go


def _given(town, unit: str, title: str, due_on=SOON) -> Assignment:
    item = register_item(
        actor=town.actor("省厅"),
        kind="meeting",
        title=title,
        due_at=clock.end_of(due_on),
        lead_ids=[town.unit(unit).pk],
    )
    return item.assignments.get()


def test_what_each_unit_gets_is_exactly_what_was_foretold(town, plan, go):
    told = rehearse(plan)
    assert go("plan-issue", plan, {"seen_version": plan.version}).status_code == 302
    rows = Assignment.objects.filter(item__plan=plan)
    assert {(load.unit_id, load.leads, load.assists) for load in told.loads} == {
        (unit, n["lead"], n["assist"])
        for unit in rows.values_list("unit_id", flat=True)
        for n in [Counter(rows.filter(unit=unit).values_list("duty", flat=True))]
    }
    assert told.total == rows.count() == 9
    weeks = Counter()
    for one in rows:
        day = clock.office_day(one.due_at)
        weeks[day - timedelta(days=day.weekday())] += 1
    assert dict(told.busiest) == weeks


def test_collisions_are_exactly_the_weeks_in_which_a_unit_has_old_and_new(town, plan, go):
    _given(town, "东市局", "别的事", SOON)
    _given(town, "东市局", "又一件", SOON + timedelta(days=200))
    _given(town, "学院", "无关的事", SOON + timedelta(days=300))
    told = {(one.unit, one.new, one.open) for one in rehearse(plan).collisions}
    assert told == {("东市局", 1, 1)}


@pytest.mark.parametrize(
    ("due_on", "codes"),
    [
        ("2026-12-09", []),
        ("2026-12-12", ["day_off"]),  # a Saturday
        ("2026-12-30", ["provisional"]),
        ("2027-01-20", ["provisional", "vacation"]),
        ("2027-08-03", ["provisional"]),  # the year's vacations are recorded, and this is none
        ("2028-08-02", ["provisional", "usual_vacation"]),
    ],
)
def test_a_deadline_on_a_doubtful_day_is_pointed_out_and_stays(town, group, go, due_on, codes):
    town.unit("东市局")
    Unit.objects.filter(name="东市局").update(region_code="622900")
    set_vacation(
        actor=system("t"),
        region_code="622900",
        name="寒假",
        starts_on=date(2027, 1, 15),
        ends_on=date(2027, 2, 20),
    )
    day = date.fromisoformat(due_on)
    tree = [Node("事项", leads=[Aim("东市局", town.unit("东市局").pk)], due_on=day)]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("方案"), tree=tree)
    told = rehearse(plan)
    assert [caution.code for one in told.doubtful for caution in one.cautions] == codes
    assert (f'data-doubtful="{due_on}"' in go("plan-rehearsal", plan).content.decode()) is bool(codes)
    assert go("plan-issue", plan, {"seen_version": plan.version}).status_code == 302
    assert clock.office_day(Assignment.objects.get(item__plan=plan).due_at) == day


def test_three_new_duties_in_one_week_are_a_collision_by_themselves(town, group):
    east = Aim("东市局", town.unit("东市局").pk)
    tree = [Node(f"事项{n}", leads=[east], due_on=SOON) for n in range(3)]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("方案"), tree=tree)
    assert [(one.unit, one.new, one.open) for one in rehearse(plan).collisions] == [("东市局", 3, 0)]


@pytest.mark.parametrize(
    ("title", "unit", "found"),
    [
        ("精简会议文件", "东市局", 1),
        ("精简会议和文件", "东市局", 1),
        ("维修学生公寓", "东市局", 0),
        ("精简会议文件", "学院", 0),  # has no part in that item
    ],
)
def test_the_same_or_nearly_the_same_matter_with_the_same_unit_is_pointed_out(town, plan, title, unit, found):
    _given(town, unit, title)
    assert len(rehearse(plan).twins) == found


def test_a_matter_that_is_finished_is_no_twin(town, plan):
    one = _given(town, "东市局", "精简会议文件")
    Assignment.objects.filter(pk=one.pk).update(stage="cancelled", next_alarm_at=None)
    assert not rehearse(plan).twins


def test_units_without_anybody_to_sign_and_units_outside_are_named(town, plan):
    town.post("东市局", Role.HANDLER)
    told = rehearse(plan)
    assert {unit.name for unit in told.vacant} == {"西市局", "学院"}
    assert {unit.name for unit in told.external} == {"市财政局"}
    assert ("各市州教育局", 2) in [(one.group, one.units) for one in told.spreads]


def test_the_rehearsal_of_many_units_asks_no_more_than_that_of_few(town, plan, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        rehearse(plan)


def test_a_draft_with_gaps_is_rehearsed_and_not_issued(town, group, go):
    plan = draft_plan(actor=town.actor("省厅"), header=Header("方案"), tree=[Node("没有单位", due_on=SOON)])
    page = go("plan-rehearsal", plan)
    assert [gap.code for gap in page.context["told"].gaps] == ["no_lead"]
    assert "disabled" in page.content.decode()
    answer = go("plan-issue", plan, {"seen_version": 0})
    assert answer.status_code == 409
    plan.refresh_from_db()
    assert plan.stage == "draft"


def test_a_draft_that_changed_since_the_rehearsal_is_not_issued(go, plan):
    answer = go("plan-issue", plan, {"seen_version": 99})
    assert answer.status_code == 409
    assert not Assignment.objects.filter(item__plan=plan).exists()


@pytest.mark.parametrize(("typed", "status"), [("", 422), ("8", 422), ("9", 302), ("９", 422), (" 9 ", 302)])
def test_a_large_list_goes_out_only_when_its_number_was_typed(go, plan, monkeypatch, typed, status):
    monkeypatch.setattr("bihuan.supervision.views.issuing.MANY", 5)
    answer = go("plan-issue", plan, {"seen_version": plan.version, "typed": typed})
    assert answer.status_code == status
    assert Assignment.objects.filter(item__plan=plan).exists() is (status == 302)


def test_issuing_twice_has_no_second_effect(go, plan):
    for _again in range(2):
        assert go("plan-issue", plan, {"seen_version": plan.version}).status_code == 302
    assert Assignment.objects.filter(item__plan=plan).count() == 9


@pytest.mark.parametrize(
    ("unit", "role", "status"),
    [("省厅", Role.SUPERVISOR, 302), ("省厅", Role.LEADER, 404), ("东市局", Role.SUPERVISOR, 404)],
)
def test_a_draft_is_issued_by_those_who_dispatch(go, plan, unit, role, status):
    assert go("plan-issue", plan, {"seen_version": plan.version}, unit, role).status_code == status


@pytest.fixture
def waves(monkeypatch):
    """Mass dispatch with few units: one at once, then one a chunk."""
    monkeypatch.setattr(dispatching, "AT_ONCE", 1)
    monkeypatch.setattr(dispatching, "CHUNK", 1)


@pytest.fixture
def mass(town, group, waves, go) -> Plan:
    town.unit("东一县局"), town.unit("东二县局")
    UnitGroup.objects.filter(pk=group.pk).update(rule_depth=None)
    tree = [Node("开展自查", leads=[Aim("各市州教育局", group_id=group.pk)], due_on=SOON)]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("专项行动"), tree=tree)
    answer = go("plan-issue", plan, {"seen_version": plan.version})
    assert answer.headers["Location"] == reverse("plan-dispatch", args=[plan.pk])
    return plan


def test_a_mass_dispatch_shows_how_far_it_is_and_can_be_pushed_on(go, mass):
    page = go("plan-dispatch", mass)
    progress = page.context["progress"]
    assert (progress.total, progress.is_done) == (4, False)
    assert 'hx-trigger="every 2s"' in page.content.decode()
    while not progress_of(mass).is_done:
        assert go("plan-serve", mass, {}).status_code == 302
    units = Assignment.objects.filter(item__plan=mass).values_list("unit_id", flat=True)
    assert len(units) == len(set(units)) == 4
    part = go("plan-dispatch", mass, htmx=True).content.decode()
    assert "hx-trigger" not in part
    assert "<html" not in part


@pytest.mark.parametrize(
    ("unit", "role", "reads", "serves"),
    [("省厅", Role.SUPERVISOR, 200, 302), ("省厅", Role.LEADER, 200, 403), ("省厅", Role.INSPECTOR, 200, 403),
     ("学院", Role.SUPERVISOR, 404, 404), ("省厅", Role.AUDIT_ADMIN, 404, 404)],
)  # fmt: skip
def test_progress_is_read_by_all_who_see_the_plan_and_pushed_by_the_issuer(
    go, mass, unit, role, reads, serves
):
    assert go("plan-dispatch", mass, None, unit, role).status_code == reads
    assert go("plan-serve", mass, {}, unit, role).status_code == serves


def test_a_draft_has_no_progress(go, plan):
    assert go("plan-dispatch", plan).status_code == 404
    assert go("plan-rehearsal", plan).status_code == 200


def test_an_issued_plan_is_not_rehearsed_again(go, plan):
    go("plan-issue", plan, {"seen_version": plan.version})
    assert go("plan-rehearsal", plan).headers["Location"] == reverse("plan", args=[plan.pk])
