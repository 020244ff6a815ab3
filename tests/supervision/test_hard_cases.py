"""The hard cases of DESIGN §3.0, row by row."""

from datetime import timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import IllegalMove, NotPermitted, Refused
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.org import actions as org
from bihuan.org.actors import actor_in
from bihuan.org.models import Appointment
from bihuan.org.roles import Cap, Role
from bihuan.supervision.actions.amending import Enlistment, amend_plan
from bihuan.supervision.actions.closing import cancel_assignment, look_back, write_off_assignment
from bihuan.supervision.actions.dispatching import (
    Part,
    break_down_assignment,
    insist_on_assignment,
    raise_obstacle,
    reassign_assignment,
)
from bihuan.supervision.actions.handling import (
    decline_assignment,
    record_answer,
    report_progress,
    sign_submission,
    submit_completion,
    withdraw_submission,
)
from bihuan.supervision.actions.reviewing import approve_submission, return_report, return_submission
from bihuan.supervision.actions.succession import join_assignments, transfer_assignment
from bihuan.supervision.actions.terms import ask_extension, suspend_assignment
from bihuan.supervision.models import Assignment, Extension
from bihuan.supervision.queries.successions import bereft, doubled
from bihuan.supervision.queries.trees import dependents
from bihuan.supervision.rules import Light, Stage
from tests.supervision.worlds import (
    BELOW,
    DUE,
    GIVER,
    LATER,
    NEIGHBOUR,
    RECEIVER,
    TOP,
    found,
    morning,
    world_of,
)
from tests.town import MORNING, TODAY


def verbs(assignment):
    return [entry.verb.rpartition(".")[2] for entry in Entry.objects.of(assignment)]


def also(town, person, unit, role):
    """The same person acting in a second appointment."""
    post = org.appoint(
        actor=system("tests"),
        person_id=person.pk,
        unit_id=town.unit(unit).pk,
        role=role,
        title=str(role.label),
        starts_on=TODAY - timedelta(days=9),
    )
    return actor_in(post)


def refused(code, function, **given):
    with pytest.raises(Refused) as refusal:
        function(**given)
    assert refusal.value.code == code


# --- assisting units ----------------------------------------------------------------------------------------


@pytest.fixture
def team(town):
    """A lead and the unit that assists it."""
    world = found(town, assists=[NEIGHBOUR])
    world.made["assist"] = Assignment.objects.get(unit=town.unit(NEIGHBOUR))
    world.sign()
    return world


def test_an_assisting_unit_is_due_some_workdays_before_the_lead_and_reviewed_by_it(team):
    assist = team.made["assist"]
    assert (assist.lead_id, assist.reviewer) == (team.pk, team.town.unit(RECEIVER))
    assert clock.office_day(assist.due_at) < clock.office_day(team.assignment.due_at)


def test_a_lead_may_submit_naming_the_assisting_unit_that_never_answered(team):
    team.town.actor(RECEIVER, Role.HANDLER)
    submit_completion(assignment_id=team.pk, actor=team.receiver(), text="完成")
    refused("parts_open", sign_submission, assignment_id=team.pk, actor=team.receiver(Role.LEADER))
    sign_submission(assignment_id=team.pk, actor=team.receiver(Role.LEADER), override="东二县局未配合")
    entry = Entry.objects.get(verb="supervision.assignment.completed")
    assert entry.facts["open_assists"] == [team.made["assist"].pk]
    team.pre_review()
    refused("parts_open", approve_submission, assignment_id=team.pk, actor=team.giver(Role.LEADER))
    review = approve_submission(assignment_id=team.pk, actor=team.giver(Role.LEADER), override="情况属实")
    assert (review.overridden, review.override) == (True, "情况属实")


def test_the_reason_a_handler_gave_for_going_ahead_stands_when_the_leader_signs(team):
    submit_completion(assignment_id=team.pk, actor=team.receiver(), text="完成", override="对方未配合")
    sign_submission(assignment_id=team.pk, actor=team.receiver(Role.LEADER))
    assert team.fresh().submissions.get().override == "对方未配合"


def test_the_lateness_of_an_assisting_unit_is_its_own(team):
    after_assist = team.made["assist"].due_at + timedelta(days=1)
    assert set(Assignment.objects.late(after_assist)) == {team.made["assist"]}


def test_lead_and_assisting_units_see_each_other_but_not_each_others_parts(team):
    town, lead = team.town, team.assignment
    part = team.break_down(town.unit(BELOW).pk)[0]
    neighbour, own = town.actor(NEIGHBOUR, Role.HANDLER), team.receiver()
    assert set(Assignment.objects.within(neighbour, Cap.VIEW)) == {lead, team.made["assist"]}
    assert set(Assignment.objects.within(own, Cap.VIEW)) == {lead, team.made["assist"]}
    assert part in Assignment.objects.within(team.giver(), Cap.VIEW)


def test_units_that_lead_the_same_item_each_for_itself_do_not_see_each_other(town):
    world = found(town)

    amend_plan(
        plan_id=world.assignment.item.plan_id,
        actor=world.giver(),
        reason="增补",
        enlisted=[Enlistment(world.assignment.item_id, [town.unit(NEIGHBOUR).pk])],
    )
    seen = Assignment.objects.within(town.actor(NEIGHBOUR, Role.HANDLER), Cap.VIEW)
    assert [one.unit for one in seen] == [town.unit(NEIGHBOUR)]


@pytest.fixture
def outsider(town):
    """An assisting unit outside the system; its lead records what it answers."""
    world = found(town, assists=["市财政局"])
    world.made["assist"] = Assignment.objects.get(unit=town.unit("市财政局"))
    return world


def test_the_lead_records_the_answer_of_a_unit_outside_the_system_and_another_reviews_it(outsider):
    town, assist = outsider.town, outsider.made["assist"]
    record_answer(assignment_id=assist.pk, actor=outsider.receiver(), text="来函：资金已拨付")
    assist.refresh_from_db()
    assert (assist.stage, assist.reviewer) == (Stage.COMPLETED, town.unit(GIVER))
    with pytest.raises(NotPermitted):
        approve_submission(assignment_id=assist.pk, actor=outsider.receiver())
    approve_submission(assignment_id=assist.pk, actor=outsider.giver())
    assist.refresh_from_db()
    assert assist.stage == Stage.ACCEPTED


def test_nobody_answers_for_a_unit_that_has_an_account(team):
    assist = team.made["assist"]
    with pytest.raises(NotPermitted):
        record_answer(assignment_id=assist.pk, actor=team.receiver(), text="代答")
    refused(
        "not_external",
        record_answer,
        assignment_id=assist.pk,
        actor=team.town.actor(NEIGHBOUR, Role.HANDLER),
        text="自答",
    )


def test_accepted_assisting_duties_end_with_the_lead(team):
    assist = team.made["assist"]
    other = team.town.actor(NEIGHBOUR, Role.HANDLER)
    report_progress(assignment_id=assist.pk, actor=other, text="完成")
    submit_completion(assignment_id=assist.pk, actor=team.town.actor(NEIGHBOUR, Role.HANDLER), text="完成")
    approve_submission(assignment_id=assist.pk, actor=team.receiver(Role.LIAISON))
    team.accept()
    team.write_off()
    assist.refresh_from_db()
    assert (assist.stage, assist.outcome, assist.progress) == (Stage.WRITTEN_OFF, "done", 100)


# --- separation of duties -----------------------------------------------------------------------------------


def test_who_worked_on_it_may_not_review_it_in_another_appointment(town):
    world = world_of(town, "completed")
    handler = town.person(RECEIVER, Role.HANDLER)
    other = also(town, handler, GIVER, Role.SUPERVISOR)

    for judge in (approve_submission, return_submission):
        given = {"opinion": "看过"} if judge is return_submission else {}
        refused("own_work", judge, assignment_id=world.pk, actor=other, **given)


def test_where_everybody_there_worked_on_it_the_review_goes_one_level_up(town):
    for unit in (TOP, GIVER, RECEIVER):
        town.unit(unit)
    town.post(TOP, Role.SUPERVISOR)
    world = found(town)
    for role in (Role.SUPERVISOR, Role.LEADER):
        person = town.person(GIVER, role)

        other = also(town, person, RECEIVER, Role.LIAISON)
        report_progress(assignment_id=world.pk, actor=other, text="代为填报")
    world.submit()
    assert world.fresh().reviewer == town.unit(TOP)
    assert approve_submission(assignment_id=world.pk, actor=town.actor(TOP)).single is True


def test_two_leaders_without_a_supervisor_are_no_dead_end(town):
    world = world_of(town, "completed")
    Appointment.objects.filter(unit=town.unit(GIVER), role=Role.SUPERVISOR).update(role=Role.LEADER)
    assert approve_submission(assignment_id=world.pk, actor=world.giver(Role.LEADER)).single is True


def test_an_approver_may_send_back_what_passed_the_first_review(town):
    world = world_of(town, "passed")
    return_submission(assignment_id=world.pk, actor=world.giver(Role.LEADER), opinion="缺佐证")
    assert world.fresh().stage == Stage.WORKING


def test_who_did_the_work_neither_strikes_it_off_nor_looks_back_at_it(town):
    world = world_of(town, "accepted")

    handler = town.person(RECEIVER, Role.HANDLER)
    other = also(town, handler, GIVER, Role.SUPERVISOR)
    refused("own_work", write_off_assignment, assignment_id=world.pk, actor=other, outcome="done")
    world.write_off()
    refused(
        "own_work",
        look_back,
        assignment_id=world.pk,
        actor=other,
        verdict="held",
        finding="稳固",
        early="抽查",
    )


# --- inside the unit ----------------------------------------------------------------------------------------


def test_a_submission_sent_back_inside_the_unit_leaves_stage_and_clock_alone(town):
    world = world_of(town, "drafted")
    from bihuan.supervision.actions.handling import send_back_submission

    send_back_submission(assignment_id=world.pk, actor=world.receiver(Role.LEADER), reason="补数据")
    fresh = world.fresh()
    assert (fresh.stage, fresh.due_at) == (Stage.WORKING, DUE)
    world.submit()
    assert world.fresh().stage == Stage.COMPLETED


def test_a_draft_whose_leader_left_is_taken_back_and_signs_by_submitting(town):
    world = world_of(town, "drafted")
    Appointment.objects.filter(unit=town.unit(RECEIVER), role=Role.LEADER).update(
        ends_on=TODAY - timedelta(1)
    )
    withdraw_submission(assignment_id=world.pk, actor=world.receiver())
    world.draft()
    assert world.fresh().stage == Stage.COMPLETED


# --- extensions ---------------------------------------------------------------------------------------------


def test_lateness_is_provisional_while_an_extension_asked_in_time_is_undecided(town):
    world = world_of(town, "endorsed")
    late = DUE + timedelta(days=1)
    fresh = world.fresh()
    assert (fresh.light(late), fresh.is_late(late)) == (Light.PENDING, False)
    with clock.frozen(late):
        world.refuse()
    fresh = world.fresh()
    assert (fresh.light(late), fresh.is_late(late)) == (Light.RED, True)


def test_a_request_that_stayed_inside_the_unit_was_never_asked(town):
    world = world_of(town, "asked")
    late = DUE + timedelta(days=1)
    assert world.fresh().light(late) == Light.RED
    with clock.frozen(late), pytest.raises(Refused) as refusal:
        world.endorse()
    assert refusal.value.code == "expired"


@pytest.mark.parametrize(
    ("days", "due_at", "code"),
    [
        (41, LATER, "expired"),
        (1, DUE, "not_later"),
        (1, DUE + timedelta(days=31), "too_long"),
        (1, DUE + timedelta(days=30), None),
    ],
)
def test_an_extension_is_asked_before_expiry_and_not_for_ever(town, days, due_at, code):
    world = world_of(town, "working")
    with morning(days):
        if code:
            with pytest.raises(Refused) as refusal:
                world.ask(due_at)
            assert refusal.value.code == code
        else:
            world.ask(due_at)


def test_one_extension_is_granted_and_refused_ones_do_not_count(town):
    world = world_of(town, "endorsed")
    world.refuse()
    world.ask()
    world.endorse()
    world.grant()
    with pytest.raises(Refused) as refusal:
        world.ask(LATER + timedelta(days=5))
    assert refusal.value.code == "extensions_used_up"


def test_a_leader_who_asks_has_agreed(town):
    world = world_of(town, "working")
    handler = town.person(RECEIVER, Role.HANDLER)
    also(town, handler, RECEIVER, Role.LEADER)
    assert world.ask().state == Extension.State.ENDORSED


def test_nobody_decides_about_their_own_request(town):
    from bihuan.supervision.actions.terms import grant_extension

    world = world_of(town, "endorsed")
    handler = town.person(RECEIVER, Role.HANDLER)
    other = also(town, handler, GIVER, Role.SUPERVISOR)
    refused("own_work", grant_extension, assignment_id=world.pk, actor=other)


def test_work_handed_in_late_is_accepted_only_after_the_request_is_answered(town):
    world = world_of(town, "endorsed")
    with clock.frozen(DUE + timedelta(days=2)):
        world.submit()
        world.pre_review()
        refused(
            "extension_pending", approve_submission, assignment_id=world.pk, actor=world.giver(Role.LEADER)
        )
        world.grant()
        world.approve()
    assert list(Assignment.objects.finished_on_time()) == [world.assignment]


def test_a_request_lapses_with_the_duty(town):
    world = world_of(town, "endorsed")
    cancel_assignment(assignment_id=world.pk, actor=world.giver(), reason="取消")
    assert world.fresh().extensions.get().state == Extension.State.LAPSED


# --- on time or late ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "again", "late"),
    [(38, None, False), (41, None, True), (30, 35, False), (38, 41, True)],
)
def test_what_counts_is_when_the_submission_finally_accepted_was_signed(town, first, again, late):
    world = world_of(town, "working")
    with morning(first):
        world.submit()
        if again:
            world.send_back()
    if again:
        with morning(again):
            world.submit()
    with morning(60):
        world.pre_review()
        world.approve()
    fresh = world.fresh()
    assert fresh.is_late(MORNING + timedelta(days=99)) is late
    assert Assignment.objects.late(MORNING + timedelta(days=99)).exists() is late
    assert Assignment.objects.finished_on_time().exists() is not late


def test_a_remedy_date_quiets_the_light_and_never_moves_the_record(town):
    world = world_of(town, "working")
    with morning(39):
        world.submit()
        world.send_back()
    fresh = world.fresh()
    assert fresh.due_at > fresh.record_due_at == DUE
    between = DUE + timedelta(hours=9)
    assert (fresh.light(between) == Light.RED, fresh.is_late(between)) == (False, True)
    with clock.frozen(between), pytest.raises(Refused) as refusal:
        world.ask(fresh.due_at + timedelta(days=3))
    assert refusal.value.code == "expired"


def test_a_return_with_time_left_goes_on_at_the_old_deadline(town):
    world = world_of(town, "completed")
    world.send_back()
    fresh = world.fresh()
    assert (fresh.due_at, fresh.returns, fresh.completed_at) == (DUE, 1, None)


def test_a_report_that_was_sent_back_neither_quiets_the_light_nor_tells_progress(town):
    world = world_of(town, "working")
    with morning(5):
        world.report(progress=30)
    with morning(30):
        report = world.report(progress=80)
        assert world.fresh().progress == 80
        return_report(report_id=report.pk, actor=world.giver(), opinion="无实质内容")
    fresh = world.fresh()
    assert (fresh.progress, fresh.reported_at) == (30, MORNING + timedelta(days=5))


# --- suspension ---------------------------------------------------------------------------------------------


def test_a_suspension_moves_the_deadline_by_the_days_the_clock_stood(town):
    world = world_of(town, "suspended")
    assert world.fresh().light(DUE + timedelta(days=9)) == Light.RESTING
    with morning(10):
        world.resume()
    fresh = world.fresh()
    assert (fresh.due_at, fresh.record_due_at) == (DUE + timedelta(days=10),) * 2


def test_what_was_overdue_when_it_was_suspended_stays_overdue_by_as_much(town):
    world = world_of(town, "working")
    with clock.frozen(DUE + timedelta(days=5)):
        world.suspend()
    with clock.frozen(DUE + timedelta(days=15)):
        world.resume()
    fresh = world.fresh()
    assert fresh.due_at == DUE + timedelta(days=10)
    assert fresh.is_late(DUE + timedelta(days=15)) is True


def test_a_suspension_needs_a_review_date_within_ninety_days(town):
    world = world_of(town, "working")
    for days in (0, 91):
        refused(
            "review_on_out_of_range",
            suspend_assignment,
            assignment_id=world.pk,
            actor=world.giver(),
            reason="等待",
            review_on=MORNING + timedelta(days=days),
        )


def test_a_pending_extension_rests_with_the_suspended_clock(town):
    world = world_of(town, "endorsed")
    world.suspend()
    with morning(5), pytest.raises(Refused) as refusal:
        world.grant()
    assert refusal.value.code == "suspended"
    with morning(11):
        world.resume()
    assert world.fresh().extensions.get().state == Extension.State.MET  # ten days were asked for


def test_handing_in_ends_a_suspension(town):
    world = world_of(town, "suspended")
    with morning(10):
        world.submit()
    fresh = world.fresh()
    assert (fresh.suspended_at, fresh.due_at) == (None, DUE + timedelta(days=10))


# --- declining ----------------------------------------------------------------------------------------------


def test_there_is_no_second_decline_after_the_giver_insisted(town):
    world = world_of(town, "declined")
    insist_on_assignment(assignment_id=world.pk, actor=world.giver(), reason="职责明确")
    refused(
        "insisted", decline_assignment, assignment_id=world.pk, actor=world.receiver(), reason="仍认为不属于"
    )


def test_a_reassigned_duty_ends_linked_to_the_new_one_and_may_come_back(town):
    world = world_of(town, "reassigned")
    new = Assignment.objects.get(reassigned_from=world.assignment)
    assert (new.unit, new.stage) == (town.unit(NEIGHBOUR), Stage.DISPATCHED)
    decline_assignment(assignment_id=new.pk, actor=town.actor(NEIGHBOUR, Role.HANDLER), reason="不属于")
    back = reassign_assignment(
        assignment_id=new.pk, actor=world.giver(), unit_id=town.unit(RECEIVER).pk, reason="会商确定"
    )
    assert back.unit == town.unit(RECEIVER)


def test_assisting_units_follow_the_duty_to_its_new_lead_on_record(team):
    town, assist = team.town, team.made["assist"]
    Assignment.objects.filter(pk=team.pk).update(stage=Stage.DISPATCHED)
    decline_assignment(assignment_id=team.pk, actor=team.receiver(), reason="不属于")
    new = reassign_assignment(
        assignment_id=team.pk,
        actor=team.giver(),
        unit_id=town.unit(BELOW).pk,
        reason="分工",
    )
    assist.refresh_from_db()
    assert (assist.lead, assist.reviewer, verbs(assist)[-1]) == (new, town.unit(BELOW), "relinked")


# --- parts --------------------------------------------------------------------------------------------------


def test_a_part_never_outlasts_what_it_is_part_of(town):
    world = world_of(town, "working")
    refused(
        "after_parent",
        break_down_assignment,
        assignment_id=world.pk,
        actor=world.receiver(Role.LEADER),
        parts=[Part("核查", [town.unit(BELOW).pk], DUE + timedelta(days=1))],
    )
    part = world.break_down(town.unit(BELOW).pk)[0]
    refused(
        "after_parent",
        ask_extension,
        assignment_id=part.pk,
        actor=town.actor(BELOW, Role.HANDLER),
        due_at=LATER,
        reason="放假",
        progress="一半",
    )


def test_a_duty_is_not_finished_before_its_parts_unless_overridden(town):
    world = world_of(town, "working")
    world.break_down(town.unit(BELOW).pk)
    world.draft()
    refused("parts_open", sign_submission, assignment_id=world.pk, actor=world.receiver(Role.LEADER))


def test_cancelling_takes_the_parts_along_after_a_preview(town):
    world = world_of(town, "working")
    part = world.break_down(town.unit(BELOW).pk)[0]
    assert dependents(world.fresh()) == [part]
    cancel_assignment(assignment_id=world.pk, actor=world.giver(), reason="取消")
    part.refresh_from_db()
    assert (part.stage, verbs(part)[-1]) == (Stage.CANCELLED, "cancelled")


def test_parts_go_on_under_another_duty_of_the_unit(town):
    world = world_of(town, "working")
    part = world.break_down(town.unit(BELOW).pk)[0]
    from bihuan.supervision.actions.dispatching import register_item

    item = register_item(
        actor=world.giver(),
        kind="meeting",
        title="收费专项治理",
        due_at=DUE,
        lead_ids=[town.unit(RECEIVER).pk],
    )
    heir = item.assignments.get()
    cancel_assignment(assignment_id=world.pk, actor=world.giver(), reason="合并", reparent_to=heir.pk)
    part.refresh_from_db()
    assert (part.stage, part.item.parent_assignment) == (Stage.DISPATCHED, heir)
    assert verbs(part)[-1] == "reparented"


def test_parts_do_not_go_under_a_stranger(town):
    world = world_of(town, "working")
    world.break_down(town.unit(BELOW).pk)
    refused(
        "unknown_heir",
        cancel_assignment,
        assignment_id=world.pk,
        actor=world.giver(),
        reason="取消",
        reparent_to=world.pk,
    )


# --- obstacles ----------------------------------------------------------------------------------------------


def test_an_obstacle_goes_upward_is_declined_and_passed_on(town):
    world = world_of(town, "working")
    town.post(TOP, Role.SUPERVISOR)
    obstacle = raise_obstacle(
        assignment_id=world.pk,
        actor=world.receiver(),
        unit_id=town.unit(GIVER).pk,
        power="协调财政资金",
        text="缺口三十万元",
    )
    decline_assignment(assignment_id=obstacle.answer_id, actor=world.giver(), reason="属省级事权")
    new = reassign_assignment(
        assignment_id=obstacle.answer_id,
        actor=world.receiver(Role.LEADER),
        unit_id=town.unit(TOP).pk,
        reason="请省厅协调",
    )
    obstacle.refresh_from_db()
    assert (obstacle.answer, new.unit) == (new, town.unit(TOP))
    assert world.ask(obstacle_id=obstacle.pk).obstacle == obstacle


def test_an_obstacle_can_be_raised_by_who_is_late(town):
    world = world_of(town, "working")
    with clock.frozen(DUE + timedelta(days=3)):
        obstacle = raise_obstacle(
            assignment_id=world.pk,
            actor=world.receiver(),
            unit_id=town.unit(GIVER).pk,
            power="协调",
            text="困难",
        )
        assert obstacle.answer.due_at > clock.now()


# --- units that end -----------------------------------------------------------------------------------------


def admin(town):
    return town.actor(TOP, Role.SYSTEM_ADMIN)


def test_open_duties_move_to_the_successor_and_remember_where_they_came_from(town):
    world = world_of(town, "working")
    org.merge_units(unit_ids=[town.unit(RECEIVER).pk], into_id=town.unit(NEIGHBOUR).pk, actor=admin(town))
    fresh = world.fresh()
    assert (fresh.unit, fresh.original_unit) == (town.unit(NEIGHBOUR), town.unit(RECEIVER))
    assert (fresh.stage, fresh.due_at, verbs(fresh)[-1]) == (Stage.WORKING, DUE, "moved")
    report_progress(assignment_id=world.pk, actor=town.actor(NEIGHBOUR, Role.HANDLER), text="接手办理")
    assert verify().is_sound


def test_what_has_ended_stays_with_the_unit_that_did_it(town):
    world = world_of(town, "written_off")
    org.merge_units(unit_ids=[town.unit(RECEIVER).pk], into_id=town.unit(NEIGHBOUR).pk, actor=admin(town))
    assert world.fresh().unit == town.unit(RECEIVER)
    found = look_back(
        assignment_id=world.pk,
        actor=world.giver(),
        verdict="relapsed",
        finding="反弹",
        early="群众反映",
        due_at=LATER,
    )
    assert found.new_round.unit == town.unit(NEIGHBOUR)


@pytest.fixture
def twins(town):
    """Two units with the same matter, merged into one."""

    world = found(town)
    amend_plan(
        plan_id=world.assignment.item.plan_id,
        actor=world.giver(),
        reason="增补",
        enlisted=[Enlistment(world.assignment.item_id, [town.unit(NEIGHBOUR).pk])],
    )
    world.made["other"] = Assignment.objects.get(unit=town.unit(NEIGHBOUR))
    world.sign()
    world.made["part"] = world.break_down(town.unit(BELOW).pk)[0]
    org.merge_units(unit_ids=[town.unit(RECEIVER).pk], into_id=town.unit(NEIGHBOUR).pk, actor=admin(town))
    return world


def test_twins_are_shown_together_and_joined_on_record(town, twins):
    other = twins.made["other"]
    assert list(doubled(twins.giver())) == [twins.assignment]
    assert list(twins.fresh().twins()) == [other]
    join_assignments(assignment_id=twins.pk, into_id=other.pk, actor=twins.giver(), reason="合并办理")
    joined = twins.fresh()
    assert (joined.stage, joined.joined_into, verbs(joined)[-1]) == (Stage.REASSIGNED, other, "joined")
    twins.made["part"].item.refresh_from_db()
    assert twins.made["part"].item.parent_assignment == other
    assert not doubled(twins.giver()).exists()


def test_only_twins_can_be_joined(town, twins):
    refused(
        "no_twin",
        join_assignments,
        assignment_id=twins.pk,
        into_id=twins.made["part"].pk,
        actor=twins.giver(),
        reason="合并",
    )


def test_a_unit_that_ends_without_successor_leaves_the_giver_a_decision(town):
    world = world_of(town, "working")
    org.merge_units(unit_ids=[town.unit(BELOW).pk], into_id=town.unit("学院").pk, actor=admin(town))
    org.close_unit(unit_id=town.unit(RECEIVER).pk, actor=admin(town))
    assert list(bereft(world.giver())) == [world.assignment]
    transfer_assignment(
        assignment_id=world.pk, actor=world.giver(), unit_id=town.unit(NEIGHBOUR).pk, reason="就近承接"
    )
    assert world.fresh().unit == town.unit(NEIGHBOUR)
    assert not bereft(world.giver()).exists()


def test_a_unit_that_exists_keeps_its_duties(town):
    world = world_of(town, "working")
    refused(
        "unit_exists",
        transfer_assignment,
        assignment_id=world.pk,
        actor=world.giver(),
        unit_id=town.unit(NEIGHBOUR).pk,
        reason="调整",
    )


def test_what_an_authority_gave_is_decided_by_its_successor(town):
    world = world_of(town, "completed")
    for name in (RECEIVER, NEIGHBOUR):
        town.unit(name)
    org.merge_units(unit_ids=[town.unit(GIVER).pk], into_id=town.unit("西市局").pk, actor=admin(town))
    fresh = world.fresh()
    assert (fresh.issued_by, fresh.reviewer) == (town.unit("西市局"),) * 2
    fresh.item.plan.refresh_from_db()
    assert fresh.item.plan.issuer == town.unit("西市局")
    return_submission(assignment_id=world.pk, actor=town.actor("西市局"), opinion="补充")


# --- looking back -------------------------------------------------------------------------------------------


def test_looking_back_early_needs_a_reason_that_is_kept(town):
    world = world_of(town, "written_off")
    refused(
        "too_early", look_back, assignment_id=world.pk, actor=world.giver(), verdict="held", finding="稳固"
    )
    found = look_back(
        assignment_id=world.pk, actor=world.giver(), verdict="held", finding="稳固", early="上级要求"
    )
    assert found.early == "上级要求"


def test_nothing_is_written_off_twice(town):
    world = world_of(town, "written_off")
    with pytest.raises(IllegalMove):
        world.write_off()
