"""What the files of registers say, read back by another program's eyes: an XML parser, zip, csv."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bihuan.kernel import workbooks
from bihuan.kernel.errors import Refused
from bihuan.kernel.listing import Line
from bihuan.kernel.sheets import read_sheet
from bihuan.kernel.workbooks import (
    Head,
    Layout,
    harmless,
    letters,
    lines_of,
    sheet_name,
    write_csv,
    write_xlsx,
)

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def layout(*heads: Head, **more) -> Layout:
    return Layout(
        **{"title": "督办事项台账", "unit": "省教育厅", "day": date(2026, 11, 23), "heads": heads} | more
    )


def plain(*rows, same=()):
    return [Line(n, list(row), list(same[n]) if same else [None] * len(row)) for n, row in enumerate(rows)]


def written(arranged: Layout, lines) -> zipfile.ZipFile:
    file = io.BytesIO()
    assert write_xlsx(file, arranged, lines) == len(lines)
    return zipfile.ZipFile(file)


def sheet_of(book: zipfile.ZipFile) -> etree._Element:
    return etree.fromstring(book.read("xl/worksheets/sheet1.xml"))


def cells(sheet: etree._Element) -> dict[str, str]:
    return {one.get("r"): "".join(one.itertext()) for one in sheet.iterfind(".//m:c", NS)}


def merged(sheet: etree._Element) -> set[str]:
    return {one.get("ref") for one in sheet.iterfind(".//m:mergeCell", NS)}


def test_every_part_of_the_package_is_well_formed_and_named():
    book = written(layout(Head("事项")), plain(["核查"]))
    for name in book.namelist():
        etree.fromstring(book.read(name))
    kinds = book.read("[Content_Types].xml").decode()
    assert all(
        f"/{name}" in kinds for name in book.namelist() if name.startswith("xl/") and "_rels" not in name
    )


def test_title_maker_day_and_headings_stand_above_the_rows():
    sheet = sheet_of(
        written(layout(Head("事项"), Head("单位"), Head("灯"), remark="灯：逾期"), plain(["甲", "乙", "丙"]))
    )
    found = cells(sheet)
    assert found["A1"] == "督办事项台账"
    assert found["A2"] == "制表单位：省教育厅　　灯：逾期"
    assert found["C2"] == "制表日期：2026年11月23日"
    assert [found[f"{column}3"] for column in "ABCD"] == ["序号", "事项", "单位", "灯"]
    assert [found[f"{column}4"] for column in "ABCD"] == ["1", "甲", "乙", "丙"]
    assert {"A1:D1", "A2:B2", "C2:D2"} <= merged(sheet)


def test_groups_make_a_second_row_of_headings():
    sheet = sheet_of(
        written(
            layout(Head("事项"), Head("牵头", "责任"), Head("配合", "责任"), Head("灯")),
            plain(["", "", "", ""]),
        )
    )
    assert {"A3:A4", "B3:B4", "C3:D3", "E3:E4"} <= merged(sheet)
    assert cells(sheet)["C4"] == "牵头"
    assert sheet.find(".//m:pane", NS).get("ySplit") == "4"


def test_a_page_is_printed_across_with_its_headings_on_every_sheet_of_paper():
    for columns, asked, size in [(3, "", "9"), (20, "", "8"), (3, "a3", "8"), (20, "a4", "9")]:
        book = written(
            layout(*[Head(f"列{n}", width=14) for n in range(columns)], paper=asked), plain(["x"] * columns)
        )
        page = sheet_of(book).find(".//m:pageSetup", NS)
        assert (page.get("paperSize"), page.get("orientation"), page.get("fitToWidth"), page.get("fitToHeight")) == (
            size, "landscape", "1", "0",
        )  # fmt: skip
        workbook = etree.fromstring(book.read("xl/workbook.xml"))
        assert workbook.findtext(".//m:definedName", namespaces=NS) == "'督办事项台账'!$3:$3"
        assert "&P" in sheet_of(book).findtext(".//m:oddFooter", namespaces=NS)


def test_neighbours_that_are_the_same_are_one_cell_and_others_with_the_same_words_are_not():
    heads = [Head("任务", is_merged=True), Head("措施", is_merged=True), Head("着力点")]
    rows = [
        ["甲", "子", "1"],
        ["甲", "子", "2"],
        ["甲", "丑", "3"],
        ["甲", "丑", "4"],
        ["", "", "5"],
        ["", "", "6"],
    ]
    same = [
        (1, 11, None),
        (1, 11, None),
        (1, 12, None),
        (2, 13, None),
        (None, None, None),
        (None, None, None),
    ]
    sheet = sheet_of(written(layout(*heads), plain(*rows, same=same)))
    assert merged(sheet) - {"A1:D1", "A2:B2", "C2:D2"} == {"B4:B6", "C4:C5"}
    found = cells(sheet)
    assert [found[f"B{n}"] for n in range(4, 10)] == ["甲", "", "", "甲", "", ""]


def test_a_row_is_as_high_as_its_words_and_a_merged_cell_finds_room():
    heads = [Head("任务", width=10, is_merged=True), Head("着力点", width=20)]
    long = "字" * 60
    rows = plain(["短", "短"], [long, "短"], [long, "短"], same=[(1, None), (2, None), (2, None)])
    heights = [
        float(row.get("ht")) for row in sheet_of(written(layout(*heads), rows)).iterfind(".//m:row", NS)
    ][3:]
    assert heights[0] == 19
    assert heights[1] + heights[2] >= 15 * lines_of(long, 10)
    tall = sheet_of(written(layout(Head("甲", width=10)), plain([long])))
    assert float(tall.findall(".//m:row", NS)[-1].get("ht")) == 15 * lines_of(long, 10) + 4


@pytest.mark.parametrize(
    ("value", "said"),
    [(3, "3"), (Decimal("2.50"), "2.50"), (date(2026, 11, 23), "46349"), (None, ""), (True, "✓")],
)
def test_values_are_numbers_days_and_marks(value, said):
    assert cells(sheet_of(written(layout(Head("x")), plain([value]))))["B4"] == said


def test_a_moment_is_told_in_office_time():
    moment = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    assert cells(sheet_of(written(layout(Head("x")), plain([moment]))))["B4"] == "46349.25000"


HOSTILE = [
    "=cmd|' /C calc'!A1", "+86", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x", " =1", "\n=1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_file_is_ever_a_formula(text):
    book = written(layout(Head("x")), plain([text]))
    sheet = sheet_of(book)
    assert not sheet.findall(".//m:f", NS)
    (cell,) = [one for one in sheet.iterfind(".//m:c", NS) if one.get("r") == "B4"]
    assert cell.get("t") == "inlineStr"
    file = io.BytesIO()
    write_csv(file, layout(Head("x")), plain([text]))
    (_head, row) = csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))
    assert not row[1].lstrip().startswith(tuple("=+-@＝＋－＠"))


def test_what_might_become_a_formula_when_edited_is_marked_as_text():
    book = written(layout(Head("x")), plain(["=1"]))
    style = int(next(one for one in sheet_of(book).iterfind(".//m:c", NS) if one.get("r") == "B4").get("s"))
    styles = etree.fromstring(book.read("xl/styles.xml")).findall(".//m:cellXfs/m:xf", NS)
    assert styles[style].get("quotePrefix") == "1"


@given(st.text(max_size=200))
def test_any_text_comes_back_as_it_was_or_without_what_no_file_can_hold(text):
    found = cells(sheet_of(written(layout(Head("x")), plain([text]))))["B4"]
    decoded = found.replace("_x005F_", "_")
    kept = "".join(one for one in text.replace("\r\n", "\n").replace("\r", "\n") if decoded_can_hold(one))
    assert decoded == kept


def decoded_can_hold(character: str) -> bool:
    code = ord(character)
    unfit = code < 32 and character not in "\t\n"
    turned = 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return not (unfit or turned or code == 127 or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF))


def test_words_that_look_like_a_coded_character_stay_words():
    file = io.BytesIO()
    write_xlsx(file, layout(Head("x")), plain(["_x0041_ & <b>"]))
    assert read_sheet("a.xlsx", file.getvalue()).rows[3][1] == "_x0041_ & <b>"


def test_a_text_longer_than_a_cell_is_cut_and_says_so():
    found = cells(sheet_of(written(layout(Head("x")), plain(["𠮷" * 40_000]))))["B4"]
    assert len(found.encode("utf-16-le")) // 2 <= 32_767
    assert found.endswith("（内容过长，全文见系统）")


def test_a_csv_has_the_mark_one_heading_row_and_repeats_what_a_sheet_merges():
    file = io.BytesIO()
    arranged = layout(Head("任务", is_merged=True), Head("牵头", "责任单位"), Head("时间"))
    moment = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    rows = plain(["甲", "乙,丙\n丁", moment], ["甲", "", None], same=[(1, None, None), (1, None, None)])
    assert write_csv(file, arranged, rows) == 2
    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))) == [
        ["序号", "任务", "责任单位-牵头", "时间"],
        ["1", "甲", "乙,丙\n丁", "2026-11-23 06:00"],
        ["2", "甲", "", ""],
    ]


def test_the_same_list_gives_the_same_bytes():
    first, second = io.BytesIO(), io.BytesIO()
    for file in (first, second):
        write_xlsx(file, layout(Head("x")), plain(["核查"]))
    assert first.getvalue() == second.getvalue()


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_ROWS", 2)
    with pytest.raises(Refused) as refusal:
        write_xlsx(io.BytesIO(), layout(Head("x")), plain(["1"], ["2"], ["3"]))
    assert refusal.value.code == "too_many_rows"


@pytest.mark.parametrize("title", ["a/b:c*[d]?'", "", "长" * 60, "'"])
def test_any_title_names_a_sheet(title):
    name = sheet_name(title)
    assert 1 <= len(name) <= 31
    assert not set(name) & set("[]:*?/\\'")
    etree.fromstring(written(layout(Head("x"), title=title), plain(["1"])).read("xl/workbook.xml"))


@pytest.mark.parametrize(("number", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA")])
def test_columns_have_letters(number, name):
    assert letters(number) == name


def test_plain_text_is_left_alone():
    assert [harmless(text) for text in ("核查", "a=b", "1-2", "")] == ["核查", "a=b", "1-2", ""]


def test_an_empty_list_is_a_file_all_the_same():
    sheet = sheet_of(written(layout(Head("x", is_merged=True)), []))
    assert "A1:B1" in merged(sheet)
