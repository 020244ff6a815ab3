"""The window in which a unit that a circular names may contest its own figures (features.md E7)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from docx import Document

from bihuan.circulars import actions
from bihuan.circulars.actions import (
    agree_figures,
    ask_units,
    contest_figure,
    issue_circular,
    reject_contest,
    uphold_contest,
)
from bihuan.circulars.models import Contest, Inquiry
from bihuan.circulars.queries import counted_again
from bihuan.documents.actions import review_paper
from bihuan.documents.checking.checks import check
from bihuan.documents.gongwen import docx, pdf
from bihuan.documents.models import Paper
from bihuan.documents.queries import said_by
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError, IllegalMove
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role
from tests.circulars.scenes import LATER, UNITS, drawn, duty, history_of, value
from tests.together import meet, processes, together
from tests.town import Town

OVER = LATER + timedelta(days=5)  # 3 workdays and a weekend later


@pytest.fixture
def circular(town, history):
    return drawn(town, history)


@pytest.fixture
def asked(town, circular):
    with clock.frozen(LATER):
        return ask_units(circular_id=circular.pk, actor=town.actor("省厅"))


def inquiry(asked, unit="西市局"):
    return Inquiry.objects.get(circular=asked, unit__name=unit)


def objected(town, asked, unit="西市局", key="overdue", **given):
    with clock.frozen(given.pop("at", LATER)):
        said = {"reason": "已获准延期", "actor": town.actor(unit)} | given
        return contest_figure(inquiry_id=inquiry(asked, unit).pk, key=key, **said)


def signed(town, circular, at):
    with clock.frozen(at):
        if Paper.objects.get(pk=circular.paper_id).stage == Paper.Stage.DRAFT:
            review_paper(paper_id=circular.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        return issue_circular(paper_id=circular.paper_id, actor=town.actor("省厅", Role.LEADER))


def refused(code, act, *given, **named):
    with pytest.raises(DomainError) as refusal:
        act(*given, **named)
    assert refusal.value.code == code


def test_no_signature_before_the_units_were_asked_and_had_their_time(town, circular):
    refused("not_asked", signed, town, circular, LATER)
    with clock.frozen(LATER):
        ask_units(circular_id=circular.pk, actor=town.actor("省厅"))
        refused("asked", ask_units, circular_id=circular.pk, actor=town.actor("省厅"))
    until = {one.until_at for one in circular.inquiries.all()}
    assert until == {clock.end_of((LATER + timedelta(days=3)).date())}
    refused("window_open", signed, town, circular, LATER + timedelta(days=3))
    assert signed(town, circular, OVER).paper_id == circular.paper_id


def test_once_all_have_agreed_it_is_signed_before_the_time_is_over(town, circular, asked):
    with clock.frozen(LATER):
        for name in ("东市局", "西市局", "学院"):
            agree_figures(inquiry_id=inquiry(asked, name).pk, actor=town.actor(name))
        with pytest.raises(AlreadyDone):
            agree_figures(inquiry_id=inquiry(asked).pk, actor=town.actor("西市局"))
    signed(town, circular, LATER)


def test_a_rejected_objection_is_printed_with_its_reason_everywhere(client, town, asked):
    contest = objected(town, asked)
    refused("contest_open", signed, town, asked, OVER)
    with clock.frozen(LATER):
        refused("required", reject_contest, contest_id=contest.pk, actor=town.actor("省厅"), answer=" ")
        reject_contest(contest_id=contest.pk, actor=town.actor("省厅"), answer="没有延期记录")
        with pytest.raises(IllegalMove):
            reject_contest(contest_id=contest.pk, actor=town.actor("省厅"), answer="再答")
    signed(town, asked, OVER)
    paper = Paper.objects.select_related("issuer", "office").get()
    line = next(row for row in paper.tables[0]["rows"] if row[0] == "西市局")
    assert line[4] == "3※"
    assert paper.tables[1]["rows"] == [["西市局", "逾期未完成 3", "已获准延期", "不予采纳：没有延期记录"]]
    assert paper.digest == paper.content_digest()
    written = docx.render(said_by(paper))
    cells = {cell.text for row in Document(BytesIO(written)).tables[1].rows for cell in row.cells}
    assert {"已获准延期", "不予采纳：没有延期记录"} <= cells
    assert check(written) == []
    assert pdf.render(said_by(paper)).startswith(b"%PDF")
    client.force_login(town.person("东市局", Role.HANDLER))
    page = client.get(reverse("circular", args=[asked.pk])).content.decode()
    assert "已获准延期" in page
    assert "data-contest" not in page


def test_an_upheld_objection_counts_anew_and_asks_again_whose_figures_changed(town, asked):
    with clock.frozen(LATER):
        agree_figures(inquiry_id=inquiry(asked, "东市局").pk, actor=town.actor("东市局"))
        review_paper(paper_id=asked.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
    mistaken = duty("西市局", 2).pk
    contest = objected(town, asked, disputed=[mistaken], at=LATER + timedelta(days=1))
    with clock.frozen(LATER + timedelta(days=2)):
        said = {"contest_id": contest.pk, "actor": town.actor("省厅")}
        refused("unchanged", uphold_contest, **said)
        refused("not_counted", uphold_contest, leave_out=[duty("东市局", 0).pk], **said)
        uphold_contest(leave_out=[mistaken], **said)
    asked.refresh_from_db()
    assert (value(asked, "dispatched"), value(asked, "overdue")) == (11, 6)
    assert value(asked, "overdue", "西市局") == 2
    assert Paper.objects.get().stage == Paper.Stage.DRAFT
    assert Paper.objects.get().tables[1]["rows"][0][3].startswith("已采纳，1 件不计入")
    assert inquiry(asked).until_at > inquiry(asked, "东市局").until_at
    assert inquiry(asked, "东市局").agreed_at is not None
    refused("window_open", signed, town, asked, LATER + timedelta(days=3, hours=16))
    signed(town, asked, OVER + timedelta(days=3))
    with clock.frozen(LATER + timedelta(days=900)):
        _rows, counts = counted_again(asked)
    assert {(one.unit_id, one.key): one.value for one in counts} == {
        (one.unit_id, one.key): one.value for one in asked.figures.all()
    }


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("required", {"reason": " "}),
        ("unknown_figure", {"key": "cause:silent"}),
        ("not_counted", {"disputed": "other"}),
        ("window_over", {"at": OVER}),
        ("stale_version", {"seen_value": 9}),
        (None, {}),
    ],
)
def test_an_objection_is_to_ones_own_figure_in_time_and_with_a_reason(town, asked, code, given):
    if given.get("disputed"):
        given = {"disputed": [duty("东市局", 0).pk]}
    before = Entry.objects.count()
    if code is None:
        objected(town, asked, **given)
        refused("contested", objected, town, asked)
    else:
        refused(code, objected, town, asked, **given)
    assert Contest.objects.count() == (code is None)
    assert Entry.objects.count() - before == (code is None)


def test_where_nobody_can_be_asked_it_is_signed_at_once(town, plan):
    circular = drawn(town, plan)  # nobody has a post in the three units
    with clock.frozen(LATER):
        refused("nobody_to_ask", ask_units, circular_id=circular.pk, actor=town.actor("省厅"))
    signed(town, circular, LATER)


READERS = [
    # who, and what they get: the draft, their own inquiry, an objection, an answer
    ("西市局", Role.HANDLER, 404, 200, 302, 404),
    ("西市局", Role.LEADER, 404, 200, 404, 404),
    ("东市局", Role.HANDLER, 404, 404, 404, 404),
    ("省厅", Role.SUPERVISOR, 200, 404, 404, 302),
    ("省厅", Role.LEADER, 200, 404, 404, 302),
    ("省厅", Role.SYSTEM_ADMIN, 404, 404, 404, 404),
    ("省厅", Role.AUDIT_ADMIN, 404, 404, 404, 404),
]


def test_a_unit_sees_its_own_lines_and_nobody_elses(client, town, asked):
    shown = inquiry(asked)
    overdue = f"overdue={value(asked, 'overdue', '西市局')}"
    addresses = {name: reverse(f"inquiry{name}", args=[shown.pk]) for name in ("", "-agree", "-contest")}
    for unit, role, draft, own, objection, answer in READERS:
        client.force_login(town.person(unit, role))
        with clock.frozen(LATER):
            contest = shown.contests.filter(key="unfinished", state=Contest.State.OPEN).first()
            contest = contest or objected(town, asked, key="unfinished")
            page = client.get(addresses[""])
            asking = client.post(reverse("circular-ask", args=[asked.pk]))
            upheld = client.post(reverse("contest-uphold", args=[contest.pk]))
            got = [
                client.get(reverse("circular", args=[asked.pk])).status_code,
                page.status_code,
                client.post(addresses["-contest"], {"key": overdue, "reason": "不实"}).status_code,
                client.post(reverse("contest-reject", args=[contest.pk]), {"answer": "属实"}).status_code,
            ]
            agreed = client.post(addresses["-agree"]).status_code
            listed = client.get(reverse("circulars")).content
        assert got == [draft, own, objection, answer], (unit, role)
        assert agreed == (409 if objection == 302 else 404)
        # the issuer may, but it was done already, and nothing would change
        assert [asking.status_code, upheld.status_code] == ([409, 422] if answer == 302 else [404, 404])
        assert (b'id="asked"' in listed) is (own == 200 or unit == "东市局")
        if own == 200:
            assert "西市局" in page.content.decode()
            assert "东市局" not in page.content.decode()
            assert page.content.count(b"data-assignment=") == 4


def test_a_form_that_is_wrong_says_so_at_its_field(client, town, asked):
    client.force_login(town.person("西市局", Role.HANDLER))
    address = reverse("inquiry-contest", args=[inquiry(asked).pk])
    with clock.frozen(LATER):
        page = client.post(address, {"key": "overdue=99", "reason": ""})
    assert page.status_code == 422
    assert {"key", "reason"} <= set(page.context["form"].errors)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_an_objection_and_the_signature_never_pass_each_other(at_work, guarded, monkeypatch):
    town = Town()
    asked = drawn(town, history_of(town))
    with clock.frozen(LATER):
        ask_units(circular_id=asked.pk, actor=town.actor("省厅"))
        for one in UNITS:
            agree_figures(inquiry_id=inquiry(asked, one).pk, actor=town.actor(one))
        review_paper(paper_id=asked.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        unit, leader = town.actor("西市局"), town.actor("省厅", Role.LEADER)
    barrier, issue, append = processes.Barrier(2), actions.issue_paper, actions.append

    def issue_together(*given, **named):
        meet(barrier)
        return issue(*given, **named)

    def append_together(verb, **named):
        if verb.endswith("contested"):
            meet(barrier)
        return append(verb, **named)

    monkeypatch.setattr(actions, "issue_paper", issue_together)
    monkeypatch.setattr(actions, "append", append_together)
    if not guarded:
        monkeypatch.setattr(actions, "_lockable", lambda papers: papers)

    def object_to():
        with clock.frozen(LATER):
            said = {"key": "overdue", "reason": "已获准延期"}
            return contest_figure(inquiry_id=inquiry(asked).pk, actor=unit, **said).pk

    def sign():
        with clock.frozen(LATER):
            return issue_circular(paper_id=asked.paper_id, actor=leader).pk

    together(object_to, sign)
    lost = Contest.objects.exists() and Paper.objects.get().stage == Paper.Stage.ISSUED
    assert lost is not guarded
