"""Tables copied out of pages, whose rules are lost; all invented."""

import time

import pytest

from bihuan.reading.intake import Limits
from bihuan.reading.text import read_text
from tests.reading.shown import expected, reading_of, shown

HEAD = "白河县2026年实事任务分解表\n\n"


def a_cell_a_line(*cells: str) -> str:
    return HEAD + "\n\n".join(cells) + "\n"


def test_a_table_with_one_cell_a_line_is_put_together_by_its_header_and_its_numbers():
    reading = reading_of(
        a_cell_a_line(
            *("序号", "民生实事", "责任单位", "完成时限"),
            *("1", "新建口袋公园2处。", "县林业局", "县城管局", "11月底前"),
            *("2", "改造老旧小区3个。", "县住建局", "10月底前"),
            *("3", "开通夜间公交。", "县交通局", "6月底前"),
        )
    )
    assert shown(reading) == expected("""
        1 新建口袋公园2处 | 各办：县林业局、县城管局 | 时限：2026-11-30
        2 改造老旧小区3个 | 各办：县住建局 | 时限：2026-10-31
        3 开通夜间公交 | 各办：县交通局 | 时限：2026-06-30
    """)


def test_a_row_whose_cells_cannot_be_told_apart_states_nothing_and_loses_nothing():
    reading = reading_of(
        a_cell_a_line(
            *("序号", "民生实事", "责任单位", "完成时限"),
            *("1", "新建养老楼。", "县民政局", "5月底前动工", "新建老年大学。", "12月底前"),
            *("2", "改造老旧小区3个。", "县住建局", "10月底前"),
            *("3", "扩建县医院，", "新增床位200张。", "12月底前"),
            *("4", "开通夜间公交。", "县交通局", "6月底前"),
        )
    )
    units = {node.path: node.lead_units for node in reading.leaves}
    assert units == {(1,): [], (2,): ["县住建局"], (3,): [], (4,): ["县交通局"]}


def test_what_stands_below_the_last_row_is_no_part_of_it():
    reading = reading_of(
        a_cell_a_line(
            *("序号", "工作任务", "牵头单位"),
            *("1", "完善应急预案", "县应急局"),
            *("2", "开展隐患排查", "县消防救援大队", "县公安局", "分享到：", "主办：县政府办公室"),
        )
    )
    assert shown(reading) == expected("""
        1 完善应急预案 | 各办：县应急局
        2 开展隐患排查 | 牵头：县消防救援大队、县公安局
    """)
    assert "分享到" in reading.source


def test_rows_parted_by_blanks_follow_a_header_with_wide_letters():
    reading = reading_of(
        HEAD
        + """序号 工 作 任 务 牵头负责部门
1 城镇新增就业2000人以上 县人社局
2 粮食产量稳定在12万吨 县农业农村局
3 新增停车位500个，其中充电桩50个 县城管局 县发改局
以上任务按季度报送。
"""
    )
    assert shown(reading) == expected("""
        1 城镇新增就业2000人以上 | 各办：县人社局
        2 粮食产量稳定在12万吨 | 各办：县农业农村局
        3 新增停车位500个，其中充电桩50个 | 牵头：县城管局、县发改局
    """)


@pytest.mark.parametrize(
    "text",
    [
        "序号 工作任务 责任单位\n1 只有一行 县教育局\n",  # one row is no table
        "序号 姓名 电话\n1 王某 0931\n2 李某 0932\n3 赵某 0933\n",  # not of ours
        "序号\n工作任务\n责任单位\n",  # a header alone
        "序号\n工作任务\n责任单位\n1\n",
    ],
)
def test_other_lines_stay_lines(text):
    assert [node for node in reading_of(text).leaves if node.units] == []


def test_long_lines_and_many_headers_take_no_time():
    text = "序 " * 400_000 + "\n" + "序号\n任务\n单位\n1\n" * 2_000
    began = time.process_time()
    read_text(text.encode(), Limits())
    assert time.process_time() - began < 10
