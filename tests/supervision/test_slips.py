"""The supervision slip: drafted from the record, signed by people, numbered, served, receipted."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.documents.actions import acknowledge_paper, review_paper
from bihuan.documents.models import Paper, Service
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role
from bihuan.supervision.actions.closing import cancel_assignment
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.actions.letters import draft_slip, issue_letter
from bihuan.supervision.models import Assignment
from tests.town import MORNING, TODAY

LATE = MORNING + timedelta(days=9)


@pytest.fixture
def assignment(town) -> Assignment:
    item = register_item(
        actor=town.actor("省厅"),
        kind="instruction",
        title="清退违规收费",
        number="省教督〔2026〕7号",
        due_at=clock.end_of(TODAY + timedelta(days=5)),
        lead_ids=[town.unit("东市局").pk],
    )
    return item.assignments.get()


def drafted(town, assignment, reply_by=None):
    with clock.frozen(LATE):
        return draft_slip(
            assignment_id=assignment.pk,
            actor=town.actor("省厅"),
            requirement="限期办结",
            reply_by=reply_by or LATE.date(),
        )


def reviewed(town, slip):
    with clock.frozen(LATE):
        review_paper(paper_id=slip.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
    return slip


def test_the_record_fills_the_slip(town, assignment):
    text = str(drafted(town, assignment).paper.sections)
    for known in ("清退违规收费", "省教督〔2026〕7号", "已逾期4天", "限期办结"):
        assert known in text


def test_an_issued_slip_is_numbered_served_and_on_the_record(town, assignment):
    slip = reviewed(town, drafted(town, assignment))
    with clock.frozen(LATE):
        issue_letter(paper_id=slip.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert Paper.objects.get().number == "省教督办〔2026〕1号"
    assert Service.objects.get().unit == town.unit("东市局")
    trail = [entry.verb.rpartition(".")[2] for entry in Entry.objects.of(assignment)]
    assert [verb for verb in trail if verb.startswith(("d", "s"))] == [
        "dispatched",
        "slip_drafted",
        "slip_issued",
    ]


def test_the_unit_confirms_receipt_once(town, assignment):
    slip = reviewed(town, drafted(town, assignment))
    with clock.frozen(LATE):
        issue_letter(paper_id=slip.paper_id, actor=town.actor("省厅", Role.LEADER))
        acknowledge_paper(paper_id=slip.paper_id, actor=town.actor("东市局", Role.HANDLER))
        with pytest.raises(AlreadyDone):
            acknowledge_paper(paper_id=slip.paper_id, actor=town.actor("东市局", Role.HANDLER))
        with pytest.raises(Paper.DoesNotExist):
            acknowledge_paper(paper_id=slip.paper_id, actor=town.actor("西市局", Role.HANDLER))


@pytest.mark.parametrize(
    ("unit", "role", "refusal"),
    [
        ("东市局", Role.SUPERVISOR, NotPermitted),
        ("西市局", Role.SUPERVISOR, Assignment.DoesNotExist),
        ("省厅", Role.HANDLER, Assignment.DoesNotExist),
    ],
)
def test_only_the_giver_presses_by_slip(town, assignment, unit, role, refusal):
    with pytest.raises(refusal):
        draft_slip(
            assignment_id=assignment.pk, actor=town.actor(unit, role), requirement="办", reply_by=LATE.date()
        )
    assert not Paper.objects.exists()


def test_a_slip_on_an_ended_duty_is_not_issued(town, assignment):
    slip = reviewed(town, drafted(town, assignment))
    cancel_assignment(assignment_id=assignment.pk, actor=town.actor("省厅", Role.LEADER), reason="合并办理")
    with pytest.raises(Refused):
        issue_letter(paper_id=slip.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert Paper.objects.get().serial is None


def test_a_reply_date_in_the_past_is_refused_at_its_field(town, assignment):
    with pytest.raises(Refused) as refusal:
        drafted(town, assignment, reply_by=TODAY)
    assert refusal.value.field == "reply_by"


def test_the_page_leads_through_review_and_signature(client, town, assignment):
    slip = drafted(town, assignment)
    page, review = (reverse(name, args=[slip.paper_id]) for name in ("paper", "paper-review"))
    client.force_login(town.person("省厅"))
    assert client.post(review).status_code == 409  # the author does not review
    client.force_login(town.person("省厅", Role.SUPERVISOR, "乙"))
    assert client.post(review, {"seen_version": "0"}).status_code == 302
    client.force_login(town.person("省厅", Role.LEADER))
    assert client.post(reverse("paper-issue", args=[slip.paper_id])).status_code == 302
    client.force_login(town.person("东市局", Role.HANDLER))
    assert client.get(page).status_code == 200
    client.force_login(town.person("西市局", Role.HANDLER))
    assert client.get(page).status_code == 404
