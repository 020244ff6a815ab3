"""Files that must not or cannot be read: each is refused with a code and a Chinese sentence."""

import io
import re
import time
import zipfile

import pytest

from bihuan.kernel.errors import DomainError
from bihuan.reading.errors import MESSAGES, Unreadable
from bihuan.reading.intake import Limits
from bihuan.reading.reader import read
from tests.reading.office import MAIN, docx, p, table, xlsx, zipped

WORD = docx(p("一、总体要求"))
EXCEL = xlsx([["任务", "责任单位"], ["做甲", "教务处"]])
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
BOMB = zipped(
    {
        "[Content_Types].xml": f'<Types><Override ContentType="{MAIN}"/></Types>',
        "word/document.xml": b"<w:p/>" * 400_000,
    }
)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "哈">'
    + "".join(
        f'<!ENTITY {b} "&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};">'
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def stream(name):
    return OLE + name.encode("utf-16-le") + bytes(100)


def locked(data):
    """The same zip with the flag that says its entries are encrypted."""
    flagged = bytearray(data)
    for entry in re.finditer(b"PK\x01\x02", data):
        flagged[entry.start() + 8] |= 1
    return bytes(flagged)


def with_document(xml):
    return docx(extra={"word/document.xml": xml})


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.docx", "empty"),
        (b"", "a.txt", "empty"),
        (b" \r\n\t ", "a.txt", "empty"),
        (b"\xef\xbb\xbf", "a.csv", "empty"),
        (stream("EncryptedPackage"), "a.docx", "encrypted"),
        (stream("EncryptionInfo"), "a.xlsx", "encrypted"),
        (locked(WORD), "a.docx", "encrypted"),
        (stream("WordDocument"), "a.doc", "legacy_word"),
        (stream("WordDocument"), "a.wps", "legacy_word"),
        (stream("WordDocument"), "a.docx", "legacy_word"),
        (stream("Workbook"), "a.xls", "legacy_excel"),
        (stream("Workbook"), "a.xlsx", "legacy_excel"),
        (stream("PowerPoint Document"), "a.ppt", "unsupported"),
        (docx(p("甲"), extra={"word/vbaProject.bin": b"x"}), "a.docx", "macros"),
        (
            docx(p("甲"), content_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
            "a.docm",
            "macros",
        ),
        (
            docx(p("甲"), content_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
            "a.docx",
            "macros",
        ),
        (zipped({"[Content_Types].xml": "<x/>", "xl/macrosheets/sheet1.xml": "<x/>"}), "a.xlsx", "macros"),
        (PDF, "a.docx", "misnamed"),
        (PDF, "a.txt", "misnamed"),
        (PDF, "a.pdf", "unsupported"),
        (EXCEL, "a.docx", "misnamed"),
        (WORD, "a.xlsx", "misnamed"),
        (WORD, "a.doc", "misnamed"),
        (WORD, "a.txt", "misnamed"),
        ("一、总体要求".encode(), "a.docx", "misnamed"),
        ("一、总体要求".encode(), "a.pdf", "misnamed"),
        (zipped({"a.txt": "x"}), "a.docx", "misnamed"),
        (zipped({"a.txt": "x"}), "a.zip", "unsupported"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "a.docx", "misnamed"),
        (b"<html><body>x</body></html>", "a.xlsx", "misnamed"),
        (b"{\\rtf1 x}", "a.docx", "misnamed"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "unsupported"),
        (WORD[: len(WORD) // 2], "a.docx", "broken"),
        (b"PK\x03\x04" + bytes(100), "a.docx", "broken"),
        (WORD.replace(b"word/document.xml", b"word/dokument.xml"), "a.docx", "broken"),
        (with_document("<w:document"), "a.docx", "broken"),
        (with_document("<x/>"), "a.docx", "broken"),
        (with_document(LAUGHS + "<x>&i;</x>"), "a.docx", "broken"),
        (with_document(OUTSIDE + "<x>&a;</x>"), "a.docx", "broken"),
        (b"\x91\x13\x00\x04" * 50, "a.docx", "broken"),
        (b"\xff\xfe\x00", "a.txt", "undecodable"),
        (b"\x81\x00\x82\x00\x83\x00", "a.txt", "undecodable"),
        (bytes(range(128, 256)) * 3, "a.csv", "undecodable"),
        ("一、总体要求".encode("utf-16-le"), "a.txt", "undecodable"),
    ],
)
def test_refused_with_a_code_and_in_words(data, name, code):
    with pytest.raises(Unreadable) as refusal:
        read(data, name)
    assert refusal.value.code == code
    assert isinstance(refusal.value, DomainError)
    assert refusal.value.field == "file"
    assert re.search(r"[\u4e00-\u9fff]", str(refusal.value))
    assert "{" not in str(refusal.value).replace("{\\rtf", "")


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (PDF, "方案.docx", "PDF"),
        (EXCEL, "方案.docx", "Excel"),
        (b"Rar!\x1a\x07", "方案.docx", "RAR"),
        (WORD, "方案.doc", "Word"),
    ],
)
def test_a_misnamed_file_is_called_by_its_real_name(data, name, words):
    with pytest.raises(Unreadable, match=words):
        read(data, name)


@pytest.mark.parametrize(
    ("data", "name", "limits", "code"),
    [
        (b"x" * 2000, "a.txt", Limits(max_bytes=1000), "too_big"),
        (BOMB, "a.docx", Limits(max_unpacked=1_000_000), "expands_too_much"),
        (("甲\n" * 30).encode(), "a.txt", Limits(max_paragraphs=20), "too_many_paragraphs"),
        (docx(*[p("甲")] * 30), "a.docx", Limits(max_paragraphs=20), "too_many_paragraphs"),
        (docx(table(*[["甲"]] * 30)), "a.docx", Limits(max_rows=20), "too_many_rows"),
        (docx(table(*[["9>甲"]] * 30)), "a.docx", Limits(max_cells=20), "too_many_cells"),
        (docx(*[p("甲")] * 30), "a.docx", Limits(max_marks=20), "too_intricate"),
        (xlsx([["甲"]] * 30), "a.xlsx", Limits(max_marks=20), "too_intricate"),
        ("甲".encode() * 30, "a.txt", Limits(max_length=20), "too_long_paragraph"),
        (docx(p("甲" * 30)), "a.docx", Limits(max_length=20), "too_long_paragraph"),
        (xlsx([["甲"]] * 30), "a.xlsx", Limits(max_rows=20), "too_many_rows"),
        (xlsx([["甲"] * 30]), "a.xlsx", Limits(max_cells=20), "too_many_cells"),
        (("甲,乙\n" * 30).encode(), "a.csv", Limits(max_rows=20), "too_many_rows"),
        (("甲,乙\n" * 30).encode(), "a.csv", Limits(max_cells=20), "too_many_cells"),
    ],
)
def test_limits_are_parameters(data, name, limits, code):
    with pytest.raises(Unreadable) as refusal:
        read(data, name, limits)
    assert refusal.value.code == code
    read(WORD, "a.docx")


def test_one_cell_at_the_far_corner_of_a_sheet_costs_no_memory():
    cell = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>甲</t></is></c></row>'
    merged = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    sheet = f"<worksheet {SHEET}><sheetData>{cell}</sheetData>{merged}</worksheet>"
    with pytest.raises(Unreadable) as refusal:
        read(_with_part(EXCEL, "xl/worksheets/sheet1.xml", sheet), "a.xlsx")
    assert refusal.value.code == "too_many_rows"


def test_a_document_type_in_a_sheet_is_refused():
    sheet = f"{OUTSIDE}<worksheet {SHEET}/>"
    with pytest.raises(Unreadable) as refusal:
        read(_with_part(EXCEL, "xl/worksheets/sheet1.xml", sheet), "a.xlsx")
    assert refusal.value.code == "broken"


def test_names_do_not_decide_where_they_claim_nothing():
    assert read(WORD, "方案").kind == "docx"
    assert read("一、总体要求".encode(), "方案").kind == "txt"
    assert read(WORD, "方案.DOCX").kind == "docx"
    assert read(WORD, "C:\\文件夹.v2\\方案.docx").kind == "docx"


def test_every_message_names_only_facts_it_is_given():
    facts = {"size": "1", "limit": "2", "extension": ".docx", "actual": "PDF"}
    for code in MESSAGES:
        assert "{" not in str(Unreadable(code, **facts))


def _with_part(data, name, content):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    return zipped({**parts, name: content})


@pytest.mark.parametrize("repeated", ["局牵头、", "市教育局牵头、", "、各", "局、"])
def test_a_line_that_goes_on_and_on_takes_no_longer_than_its_length(repeated):
    """Ten times the text, some ten times the work: it was the square of it, hours for a file of 1 MB."""

    def effort(length: int) -> float:
        line = f"1. 牵头单位：{repeated * (length // len(repeated))}".encode()
        begun = time.process_time()
        read(line, "a.txt")
        return time.process_time() - begun

    effort(500)  # patterns are compiled
    assert effort(15_000) < 40 * max(effort(1_500), 0.02)
