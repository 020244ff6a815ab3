"""How a question is read: forgiving, in Chinese and English, and what it could not read is told."""

from datetime import date

import pytest

from bihuan.insight.rules import days_of, read, write
from bihuan.kernel.bigrams import fold, marked, passage, query_of

TODAY = date(2026, 11, 23)
STATES = {"overdue": ["逾期", "Overdue", "超期"], "near": ["临期（含加急）", "临期"], "urgent": ["临期加急"]}
KINDS = {"plan": ["方案", "Plan"], "paper": ["文书", "通报"]}


def question(text: str):
    return read(text, today=TODAY, states=STATES, kinds=KINDS)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("食品", ("食品",)),
        ("食品 安全", ("食品", "安全")),
        ("食品　安全，台账", ("食品", "安全", "台账")),
        ("“食品 安全” 台账", ("食品 安全", "台账")),
        ('"食品 安全', ("食品 安全",)),
        ("「食品」", ("食品",)),
        ("  ", ()),
        ('""', ()),
        ("单位", ("单位",)),
        ("单位:", ()),
        ("网址http://a", ("网址http://a",)),
        ("1,000", ("1,000",)),
        ("一 二 三 四 五 六 七", ("一", "二", "三", "四", "五", "六")),
    ],
)
def test_words_and_phrases(text, terms):
    assert question(text).asked.terms == terms


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("单位:东市", "unit", ("东市",)),
        ("单位：东市", "unit", ("东市",)),
        ("单位: 东市", "unit", ("东市",)),
        ("责任单位:东市,西市", "unit", ("东市", "西市")),
        ('UNIT:"East City"', "unit", ("East City",)),
        ("状态:逾期", "state", ("overdue",)),
        ("状态:超期", "state", ("overdue",)),
        ("state:overdue", "state", ("overdue",)),
        ("state:OVER", "state", ("overdue",)),
        ("状态:临期", "state", ("near",)),
        ("状态:逾期、临期", "state", ("overdue", "near")),
        ("状态:不明", "state", ()),
        ("类型:方案", "kinds", ("plan",)),
        ("type:通报", "kinds", ("paper",)),
        ("编号:〔2026〕12号", "number", ("〔2026〕12号",)),
        ("文号=12", "number", ("12",)),
        ("负责人:马晓燕", "person", ("马晓燕",)),
        ("方案:专项 方案:整治", "plan", ("专项", "整治")),
        ("截止<2026-12-31", "until", date(2026, 12, 30)),
        ("截止<=2026-12-31", "until", date(2026, 12, 31)),
        ("截止≤12-31", "until", date(2026, 12, 31)),
        ("截止＞2026年12月1日", "since", date(2026, 12, 2)),
        ("截止>=20261201", "since", date(2026, 12, 1)),
        ("due<2026-12", "until", date(2026, 11, 30)),
        ("截止>2026-12", "since", date(2027, 1, 1)),
        ("截止:本月", "until", date(2026, 11, 30)),
        ("截止<2026-13-45", "until", None),
        ("截止<0001-01-01", "until", None),
        ("截止>9999-12-31", "since", None),
    ],
)
def test_filters(text, name, value):
    assert getattr(question(text).asked, name) == value


@pytest.mark.parametrize(
    ("text", "codes", "terms"),
    [
        ("颜色:红", ["unknown_key"], ("颜色:红",)),
        ("状态:不明 食品", ["unknown_state"], ("食品",)),
        ("类型:不明", ["unknown_kind"], ()),
        ("截止:明年春天", ["bad_date"], ()),
        ("一 二 三 四 五 六 七", ["too_many"], ("一", "二", "三", "四", "五", "六")),
        ("食" * 300, ["too_long"], ("食" * 200,)),
        ("12:30", [], ("12:30",)),
        ("食品", [], ("食品",)),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_is_still_looked_for(text, codes, terms):
    found = question(text)
    assert [note.code for note in found.notes] == codes
    assert found.asked.terms == terms


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2026-11-01..2026-12-31", (date(2026, 11, 1), date(2026, 12, 31))),
        ("11月1日至12月", (date(2026, 11, 1), date(2026, 12, 31))),
        ("2026-12-31..2026-11-01", None),
        ("本周", (date(2026, 11, 23), date(2026, 11, 29))),
        ("下月", (date(2026, 12, 1), date(2026, 12, 31))),
        ("2026", (date(2026, 1, 1), date(2026, 12, 31))),
        ("2月30日", None),
        ("", None),
        ("0000-01", None),
    ],
)
def test_days(text, span):
    assert days_of(text, TODAY) == span


def test_next_month_of_december_is_january():
    assert days_of("下月", date(2026, 12, 5)) == (date(2027, 1, 1), date(2027, 1, 31))


@pytest.mark.parametrize(
    ("text", "controls", "written"),
    [
        ("食品", {"unit": "东市"}, "食品 单位:东市"),
        ("食品 unit:西市", {"unit": "东市", "state": "逾期"}, "食品 单位:东市 状态:逾期"),
        ("食品 单位:西市", {"unit": ""}, "食品"),
        ("食品 状态:逾期", {"unit": "东 市"}, '食品 状态:逾期 单位:"东 市"'),
        ("", {"due": "<2026-12-31"}, "截止<2026-12-31"),
        ("", {"due": "2026-12"}, "截止:2026-12"),
        ("", {"unit": 'a"b'}, "单位:ab"),
    ],
)
def test_controls_write_themselves_into_the_question(text, controls, written):
    assert write(text, controls) == written


def test_what_controls_wrote_is_read_as_they_meant_in_both_languages():
    controls = {"unit": "东 市", "state": "逾期", "due": "<=2026-12-31", "kind": "方案"}
    for english in (False, True):
        asked = question(write("食品", controls, english=english)).asked
        assert (asked.terms, asked.unit, asked.state, asked.kinds) == (
            ("食品",),
            ("东 市",),
            ("overdue",),
            ("plan",),
        )
        assert asked.until == date(2026, 12, 31)


def test_each_filter_can_be_taken_away_alone():
    parts = question("食品 单位:东市 状态:逾期").parts
    assert [(part.key, part.rest) for part in parts] == [
        ("", "单位:东市 状态:逾期"),
        ("unit", "食品 状态:逾期"),
        ("state", "食品 单位:东市"),
    ]


@pytest.mark.parametrize(
    ("text", "folded"), [("Ａ１ 校园\n", "a1校园"), ("（食）", "(食)"), ("É", "É"), ("Ⅳ", "iv"), ("\0", "")]
)
def test_folding(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("term", "query"),
    [
        ("食", "'食':*"),
        ("食品", "'食品'"),
        ("食品安", "'食品' & '品安'"),
        ("'\\", "'''\\\\'"),
        ("a:&", "'a:' & ':&'"),
    ],
)
def test_the_query_quotes_what_it_is_given(term, query):
    assert query_of(term) == query


@pytest.mark.parametrize(
    ("text", "terms", "hits"),
    [
        ("校园食品安全", ["食品"], ["食品"]),
        ("食品食品", ["食品"], ["食品食品"]),
        ("食 品 安全", ["食品"], ["食 品"]),
        ("ＡＢc", ["bC"], ["Ｂc"]),
        ("Ⅳ级", ["v"], ["Ⅳ"]),
        ("安全", [], []),
        ("校食品安", ["食品", "品安"], ["食品安"]),
    ],
)
def test_marks(text, terms, hits):
    pieces = marked(text, terms)
    assert "".join(piece for piece, _hit in pieces) == text
    assert [piece for piece, hit in pieces if hit] == hits


def test_a_passage_shows_the_words_with_what_stands_around():
    text = "甲" * 200 + "食品" + "乙" * 200
    shown = passage(text, ["食品"])
    assert "食品" in shown
    assert len(shown) == 82
    assert passage("短\n文", ["短"]) == "短 文"
