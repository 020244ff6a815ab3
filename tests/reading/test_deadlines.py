"""Time limits in every written form."""

from datetime import date

import pytest

from bihuan.reading.deadlines import find_deadlines
from bihuan.reading.periods import Years
from bihuan.reading.pieces import Piece
from bihuan.reading.result import Found

ISSUED = Years(issued_on=date(2026, 3, 5), year=2026)


def found(text, place=Found.IN_TEXT, years=ISSUED):
    limits = find_deadlines(Piece(text, 7), years, place)
    for limit in limits:
        assert text[limit.span.start - 7 : limit.span.end - 7] == limit.text
    return [
        (limit.text, limit.due_on.isoformat() if limit.due_on else limit.kind.value, limit.reason.value)
        for limit in limits
    ]


@pytest.mark.parametrize(
    ("text", "words", "due", "reason"),
    [
        ("2026年12月31日前完成", "2026年12月31日前", "2026-12-31", "full_date"),
        ("于2026年6月30日18：00前报送", "2026年6月30日18：00前", "2026-06-30", "full_date"),
        ("2026年6月底前完成", "2026年6月底前", "2026-06-30", "full_date"),
        ("2026年6月末之前完成", "2026年6月末之前", "2026-06-30", "full_date"),
        ("2027年2月底前完成", "2027年2月底前", "2027-02-28", "full_date"),
        ("2028年2月底前完成", "2028年2月底前", "2028-02-29", "full_date"),
        ("2026年6月中旬前完成", "2026年6月中旬前", "2026-06-20", "full_date"),
        ("2026年底前完成", "2026年底前", "2026-12-31", "full_date"),
        ("2026年年底前完成", "2026年年底前", "2026-12-31", "full_date"),
        ("2026年三季度末前完成", "2026年三季度末前", "2026-09-30", "full_date"),
        ("2026年三季度前完成", "2026年三季度前", "2026-06-30", "before_period"),
        ("2026年6月前完成", "2026年6月前", "2026-05-31", "before_period"),
        ("在2028年前建成", "2028年前", "2027-12-31", "before_period"),
        ("2026年上半年完成", "2026年上半年", "2026-06-30", "period_then_done"),
        ("2026年9月全面完成", "2026年9月", "2026-09-30", "period_then_done"),
        ("2026年内完成", "2026年内", "2026-12-31", "full_date"),
        ("二〇二六年六月底前完成", "二〇二六年六月底前", "2026-06-30", "full_date"),
        ("12月底前完成", "12月底前", "2026-12-31", "year_from_document"),
        ("将于12底前脱钩", "12底前", "2026-12-31", "year_from_document"),
        ("年底前完成", "年底前", "2026-12-31", "year_from_document"),
        ("十二月底前完成", "十二月底前", "2026-12-31", "year_from_document"),
        ("1月底前完成", "1月底前", "2027-01-31", "next_year"),
        ("明年1月底前完成", "明年1月底前", "2027-01-31", "next_year"),
        ("今年年底前完成", "今年年底前", "2026-12-31", "year_from_document"),
        ("年内完成修订", "年内", "2026-12-31", "year_from_document"),
        ("本月底前报送", "本月底前", "2026-03-31", "year_from_document"),
        ("本月25日前报送", "本月25日前", "2026-03-25", "year_from_document"),
        ("自本方案印发之日起30日内制定", "本方案印发之日起30日内", "2026-04-04", "from_issue"),
        ("印发之日起3个月内完成", "印发之日起3个月内", "2026-06-05", "from_issue"),
        ("印发之日起15个工作日内完成", "印发之日起15个工作日内", "relative", "rule_text"),
        ("收到通知之日起5日内反馈", "收到通知之日起5日内", "relative", "rule_text"),
        ("须在10个工作日内办结", "10个工作日内", "relative", "rule_text"),
        ("秋季学期开学前完成", "秋季学期开学前", "relative", "rule_text"),
        ("每月5日前报送", "每月5日前", "recurring", "cycle"),
        ("每年2月底前报送", "每年2月底前", "recurring", "cycle"),
        ("每季度末前报送", "每季度末前", "recurring", "cycle"),
    ],
)
def test_limits_in_running_text(text, words, due, reason):
    [(actual_words, actual_due, actual_reason)] = found(text)
    assert (actual_words.removeprefix("自").strip(), actual_due, actual_reason) == (words, due, reason)


@pytest.mark.parametrize(
    "text",
    [
        "到2027年，取得成效",
        "到2027年底，基本建成",
        "到2027年底基本完成改革",
        "2026年4月1日至12月31日，实行补贴",
        "从2026年9月1日起实施",
        "2026年前期工作进展顺利",
        "2020年9月前未明确分工",
        "2025年以前未实行政府采购",
        "印发《2026年12月底前完成事项清单》",
        "推进水质达标，年内无不达标河库",
        "已于2026年6月底前完成",
        "今年8月以来开展2次",
        "目前进展良好，会前学习",
        "长期坚持党的领导，持续推进改革",
        "难以长期坚持",
        "完善长期坚持的机制",
        "每月召开一次会议",
        "近三年累计",
    ],
)
def test_targets_periods_and_the_past_are_no_limits(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2026年6月", "2026-06-30"),
        ("2026年6月30日", "2026-06-30"),
        ("2026-06-30", "2026-06-30"),
        ("2026.6", "2026-06-30"),
        ("2026/6/30", "2026-06-30"),
        ("20260630", "2026-06-30"),
        ("2026年", "2026-12-31"),
        ("6月", "2026-06-30"),
        ("三季度", "2026-09-30"),
        ("2026年3月—2026年9月", "2026-09-30"),
        ("2025年12月", "2025-12-31"),
        ("长期坚持", "long_term"),
        ("持续推进", "long_term"),
        ("常态化", "long_term"),
        ("全年", "long_term"),
        ("立行立改", "immediate"),
        ("每月", "recurring"),
        ("按季度", "recurring"),
        ("每学期末", "recurring"),
        ("按上级要求", "unclear"),
    ],
)
def test_in_a_column_every_form_counts(text, due):
    assert max(due for _words, due, _reason in found(text, Found.COLUMN)) == due


@pytest.mark.parametrize("text", ["", "/", "—", "无。"[1:]])
def test_an_empty_column_is_no_limit(text):
    assert found(text, Found.COLUMN) == []


def test_a_later_limit_takes_its_year_from_the_one_before():
    assert found("2027年6月底前完成建设，9月底前投入使用") == [
        ("2027年6月底前", "2027-06-30", "full_date"),
        ("9月底前", "2027-09-30", "year_from_text"),
    ]


def test_without_any_year_the_words_stay_and_the_date_is_open():
    assert found("6月底前完成", years=Years()) == [("6月底前", "date", "year_unknown")]


def test_an_impossible_day_is_kept_as_words():
    assert found("2026年2月30日前完成") == [("2026年2月30日前", "date", "rule_text")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("完善制度，并长期坚持。", "长期坚持"),
        ("加强教育，常抓不懈", "常抓不懈"),
        ("巡查常态化开展；", "常态化开展"),
        ("家访长期坚持（各学校）", "长期坚持"),
    ],
)
def test_a_matter_said_to_have_no_end_has_none(text, words):
    assert found(text) == [(words, "long_term", "standing_duty")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("三个月内完成修订", "三个月内"),
        ("修订制度，3个月内完成", "3个月内"),
        ("窗口事项（15个工作日内办结）", "15个工作日内"),
    ],
)
def test_a_length_of_time_to_finish_in_is_a_rule_that_people_turn_into_a_date(text, words):
    assert found(text) == [(words, "relative", "rule_text")]
