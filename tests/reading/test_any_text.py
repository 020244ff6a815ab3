"""Arbitrary input: never a crash, never a span that points nowhere, never a word the source does not have."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.reading.errors import Unreadable
from bihuan.reading.reader import read
from tests.reading.invariants import check

# What official documents are made of, in any disorder.
FRAGMENTS = """
一、 （一） （二） 1. 2． （1） ① 第一条 第一章 任务一： 1.1 附件 附件：1.清单 教务处 人事处 市教育局
文化和旅游部 各二级学院 有关部门 体卫艺 党委组织部（党校） 牵头 负责 配合 会同 参与 指导 按职责分工负责
责任单位： 牵头单位： 完成时限： 责任人：张三 下同 列第一位者为牵头单位 2026年6月底前 2026年12月31日前
年底前 三季度前 每月5日前 长期坚持 立行立改 印发之日起30日内 到2025年 12底前 二〇二六年三月
（ ） 【 】 “ ” 、 ， 。 ； ： 等 和 及 组长：王五 副组长：赵六 领导小组 2026年3月5日 X教发〔2026〕9号
各市（州）教育局： 完成 要 请 由 整改措施： 以上工作
"""
WORDS = st.sampled_from(FRAGMENTS.split())
SEPARATORS = st.sampled_from(["", "", "", "", "\n", "　", " ", "\t"])
PROSE = st.lists(st.tuples(WORDS, SEPARATORS).map("".join), max_size=60).map("".join)
LABELS = "序号 任务 措施 责任单位 牵头单位 配合单位 完成时限 1 2 一、 合计"
CELLS = st.one_of(st.sampled_from(["", *LABELS.split()]), PROSE)


@settings(max_examples=150, deadline=None)
@given(st.one_of(PROSE, st.text(max_size=400)))
def test_any_text_is_read_without_losing_or_inventing_anything(text):
    try:
        reading = read(text.encode("utf-8", "replace"), "方案.txt")
    except Unreadable:
        return
    check(reading)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=8))
def test_any_table_is_read_without_losing_or_inventing_anything(rows):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    try:
        reading = read(file.getvalue().encode(), "清单.csv")
    except Unreadable:
        return
    check(reading)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=600), st.sampled_from(["a.docx", "a.xlsx", "a.csv", "a.txt", "a", "a.doc"]))
def test_any_bytes_are_read_or_refused(data, name):
    try:
        reading = read(data, name)
    except Unreadable:
        return
    check(reading)
