import io
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from bihuan.kernel import sheets
from bihuan.kernel.sheets import UnreadableSheet, cell_text, read_sheet, write_sheet


def workbook(fill):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    fill(book, book.add_worksheet("表"))
    book.close()
    return out.getvalue()


PLAIN = workbook(lambda book, sheet: sheet.write_row(0, 0, ["名称", "代码"]))


def repacked(content, leave_out=(), add=()):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name not in leave_out:
                new.writestr(name, old.read(name))
        for name, data in add:
            new.writestr(name, data)
    return out.getvalue()


def with_rows(rows, beginning=b""):
    """The plain table with more rows of any XML, or with something before the sheet."""
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as package:
        sheet = package.read(name)
    sheet = sheet.replace(b"</sheetData>", rows + b"</sheetData>")
    sheet = sheet.replace(b"<worksheet", beginning + b"<worksheet")
    return repacked(PLAIN, leave_out=[name], add=[(name, sheet)])


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.csv", b" \r\n ", "empty"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.xls", OLE, "legacy"),
        ("a.xlsx", OLE, "legacy"),
        ("a.xlsm", PLAIN, "macros"),
        ("a.xlsx", repacked(PLAIN, add=[("xl/vbaProject.bin", b"x")]), "macros"),
        ("a.xlsx", "名称,代码".encode(), "misnamed"),
        ("a.xlsx", repacked(PLAIN, leave_out=["xl/workbook.xml"]), "misnamed"),
        ("a.csv", PLAIN, "misnamed"),
        ("a.csv", b"%PDF-1.7 ...", "misnamed"),
        ("a.csv", b"a,b\n\xff\xff\xff", "undecodable"),
        ("a.pdf", b"%PDF-1.7 ...", "unsupported"),
        ("名单", PLAIN, "unsupported"),
        ("a.xlsx", PLAIN[: len(PLAIN) // 2], "broken"),
        ("a.xlsx", repacked(PLAIN, leave_out=["xl/worksheets/sheet1.xml"]), "broken"),
        ("a.csv", b"a," * 300, "too_many_columns"),
        ("a.csv", b"a\n" + b"\n" * 200_000, "too_many_rows"),
        # Only a few bytes each, but the reader would make room for every cell in between.
        ("a.xlsx", with_rows(b'<row><c r="XFD1048576"><v>1</v></c></row>'), "too_many_rows"),
        ("a.xlsx", with_rows(b"<row r='9'><c r='GS9'><v>1</v></c></row>"), "too_many_columns"),
        ("a.xlsx", with_rows(b'<row r="99999"><c r="GR99999"><v>1</v></c></row>'), "too_many_cells"),
        ("a.xlsx", with_rows(b'<row r="9999999"><c><f>1</f></c></row>'), "too_many_rows"),
        ("a.xlsx", with_rows(b'<row r="100000"/><row><c><is><t>1</t></is></c></row>'), "too_many_rows"),
        ("a.xlsx", with_rows(b'<row r="2"><c r="B' + b"9" * 5000 + b'"><v>1</v></c></row>'), "too_many_rows"),
        ("a.xlsx", with_rows(b"<row>" + b"<c><v>1</v></c>" * 201 + b"</row>"), "too_many_columns"),
        ("a.xlsx", with_rows(b'<row r="2" a="' + b"<c " * 100_000 + b'"/>'), "broken"),
        ("a.xlsx", with_rows(b'<row r="x"/>'), "broken"),
        ("a.xlsx", with_rows(b"", b'<!DOCTYPE x [<!ENTITY a "b">]>'), "broken"),
    ],
)
def test_a_file_that_is_no_plain_table_is_refused_with_a_reason(name, content, code):
    with pytest.raises(UnreadableSheet) as caught:
        read_sheet(name, content)
    assert (caught.value.code, caught.value.field) == (code, "file")
    assert str(caught.value.message)


@pytest.mark.parametrize(
    ("limit", "value", "name", "content", "code"),
    [
        ("LARGEST", 10, "a.csv", b"a,b,c,d,e,f,g,h", "too_big"),
        ("LARGEST_UNPACKED", 10, "a.xlsx", PLAIN, "expands_too_much"),
        ("MOST_ROWS", 1, "a.csv", b"a\nb\nc", "too_many_rows"),
    ],
)
def test_a_file_beyond_the_limits_is_refused(monkeypatch, limit, value, name, content, code):
    monkeypatch.setattr(sheets, limit, value)
    with pytest.raises(UnreadableSheet) as caught:
        read_sheet(name, content)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "content",
    [
        "名称,代码\n甲,1".encode(),
        "名称,代码\r\n甲,1\r\n".encode("utf-8-sig"),
        "名称\t代码\n甲\t1".encode("gb18030"),
        "名称;代码\n甲;1".encode(),
        '"名称","代码"\n"甲",1'.encode("utf-16"),
    ],
)
def test_csv_is_read_in_the_encodings_and_with_the_signs_offices_use(content):
    assert [list(row) for row in read_sheet("名单.csv", content).rows] == [["名称", "代码"], ["甲", "1"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (620000.0, "620000"),
        (1.5, "1.5"),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 8, 30), "2026-11-23 08:30:00"),
        (" \u3000甲\u200b\n", "甲"),
        (None, ""),
    ],
)
def test_a_cell_says_what_an_official_would_type(value, text):
    assert cell_text(value) == text


def test_rows_and_columns_count_as_the_file_shows_them():
    def fill(book, sheet):
        sheet.write(2, 1, "名称")  # two empty rows and a column before it
        sheet.write_formula(3, 1, "=1+1", value=2)
        sheet.merge_range(4, 1, 6, 2, "合并")

    sheet = read_sheet("a.xlsx", workbook(fill))
    assert sheet.rows[2][1] == "名称"
    assert (sheet.formulas, list(sheet.merged)) == (frozenset({(4, 2)}), [(5, 2, 7, 3)])


def test_what_only_has_a_format_is_no_content():
    """Offices colour whole columns and rows, down to the last and far to the right."""
    sheet = read_sheet("a.xlsx", with_rows(b'<row r="1048576" s="1"><c r="XFD1048576" s="1"/></row>'))
    assert [list(row) for row in sheet.rows] == [["名称", "代码"]]


def test_cells_without_a_place_follow_each_other():
    rows = b'<row><c><v>1</v></c><c/><c><f>A1</f><v>2</v></c></row><row r="5"><c><f>B1</f><v>3</v></c></row>'
    sheet = read_sheet("a.xlsx", with_rows(rows))
    assert [list(row) for row in sheet.rows][1:] == [["1", "", "2"], [""] * 3, [""] * 3, ["3", "", ""]]
    assert sheet.formulas == {(2, 3), (5, 1)}


def test_the_first_visible_sheet_is_the_one_that_is_read():
    def fill(book, sheet):
        sheet.hide()
        shown = book.add_worksheet("看得见")
        shown.activate()
        shown.write(0, 0, "甲")
        shown.write_formula(1, 0, "=A1")

    sheet = read_sheet("a.xlsx", workbook(fill))
    assert (sheet.rows[0][0], sheet.formulas) == ("甲", frozenset({(2, 1)}))


def test_what_is_written_reads_back_and_nothing_in_it_is_a_formula():
    rows = [["=HYPERLINK(1)", "@x", "0620"], ["+1", "-1", date(2026, 1, 2)], [None, 7, "甲"]]
    content = write_sheet("表", ["一", "二", "三"], rows, choices={1: ["@x", "7"]})
    sheet = read_sheet("a.xlsx", content)
    assert [list(row) for row in sheet.rows] == [
        ["一", "二", "三"],
        ["=HYPERLINK(1)", "@x", "0620"],
        ["+1", "-1", "2026-01-02"],
        ["", "7", "甲"],
    ]
    assert sheet.formulas == frozenset()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert b'quotePrefix="1"' in package.read("xl/styles.xml")  # stays text even when the cell is edited
    kinds = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert all(isinstance(cell, str) for row in kinds for cell in row)
