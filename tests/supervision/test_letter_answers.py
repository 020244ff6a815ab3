"""Replies with their promises and objections: both run in the loop, with its dates and its alarms."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, IllegalMove, Refused
from bihuan.ledger.models import Entry
from bihuan.org.roles import Cap, Role
from bihuan.supervision.actions.answering import (
    Promised,
    decide_letter_objection,
    object_to_letter,
    reply_to_letter,
)
from bihuan.supervision.actions.closing import look_back, write_off_assignment
from bihuan.supervision.actions.handling import (
    decline_assignment,
    sign_assignment,
    sign_submission,
    submit_completion,
)
from bihuan.supervision.actions.letters import close_letter
from bihuan.supervision.actions.reviewing import (
    approve_submission,
    pre_review_submission,
    return_submission,
)
from bihuan.supervision.models import Addressee, Assignment, LetterObjection, Promise
from bihuan.supervision.queries.letters import states
from tests.supervision.letter_scenes import at, issued, reply_of
from tests.town import TODAY

PROMISES = [
    Promised("补录三县台账", TODAY + timedelta(days=20)),
    Promised("修订制度", TODAY + timedelta(days=40)),
]


def replied(town, letter, unit="东市局", **more):
    more = {"text": "全部采纳，措施如下", "adoption": "full", "promises": PROMISES} | more
    return reply_to_letter(paper_id=letter.paper_id, actor=town.actor(unit, Role.HANDLER), **more)


def accepted(town, assignment):
    """Signed off inside the unit if need be, then passed by two people."""
    pre_review_submission(assignment_id=assignment.pk, actor=town.actor("省厅"))
    approve_submission(assignment_id=assignment.pk, actor=town.actor("省厅", Role.LEADER))


def state_of(letter):
    paper = Paper.objects.get(pk=letter.paper_id)
    return states([paper])[paper.pk].label


def test_a_reply_runs_from_the_unit_to_the_files_and_its_promises_become_duties(town):
    letter = issued(town, "recommendation")
    assert state_of(letter) == "待答复 0/1"
    replied(town, letter)
    reply = reply_of(letter, town.unit("东市局"))
    assert reply.stage == "completed"
    assert Addressee.objects.get().adoption == "full"
    assert not Promise.objects.filter(assignment__isnull=False).exists()
    accepted(town, reply)
    duties = Assignment.objects.filter(promise__isnull=False).order_by("due_at")
    assert [one.item.title for one in duties] == ["补录三县台账", "修订制度"]
    assert [clock.office_day(one.due_at) for one in duties] == [one.due_on for one in PROMISES]
    assert all(one.unit == town.unit("东市局") and one.next_alarm_at for one in duties)
    write_off_assignment(assignment_id=reply.pk, actor=town.actor("省厅"), outcome="done")
    assert state_of(letter) == "已答复，待归档"
    close_letter(paper_id=letter.paper_id, actor=town.actor("省厅"))
    assert state_of(letter) == "已办结"
    reply.refresh_from_db()
    assert reply.version == Entry.objects.of(reply).count() - 1


def test_the_units_leader_signs_where_there_is_one(town):
    letter = issued(town, "recommendation")
    town.post("东市局", Role.LEADER)
    replied(town, letter)
    reply = reply_of(letter, town.unit("东市局"))
    assert reply.stage == "working"
    sign_submission(assignment_id=reply.pk, actor=town.actor("东市局", Role.LEADER))
    reply.refresh_from_db()
    assert reply.stage == "completed"


def test_a_reply_that_is_sent_back_is_given_anew_with_other_promises(town):
    letter = issued(town, "recommendation")
    replied(town, letter)
    reply = reply_of(letter, town.unit("东市局"))
    return_submission(assignment_id=reply.pk, actor=town.actor("省厅"), opinion="措施不具体")
    replied(town, letter, adoption="partial", promises=PROMISES[:1])
    assert Addressee.objects.get().adoption == "partial"
    assert [one.text for one in Promise.objects.all()] == ["补录三县台账"]


def test_a_promise_whose_day_has_passed_is_not_accepted(town):
    letter = issued(town, "recommendation")
    replied(town, letter)
    reply = reply_of(letter, town.unit("东市局"))
    with at(25):
        pre_review_submission(assignment_id=reply.pk, actor=town.actor("省厅"))
        with pytest.raises(Refused) as refusal:
            approve_submission(assignment_id=reply.pk, actor=town.actor("省厅", Role.LEADER))
    assert refusal.value.code == "promise_past"
    reply.refresh_from_db()
    assert reply.stage == "completed"


@pytest.mark.parametrize(
    ("kind", "said", "field"),
    [
        ("recommendation", {"adoption": ""}, "adoption"),
        ("recommendation", {"adoption": "maybe"}, "adoption"),
        ("rectification", {"adoption": "full"}, "adoption"),
        ("recommendation", {"text": " "}, "text"),
        ("recommendation", {"promises": [Promised("", TODAY)]}, "promises"),
        ("recommendation", {"promises": [Promised("补录", TODAY - timedelta(days=1))]}, "promises"),
        ("recommendation", {"promises": [Promised("补录", TODAY)] * 31}, "promises"),
    ],
)
def test_what_is_no_reply(town, kind, said, field):
    letter = issued(town, kind)
    with pytest.raises(Refused) as refusal:
        replied(town, letter, **said)
    assert refusal.value.field == field
    assert not Promise.objects.exists()


def test_whether_it_is_adopted_is_said_on_the_document_alone(town):
    letter = issued(town, "recommendation")
    reply = reply_of(letter, town.unit("东市局"))
    sign_assignment(assignment_id=reply.pk, actor=town.actor("东市局", Role.HANDLER))
    with pytest.raises(Refused) as refusal:
        submit_completion(assignment_id=reply.pk, actor=town.actor("东市局", Role.HANDLER), text="办了")
    assert refusal.value.code == "reply_on_paper"


@pytest.mark.parametrize(
    ("unit", "role"), [("西市局", Role.HANDLER), ("东市局", Role.INSPECTOR), ("省厅", Role.SUPERVISOR)]
)
def test_only_the_addressee_answers(town, unit, role):
    letter = issued(town, "recommendation")
    for act, said in ((reply_to_letter, {"text": "答复"}), (object_to_letter, {"reason": "不符"})):
        with pytest.raises(Paper.DoesNotExist):
            act(paper_id=letter.paper_id, actor=town.actor(unit, role), **said)


# ---- objections


def contested(town, letter, unit="东市局"):
    return object_to_letter(
        paper_id=letter.paper_id, actor=town.actor(unit, Role.HANDLER), reason="事项已于上月移交"
    )


def test_an_objection_is_a_duty_of_the_issuer_with_the_days_the_law_gives(town):
    letter = issued(town, "recommendation")
    objection = contested(town, letter)
    duty = objection.duty
    assert duty.unit == town.unit("省厅")
    assert clock.office_day(duty.due_at) == TODAY + timedelta(days=30)
    assert duty.next_alarm_at
    assert state_of(letter) == "异议待复核"
    reply = reply_of(letter, town.unit("东市局"))
    assert reply.is_open  # the clock of the reply runs on
    with pytest.raises(Refused) as refusal:
        contested(town, letter)
    assert refusal.value.code == "contested"


@pytest.mark.parametrize(("upheld", "stage"), [(True, "cancelled"), (False, "dispatched")])
def test_what_becomes_of_an_objection(town, upheld, stage):
    letter = issued(town, "recommendation")
    objection = contested(town, letter)
    leader = town.actor("省厅", Role.LEADER)
    decide_letter_objection(objection_id=objection.pk, actor=leader, upheld=upheld, answer="经复核")
    objection.refresh_from_db()
    assert objection.state == ("upheld" if upheld else "rejected")
    assert objection.duty.stage == "written_off"
    assert objection.duty.next_alarm_at is None
    assert reply_of(letter, town.unit("东市局")).stage == stage
    with pytest.raises(AlreadyDone):
        decide_letter_objection(objection_id=objection.pk, actor=leader, upheld=upheld, answer="经复核")
    with pytest.raises(IllegalMove):
        decide_letter_objection(
            objection_id=objection.pk, actor=town.actor("省厅", Role.LEADER), upheld=True, answer="再议"
        )
    assert objection.duty.version == Entry.objects.of(objection.duty).count() - 1


@pytest.mark.parametrize("name", ["", "乙"])
def test_whoever_drafted_or_reviewed_does_not_decide(town, name):
    letter = issued(town, "recommendation")
    objection = contested(town, letter)
    with pytest.raises(Refused) as refusal:
        decide_letter_objection(
            objection_id=objection.pk,
            actor=town.actor("省厅", Role.SUPERVISOR, name),
            upheld=False,
            answer="不成立",
        )
    assert refusal.value.code == "own_work"
    assert LetterObjection.objects.get().state == "open"


@pytest.mark.parametrize(("day", "allowed"), [(14, True), (15, False)])
def test_the_window_is_counted_in_workdays_from_service(town, day, allowed):
    letter = issued(town, "recommendation")  # Monday 23 November: the tenth workday is Monday 7 December
    with at(day):
        if allowed:
            assert contested(town, letter)
        else:
            with pytest.raises(Refused) as refusal:
                contested(town, letter)
            assert refusal.value.code == "window_over"


@pytest.mark.parametrize("kind", ["slip", "handover", "interview"])
def test_kinds_without_a_window_take_no_objection(town, kind):
    letter = issued(town, kind)
    with pytest.raises(Refused) as refusal:
        contested(town, letter)
    assert refusal.value.code == "no_objection"


def test_the_duty_to_decide_is_neither_declined_nor_declared_done(town):
    objection = contested(town, issued(town, "recommendation"))
    for act, said in ((decline_assignment, {"reason": "不办"}), (submit_completion, {"text": "办了"})):
        sign = act is submit_completion
        if sign:
            sign_assignment(assignment_id=objection.duty_id, actor=town.actor("省厅"))
        with pytest.raises(Refused) as refusal:
            act(assignment_id=objection.duty_id, actor=town.actor("省厅"), **said)
        assert refusal.value.code == "decide_objection"


def test_a_document_with_an_open_objection_is_not_put_to_the_files(town):
    letter = issued(town, "recommendation")
    contested(town, letter)
    reply = reply_of(letter, town.unit("东市局"))
    replied(town, letter, promises=())
    accepted(town, reply)
    write_off_assignment(assignment_id=reply.pk, actor=town.actor("省厅"), outcome="done")
    with pytest.raises(Refused) as refusal:
        close_letter(paper_id=letter.paper_id, actor=town.actor("省厅"))
    assert refusal.value.code == "replies_open"


def test_nobody_else_sees_who_was_written_to(town):
    letter = issued(town, "recommendation")
    assert Paper.objects.within(town.actor("东市局", Role.HANDLER), Cap.VIEW).filter(letter=letter).exists()
    assert (
        not Paper.objects.within(town.actor("西市局", Role.SUPERVISOR), Cap.VIEW)
        .filter(letter=letter)
        .exists()
    )


def test_a_promise_for_a_day_behind_all_days_is_refused_when_it_is_given(town):
    letter = issued(town, "recommendation")
    with pytest.raises(Refused) as refusal:
        replied(town, letter, promises=[Promised("改", date(9999, 12, 31))])
    assert (refusal.value.code, refusal.value.field) == ("too_far", "promises")
    assert reply_of(letter, town.unit("东市局")).stage == "dispatched"


@pytest.mark.parametrize("verdict", ["held", "relapsed"])
def test_what_was_replied_and_promised_is_looked_back_at_from_the_document(client, town, verdict):
    """features.md E6: a recommendation does not end with its reply."""
    letter = issued(town, "recommendation")
    replied(town, letter)
    reply = reply_of(letter, town.unit("东市局"))
    if reply.submissions.filter(signed_at__isnull=True).exists():
        sign_submission(assignment_id=reply.pk, actor=town.actor("东市局", Role.LEADER))
    accepted(town, reply)
    page = reverse("paper", args=[letter.paper_id])
    link = reverse("assignment-look-back", args=[reply.pk])
    client.force_login(town.person("省厅"))
    assert link not in client.get(page).content.decode()
    write_off_assignment(assignment_id=reply.pk, actor=town.actor("省厅"), outcome="done")
    assert link in client.get(page).content.decode()
    assert client.get(link).status_code == 200
    said = {"finding": "台账又断档", "early": "群众反映", "verdict": verdict}
    if verdict == "relapsed":
        said["due_at"] = clock.end_of(TODAY + timedelta(days=30))
    look_back(assignment_id=reply.pk, actor=town.actor("省厅", Role.SUPERVISOR, "丙"), **said)
    shown = client.get(page).content.decode()
    assert f'data-look-back="{verdict}"' in shown
    if verdict == "relapsed":
        again = Assignment.objects.get(item=reply.item, round=2)
        assert reverse("assignment", args=[again.pk]) in shown
        assert link not in shown
    else:
        assert link in shown
    assert shown.count("data-answer=") == 1
    client.force_login(town.person("东市局", Role.HANDLER))
    assert link not in client.get(page).content.decode()
