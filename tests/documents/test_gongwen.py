"""The wording and the places of official documents."""

from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

import pytest

from bihuan.documents.gongwen.docx import render
from bihuan.documents.gongwen.layout import TABLE_CHARACTERS, Foot, column_shares, foot, signature
from bihuan.documents.gongwen.text import closed_up, numeral, title_lines, width

from .official import DOCUMENT, SHAPES


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("督办通知单", ["督办通知单"]),
        (
            "关于2026年第四季度教育系统督查督办情况的通报",
            ["关于2026年第四季度", "教育系统督查督办情况的通报"],
        ),
        ("关于“2026年作风建设专项行动”进展情况的通报", ["关于“2026年作风建设", "专项行动”进展情况的通报"]),
    ],
)
def test_a_title_breaks_between_words(title, lines):
    assert title_lines(title) == lines


@pytest.mark.parametrize("length", [19, 37, 60, 120])
def test_a_long_title_stays_whole_and_within_its_measure(length):
    title = ("关于进一步加强全省教育系统作风建设专项整治工作的若干意见及其任务分工方案" * 4)[:length]
    lines = title_lines(title)
    assert "".join(lines) == title
    assert max(map(width, lines)) <= 20


@pytest.mark.parametrize(
    ("number", "word"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五")]
)
def test_first_levels_count_beyond_ten(number, word):
    assert numeral(number) == word


@pytest.mark.parametrize(
    "issuer", ["省厅", "甘肃省教育厅", "兰州新区职业技术学院作风建设专项行动领导小组办公室"]
)
def test_the_issuer_stands_over_the_middle_of_the_date(issuer):
    name, day = signature(replace(DOCUMENT, issuer=issuer))
    assert name.right + width(name.text) / 2 == day.right + width(day.text) / 2
    assert min(name.right, day.right - 4) >= 0


def test_the_colophon_ends_on_an_even_page_however_long_the_text():
    def pages(count):
        said = replace(DOCUMENT, sections=[{"heading": "", "paragraphs": ["正文。"] * count}])
        return foot(said)

    met = [pages(count) for count in range(60)]
    assert set(met) == set(Foot)
    after_a_full_sheet = {two for one, two in pairwise(met) if one is Foot.BEHIND_BLANK}
    assert after_a_full_sheet == {Foot.BEHIND_BLANK, Foot.NEXT}


@pytest.mark.parametrize("shape", ["document", "annexes", "letter"])
def test_the_same_words_give_the_same_bytes(shape):
    assert render(SHAPES[shape]) == render(SHAPES[shape])


def test_letters_that_no_file_may_hold_are_left_out():
    said = replace(DOCUMENT, sections=[{"heading": "", "paragraphs": ["甲\x0b<乙>&\x00丙"]}])
    written = ZipFile(BytesIO(render(said))).read("word/document.xml")
    assert "甲&lt;乙&gt;&amp;丙".encode() in written


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("交办 49 件，按期率 93.1% 以上", "交办49件，按期率93.1%以上"),
        ("Office 365 版 A 类", "Office 365版 A 类"),
    ],
)
def test_no_space_stands_between_figures_and_characters(shown, printed):
    assert closed_up(shown) == printed


def test_a_heading_stays_with_the_text_below_it():
    written = ZipFile(BytesIO(render(DOCUMENT))).read("word/document.xml").decode()
    paragraphs = [one for one in written.split("<w:p>") if "<w:t" in one]
    kept = {"一、总体情况", "二、存在问题", "三、工作要求"}
    for paragraph in paragraphs:
        said = "".join(part.partition("<")[0] for part in paragraph.split('xml:space="preserve">')[1:])
        if said in kept:
            assert "<w:keepNext/>" in paragraph
            kept.discard(said)
        elif said.startswith("（一）"):
            assert "<w:keepNext/>" not in paragraph
    assert not kept


def test_characters_are_said_to_be_chinese():
    """Without it an office program draws them as it draws another country's."""
    styles = ZipFile(BytesIO(render(DOCUMENT))).read("word/styles.xml").decode()
    assert 'w:eastAsia="zh-CN"' in styles
    assert 'w:eastAsia="en-US"' not in styles


def test_narrow_columns_of_an_annex_keep_their_words_in_one_line():
    head = ["序号", "事项", "责任单位", "时限", "办理状态"]
    row = ["1", "义务教育薄弱环节改善项目按期开工情况核查", "酒泉市教育局", "2026-10-12", "办理中"]
    shares = column_shares({"head": head, "rows": [row]})
    assert sum(shares) == pytest.approx(1)
    for number in (0, 2, 3, 4):
        needed = max(width(head[number]), width(row[number]))
        assert shares[number] * TABLE_CHARACTERS >= needed + 0.5
    assert shares[1] == max(shares)


def test_wide_columns_of_an_annex_share_what_is_left():
    long = "按要求推进，已完成阶段任务，正在补充佐证材料并接受复核"
    shares = column_shares({"head": ["甲", "乙", "丙"], "rows": [["1", long, long]]})
    assert shares[1] == pytest.approx(shares[2])
    assert shares[0] < 0.1
