"""Documents in traditional characters are read by the same rules and shown as written; all invented."""

from bihuan.reading.traditional import fold
from tests.reading.shown import expected, reading_of, shown

PLAN = """白河縣2026年重點工作任務分工方案

一、優化營商環境
1.精簡審批事項。壓縮辦理時間。（牽頭單位：縣行政審批局；責任單位：縣司法局、縣財政局及縣直有關部門，6月底前完成）
2.推進政務公開。（縣政府辦公室牽頭，縣教育局、縣衛生健康局配合，2026年10月底前完成）
二、辦好民生實事
3.擴建縣第一中學。
責任單位：縣教育局
完成時限：2026年12月底前
"""


def test_a_plan_is_read_and_keeps_its_characters():
    reading = reading_of(PLAN)
    assert reading.heading.title == "白河縣2026年重點工作任務分工方案"
    assert shown(reading) == expected("""
        1.1 精簡審批事項 | 牵头：縣行政審批局 | 配合：縣司法局、縣財政局 | 统称：縣直有關部門 | 时限：2026-06-30
        1.2 推進政務公開 | 牵头：縣政府辦公室 | 配合：縣教育局、縣衛生健康局 | 时限：2026-10-31
        2.3 擴建縣第一中學 | 各办：縣教育局 | 时限：2026-12-31
    """)


def test_a_table_is_read_and_keeps_its_characters():
    table = """2026年方案,,,,
序號,工作任務,牽頭單位,協辦單位,完成時限
1,修訂應急預案,縣應急局,縣氣象局,9月底前
2,開展演練,縣消防隊,縣公安局,長期堅持
"""
    assert shown(reading_of(table, "清單.csv")) == expected("""
        1 修訂應急預案 | 牵头：縣應急局 | 配合：縣氣象局 | 时限：2026-09-30
        2 開展演練 | 牵头：縣消防隊 | 配合：縣公安局 | 时限：長期
    """)


def test_a_single_old_character_in_a_simplified_text_is_left_as_it_is():
    reading = reading_of("2026年方案\n一、修缮會館。（縣文旅局牵头，6月底前完成）\n")
    assert shown(reading) == ["1 修缮會館 | 各办：縣文旅局 | 时限：2026-06-30"]


def test_folding_keeps_every_character_in_its_place():
    assert len(fold(PLAN)) == len(PLAN)
    assert fold("牽頭單位：縣財政廳") == "牵头单位：县财政厅"
