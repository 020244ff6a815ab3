"""No closure without evidence where it is asked for (C6), and what the ledger keeps of it."""

import io
from uuid import uuid4

import pytest

from bihuan.documents.actions import receive_file
from bihuan.kernel.errors import Refused
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role
from bihuan.supervision.actions.handling import sign_submission, submit_completion
from bihuan.supervision.actions.reviewing import approve_submission, return_report
from bihuan.supervision.models import Plan, Setting
from tests.documents.samples import PDF
from tests.supervision.worlds import GIVER, world_of


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(params=["plan", "authority"])
def world(town, request):
    """A duty for which the plan, or the authority, asks for evidence."""
    world = world_of(town, "working")
    if request.param == "plan":
        Plan.objects.update(needs_evidence=True)
    else:
        Setting.objects.create(unit=town.unit(GIVER), key="evidence.required", value=1)
    return world


def uploaded(world):
    """A PDF from the handler, with bytes of its own."""
    content = io.BytesIO(PDF + b"\n%" + uuid4().hex.encode())
    return receive_file(actor=world.receiver(), upload_id=uuid4(), stream=content, name="整改报告.pdf")


def refused(function, **given):
    with pytest.raises(Refused) as refusal:
        function(**given)
    assert refusal.value.code == "evidence_missing"


def test_nothing_is_declared_done_without_evidence_where_it_is_asked_for(world):
    with pytest.raises(Refused) as refusal:
        world.submit()
    assert (refusal.value.code, refusal.value.field) == ("evidence_missing", "files")


def test_the_digests_of_what_was_shown_stand_in_the_entry(world):
    file = uploaded(world)
    submit_completion(assignment_id=world.pk, actor=world.receiver(), text="完成", file_ids=[file.pk])
    drafted = Entry.objects.get(verb="supervision.assignment.submission_drafted")
    assert (drafted.facts["files"], drafted.facts["digests"]) == (1, [file.content.digest])


def test_evidence_of_a_report_serves_the_submission_unless_the_report_was_sent_back(world):
    report = world.report(file_ids=[uploaded(world).pk])
    return_report(report_id=report.pk, actor=world.giver(), opinion="不清晰")
    with pytest.raises(Refused):
        world.submit()
    world.report(file_ids=[uploaded(world).pk])
    if not world.fresh().submissions.filter(state="draft").exists():
        world.draft()

    sign_submission(assignment_id=world.pk, actor=world.receiver(Role.LEADER))
    assert world.fresh().stage == "completed"


def test_evidence_that_is_asked_for_later_is_missed_at_approval_or_overridden(town):
    world = world_of(town, "passed")
    Plan.objects.update(needs_evidence=True)
    given = {"assignment_id": world.pk, "actor": world.giver(Role.LEADER)}
    refused(approve_submission, **given)
    approve_submission(assignment_id=world.pk, actor=world.giver(Role.LEADER), override="现场已核实")


def test_by_default_no_file_is_demanded(town):
    assert world_of(town, "completed").fresh().stage == "completed"
