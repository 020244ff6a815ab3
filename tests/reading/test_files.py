"""What the file formats hide: encodings, number formats, positions."""

import io
import zipfile

import pytest

from bihuan.reading.reader import read
from tests.reading.office import docx, p, xlsx, zipped
from tests.reading.shown import reading_of, shown

PLAN = "一、总体要求\n二、重点任务（教务处负责）\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_text_in_the_encodings_people_send(encoding):
    assert shown(reading_of(PLAN.encode(encoding))) == ["1 总体要求", "2 重点任务 | 各办：教务处"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028"])
def test_text_with_any_line_ends(line_end):
    assert shown(reading_of(PLAN.replace("\n", line_end))) == ["1 总体要求", "2 重点任务 | 各办：教务处"]


def test_comment_lines_at_the_top_are_left_out():
    assert reading_of("# 来源\n# 说明\n" + PLAN).source.startswith("一、")


def test_full_width_digits_and_invisible_characters():
    reading = reading_of("１．甲任务。２０２６年６月底前\u200b完成。（教务\ufeff处负责）\n２．乙任务。\n")
    assert shown(reading) == ["1 甲任务 | 各办：教务处 | 时限：2026-06-30", "2 乙任务"]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (46174, 'yyyy"年"m"月"', "2026年6月"),
        (46174, "yyyy/m/d", "2026年6月1日"),
        (46174, '[$-804]yyyy"年"m"月"d"日";@', "2026年6月1日"),
        (46174, "mmm-yy", "2026年6月"),
        (46174.5, "yyyy/m/d h:mm", "2026年6月1日"),
        (46174, 14, "2026年6月1日"),
        (0.95, "0%", "95%"),
        (0.125, "0.0%", "12.5%"),
        (3, "General", "3"),
        (3.5, "0.00", "3.5"),
        (1234567890123, "0", "1234567890123"),
        (True, None, "是"),
        ("2026年6月", "@", "2026年6月"),
    ],
)
def test_cells_read_as_they_are_shown(value, code, text):
    data = xlsx([["任务", "责任单位"], ["甲", value]], formats={(1, 1): code} if code else None)
    assert reading_of(data, "表.xlsx").source.split("\n")[1] == f"甲\t{text}"


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_separators_of_comma_separated_files(separator):
    rows = [["序号", "任务", "责任单位"], ["1", "甲", "教务处"], ["2", "乙", "学生处"]]
    text = "\n".join(separator.join(row) for row in rows)
    assert shown(reading_of(text, "表.csv")) == ["1 甲 | 各办：教务处", "2 乙 | 各办：学生处"]


def test_a_document_in_strict_open_xml():
    usual, strict = (
        b"schemas.openxmlformats.org/wordprocessingml/2006",
        b"purl.oclc.org/ooxml/wordprocessingml",
    )
    with zipfile.ZipFile(io.BytesIO(docx(p("一、总体要求")))) as archive:
        parts = {name: archive.read(name).replace(usual, strict) for name in archive.namelist()}
    assert shown(reading_of(zipped(parts), "严格.docx")) == ["1 总体要求"]


def test_an_empty_workbook_and_an_empty_document_have_no_items():
    assert read(xlsx([]), "空.xlsx").nodes == ()
    assert read(docx(p("")), "空.docx").nodes == ()


def test_a_quoted_cell_that_never_ends_is_still_read():
    assert "教务处" in reading_of('序号,任务,责任单位\n1,"甲,教务处\n', "表.csv").source
