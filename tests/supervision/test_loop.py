"""One item from dispatch to write-off and beyond, with the people it takes."""

from datetime import timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, IllegalMove, NotPermitted, Refused, StaleVersion
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import flaws_in_ledger
from bihuan.org.roles import Role
from bihuan.supervision.actions.closing import look_back, write_off_assignment
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.actions.handling import (
    report_progress,
    sign_assignment,
    sign_submission,
    submit_completion,
)
from bihuan.supervision.actions.reviewing import approve_submission, pre_review_submission
from bihuan.supervision.models import Assignment
from bihuan.supervision.rules import Stage
from tests.town import MORNING

DUE = clock.end_of(MORNING.date() + timedelta(days=20))


@pytest.fixture
def assignment(town) -> Assignment:
    town.unit("东市局")
    item = register_item(
        actor=town.actor("省厅"),
        kind="instruction",
        title="核查学前教育减免保教费",
        due_at=DUE,
        lead_ids=[town.unit("东市局").pk],
    )
    return item.assignments.get()


def verbs(assignment):
    return [entry.verb.rsplit(".", 1)[1] for entry in Entry.objects.of(assignment)]


def test_the_whole_loop_leaves_one_entry_a_step(town, assignment):
    pk = assignment.pk
    sign_assignment(assignment_id=pk, actor=town.actor("东市局", Role.HANDLER), seen_version=0)
    report_progress(
        assignment_id=pk, actor=town.actor("东市局", Role.HANDLER), text="已核查三县", progress=60
    )
    town.post("东市局", Role.LEADER)
    submit_completion(assignment_id=pk, actor=town.actor("东市局", Role.HANDLER), text="全部核查完毕")
    assignment.refresh_from_db()
    assert assignment.stage == Stage.WORKING  # waits for the unit's leader
    sign_submission(assignment_id=pk, actor=town.actor("东市局", Role.LEADER))
    pre_review_submission(assignment_id=pk, actor=town.actor("省厅"))
    approve_submission(assignment_id=pk, actor=town.actor("省厅", Role.LEADER))
    write_off_assignment(assignment_id=pk, actor=town.actor("省厅"), outcome="done")
    assignment.refresh_from_db()
    assert (assignment.stage, assignment.next_alarm_at) == (Stage.WRITTEN_OFF, None)
    assert verbs(assignment) == [
        "dispatched",
        "signed",
        "reported",
        "submission_drafted",
        "completed",
        "pre_reviewed",
        "accepted",
        "written_off",
    ]
    assert list(flaws_in_ledger()) == []


@pytest.mark.parametrize(
    ("unit", "role", "refusal"),
    [
        ("东市局", Role.HANDLER, None),
        ("省厅", Role.SUPERVISOR, NotPermitted),
        ("西市局", Role.HANDLER, Assignment.DoesNotExist),
        ("省厅", Role.SYSTEM_ADMIN, Assignment.DoesNotExist),
    ],
)
def test_only_the_unit_itself_signs_for_its_duty(town, assignment, unit, role, refusal):
    def sign():
        sign_assignment(assignment_id=assignment.pk, actor=town.actor(unit, role), seen_version=0)

    if refusal:
        with pytest.raises(refusal):
            sign()
        assert verbs(assignment) == ["dispatched"]
    else:
        sign()
        assert verbs(assignment) == ["dispatched", "signed"]


def test_a_second_click_has_no_second_effect(town, assignment):
    actor = town.actor("东市局", Role.HANDLER)
    sign_assignment(assignment_id=assignment.pk, actor=actor, seen_version=0)
    with pytest.raises(AlreadyDone):
        sign_assignment(assignment_id=assignment.pk, actor=actor, seen_version=0)
    assert verbs(assignment) == ["dispatched", "signed"]


def test_the_slower_of_two_is_told_what_the_faster_did(town, assignment):
    sign_assignment(assignment_id=assignment.pk, actor=town.actor("东市局", Role.HANDLER), seen_version=0)
    with pytest.raises(StaleVersion) as stale:
        sign_assignment(assignment_id=assignment.pk, actor=town.actor("东市局"), seen_version=0)
    assert stale.value.facts["verb"] == "supervision.assignment.signed"


def test_a_one_person_unit_signs_by_submitting_and_may_not_review_itself(town, assignment):
    supervisor = town.actor("东市局")
    sign_assignment(assignment_id=assignment.pk, actor=supervisor)
    submit_completion(assignment_id=assignment.pk, actor=town.actor("东市局"), text="完成")
    assignment.refresh_from_db()
    assert assignment.stage == Stage.COMPLETED
    assert assignment.completed_at == MORNING


def test_one_person_does_not_both_pre_review_and_approve(town, assignment):
    pk = assignment.pk
    sign_assignment(assignment_id=pk, actor=town.actor("东市局"))
    submit_completion(assignment_id=pk, actor=town.actor("东市局"), text="完成")
    town.post("省厅", Role.LEADER)
    pre_review_submission(assignment_id=pk, actor=town.actor("省厅"))
    with pytest.raises(Refused) as refusal:
        approve_submission(assignment_id=pk, actor=town.actor("省厅"))
    assert refusal.value.code == "same_reviewer"
    assert approve_submission(assignment_id=pk, actor=town.actor("省厅", Role.LEADER)).single is False


def test_a_single_qualified_reviewer_is_recorded_as_such(town, assignment):
    pk = assignment.pk
    sign_assignment(assignment_id=pk, actor=town.actor("东市局"))
    submit_completion(assignment_id=pk, actor=town.actor("东市局"), text="完成")
    assert approve_submission(assignment_id=pk, actor=town.actor("省厅")).single is True


def test_a_relapse_starts_a_new_round_and_leaves_the_old_record_closed(town, assignment):
    pk = assignment.pk
    sign_assignment(assignment_id=pk, actor=town.actor("东市局"))
    submit_completion(assignment_id=pk, actor=town.actor("东市局"), text="完成")
    approve_submission(assignment_id=pk, actor=town.actor("省厅"))
    write_off_assignment(assignment_id=pk, actor=town.actor("省厅"), outcome="done")
    with pytest.raises(IllegalMove):
        write_off_assignment(assignment_id=pk, actor=town.actor("省厅"), outcome="done")
    with clock.frozen(MORNING + timedelta(days=200)):
        found = look_back(
            assignment_id=pk,
            actor=town.actor("省厅"),
            verdict="relapsed",
            finding="又发现两所幼儿园未退费",
            due_at=MORNING + timedelta(days=230),
        )
    assignment.refresh_from_db()
    assert assignment.stage == Stage.WRITTEN_OFF
    assert (found.new_round.round, found.new_round.relapsed_from_id) == (2, pk)
    assert found.new_round.stage == Stage.DISPATCHED
