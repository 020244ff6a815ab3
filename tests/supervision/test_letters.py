"""Documents of the loop: drafted from what is on record, countersigned, signed, served, one duty per addressee."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.documents.actions import ask_countersign, countersign_paper, review_paper, send_back_paper
from bihuan.documents.models import Countersign, Paper, Service
from bihuan.kernel.errors import AlreadyDone, IllegalMove, Refused
from bihuan.ledger.models import Entry
from bihuan.org.roles import Cap, Role
from bihuan.supervision.actions.closing import cancel_assignment
from bihuan.supervision.actions.letters import close_letter, draft_letter, edit_letter, issue_letter
from bihuan.supervision.letters import LETTERS
from bihuan.supervision.models import Assignment, Item, Letter, Plan
from bihuan.supervision.queries.letters import replies_of, states
from tests.supervision import scenes
from tests.supervision.letter_scenes import ASKING, KINDS, REPLY_BY, at, issued, lettered, plan_of, reviewed
from tests.town import TODAY


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_goes_from_draft_to_the_files(town, kind):
    letter = issued(town, kind)
    paper = letter.paper
    assert paper.number.endswith("〔2026〕1号")
    served = [] if kind == "report" else ["东市局"]
    assert list(Service.objects.filter(paper=paper).values_list("unit__name", flat=True)) == served
    replies = list(replies_of(letter))
    assert [one.unit.name for one in replies] == (["东市局"] if kind in ASKING else [])
    for one in replies:
        assert one.due_at.date() == REPLY_BY
        assert one.item.source.number == paper.number
        with pytest.raises(Refused):
            close_letter(paper_id=paper.pk, actor=town.actor("省厅"))
        cancel_assignment(assignment_id=one.pk, actor=town.actor("省厅", Role.LEADER), reason="撤回")
    close_letter(paper_id=paper.pk, actor=town.actor("省厅"))
    assert states([Paper.objects.get(pk=paper.pk)])[paper.pk].label == "已办结"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_code_of_its_own(town, kind):
    codes = {one: lettered(town, one).paper.code for one in (kind, *KINDS)}
    assert len(set(codes.values())) == len(KINDS)


def test_a_demand_gives_one_duty_to_each_addressee_and_none_twice(town):
    units = ("东市局", "西市局", "学院")
    letter = issued(town, "rectification", units, about=False, words={"problem": "台账不全。"})
    assert sorted(one.unit.name for one in replies_of(letter)) == sorted(units)
    assert replies_of(letter).count() == 3
    assert all(one.next_alarm_at for one in replies_of(letter))
    assert Item.objects.filter(letter=letter).get().title == "整改并报告：台账不全"
    with pytest.raises(IllegalMove):
        issue_letter(paper_id=letter.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert replies_of(letter).count() == 3


def test_what_is_on_record_fills_the_words(town):
    one, two = scenes.given(town, title="清退违规收费"), scenes.given(town, title="补录资助台账")
    with at(30):
        letter = draft_letter(actor=town.actor("省厅"), kind="rectification", assignment_ids=[one.pk, two.pk])
    text = str(letter.paper.sections)
    for known in ("（一）清退违规收费", "（二）补录资助台账", "已逾期2件", "最长逾期10天", "10个工作日"):
        assert known in text
    assert letter.paper.tables[0]["rows"][0][1:3] == ["清退违规收费", "东市局"]
    assert letter.paper.addressees == "东市局"
    assert [one.verb.rpartition(".")[2] for one in Entry.objects.of(one)][-1] == "letter_drafted"


def test_a_plan_fills_a_brief_and_a_report_with_its_figures(town):
    plan = plan_of(town)
    for kind in ("brief", "report"):
        letter = draft_letter(
            actor=town.actor("省厅"),
            kind=kind,
            plan_id=plan.pk,
            unit_ids=[town.unit("东市局").pk] * (kind == "brief"),
        )
        assert "共交办牵头办件12件，已销号0件" in str(letter.paper.sections)


def test_a_plan_of_which_one_has_only_a_part_gives_no_figures_of_all(client, town):
    plan = plan_of(town)
    receiver = town.actor("东市局")
    assert Plan.objects.within(receiver, Cap.VIEW).filter(pk=plan.pk).exists()
    with pytest.raises(Plan.DoesNotExist):
        draft_letter(actor=receiver, kind="brief", plan_id=plan.pk)
    client.force_login(town.person("东市局"))
    for name in ("letter-new", "letter-new-preview"):
        address = reverse(name, args=["brief"])
        answer = (client.post if "preview" in name else client.get)(address, {"plan": plan.pk}, follow=True)
        assert answer.status_code == 404, name


def test_a_report_is_served_on_nobody_below_or_beside(town):
    for name in ("西市局", "东一县局"):
        with pytest.raises(Refused) as refusal:
            draft_letter(actor=town.actor("东市局"), kind="report", unit_ids=[town.unit(name).pk])
        assert refusal.value.code == "upward"
    assert not Paper.objects.exists()


def test_people_write_their_parts_and_not_those_of_the_program(town):
    letter = lettered(town, "slip", words={"demand": "三日内说明", "matter": "别的事项"})
    said = {part["key"]: part["paragraphs"] for part in letter.paper.sections}
    assert said["demand"] == ["三日内说明"]
    assert said["matter"] == ["核查学前教育减免保教费"]
    edit_letter(
        paper_id=letter.paper_id,
        actor=town.actor("省厅"),
        title="督办通知单",
        addressees="东市局",
        code="省督",
        words={"demand": "五日内说明"},
        reply_by=REPLY_BY + timedelta(days=1),
    )
    letter.paper.refresh_from_db()
    said = {part["key"]: part["paragraphs"] for part in letter.paper.sections}
    assert said["demand"] == ["五日内说明"]
    assert said["reply"] == ["请于2026年12月4日前书面答复办理情况。"]
    assert Letter.objects.get().reply_by == REPLY_BY + timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "said", "code"),
    [
        ("slip", {"about": False}, "required"),
        ("rectification", {"units": (), "about": False}, "required"),
        ("rectification", {"units": ("省厅",), "about": False}, "outside"),
        ("rectification", {"reply_by": TODAY - timedelta(days=1)}, "past"),
        ("rectification", {"objection_workdays": 999}, "out_of_range"),
        ("handover", {"urgency": "绝密"}, "unknown_urgency"),
        ("brief", {"words": {"work": "字" * 3001}}, "too_long"),
    ],
)
def test_what_cannot_be_drafted(town, kind, said, code):
    with pytest.raises(Refused) as refusal:
        lettered(town, kind, **said)
    assert refusal.value.code == code
    assert not Paper.objects.exists()


def test_a_signature_wants_everything_in_place(town):
    interview = reviewed(town, "interview", place="")
    with pytest.raises(Refused) as refusal:
        issue_letter(paper_id=interview.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert refusal.value.code == "meeting_open"
    brief = reviewed(town, "brief", words={})
    with pytest.raises(Refused) as refusal:
        issue_letter(paper_id=brief.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert refusal.value.code == "part_empty"
    late = reviewed(town, "handover")
    with at(11), pytest.raises(Refused) as refusal:
        issue_letter(paper_id=late.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert refusal.value.code == "past"
    assert not Paper.objects.filter(serial__isnull=False).exists()


@pytest.mark.parametrize(
    ("unit", "role", "refusal"),
    [
        ("西市局", Role.SUPERVISOR, Assignment.DoesNotExist),
        ("东市局", Role.SUPERVISOR, Assignment.DoesNotExist),
    ],
)
def test_only_the_giver_writes_about_a_duty(town, unit, role, refusal):
    one = scenes.given(town)
    with pytest.raises(refusal):
        draft_letter(actor=town.actor(unit, role), kind="rectification", assignment_ids=[one.pk])


def test_an_upward_report_bears_the_name_of_who_signed_it(town):
    letter = issued(town, "report")
    assert letter.paper.signer == town.person("省厅", Role.LEADER).name
    assert letter.paper.addressees == "省厅领导"
    county = lettered(town, "report", by="东市局")
    assert county.paper.addressees == "省厅"


def test_one_code_does_not_serve_two_kinds(town):
    issued(town, "slip", code="省督")
    other = reviewed(town, "handover", code="省督")
    with pytest.raises(Refused) as refusal:
        issue_letter(paper_id=other.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert refusal.value.code == "code_shared"


def test_the_same_intention_drafts_once(town):
    actor = town.actor("省厅")
    said = {"kind": "brief", "unit_ids": [town.unit("东市局").pk]}
    draft_letter(actor=actor, **said)
    with pytest.raises(AlreadyDone):
        draft_letter(actor=actor, **said)
    assert Paper.objects.count() == 1


# ---- countersigning


@pytest.fixture
def asked(town) -> Letter:
    """A reviewed text that the office is asked to countersign."""
    letter = reviewed(town, "handover")
    town.post("基教处", Role.LEADER)
    ask_countersign(paper_id=letter.paper_id, actor=town.actor("省厅"), unit_ids=[town.unit("基教处").pk])
    return letter


def test_nothing_is_signed_before_it_is_countersigned(town, asked):
    with pytest.raises(Refused) as refusal:
        issue_letter(paper_id=asked.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert refusal.value.code == "countersign_open"
    assert states([asked.paper])[asked.paper_id].label
    countersign_paper(paper_id=asked.paper_id, actor=town.actor("基教处", Role.LEADER), opinion="同意")
    issue_letter(paper_id=asked.paper_id, actor=town.actor("省厅", Role.LEADER))
    assert Paper.objects.get().stage == Paper.Stage.ISSUED


def test_an_office_that_does_not_agree_sends_the_text_back(town, asked):
    office = town.actor("基教处", Role.LEADER)
    with pytest.raises(Refused) as refusal:
        countersign_paper(paper_id=asked.paper_id, actor=office, agreed=False)
    assert refusal.value.field == "opinion"
    office = town.actor("基教处", Role.LEADER)
    countersign_paper(paper_id=asked.paper_id, actor=office, agreed=False, opinion="不归我处")
    paper = Paper.objects.get()
    assert (paper.stage, paper.reviewed_by) == (Paper.Stage.DRAFT, None)
    assert Countersign.objects.get().state == "refused"


def test_what_was_countersigned_was_another_text_once_it_is_changed(town, asked):
    countersign_paper(paper_id=asked.paper_id, actor=town.actor("基教处", Role.LEADER))
    send_back_paper(paper_id=asked.paper_id, actor=town.actor("省厅", Role.LEADER), reason="改时限")
    assert Countersign.objects.get().state == "lapsed"
    review_paper(paper_id=asked.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
    ask_countersign(paper_id=asked.paper_id, actor=town.actor("省厅"), unit_ids=[town.unit("基教处").pk])
    assert Countersign.objects.filter(state="open").count() == 1


@pytest.mark.parametrize("office", ["教务处", "东市局", "省厅"])
def test_only_offices_of_the_issuer_are_asked(town, office):
    letter = reviewed(town, "handover")
    town.post(office, Role.LEADER)
    with pytest.raises(Refused) as refusal:
        ask_countersign(paper_id=letter.paper_id, actor=town.actor("省厅"), unit_ids=[town.unit(office).pk])
    assert refusal.value.code == "cannot_countersign"


@pytest.mark.parametrize(
    ("unit", "role"), [("基教处", Role.SUPERVISOR), ("东市局", Role.LEADER), ("教务处", Role.LEADER)]
)
def test_only_the_leader_of_an_office_that_is_asked_countersigns_and_sees_the_draft(town, asked, unit, role):
    with pytest.raises(Paper.DoesNotExist):
        countersign_paper(paper_id=asked.paper_id, actor=town.actor(unit, role))
    assert not Paper.objects.within(town.actor(unit, role), Cap.VIEW).exists()
    assert Paper.objects.within(town.actor("基教处", Role.LEADER), Cap.VIEW).exists()


def test_every_kind_says_what_it_asks_for():
    assert set(LETTERS) == set(Paper.Kind.values) - {"circular"}
    for kind, rule in LETTERS.items():
        has_reply = any(part.key == "reply" for part in rule.template.parts)
        assert has_reply == (rule.asks != "never"), kind
