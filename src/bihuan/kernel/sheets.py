"""Tables that people upload and download: one sheet of xlsx or csv in, one sheet of xlsx out."""

import csv
import io
import itertools
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from xml.parsers import expat

import xlsxwriter
from django.utils.translation import gettext_lazy as _
from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from bihuan.kernel.errors import Refused

LARGEST = 20 * 2**20  # bytes as uploaded
LARGEST_UNPACKED = 300 * 2**20
MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_CELLS = 3_000_000  # from the first to the last filled: of those between, too, the reader makes one each

_OLE = b"\xd0\xcf\x11\xe0"  # old Office files, and the envelope of encrypted new ones
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u2060"))
_BROKEN = (etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError)
_LONGEST_NUMBER = 9  # digits or letters; one that goes on is beyond every limit anyway
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

MESSAGES = {
    "empty": _("文件是空的，没有可以读取的内容。请检查后重新选择文件。"),
    "too_big": _("文件太大，最多接受 20 MB。请去掉图片后另存，或分成几个文件。"),
    "expands_too_much": _("文件解压后过大，已停止读取。请去掉图片和附件后另存。"),
    "too_many_rows": _("表格超过 100000 行，请分成几个文件导入。"),
    "too_many_columns": _("表格超过 200 列，请删去多余的空列后重新保存。"),
    "too_many_cells": _("表格有内容的范围超过 300 万个格子，请删去远处多余的内容后重新保存。"),
    "encrypted": _("文件设有打开密码，无法读取。请取消密码后另存一份再导入。"),
    "macros": _("文件带有宏程序，出于安全不予读取。请另存为不带宏的 xlsx 文件。"),
    "legacy": _("这是旧版 Excel 或 WPS 表格文件，请在 Excel 或 WPS 中打开，另存为 xlsx 后再导入。"),
    "misnamed": _("文件的扩展名与内容不符。请用相应软件打开后另存为 xlsx 或 csv。"),
    "unsupported": _("不能读取这种文件。请使用 xlsx 或 csv 文件。"),
    "broken": _("文件已损坏或没有传输完整，无法打开。请重新获取原文件。"),
    "undecodable": _("无法识别文字编码。请用记事本打开，另存为 UTF-8 编码后再导入。"),
}


class UnreadableSheet(Refused):
    """The file as a whole is refused; nothing of it was taken over. `code` is a key of `MESSAGES`."""

    def __init__(self, code: str):
        super().__init__(MESSAGES[code], code=code, field="file")


@dataclass(frozen=True)
class Sheet:
    """The first visible sheet as text; rows and columns count from 1, as office programs show them.

    `formulas` are the cells whose value was computed elsewhere; `merged` the merged areas as (first row,
    first column, last row, last column).
    """

    rows: Sequence[Sequence[str]]
    formulas: frozenset[tuple[int, int]] = frozenset()
    merged: Sequence[tuple[int, int, int, int]] = ()


def read_sheet(file_name: str, content: bytes) -> Sheet:
    """Read an uploaded table. Raises UnreadableSheet for anything but a plain, whole xlsx or csv file."""
    ending = file_name.lower().rpartition(".")[2]
    if not content.strip():
        raise UnreadableSheet("empty")
    if len(content) > LARGEST:
        raise UnreadableSheet("too_big")
    if ending in ("xlsm", "xltm", "xlsb", "xlam"):
        raise UnreadableSheet("macros")
    if content.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise UnreadableSheet("encrypted" if encrypted else "legacy")
    if ending == "xlsx":
        return _read_xlsx(content)
    if ending in ("csv", "txt"):
        return _read_csv(content)
    raise UnreadableSheet("unsupported")


def write_sheet(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    widths: Sequence[int] = (),
    choices: Mapping[int, Sequence[str]] | None = None,
) -> bytes:
    """One sheet of xlsx with a heading row; every cell is text, so none can become a formula when edited.

    `choices` offers a list of values for a column, counted from 0.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet(title[:31])
    heading = book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1})
    text = book.add_format({"num_format": "@", "quote_prefix": True})
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(columns):
        sheet.set_column(column, column, widths[column] if widths else 16, text)
        sheet.write_string(0, column, name, heading)
    last = 0
    for last, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if (shown := cell_text(value)) != "":
                sheet.write_string(last, column, shown, text)
    for column, values in (choices or {}).items():
        sheet.data_validation(1, column, last + 1000, column, {"validate": "list", "source": list(values)})
    book.close()
    return out.getvalue()


def cell_text(value: Any) -> str:
    """What a cell says, as an official would type it: 620000 and not 620000.0, dates as 2026-11-23."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).translate(_INVISIBLE).strip()


def _read_xlsx(content: bytes) -> Sheet:
    _check_package(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            name = next(
                one.name
                for one in book.sheets_metadata
                if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
            )
            formulas = _formulas(content, name)
            sheet = book.get_sheet_by_name(name)
            rows = [[cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            merged = [
                (top + 1, left + 1, bottom + 1, right + 1)
                for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
            ]
        return Sheet(rows, formulas, merged)
    except PasswordError as error:
        raise UnreadableSheet("encrypted") from error
    except (CalamineError, StopIteration, expat.ExpatError, *_BROKEN) as error:
        raise UnreadableSheet("broken") from error


def _check_package(content: bytes) -> None:
    if not content.startswith(b"PK"):
        raise UnreadableSheet("misnamed")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except zipfile.BadZipFile as error:
        raise UnreadableSheet("broken") from error
    names = {part.filename for part in parts}
    if any(name.endswith("vbaProject.bin") for name in names):
        raise UnreadableSheet("macros")
    if "xl/workbook.xml" not in names:
        raise UnreadableSheet("misnamed")
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise UnreadableSheet("expands_too_much")


def _check_extent(height: int, width: int) -> None:
    if height > MOST_ROWS:
        raise UnreadableSheet("too_many_rows")
    if width > MOST_COLUMNS:
        raise UnreadableSheet("too_many_columns")
    if height * width > MOST_CELLS:
        raise UnreadableSheet("too_many_cells")


def _formulas(content: bytes, sheet: str) -> frozenset[tuple[int, int]]:
    """The cells with formulas, which the reader shows by their last value only.

    Looks at the sheet before the reader does, which would make room for everything up to the last cell: a file of
    5 KB with one at the far end brought the whole process down.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        book = etree.fromstring(package.read("xl/workbook.xml"), parser)
        relations = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"), parser)
        ids = {one.get("name"): one.get(_RELATION) for one in book.iter("{*}sheet")}
        targets = {one.get("Id"): one.get("Target") for one in relations.iter("{*}Relationship")}
        target = targets[ids[sheet]]
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        with package.open(path) as part:
            return _Cells().read(part)


class _Cells:
    """Which cells of a sheet are filled, and which by a formula, without keeping any of it."""

    def __init__(self) -> None:
        self._row, self._column = 1, 0  # of the cell last begun
        self._height, self._width = 0, 0
        self._formulas: set[tuple[int, int]] = set()

    def read(self, part: IO[bytes]) -> frozenset[tuple[int, int]]:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse
        parser.ParseFile(part)
        return frozenset(self._formulas)

    def _begin(self, name: str, said: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row" and "r" in said:
            self._row = _number(said["r"])
        elif tag == "c":
            place = said.get("r", "")
            letters = place.rstrip("0123456789")
            self._row = _number(place[len(letters) :]) if place else self._row
            self._column = _column(letters) if place else self._column + 1
        elif tag in ("v", "is", "f"):  # a cell without any, coloured perhaps, is no content
            self._height, self._width = max(self._height, self._row), max(self._width, self._column)
            _check_extent(self._height, self._width)
            if tag == "f":
                self._formulas.add((self._row, self._column))

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "row":
            self._row, self._column = self._row + 1, 0

    def _refuse(self, *_given: object) -> None:
        raise UnreadableSheet("broken")


def _number(digits: str) -> int:
    if not digits.isascii() or not digits.isdecimal():
        raise UnreadableSheet("broken")
    return int(digits[:_LONGEST_NUMBER])


def _column(letters: str) -> int:
    number = 0
    for letter in letters[:_LONGEST_NUMBER].upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _read_csv(content: bytes) -> Sheet:
    if content.startswith((b"PK\x03\x04", b"%PDF")):
        raise UnreadableSheet("misnamed")
    text = _decoded(content)
    if "\0" in text:
        raise UnreadableSheet("misnamed")
    first = text.partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    try:
        rows = [
            [cell_text(cell) for cell in row]
            for row in itertools.islice(csv.reader(io.StringIO(text), delimiter=delimiter), MOST_ROWS + 1)
        ]
    except csv.Error as error:
        raise UnreadableSheet("broken") from error
    _check_extent(len(rows), max(map(len, rows), default=0))
    formulas = {
        (number, column)
        for number, row in enumerate(rows, 1)
        for column, cell in enumerate(row, 1)
        if cell.startswith("=")
    }
    return Sheet(rows, frozenset(formulas))


def _decoded(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableSheet("undecodable")
