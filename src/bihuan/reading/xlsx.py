"""Excel workbooks, cell by cell as people see them.

An own reader, because the number format matters: a cell that shows “2026年6月” holds 1 June 2026, and only
the format tells that the day is not meant. Rows are streamed, so the limits hold before memory is spent.
"""

import io
import posixpath
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from bihuan.reading.errors import Unreadable
from bihuan.reading.intake import Limits
from bihuan.reading.package import Package, parse_xml
from bihuan.reading.source import Source, SourceBuilder

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
# Built-in formats that show a date (ECMA-376 part 1, 18.8.30, with the Chinese ones), by what they show.
_BUILT_IN_DATES = dict.fromkeys((14, 15, 16, 22, 28, 29, 30, 31, 51, 53, 54, 58), "day") | dict.fromkeys(
    (17, 27, 36, 50, 52, 57), "month"
)
_BUILT_IN_PERCENT = {9: "percent", 10: "percent"}


def read_xlsx(data: bytes, limits: Limits) -> tuple[Source, list[str]]:
    """Every visible sheet as a table, and the names of the hidden sheets that were left out."""
    package = Package(data, max_unpacked=limits.max_unpacked, max_marks=limits.max_marks)
    book = _Workbook(package)
    builder, hidden, cells, rows_read = SourceBuilder(), [], 0, 0
    for name, part, visible in book.sheets():
        if not visible:
            hidden.append(name)
            continue
        rows, merged = book.rows(part, limits)
        rows_read += len(rows)
        cells += len(rows) * max((len(row) for row in rows), default=0)
        if rows_read > limits.max_rows:
            raise Unreadable("too_many_rows", limit=limits.max_rows)
        if cells > limits.max_cells:
            raise Unreadable("too_many_cells", limit=limits.max_cells)
        if rows:
            builder.add_table(rows, merged, name)
    return builder.build(), hidden


class _Workbook:
    def __init__(self, package: Package):
        if "xl/workbook.xml" not in package:
            raise Unreadable("broken")
        self.package = package
        self._book = package.xml("xl/workbook.xml")
        properties = self._book.find(f"{_MAIN}workbookPr")
        from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self._epoch = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)
        self._strings = self._shared_strings()
        self._formats = self._cell_formats()

    def sheets(self) -> Iterator[tuple[str, str, bool]]:
        relations = self.package.optional_xml("xl/_rels/workbook.xml.rels")
        targets = {} if relations is None else {rel.get("Id"): rel.get("Target", "") for rel in relations}
        for sheet in self._book.iter(f"{_MAIN}sheet"):
            part = posixpath.normpath(posixpath.join("xl", targets.get(sheet.get(f"{_REL}id"), ""))).lstrip(
                "/"
            )
            if part in self.package and "worksheets" in part:
                yield sheet.get("name", ""), part, sheet.get("state", "visible") == "visible"

    def rows(self, part: str, limits: Limits) -> tuple[list[list[str]], list[tuple[int, int, int, int]]]:
        """The cells' texts from A1 to the last one filled, and the merged areas."""
        found: dict[tuple[int, int], str] = {}
        merged, row, column = [], -1, -1
        for element in _elements(self.package.read(part), ("row", "c", "mergeCell")):
            tag = etree.QName(element).localname
            if tag == "mergeCell":
                merged.append(_area(element.get("ref", "")))
                continue
            if tag == "row":
                element.clear()
                continue
            row, column = _position(element.get("r"), row, column, element)
            text = self._text(element)
            if text.strip():
                found[row, column] = text
            if len(found) > limits.max_cells:
                raise Unreadable("too_many_cells", limit=limits.max_cells)
        return _grid(found, limits), [area for area in merged if area]

    def _text(self, cell: etree._Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return "".join(_runs(cell.find(f"{_MAIN}is")))
        value = cell.findtext(f"{_MAIN}v")
        if value is None:
            return ""
        if kind == "s":
            return _entry(self._strings, value)
        if kind in ("str", "d"):
            return value
        if kind == "b":
            return "是" if value == "1" else "否"
        return "" if kind == "e" else self._number(value, cell.get("s", ""))

    def _number(self, value: str, style: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return value
        shows = _entry(self._formats, style)
        if shows in ("day", "month") and 0 < number < 2_958_466:
            moment = self._epoch + timedelta(days=number)
            return f"{moment.year}年{moment.month}月" + (f"{moment.day}日" if shows == "day" else "")
        if shows == "percent":
            return f"{number * 100:.10g}%"
        return f"{number:.15g}"

    def _shared_strings(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self.package:
            return []
        return ["".join(_runs(item)) for item in self.package.xml("xl/sharedStrings.xml").iter(f"{_MAIN}si")]

    def _cell_formats(self) -> list[str]:
        styles = self.package.optional_xml("xl/styles.xml")
        if styles is None:
            return []
        custom = {fmt.get("numFmtId"): fmt.get("formatCode", "") for fmt in styles.iter(f"{_MAIN}numFmt")}
        formats = styles.find(f"{_MAIN}cellXfs")
        identifiers = (
            [] if formats is None else [xf.get("numFmtId", "0") for xf in formats.iter(f"{_MAIN}xf")]
        )
        return [_shown_by(custom[one]) if one in custom else _built_in(one) for one in identifiers]


def _elements(data: bytes, tags: tuple[str, ...]) -> Iterator[etree._Element]:
    """Stream the elements of a sheet; one with a document type goes through the parser that refuses it."""
    if b"<!DOCTYPE" in data[:4096] or b"http://purl.oclc.org/ooxml/" in data[:4096]:
        root = parse_xml(data)
        yield from root.iter(*(f"{_MAIN}{tag}" for tag in tags))
        return
    stream = etree.iterparse(
        io.BytesIO(data),
        tag=[f"{_MAIN}{tag}" for tag in tags],
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for _event, element in stream:
            yield element
    except etree.XMLSyntaxError as fault:
        raise Unreadable("broken") from fault


def _position(reference: str | None, row: int, column: int, cell: etree._Element) -> tuple[int, int]:
    """Row and column from 0; a cell without reference follows the one before, in its row."""
    match = _REFERENCE.fullmatch(reference or "")
    if match:
        return int(match[2]) - 1, _column(match[1])
    parent = cell.getparent()
    stated = parent.get("r", "") if parent is not None else ""
    here = int(stated) - 1 if stated.isdecimal() else (row if cell.getprevious() is not None else row + 1)
    return here, column + 1 if here == row else 0


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _area(reference: str) -> tuple[int, int, int, int] | None:
    ends = [end for part in reference.split(":") if (end := _REFERENCE.fullmatch(part))]
    if len(ends) != 2 or reference.count(":") != 1:
        return None
    (left, top), (right, bottom) = ((_column(end[1]), int(end[2]) - 1) for end in ends)
    return top, left, bottom, right


def _grid(found: dict[tuple[int, int], str], limits: Limits) -> list[list[str]]:
    height = max((row for row, _column in found), default=-1) + 1
    width = max((column for _row, column in found), default=-1) + 1
    if height > limits.max_rows:
        raise Unreadable("too_many_rows", limit=limits.max_rows)
    if height * width > limits.max_cells:
        raise Unreadable("too_many_cells", limit=limits.max_cells)
    return [[found.get((row, column), "") for column in range(width)] for row in range(height)]


def _runs(item: etree._Element | None) -> Iterator[str]:
    """The text of a string item without the phonetic hints (rPh)."""
    for child in () if item is None else item:
        if child.tag == f"{_MAIN}t":
            yield child.text or ""
        elif child.tag == f"{_MAIN}r":
            yield child.findtext(f"{_MAIN}t") or ""


def _entry(entries: list[str], index: str) -> str:
    return entries[int(index)] if index.isdecimal() and int(index) < len(entries) else ""


def _built_in(identifier: str) -> str:
    number = int(identifier) if identifier.isdecimal() else 0
    return _BUILT_IN_DATES.get(number) or _BUILT_IN_PERCENT.get(number, "")


def _shown_by(code: str) -> str:
    """Whether a custom format shows a day, only a month, a percentage, or a plain number."""
    bare = _FORMAT_NOISE.sub("", code.split(";")[0]).lower()
    if "d" in bare:
        return "day"
    if "y" in bare or (bare.strip() == "m" or bare.strip() == "mm"):
        return "month"
    return "percent" if "%" in bare else ""
