"""A circular's figures: frozen, traceable to their lists, and the same however often they are counted."""

import random
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from docx import Document

from bihuan.circulars.actions import (
    issue_circular,
    refresh_circular,
)
from bihuan.circulars.models import Circular, Figure
from bihuan.circulars.queries import counted_again, rows_at
from bihuan.circulars.rules import count, last_whole
from bihuan.circulars.wording import sections_for, tables
from bihuan.documents.actions import edit_paper, review_paper, send_back_paper
from bihuan.documents.gongwen import docx
from bihuan.documents.gongwen.text import closed_up
from bihuan.documents.models import Paper, Service
from bihuan.documents.queries import said_by
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.org.actions.changes import rename_unit
from bihuan.org.roles import Role
from bihuan.supervision.actions.closing import write_off_assignment
from bihuan.supervision.actions.handling import sign_assignment, submit_completion
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.scores import computed
from bihuan.supervision.scoring import DEFAULT, Event
from tests.circulars.scenes import LATER, UNITS, checked, drawn, duty, finish, value
from tests.town import MORNING, TODAY


def test_the_figures_say_what_happened(town, history):
    circular = drawn(town, history)
    assert value(circular, "dispatched") == 12
    assert value(circular, "finished_in_period") == 5
    assert value(circular, "overdue") == 7
    assert str(value(circular, "on_time_rate")) == "33.3"
    assert value(circular, "on_time_rate", "东市局") == 100
    assert value(circular, "on_time_rate", "西市局") == 0
    assert value(circular, "cause:returned") == 1
    assert value(circular, "cause:silent") == 6
    assert value(circular, "standing:accepted") == 5


def test_every_figure_is_the_length_of_its_list(town, history):
    circular = drawn(town, history)
    for figure in circular.figures.all():
        if figure.out_of is None:
            assert (
                figure.value
                == len(figure.counted)
                == Assignment.objects.filter(pk__in=figure.counted).count()
            )
        else:
            assert set(figure.counted) <= set(figure.out_of)


def test_parts_add_up_to_the_whole(town, history):
    circular = drawn(town, history)
    overall = circular.figures.filter(unit__isnull=True)
    for prefix, whole in (("standing:", "dispatched"), ("source:", "dispatched"), ("cause:", "unfinished")):
        parts = sum(one.value for one in overall if one.key.startswith(prefix))
        assert parts == overall.get(key=whole).value
    for key in ("dispatched", "unfinished", "overdue"):
        by_unit = circular.figures.filter(key=key, unit__isnull=False)
        assert sum(one.value for one in by_unit) == overall.get(key=key).value


@pytest.mark.parametrize("seed", range(4))
def test_a_past_moment_counts_the_same_whatever_happened_since(town, plan, seed):
    draw = random.Random(seed)
    moment = MORNING + timedelta(days=draw.randint(1, 8))
    for one in Assignment.objects.select_related("unit"):
        if draw.random() < 0.5:
            finish(town, one, MORNING + timedelta(days=draw.randint(0, 6)))
    before = count(rows_at(plan, moment), TODAY, moment.date(), moment)
    for one in Assignment.objects.select_related("unit"):
        if one.stage == "accepted" and one.accepted_at <= moment:
            continue
        if one.stage == "dispatched":
            finish(town, one, moment + timedelta(days=1))
    for one in Assignment.objects.filter(stage="accepted", accepted_at__gt=moment):
        with clock.frozen(moment + timedelta(days=2)):
            write_off_assignment(assignment_id=one.pk, actor=town.actor("省厅"), outcome="done")
    assert count(rows_at(plan, moment), TODAY, moment.date(), moment) == before


def test_a_circular_made_again_years_later_has_the_same_bytes(town, issued):
    paper = Paper.objects.select_related("issuer", "office").get()
    printed = docx.render(said_by(paper))
    with clock.frozen(LATER + timedelta(days=3)):
        for name in ("东市局", "省厅"):
            rename_unit(
                unit_id=town.unit(name).pk, actor=system("tests"), name=f"新{name}", short_name=f"新{name}"
            )
    with clock.frozen(LATER + timedelta(days=4)):
        sign_assignment(assignment_id=duty("西市局", 3).pk, actor=town.actor("西市局"))
        submit_completion(assignment_id=duty("西市局", 3).pk, actor=town.actor("西市局"), text="完成")
    for one in Assignment.objects.filter(stage="accepted"):
        with clock.frozen(LATER + timedelta(days=5)):
            write_off_assignment(assignment_id=one.pk, actor=town.actor("省厅"), outcome="done")
    with clock.frozen(LATER + timedelta(days=800)):
        rows, counts = counted_again(Circular.objects.get())
        again = Paper.objects.select_related("issuer", "office").get()
        again.sections = sections_for(issued, rows, counts)
        again.tables = tables(rows, counts)
        assert again.issuer.name == "新省厅"
        assert docx.render(said_by(again)) == printed


def test_an_issued_circular_is_numbered_served_and_frozen(town, history):
    circular = checked(town, drawn(town, history))
    reviewer, signer = town.actor("省厅", Role.SUPERVISOR, "乙"), town.actor("省厅", Role.LEADER)
    with clock.frozen(LATER):
        review_paper(paper_id=circular.paper_id, actor=reviewer)
        issue_circular(paper_id=circular.paper_id, actor=signer)
    circular.refresh_from_db()
    paper = circular.paper
    assert paper.number == "省教督〔2026〕1号"
    assert paper.digest == paper.content_digest()
    assert set(Service.objects.values_list("unit__name", flat=True)) == set(UNITS)
    with pytest.raises(IllegalMove):
        refresh_circular(circular_id=circular.pk, actor=town.actor("省厅"))
    with pytest.raises(Refused):
        edit_paper(
            paper_id=paper.pk, actor=town.actor("省厅"), title="x", addressees="x", sections=[], code="x"
        )


def test_numbers_follow_one_another_without_gap(town, history):
    for expected in (1, 2, 3):
        circular = checked(town, drawn(town, history))
        with clock.frozen(LATER):
            review_paper(paper_id=circular.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
            issued = issue_circular(paper_id=circular.paper_id, actor=town.actor("省厅", Role.LEADER))
        assert Paper.objects.get(pk=issued.paper_id).serial == expected


@pytest.mark.parametrize("step", ["review", "sign"])
def test_an_author_neither_reviews_nor_signs(town, history, step):
    circular = drawn(town, history)
    author, other = town.actor("省厅"), town.actor("省厅", Role.SUPERVISOR, "乙")
    if step == "review":
        with pytest.raises(Refused):
            review_paper(paper_id=circular.paper_id, actor=author)
    else:
        review_paper(paper_id=circular.paper_id, actor=other)
        with pytest.raises(Refused):
            issue_circular(paper_id=circular.paper_id, actor=author)
    assert Paper.objects.get().serial is None


def test_a_draft_can_be_counted_again_and_sent_back(town, history):
    circular = drawn(town, history, last_on=TODAY + timedelta(days=30))
    before = value(circular, "standing:accepted")
    finish(town, duty("西市局", 3), LATER)
    with clock.frozen(LATER + timedelta(days=1)):
        refresh_circular(circular_id=circular.pk, actor=town.actor("省厅"))
        review_paper(paper_id=circular.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        send_back_paper(paper_id=circular.paper_id, actor=town.actor("省厅", Role.LEADER), reason="改数")
    assert value(circular, "standing:accepted") == before + 1
    assert Paper.objects.get().stage == Paper.Stage.DRAFT


@pytest.fixture
def issued(town, history) -> Circular:
    circular = checked(town, drawn(town, history))
    with clock.frozen(LATER):
        review_paper(paper_id=circular.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        issue_circular(paper_id=circular.paper_id, actor=town.actor("省厅", Role.LEADER))
    return circular


@pytest.mark.parametrize(
    ("unit", "role", "draft", "after"),
    [
        ("省厅", Role.SUPERVISOR, 200, 200),
        ("省厅", Role.LEADER, 200, 200),
        ("东市局", Role.HANDLER, 404, 200),
        ("东二县局", Role.HANDLER, 404, 404),
        ("省厅", Role.SYSTEM_ADMIN, 404, 404),
        ("省厅", Role.AUDIT_ADMIN, 404, 404),
    ],
)
def test_a_draft_is_its_issuers_and_an_issued_one_its_readers(
    client, town, history, unit, role, draft, after
):
    circular = drawn(town, history)
    client.force_login(town.person(unit, role))
    assert client.get(reverse("circular", args=[circular.pk])).status_code == draft
    checked(town, circular)
    with clock.frozen(LATER):
        review_paper(paper_id=circular.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        issue_circular(paper_id=circular.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert client.get(reverse("circular", args=[circular.pk])).status_code == after
    for name in ("paper-docx", "paper-pdf"):
        assert client.get(reverse(name, args=[circular.paper_id])).status_code == after


def test_a_unit_confirms_once_that_it_has_read(client, town, issued):
    client.force_login(town.person("东市局", Role.HANDLER))
    for _turn in range(2):
        assert client.post(reverse("paper-read", args=[issued.paper_id])).status_code == 302
    assert Service.objects.filter(read_at__isnull=False).count() == 1
    client.force_login(town.person("东二县局", Role.HANDLER))
    assert client.post(reverse("paper-read", args=[issued.paper_id])).status_code == 404


def test_a_figure_opens_exactly_the_list_it_counts(client, town, issued):
    client.force_login(town.person("省厅"))
    for figure in Figure.objects.filter(circular=issued, unit__isnull=True):
        page = client.get(reverse("circular-figure", args=[issued.pk, figure.pk]))
        assert page.content.count(b"data-assignment=") == len(figure.counted)


def test_the_page_keeps_its_query_ceiling(client, town, issued, django_assert_max_num_queries):
    client.force_login(town.person("省厅"))
    with django_assert_max_num_queries(30):
        client.get(reverse("circular", args=[issued.pk]))


def test_the_words_are_edited_in_a_form_and_a_refusal_is_said_there(client, town, history):
    circular = drawn(town, history)
    client.force_login(town.person("省厅"))
    address = reverse("paper-edit", args=[circular.paper_id])
    words = {"title": "通报", "addressees": "各单位", "code": "省教督"}
    words |= {f"section_{n}": "第一段\n\n第二段" for n in range(5)}
    assert client.post(address, words | {"title": ""}).status_code == 422
    assert client.post(address, words | {"seen_version": "9"}).status_code == 409
    assert client.post(address, words | {"seen_version": "0"}).status_code == 302
    assert Paper.objects.get().sections[0]["paragraphs"] == ["第一段", "第二段"]


def test_the_docx_says_what_the_page_says_in_the_measures_of_the_standard(client, town, issued):
    client.force_login(town.person("省厅"))
    written = Document(BytesIO(client.get(reverse("paper-docx", args=[issued.paper_id])).content))
    paper = Paper.objects.get()
    text = [paragraph.text for paragraph in written.paragraphs]
    assert paper.number in text
    assert paper.title in text
    for part in paper.sections:
        assert set(map(closed_up, part["paragraphs"])) <= set(text)
    section = written.sections[0]
    measures = [section.page_width, section.page_height, section.top_margin, section.left_margin]
    assert [round(one.mm) for one in measures] == [210, 297, 37, 28]
    assert len(written.tables[0].rows) == len(UNITS) + 1


def test_a_period_that_cannot_be_counted_is_refused_at_its_field(client, town, history):
    client.force_login(town.person("省厅"))
    address = reverse("circular-new", args=[history.pk])
    page = client.post(address, {"first_on": "2026-11-23", "last_on": "2026-11-01"})
    assert page.status_code == 422
    assert "last_on" in page.context["form"].errors
    assert not Circular.objects.exists()


@pytest.mark.parametrize(
    ("cycle", "today", "first_on", "last_on"),
    [
        ("week", date(2026, 11, 23), date(2026, 11, 16), date(2026, 11, 22)),
        ("week", date(2026, 11, 22), date(2026, 11, 9), date(2026, 11, 15)),
        ("month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
        ("month", date(2028, 3, 1), date(2028, 2, 1), date(2028, 2, 29)),
        ("quarter", date(2026, 11, 23), date(2026, 7, 1), date(2026, 9, 30)),
        ("quarter", date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
    ],
)
def test_the_latest_whole_period_is_offered(cycle, today, first_on, last_on):
    assert last_whole(cycle, today) == (first_on, last_on)


def test_the_form_begins_with_the_period_that_was_chosen(client, town, history):
    client.force_login(town.person("省厅"))
    page = client.get(reverse("circular-new", args=[history.pk]), {"cycle": "month"})
    assert [page.context["form"][name].value() for name in ("first_on", "last_on")] == list(
        last_whole("month", TODAY)
    )
    assert client.get(reverse("circular-new", args=[history.pk]), {"cycle": "年"}).status_code == 200


def test_a_unit_named_as_overdue_in_an_issued_circular_is_scored_for_it(town, history, issued):
    """Drafts count nowhere; an assignment named in one issued circular counts once (计分)."""
    with clock.frozen(LATER + timedelta(days=1)):
        drawn(town, history)
        found = computed(town.unit("省厅"), DEFAULT, TODAY, clock.today())
    named = {
        unit_id: line.counted
        for unit_id, lines in found.items()
        for line in lines
        if line.rule.event == Event.CIRCULAR
    }
    figures = issued.figures.filter(key="overdue", unit__isnull=False).exclude(value=0)
    assert named == {figure.unit_id: tuple(sorted(figure.counted)) for figure in figures}
    assert len(named) == 2
