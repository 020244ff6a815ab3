"""Searching (搜索): what is found is what one may see and what stands there, no more and no less."""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection

from bihuan.documents import actions as documents
from bihuan.insight.queries import search
from bihuan.insight.queries.search import overview, page, understood
from bihuan.kernel import clock
from bihuan.kernel.bigrams import fold, says
from bihuan.org import actions as org
from bihuan.org import scope
from bihuan.org.models import Alias
from bihuan.org.roles import Cap, Role
from bihuan.supervision.actions import handling, letters, planning, reviewing, terms
from bihuan.supervision.models import Assignment, Item, LookBack, Report, Source
from bihuan.supervision.nodes import Aim, Header, Node
from tests.supervision import scenes
from tests.town import TODAY

DUE = TODAY + timedelta(days=30)

pytestmark = pytest.mark.django_db


def found(actor, text: str, kind: str) -> list[str]:
    group = page(actor, understood(text).asked, kind)
    return [hit.title for hit in group.hits] if group else []


def kinds(actor, text: str) -> dict[str, int]:
    return {group.offer.kind: group.count for group in overview(actor, understood(text).asked)}


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("食品", ["校园食品安全"]),
        ("品", ["校园食品安全"]),
        ("食品安全", ["校园食品安全"]),
        ("食 品 全", ["校园食品安全"]),
        ("品食", []),
        ("〔2026〕37", ["校园食品安全"]),
        ("２０２６", ["校园食品安全"]),
        ("东市", ["校园食品安全"]),
        ("食品 东市", ["校园食品安全"]),
        ("食品 西市", []),
        ("编号:37", ["校园食品安全"]),
        ("编号:7", []),
        ("编号:3", []),
        ("文号：甘教督办", ["校园食品安全"]),
        ("单位:东市", ["校园食品安全"]),
        ("单位:dsj 食品", ["校园食品安全"]),
        ("单位:西市 食品", []),
        ("状态:待签收 食品", ["校园食品安全"]),
        ("状态:逾期 食品", []),
        ("截止<2026-12-14 食品", ["校园食品安全"]),
        ("截止<2026-12-13 食品", []),
        ("截止:本月", []),
        ("台账齐全", ["校园食品安全"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("'", []),
        ("", []),
    ],
)
def test_words_and_filters_find_assignments(town, text, titles):
    scenes.given(town, title="校园食品安全", number="甘教督办〔2026〕37号", criteria=["台账齐全"])
    scenes.given(town, "西市局", title="取暖锅炉检修")
    assert found(town.actor("省厅"), text, "assignment") == titles


@pytest.mark.parametrize(
    ("text", "kind", "titles"),
    [
        ("流水", "report", ["取暖锅炉检修"]),
        ("缺三所园的流水 单位:西市", "report", ["取暖锅炉检修"]),
        ("流水 单位:东市", "report", []),
        ("锅炉", "report", []),
        ("锅炉", "item", ["取暖锅炉检修"]),
        ("大雪", "explanation", ["取暖锅炉检修"]),
        ("尽快", "urge", ["取暖锅炉检修"]),
        ("状态:办理中", "item", ["取暖锅炉检修"]),
    ],
)
def test_what_was_said_is_found_with_its_matter(town, text, kind, titles):
    one = scenes.working(town, "西市局", title="取暖锅炉检修")
    handler = town.actor("西市局", Role.HANDLER)
    scenes.moved(one, handling.report_progress, handler, text="缺三所园的流水", progress=10)
    scenes.moved(one, handling.explain_assignment, town.actor("西市局", Role.HANDLER), text="大雪封路")
    scenes.moved(one, terms.urge_assignment, town.actor("省厅"), text="请尽快答复")
    assert found(town.actor("省厅"), text, kind) == titles


@pytest.mark.parametrize(
    ("who", "sees"),
    [(("东市局", Role.HANDLER), True), (("东市局", Role.LEADER), True), (("省厅", Role.SUPERVISOR), False)],
)
def test_a_submission_is_its_units_own_until_it_is_signed(town, who, sees):
    one = scenes.drafted(town)
    assert (found(town.actor(*who), "核查完毕", "submission") != []) is sees
    scenes.moved(one, handling.sign_submission, town.actor("东市局", Role.LEADER))
    assert found(town.actor(*who), "核查完毕", "submission")


@pytest.mark.parametrize(
    "who",
    [
        ("西市局", Role.SUPERVISOR),
        ("学院", Role.HANDLER),
        ("省厅", Role.SYSTEM_ADMIN),
        ("省厅", Role.SECURITY_ADMIN),
        ("省厅", Role.AUDIT_ADMIN),
    ],
)
def test_nobody_finds_what_they_may_not_know_of(town, who):
    one = scenes.reported(town, title="校园食品安全", criteria=["食品台账"], number="食品〔2026〕1号")
    scenes.moved(one, terms.urge_assignment, town.actor("省厅"), text="食品要快报")
    actor = town.actor(*who)
    assert kinds(actor, "食品") == {}
    assert kinds(actor, "状态:在办") == {}
    assert kinds(actor, "编号:1") == {}


def test_reasons_opinions_and_findings_are_found_where_the_assignment_is_in_sight(town):
    one = scenes.completed(town, title="取暖锅炉检修")
    returned = town.actor("省厅")
    scenes.moved(one, reviewing.return_submission, returned, opinion="佐证照片模糊")
    two = scenes.working(town, title="校车年检")
    handler, leader = town.actor("东市局", Role.HANDLER), town.actor("东市局", Role.LEADER)
    asked = {"due_at": scenes.DUE + timedelta(days=5), "reason": "检测线排队", "progress": "过半"}
    terms.ask_extension(assignment_id=two.pk, actor=handler, **asked)
    for who, sees in ((returned, False), (handler, True), (leader, True)):
        assert (found(who, "检测线", "extension") != []) is sees
    terms.endorse_extension(assignment_id=two.pk, actor=leader)
    assert found(returned, "检测线", "extension") == ["校车年检"]
    assert found(returned, "照片模糊", "review") == ["取暖锅炉检修"]
    assert found(handler, "照片模糊 单位:东市", "review") == ["取暖锅炉检修"]
    LookBack.objects.create(
        assignment=one, verdict="held", finding="锅炉房台账连续", held_at=clock.now(), person_id=1
    )
    assert found(returned, "台账连续", "look_back") == ["取暖锅炉检修"]
    for stranger in (town.actor("西市局"), town.actor("省厅", Role.SYSTEM_ADMIN)):
        for text in ("检测线", "照片模糊", "台账连续"):
            assert kinds(stranger, text) == {}


# Units and people


@pytest.mark.parametrize("text", ["东一", "dongyixian", "dyxj", "DYXJ", "单位:dyx", "东河片区", "县局 东一"])
def test_units_are_found_by_every_name_they_have(town, text):
    unit = town.unit("东一县局")
    town.unit("西市局")
    Alias.objects.create(unit=unit, name="东河片区教育局")
    assert found(town.actor("西市局"), text, "unit") == ["东一县局"]


def test_a_unit_that_was_renamed_is_found_by_its_former_name(town):
    unit = town.unit("学院")
    org.rename_unit(unit_id=unit.pk, actor=town.actor("省厅", Role.SYSTEM_ADMIN), name="理工大学", on=TODAY)
    group = page(town.actor("省厅"), understood("学院").asked, "unit")
    assert [(hit.title, list(hit.where)) for hit in group.hits] == [("理工大学", [("曾用名", "学院")])]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        (("省厅", Role.SUPERVISOR), True),
        (("东一县局", Role.HANDLER), True),
        (("西市局", Role.SUPERVISOR), False),
        (("省厅", Role.SECURITY_ADMIN), True),
        (("省厅", Role.SYSTEM_ADMIN), False),
    ],
)
@pytest.mark.parametrize("text", ["马晓燕", "晓燕", "mxy", "人员:马", "马 单位:东一"])
def test_people_are_found_by_those_who_may_know_them(town, who, sees, text):
    town.post("东一县局", Role.LEADER, name="马晓燕")
    town.unit("西市局")
    assert found(town.actor(*who), text, "person") == (["马晓燕"] if sees else [])


def test_a_person_leads_to_the_duties_of_their_unit_where_these_are_in_sight(town):
    town.post("东一县局", Role.LEADER, name="马晓燕")
    scenes.given(town, "东一县局", by="东市局", title="核查食堂")
    scenes.given(town, "东市局", title="核查锅炉")
    assert found(town.actor("东市局"), "负责人:马晓燕 核查", "assignment") == ["核查食堂"]
    assert found(town.actor("西市局"), "负责人:马晓燕 核查", "assignment") == []


# Plans and papers


@pytest.fixture
def plan(town):
    names = ("东市局", "西市局")
    tree = [
        Node(f"{name}清理教辅", leads=[Aim(name, unit_id=town.unit(name).pk)], due_on=DUE) for name in names
    ]
    header = Header("教辅专项整治方案", number="甘教发〔2026〕8号")
    made = planning.draft_plan(actor=town.actor("省厅"), header=header, tree=tree)
    Source.objects.filter(pk=made.source_id).update(text="规范教辅材料征订秩序")
    return made


def test_a_draft_is_found_by_those_who_draft_alone(town, plan):
    town.post("东市局")
    assert kinds(town.actor("省厅"), "教辅") == {"plan": 1, "item": 2}
    assert kinds(town.actor("东市局"), "教辅") == {}
    assert kinds(town.actor("省厅", Role.LEADER), "教辅") == {}


def test_a_plan_is_found_by_title_number_and_text_and_its_list_by_those_it_is_for(town, plan):
    planning.issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    for text in ("教辅专项", "征订秩序", "编号:8", "方案:专项整治", "发〔2026〕8"):
        assert found(town.actor("东市局"), text, "plan") == ["教辅专项整治方案"], text
    assert found(town.actor("东市局"), "清理教辅", "item") == ["东市局清理教辅"]
    assert len(found(town.actor("省厅"), "清理教辅", "item")) == 2


def test_a_paper_is_found_by_its_number_and_words_where_it_may_be_read(town):
    one = scenes.given(town, title="核查食堂")
    paper = letters.draft_slip(
        assignment_id=one.pk, actor=town.actor("省厅"), requirement="限期整改", reply_by=TODAY
    ).paper
    actor, other = town.actor("省厅"), town.actor("西市局")
    assert found(actor, "督办", "paper")
    assert not found(other, "督办", "paper")
    documents.review_paper(paper_id=paper.pk, actor=town.actor("省厅", Role.LEADER))
    letters.issue_letter(paper_id=paper.pk, actor=town.actor("省厅", Role.LEADER))
    paper.refresh_from_db()
    for text in (paper.number, f"编号:{paper.serial}", "核查食堂", "单位:东市局"):
        assert found(town.actor("东市局"), text, "paper"), text
        assert not found(other, text, "paper"), text


# Against the slow and obvious way

LETTERS = "校园食品安全a1"


def written(chance: Random, longest: int = 9) -> str:
    return "".join(chance.choice(LETTERS) for _n in range(chance.randint(1, longest)))


@pytest.fixture
def random_words(town):
    """Matters and reports in words of few letters, all over the town."""
    chance = Random(1)
    for name in ("基教处", "东一县局", "东二县局", "西市局", "教务处"):
        town.unit(name)
    for giver, places in [("省厅", ["东市局", "西市局", "学院"]), ("东市局", ["东一县局", "东二县局"])]:
        for _n in range(6):
            unit = chance.choice(places)
            one = scenes.working(
                town, unit, by=giver, title=written(chance), text=written(chance), criteria=[written(chance)]
            )
            for _report in range(chance.randint(0, 2)):
                words = {"text": written(chance), "problems": written(chance)}
                scenes.moved(one, handling.report_progress, town.actor(unit, Role.HANDLER), **words)
    return town


READERS = [
    ("省厅", Role.LEADER),
    ("基教处", Role.HANDLER),
    ("东市局", Role.SUPERVISOR),
    ("东一县局", Role.HANDLER),
    ("西市局", Role.LEADER),
]
WAYS = {"few": {}, "many": {"FEW": 0}, "most": {"FEW": 0, "MANY": 0}}
"""How much is in sight decides how it is gathered; the small town takes each way in turn."""


def all_keys(actor, text: str, kind: str) -> tuple[list[int], int]:
    """Every hit of a kind, page by page, and the number told on the first."""
    group = page(actor, understood(text).asked, kind)
    keys, count = [hit.pk for hit in group.hits], group.count
    while group.after:
        group = page(actor, understood(text).asked, kind, group.after)
        keys += [hit.pk for hit in group.hits]
    return keys, count


def by_hand(actor, terms: list[str]) -> dict[str, set[int]]:
    """What holds the terms among the rows the actor may see, read one by one."""
    seen = Assignment.objects.within(actor, Cap.VIEW).select_related("item__source", "unit")
    item = {
        one.item_id: [
            one.item.number,
            one.item.title,
            one.item.text,
            one.item.objective,
            one.item.source.number,
            one.item.source.title,
            one.item.source.text,
            *(criterion.text for criterion in one.item.criteria.all()),
        ]
        for one in seen
    }
    names = {one.pk: [one.unit.name, one.unit.short_name] for one in seen}
    reports = Report.objects.filter(assignment__in=seen)

    def holds(texts: list[str]) -> bool:
        return all(any(term in text for text in texts) for term in terms)

    return {
        "assignment": {one.pk for one in seen if holds(item[one.item_id] + names[one.pk])},
        "item": {pk for pk, texts in item.items() if holds(texts)},
        "report": {one.pk for one in reports if holds([one.text, one.problems, one.next_steps])},
    }


@pytest.mark.parametrize("way", WAYS)
def test_the_search_finds_exactly_what_reading_every_visible_row_would(random_words, monkeypatch, way):
    for name, value in WAYS[way].items():
        monkeypatch.setattr(scope, name, value)
    monkeypatch.setattr(search, "WINDOW", 2)
    chance, hits = Random(7), 0
    questions = [[written(chance, 4)] for _n in range(5)]
    questions += [[written(chance, 2), written(chance, 2)] for _n in range(2)] + [["市"], ["县局", "食"]]
    for who in READERS:
        actor = random_words.actor(*who)
        for n, asked in enumerate(questions):
            monkeypatch.setattr(search, "PAGE", 2 if n % 5 == 0 else 50)
            for kind, expected in by_hand(actor, asked).items():
                listed, count = all_keys(actor, " ".join(asked), kind)
                assert sorted(listed) == sorted(expected), (who, asked, kind)
                assert count == len(expected)
                hits += count
    assert hits > 60


@pytest.mark.parametrize("seed", range(3))
def test_a_pair_or_a_phrase_is_found_as_like_finds_it(db, seed):
    """The database folds and pairs as Python does, whatever the signs."""
    chance = Random(seed)
    letters = "校食品安 \t\n　ＡＢab１２12〔〕（）()%_\\'\"&|!:*<>é㍿Ⅳ𠮷"
    texts = ["".join(chance.choice(letters) for _n in range(chance.randint(0, 30))) for _text in range(40)]
    sources = [Source(kind="meeting", title=text, text=text[:5], unit_id=0) for text in texts]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE supervision_source DISABLE TRIGGER ALL")
    Source.objects.bulk_create(sources)
    for _n in range(40):
        at = chance.choice(texts)
        start = chance.randint(0, max(0, len(at) - 1))
        term = at[start : start + chance.randint(1, 5)]
        if not fold(term):
            continue
        expected = {one.pk for one in sources if fold(term) in fold(one.title)}
        rows = Source.objects.filter(says(term, "number", "title"))
        assert set(rows.values_list("pk", flat=True)) == expected, repr(term)
    Source.objects.all().delete()


def test_what_is_changed_is_found_as_it_is_now(town):
    one = scenes.given(town, title="校园食品安全")
    Item.objects.filter(pk=one.item_id).update(title="取暖锅炉检修")
    Source.objects.filter(pk=one.item.source_id).update(title="会议纪要")
    actor = town.actor("省厅")
    assert (found(actor, "食品", "item"), found(actor, "锅炉", "item")) == ([], ["取暖锅炉检修"])
