"""Who hears of documents: offices asked to countersign, authors, units that objected; and where a message leads."""

import pytest
from django.urls import reverse

from bihuan.circulars.actions import ask_units, contest_figure
from bihuan.documents.actions import ask_countersign, countersign_paper, send_back_paper
from bihuan.kernel import clock
from bihuan.ledger.models import Entry
from bihuan.notifications.actions import deliver
from bihuan.notifications.models import Notice
from bihuan.notifications.queries import messages_of
from bihuan.org.roles import Role
from bihuan.supervision.actions.answering import decide_letter_objection, object_to_letter
from bihuan.supervision.models import LetterObjection
from tests.circulars.scenes import LATER, drawn, history_of
from tests.supervision import scenes
from tests.supervision.letter_scenes import issued, reviewed


def told(verb):
    """Who hears of the latest entry of a verb."""
    entry = Entry.objects.filter(verb=verb).latest("id")
    deliver(entry_ids=[entry.pk])
    return set(Notice.objects.filter(entry=entry).values_list("person__name", flat=True))


@pytest.fixture
def asked(town):
    town.post("基教处", Role.LEADER)
    town.post("教务处", Role.LEADER)
    letter = reviewed(town)
    ask_countersign(paper_id=letter.paper_id, actor=town.actor("省厅"), unit_ids=[town.unit("基教处").pk])
    return letter


def test_the_office_that_is_asked_to_countersign_hears_and_no_other(client, town, asked):
    assert told("documents.paper.countersign_asked") == {"基教处领导"}
    notice = Notice.objects.get()
    (message,) = messages_of([notice])
    assert (message.title, message.assignment) == (asked.paper.title, None)
    client.force_login(notice.person)
    assert asked.paper.title in client.get(reverse("notices")).content.decode()
    assert client.get(reverse("notice-open", args=[notice.pk])).headers["Location"] == message.address
    assert client.get(message.address).status_code == 200


@pytest.mark.parametrize("agreed", [True, False])
def test_the_author_hears_the_answer(town, asked, agreed):
    office = town.actor("基教处", Role.LEADER)
    countersign_paper(paper_id=asked.paper_id, actor=office, agreed=agreed, opinion="意见")
    verb = "countersigned" if agreed else "countersign_refused"
    assert told(f"documents.paper.{verb}") == {"省厅督查员"}


def test_the_author_hears_that_a_text_comes_back(town):
    letter = reviewed(town)
    send_back_paper(paper_id=letter.paper_id, actor=town.actor("省厅", Role.LEADER), reason="改标题")
    assert told("documents.paper.sent_back") == {"省厅督查员"}


def test_the_unit_that_objected_hears_the_decision(town):
    letter = issued(town, "rectification", objection_workdays=10)
    object_to_letter(paper_id=letter.paper_id, actor=town.actor("东市局", Role.HANDLER), reason="不是我局")
    objection = LetterObjection.objects.get()
    leader = town.actor("省厅", Role.LEADER)
    decide_letter_objection(objection_id=objection.pk, actor=leader, upheld=False, answer="属你局职责")
    assert told("supervision.assignment.paper_objection_decided") == {"东市局承办人"}


def test_a_message_is_never_taken_for_one_about_the_assignment_of_the_same_number(town):
    one = scenes.given(town)
    given = Entry.objects.filter(stream=f"supervision.assignment:{one.pk}").earliest("id")
    strange = Entry(pk=10**9, stream=f"org.unit:{one.pk}", verb="org.unit.renamed", facts={})
    notices = [Notice(pk=n, entry=entry) for n, entry in enumerate((given, strange), 1)]
    assert [message.assignment for message in messages_of(notices)] == [one, None]


def test_the_issuer_hears_of_an_objection_and_is_led_to_the_circular(town):
    circular = drawn(town, history_of(town))
    with clock.frozen(LATER):
        ask_units(circular_id=circular.pk, actor=town.actor("省厅"))
        inquiry = circular.inquiries.get(unit__name="西市局")
        contest_figure(inquiry_id=inquiry.pk, actor=town.actor("西市局"), key="overdue", reason="已完成")
        assert "省厅督查员" in told("circulars.inquiry.contested")
    (message,) = messages_of(list(Notice.objects.filter(person__name="省厅督查员")[:1]))
    assert message.address == reverse("circular", args=[circular.pk])
