"""Who hears of documents: offices asked to countersign, authors, units that objected; and where a message leads."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.circulars.actions import ask_units, contest_figure, issue_circular
from bihuan.documents.actions import ask_countersign, countersign_paper, review_paper, send_back_paper
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.ledger.models import Entry
from bihuan.notifications.actions import deliver, gather, open_channel
from bihuan.notifications.models import Notice
from bihuan.notifications.queries import messages_of, urgent_among
from bihuan.notifications.queries.channels import said_by
from bihuan.notifications.rules import Kind, Line
from bihuan.org.roles import Role
from bihuan.supervision.actions.answering import decide_letter_objection, object_to_letter
from bihuan.supervision.models import LetterObjection
from tests.circulars.scenes import LATER, checked, drawn, history_of
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


def issued_circular(town):
    circular = checked(town, drawn(town, history_of(town)))
    with clock.frozen(LATER):
        review_paper(paper_id=circular.paper_id, actor=town.actor("省厅", Role.LEADER))
        issue_circular(paper_id=circular.paper_id, actor=town.actor("省厅", Role.LEADER))
    return circular


def test_every_unit_that_a_circular_counts_hears_that_it_was_served(client, town):
    circular = issued_circular(town)
    with clock.frozen(LATER):
        assert told("documents.paper.served") == {"东市局督查员", "西市局督查员", "学院督查员"}
        notice = Notice.objects.get(person__name="西市局督查员", entry__verb="documents.paper.served")
        (message,) = messages_of([notice])
        assert message.title == circular.paper.title
        client.force_login(notice.person)
        assert "送达文书" in client.get(reverse("notices")).content.decode()
        page = client.get(reverse("notice-open", args=[notice.pk]), follow=True)
        assert page.status_code == 200
        assert circular.paper.title in page.content.decode()
    assert Entry.objects.get(verb="documents.paper.served").facts == {"units": 3}


def test_the_author_hears_that_it_was_signed(town):
    issued_circular(town)
    assert told("documents.paper.issued") == {"省厅督查员"}


def test_a_document_that_brings_a_duty_is_told_of_once(town):
    town.post("东市局", Role.HANDLER)
    issued(town, "rectification")
    assert not Entry.objects.filter(verb="documents.paper.served").exists()
    assert told("supervision.assignment.dispatched") == {"东市局承办人"}


def test_a_notice_without_a_reply_is_told_of(town):
    town.post("东市局", Role.HANDLER)
    letter = issued(town, "interview", reply_by=None)
    assert letter.item is None
    assert told("documents.paper.served") == {"东市局承办人"}


def test_what_is_marked_most_urgent_is_urgent(town):
    circular = issued_circular(town)
    entry = Entry.objects.get(verb="documents.paper.served")
    assert urgent_among([(entry.pk, entry.stream)]) == set()
    Paper.objects.filter(pk=circular.paper_id).update(urgency=Paper.Urgency.MOST)
    assert urgent_among([(entry.pk, entry.stream)]) == {entry.pk}


@pytest.mark.parametrize(("unit", "tells"), [("西市局", True), ("省厅", False)])
def test_a_unit_tells_its_own_people_outside_of_what_was_served_on_it(town, settings, unit, tells):
    settings.CHANNEL_HOSTS = ["example.cn"]
    channel = open_channel(
        actor=town.actor(unit, Role.SUPERVISOR),
        name="群",
        kind=Kind.WECOM,
        address="https://example.cn/x",
        shared=True,
    )
    town.post(unit, Role.HANDLER)
    circular = issued_circular(town)
    with clock.frozen(LATER):
        told("documents.paper.served")
        telling = channel.tellings.filter(entry__verb="documents.paper.served")
        assert telling.exists() is tells
    if tells:
        with clock.frozen(LATER + timedelta(days=1)):  # a Monday
            gather(channel_id=channel.pk)
            lines = said_by(telling.get().delivery).lines
        assert Line("送达文书", circular.paper.title) in lines
