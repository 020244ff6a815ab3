"""Changing an issued list: deadlines, words, items, units, newcomers; and the periods of recurring duties."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, Refused
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.org.models import UnitGroup, UnitKind
from bihuan.org.roles import Role
from bihuan.supervision import jobs
from bihuan.supervision.actions import dispatching, handling, reviewing
from bihuan.supervision.actions.amending import Enlistment, amend_plan, serve_newcomers
from bihuan.supervision.actions.dispatching import serve_dispatch
from bihuan.supervision.actions.planning import Header, draft_plan, issue_plan
from bihuan.supervision.actions.recurring import open_period
from bihuan.supervision.models import Assignment, Dispatch, Extension, Setting
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.queries.newcomers import newcomers
from bihuan.supervision.queries.recurrence import items_to_open
from bihuan.supervision.rules import Light, Stage
from bihuan.workdays.queries import calendar_for
from bihuan.workdays.rules import Span, SpanUnit, deadline
from tests.supervision.worlds import (
    BELOW,
    DUE,
    DUE_ON,
    GIVER,
    LATER,
    NEIGHBOUR,
    RECEIVER,
    found,
    morning,
    world_of,
)
from tests.town import TODAY


def amend(world, **changes):
    return amend_plan(
        plan_id=world.assignment.item.plan_id, actor=world.giver(), reason="局务会决定", **changes
    )


def refused(code, function, *given, **named):
    with pytest.raises(Refused) as refusal:
        function(*given, **named)
    assert refusal.value.code == code
    return refusal.value


# --- dates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "code"), [(-60, "past"), (-10, None), (10, None)], ids=["past", "sooner", "later"]
)
def test_an_amended_date_is_the_deadline_of_record(town, days, code):
    world = world_of(town, "working")
    due_on = DUE_ON + timedelta(days=days)
    if code:
        refused(code, amend, world, redated={world.assignment.item_id: due_on})
        return
    amend(world, redated={world.assignment.item_id: due_on})
    fresh = world.fresh()
    assert (fresh.due_at, fresh.record_due_at) == (clock.end_of(due_on),) * 2
    assert fresh.original_due_at == DUE
    assert [term.kind for term in fresh.terms.all()] == ["original", "amendment"]


def test_assisting_units_stay_ahead_of_the_lead_when_the_date_is_amended(town):
    world = found(town, assists=[NEIGHBOUR])
    amend(world, redated={world.assignment.item_id: DUE_ON - timedelta(days=10)})
    assist = Assignment.objects.get(unit=town.unit(NEIGHBOUR))
    assert assist.due_at < world.fresh().due_at


@pytest.mark.parametrize(
    ("days", "state"), [(10, Extension.State.MET), (9, Extension.State.ENDORSED)], ids=["met", "open"]
)
def test_a_pending_extension_is_met_by_a_date_that_is_late_enough(town, days, state):
    world = world_of(town, "endorsed")
    amend(world, redated={world.assignment.item_id: DUE_ON + timedelta(days=days)})
    assert world.fresh().extensions.get().state == state
    assert (world.fresh().answer_by is None) is (state == Extension.State.MET)
    assert world.fresh().version == Entry.objects.of(world.assignment).count() - 1


def test_an_amendment_never_counts_as_an_extension(town):
    world = world_of(town, "working")
    amend(world, redated={world.assignment.item_id: DUE_ON + timedelta(days=5)})
    world.ask()
    world.endorse()
    world.grant()


@pytest.mark.parametrize("name", ["completed", "accepted"])
def test_work_that_was_handed_in_is_not_made_late_afterwards(town, name):
    world = world_of(town, name)
    amend(world, redated={world.assignment.item_id: TODAY + timedelta(days=1)})
    assert world.fresh().due_at == DUE


def test_a_parent_is_not_shortened_below_its_parts_unless_they_come_along(town):
    world = world_of(town, "working")
    part = world.break_down(town.unit(BELOW).pk)[0]
    sooner = DUE_ON - timedelta(days=10)
    refusal = refused("parts_later", amend, world, redated={world.assignment.item_id: sooner})
    assert refusal.facts["parts"] == [part.pk]
    assert world.fresh().due_at == DUE
    amend(world, redated={world.assignment.item_id: sooner}, pull_parts=True)
    part.refresh_from_db()
    assert part.due_at == world.fresh().due_at == clock.end_of(sooner)


# --- items and units ----------------------------------------------------------------------------------------


def test_withdrawing_an_item_ends_every_duty_under_it_whoever_leads(town):
    world = found(town, assists=["市财政局"])
    world.sign()
    part = world.break_down(town.unit(BELOW).pk)[0]
    assist = Assignment.objects.get(unit=town.unit("市财政局"))
    amend(world, withdrawn=[world.assignment.item_id])
    for one in (world.assignment, part, assist):
        one.refresh_from_db()
        assert one.stage == Stage.CANCELLED
    assert world.fresh().item.withdrawn_on == TODAY
    assert verify().is_sound


def test_withdrawing_leaves_no_assisting_duty_behind_whose_lead_is_over(town):
    world = found(town, assists=[NEIGHBOUR])
    world.sign()
    given = {"assignment_id": world.pk, "override": "对方未配合"}
    handling.submit_completion(actor=world.receiver(), text="完成", **given)
    handling.sign_submission(assignment_id=world.pk, actor=world.receiver(Role.LEADER))
    world.pre_review()
    reviewing.approve_submission(actor=world.giver(Role.LEADER), **given)
    world.write_off()
    amend(world, withdrawn=[world.assignment.item_id])
    assert Assignment.objects.get(unit=town.unit(NEIGHBOUR)).stage == Stage.CANCELLED
    assert world.fresh().stage == Stage.WRITTEN_OFF


def test_an_item_is_added_with_everything_it_needs_or_not_at_all(town):
    world = found(town)
    lead = [Aim(RECEIVER, unit_id=town.unit(RECEIVER).pk)]
    refused("not_ready", amend, world, added=[(None, Node("新增事项", leads=lead))])
    refused(
        "parent_dispatched",
        amend,
        world,
        added=[(world.assignment.item_id, Node("新增", leads=lead, due_on=DUE_ON))],
    )
    branch = Node("新增领域", children=[Node("新增事项", leads=lead, due_on=DUE_ON)])
    plan = amend(world, added=[(None, branch)])
    assert Assignment.objects.get(item__title="新增事项").unit == town.unit(RECEIVER)
    assert plan.edition == 2


def test_an_amendment_says_something(town):
    refused("nothing_changed", amend, found(town))


def test_words_are_changed_on_record_and_nothing_else_is_a_word(town):
    world = found(town)
    item = world.assignment.item
    refused("not_wording", amend, world, reworded={item.pk: {"due_on": "2027-01-01"}})
    amend(world, reworded={item.pk: {"title": "核查保教费减免"}})
    item.refresh_from_db()
    assert item.title == "核查保教费减免"
    assert Entry.objects.of(item).last().facts["fields"] == ["title"]


def test_a_unit_joins_an_issued_item_with_its_own_deadline_once(town):
    world = found(town)
    joining = Enlistment(world.assignment.item_id, [town.unit(NEIGHBOUR).pk], due_on=DUE_ON + timedelta(9))
    amend(world, enlisted=[joining])
    assert Assignment.objects.get(unit=town.unit(NEIGHBOUR)).due_at == DUE + timedelta(days=9)
    refused("has_it_already", amend, world, enlisted=[joining])


# --- newcomers ----------------------------------------------------------------------------------------------


@pytest.fixture
def grouped(town):
    """A plan given to a named group with one member."""
    for name in (RECEIVER, NEIGHBOUR):
        town.unit(name)
    group = UnitGroup.objects.create(owner=town.unit(GIVER), name="试点县局")
    group.members.add(town.unit(RECEIVER))
    node = Node("推行一表通", due_on=DUE_ON, leads=[Aim("试点县局", group_id=group.pk)])
    plan = draft_plan(actor=town.actor(GIVER), header=Header("试点方案"), tree=[node])
    issue_plan(plan_id=plan.pk, actor=town.actor(GIVER))
    return plan, group


def test_membership_is_frozen_and_newcomers_wait_for_the_dispatcher(town, grouped):
    plan, group = grouped
    assert newcomers(plan.__class__.objects.get(pk=plan.pk)) == []
    group.members.add(town.unit(NEIGHBOUR))
    plan.refresh_from_db()
    one = newcomers(plan)[0]
    assert (one.unit, Assignment.objects.count()) == (town.unit(NEIGHBOUR), 1)
    due_on = DUE_ON + timedelta(days=20)
    serve_newcomers(
        plan_id=plan.pk, actor=town.actor(GIVER), pairs=[(one.item.pk, one.unit.pk)], due_on=due_on
    )
    assert Assignment.objects.get(unit=town.unit(NEIGHBOUR)).due_at == clock.end_of(due_on)
    assert newcomers(plan) == []


def test_newcomers_may_have_a_span_that_runs_from_their_own_service(client, town, grouped):
    plan, group = grouped
    group.members.add(town.unit(NEIGHBOUR))
    item = plan.items.get()
    pairs = [(item.pk, town.unit(NEIGHBOUR).pk)]
    for both in ({"due_on": DUE_ON, "due_rule": "15个工作日"}, {}, {"due_rule": "尽快"}):
        with pytest.raises(Refused):
            serve_newcomers(plan_id=plan.pk, actor=town.actor(GIVER), pairs=pairs, **both)
    client.force_login(town.person(GIVER))
    page = reverse("plan-newcomers", args=[plan.pk])
    words = {"pairs": [f"{item.pk}-{pairs[0][1]}"]}
    assert client.post(page, words).status_code == 422
    assert client.post(page, words | {"due_on": "2099-01-01", "due_rule": "30日"}).status_code == 422
    assert client.post(page, words | {"due_rule": "15个工作日"}).status_code == 302
    served = Assignment.objects.get(unit=town.unit(NEIGHBOUR))
    expected = deadline(clock.now(), Span(15, SpanUnit.WORKDAY), calendar_for(None))
    assert served.due_at == expected.due_at
    assert served.terms.get().rule["due"] == expected.rule["due"]


def test_only_newcomers_are_served(town, grouped):
    plan, _group = grouped
    item = plan.items.get()
    refused(
        "no_newcomer",
        serve_newcomers,
        plan_id=plan.pk,
        actor=town.actor(GIVER),
        pairs=[(item.pk, town.unit(NEIGHBOUR).pk)],
        due_on=DUE_ON,
    )


# --- periods ------------------------------------------------------------------------------------------------


@pytest.fixture
def monthly(town):
    for name in (RECEIVER, NEIGHBOUR):
        town.unit(name)
    leads = [Aim(name, unit_id=town.unit(name).pk) for name in (RECEIVER, NEIGHBOUR)]
    node = Node("每月排查校园安全", long_term=True, cycle="monthly", leads=leads)
    plan = draft_plan(actor=town.actor(GIVER), header=Header("校园安全方案"), tree=[node])
    issue_plan(plan_id=plan.pk, actor=town.actor(GIVER))
    return plan


def periods():
    return sorted(Assignment.objects.values_list("period", "unit__name"))


def test_a_new_period_opens_once_for_those_who_had_the_last(town, monthly):
    assert items_to_open(TODAY) == []
    Assignment.objects.filter(unit=town.unit(NEIGHBOUR)).update(stage=Stage.CANCELLED, next_alarm_at=None)
    with morning(10):
        jobs.open_periods_job(timestamp=0)
        jobs.open_periods_job(timestamp=0)
        with pytest.raises(AlreadyDone):
            open_period(item_id=monthly.items.get().pk, actor=system("calendar"))
    assert periods() == [("2026-11", RECEIVER), ("2026-11", NEIGHBOUR), ("2026-12", RECEIVER)]


def test_a_plan_that_is_closed_opens_no_new_period(town, monthly):
    from bihuan.supervision.actions.planning import close_plan

    close_plan(plan_id=monthly.pk, actor=town.actor(GIVER))
    assert items_to_open(TODAY + timedelta(days=10)) == []


def test_an_authority_may_give_some_workdays_after_the_period(town, monthly):
    Setting.objects.create(unit=town.unit(GIVER), key="period.due_workdays", value=5)
    with morning(10):
        jobs.open_periods_job(timestamp=0)
    one = Assignment.objects.filter(period="2026-12").first()
    assert clock.office_day(one.due_at) > (TODAY + timedelta(days=38))


# --- many at once -------------------------------------------------------------------------------------------


@pytest.fixture
def school_plan(town, monkeypatch):
    """A plan for five schools, served two at a time."""
    monkeypatch.setattr(dispatching, "AT_ONCE", 2)
    monkeypatch.setattr(dispatching, "CHUNK", 2)
    owner = town.unit(RECEIVER)
    from bihuan.org import actions as org

    for n in range(5):
        org.found_unit(
            actor=system("tests"),
            name=f"第{n}小学",
            kind="school",
            parent_id=owner.pk,
            starts_on=TODAY - timedelta(days=99),
        )
    group = UnitGroup.objects.create(owner=owner, name="各小学", rule_kind=UnitKind.SCHOOL, rule_depth=1)
    node = Node("开展自查", due_on=DUE_ON, leads=[Aim("各小学", group_id=group.pk)])
    plan = draft_plan(actor=town.actor(RECEIVER), header=Header("自查方案"), tree=[node])
    issue_plan(plan_id=plan.pk, actor=town.actor(RECEIVER))
    return plan


def test_a_large_dispatch_goes_on_in_chunks_until_everybody_has_it_once(town, school_plan):
    dispatch = Dispatch.objects.get()
    assert (Assignment.objects.count(), len(dispatch.pending)) == (3, 2)
    jobs.resume_dispatches_job(timestamp=0)
    assert Assignment.objects.count() == 5 == Assignment.objects.values("unit").distinct().count()
    assert serve_dispatch(dispatch_id=dispatch.pk, actor=town.actor(RECEIVER)) == 0
    assert Assignment.objects.count() == 5
    assert verify().is_sound


def test_what_is_withdrawn_or_redated_meanwhile_reaches_those_still_to_come(town, school_plan):
    item = school_plan.items.get()
    later = DUE_ON + timedelta(days=3)
    amend_plan(plan_id=school_plan.pk, actor=town.actor(RECEIVER), reason="延后", redated={item.pk: later})
    jobs.resume_dispatches_job(timestamp=0)
    assert set(Assignment.objects.values_list("due_at", flat=True)) == {clock.end_of(later)}


def test_a_withdrawn_item_is_served_to_nobody_any_more(town, school_plan):
    item = school_plan.items.get()
    amend_plan(plan_id=school_plan.pk, actor=town.actor(RECEIVER), reason="取消", withdrawn=[item.pk])
    jobs.resume_dispatches_job(timestamp=0)
    assert set(Assignment.objects.values_list("stage", flat=True)) == {Stage.CANCELLED}
    assert Assignment.objects.count() == 3


# --- lights -------------------------------------------------------------------------------------------------


def test_milestones_are_reported_once_and_only_those_of_the_item(town):
    world = found(town)
    milestone = world.assignment.item.milestones.create(name="完成初查", due_on=TODAY + timedelta(days=9))
    world.report(reached=[milestone.pk])
    world.report(reached=[milestone.pk])
    assert world.fresh().reached.get().reached_on == TODAY
    refused("unknown_milestone", world.report, reached=[milestone.pk + 1])


@pytest.mark.parametrize("progress", [-1, 101])
def test_an_estimate_is_a_percentage(town, progress):
    refused("out_of_range", found(town).report, progress=progress)


def test_a_granted_extension_lights_green_again(town):
    world = world_of(town, "endorsed")
    with clock.frozen(DUE + timedelta(hours=1)):
        world.grant()
    assert world.fresh().light(DUE + timedelta(hours=2)) in (Light.GREEN, Light.AMBER, Light.STRONG)
    assert world.fresh().record_due_at == LATER
