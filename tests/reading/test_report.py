"""The machine-readable report, the outline for a terminal, and the codes behind every guess."""

import json

from bihuan.reading.reasons import EXPLANATIONS, Reason
from bihuan.reading.report import to_json, to_text
from tests.reading.shown import reading_of

PLAN = """关于印发任务分工的通知
X教发〔2026〕9号
一、抓好甲。2026年6月底前完成初稿，9月底前印发。（教务处牵头，学生处、各学院配合）
二、抓好乙。每月5日前报送。（人事处、有关部门负责）
三、抓好丙
"""


def test_leaves_have_the_shape_that_the_reference_corpus_is_scored_in():
    report = json.loads(json.dumps(to_json(reading_of(PLAN, "分工.txt")), ensure_ascii=False))
    first, second, third = report["leaves"]
    assert report["doc"] == "分工.txt"
    assert report["leaf_count"] == 3
    assert report["heading_counts"] == {"一、": 3}
    assert first["path"] == [1]
    assert (first["lead_units"], first["cooperating_units"], first["generic_units"]) == (
        ["教务处"],
        ["学生处"],
        ["各学院"],
    )
    assert (first["deadline"], first["deadline_iso"], first["mode"]) == ("9月底前", "2026-09-30", "joint")
    assert first["all_deadlines"] == [["2026年6月底前", "2026-06-30"], ["9月底前", "2026-09-30"]]
    assert (second["unit_source"], second["deadline_iso"], second["recurring"]) == (
        "bracket",
        None,
        "monthly",
    )
    assert (third["lead_units"], third["unit_source"], third["deadline"]) == ([], None, None)


def test_every_guess_in_the_report_says_where_and_why():
    report = to_json(reading_of(PLAN))
    for node in report["nodes"]:
        assert node["because"]
        for guess in (*node["units"], *node["deadlines"]):
            start, end = guess["span"]
            assert report["source"][start:end] == guess.get("name", guess.get("text"))
            assert guess["because"]


def test_every_reason_is_explained():
    assert set(EXPLANATIONS) == set(Reason)


def test_the_outline_for_a_terminal_shows_levels_duties_and_what_stayed_unread():
    text = to_text(reading_of(PLAN))
    assert "一、 抓好甲" in text
    assert "2026-09-30" in text
    assert text.endswith("共 3 条；未读入 0 段")
