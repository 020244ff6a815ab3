"""A list as a file (台账文件): xlsx laid out as an office prints it, or csv; row by row, never held in memory.

The sheet is written as text rather than through a library, which takes a fifth of the time (docs/adr/0010). Text
cells are text, so nothing in them is ever a formula.
"""

import csv
import io
import re
import zipfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from xml.sax.saxutils import escape

from django.utils.text import normalize_newlines
from django.utils.translation import gettext as _

from bihuan.kernel.clock import OFFICE_TZ
from bihuan.kernel.errors import Refused
from bihuan.kernel.listing import Cell, Line

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_000  # an xlsx sheet ends there, less its headings
LONGEST = 32_767  # characters in a cell, by the format
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What office programs take for the beginning of a formula; the full-width ones do it in Chinese editions."""

PAPERS = {"a4": 9, "a3": 8}  # by the numbers of the format
WIDE = 132  # half-width characters that an A4 page across takes in a readable size

_ODD = re.compile(r"[&<>\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]|_x[0-9A-Fa-f]{4}_")
_UNFIT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)  # not allowed in the format, or turns round the direction in which the rest is shown
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # would be read as a character by its number
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Head:
    """A heading, with the one above it that it shares with its neighbours, and how wide the column is."""

    title: str
    group: str = ""
    width: int = 12
    is_merged: bool = False


@dataclass(frozen=True)
class Layout:
    """What stands around the rows (版式): title, who made it and when, headings, paper."""

    title: str
    unit: str
    day: date
    heads: Sequence[Head]
    remark: str = ""  # what the list was narrowed to
    paper: str = ""  # a3 or a4; without it whichever the columns need

    @property
    def has_groups(self) -> bool:
        return any(head.group for head in self.heads)

    @property
    def paper_used(self) -> str:
        if self.paper in PAPERS:
            return self.paper
        return "a4" if sum(head.width for head in self.heads) + NUMBER_WIDTH <= WIDE else "a3"


NUMBER_WIDTH = 6  # of the running number, 序号


def write_xlsx(file: IO[bytes], layout: Layout, lines: Iterable[Line]) -> int:
    """Write the list as a workbook; gives the number of rows. Refused beyond MOST_ROWS."""
    written = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as package:
        for name, text in _parts(layout).items():
            package.writestr(_entry(name), text)
        with package.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as raw:
            out = io.BufferedWriter(_Raw(raw), 1 << 18)
            sheet = _Sheet(layout)
            out.write(sheet.beginning().encode())
            for text in sheet.rows(lines):
                out.write(text.encode())
            for text in sheet.ending():
                out.write(text.encode())
            out.flush()
            written = sheet.count
    return written


def write_csv(file: IO[bytes], layout: Layout, lines: Iterable[Line]) -> int:
    """Write the list as text with the mark by which office programs recognise UTF-8; gives the number of rows.

    One heading row and nothing around it, since programs read it; what would be run as a formula gets an apostrophe.
    """
    out = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
    writer = csv.writer(out)
    writer.writerow(
        [_("序号"), *(f"{head.group}-{head.title}" if head.group else head.title for head in layout.heads)]
    )
    count = 0
    for count, line in enumerate(lines, 1):
        writer.writerow([count, *map(_plain, line.cells)])
    out.flush()
    out.detach()
    return count


def harmless(text: str) -> str:
    """A text that an office program would run as a formula, kept from being one."""
    return f"'{text}" if text.lstrip(" \n\u3000\xa0").startswith(FORMULA) else text


def _plain(value: Cell) -> Any:
    if isinstance(value, str):
        return harmless(_UNFIT.sub("", normalize_newlines(value)))
    if isinstance(value, datetime):
        return value.astimezone(OFFICE_TZ).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else value


class _Raw(io.RawIOBase):
    """The open part of the package as something that can be buffered."""

    def __init__(self, part: IO[bytes]):
        self._part = part

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._part.write(data)


# Styles by their place in `_STYLES`
TITLE, LEFT, RIGHT, HEAD, TEXT, QUOTED, NUMBER, DAY, MOMENT, MIDDLE, MERGED = range(1, 12)


@dataclass
class _Run:
    """A merged cell in the making: its first row (0 when there is none), how high it is, and how high it must be."""

    first: int = 0
    height: int = 0
    needed: int = 0
    same: tuple | None = None


@dataclass
class _Sheet:
    layout: Layout
    count: int = 0
    _row: int = 0
    _merges: array = field(
        default_factory=lambda: array("I")
    )  # first row, last row, column; three numbers each
    _areas: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        return len(self.layout.heads) + 1

    def beginning(self) -> str:
        """Up to the first row: size of the paper, columns, title, line of the maker, headings."""
        layout, last = self.layout, letters(self.width)
        frozen = 4 if layout.has_groups else 3
        widths = [NUMBER_WIDTH, *(head.width for head in layout.heads)]
        columns = "".join(
            f'<col min="{n}" max="{n}" width="{width + 0.71}" customWidth="1"/>'
            for n, width in enumerate(widths, 1)
        )
        self._row = frozen
        maker = _("制表单位：%(unit)s") % {"unit": layout.unit}
        day = _("制表日期：%(day)s") % {"day": f"{layout.day.year}年{layout.day.month}月{layout.day.day}日"}
        left = f"{maker}　　{layout.remark}" if layout.remark else maker
        middle = max(1, self.width - max(2, self.width // 4))
        areas = [("A", 1, last), ("A", 2, letters(middle)), (letters(middle + 1), 2, last)]
        self._areas = [
            f"{first}{row}:{end}{row}" for first, row, end in areas if first != end
        ] + self._grouped()
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
            f'<sheetViews><sheetView workbookViewId="0"><pane ySplit="{frozen}" topLeftCell="A{frozen + 1}" '
            'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<sheetFormatPr defaultRowHeight="18"/><cols>{columns}</cols><sheetData>'
            f'<row r="1" ht="36" customHeight="1">{_text("A", 1, layout.title, TITLE)}'
            f"{self._blank(1, 2, TITLE)}</row>"
            f'<row r="2" ht="21" customHeight="1">{_text("A", 2, left, LEFT)}{self._blank(2, 2, LEFT, middle)}'
            f"{_text(letters(middle + 1), 2, day, RIGHT)}{self._blank(2, middle + 2, RIGHT)}</row>"
            f"{self._headings()}"
        )

    def _headings(self) -> str:
        heads = [Head(_("序号")), *self.layout.heads]
        if not self.layout.has_groups:
            cells = "".join(_text(letters(n), 3, head.title, HEAD) for n, head in enumerate(heads, 1))
            return f'<row r="3" ht="32" customHeight="1">{cells}</row>'
        upper = "".join(
            _text(letters(n), 3, head.group or head.title, HEAD) for n, head in enumerate(heads, 1)
        )
        lower = "".join(
            _text(letters(n), 4, head.title if head.group else "", HEAD) for n, head in enumerate(heads, 1)
        )
        return f'<row r="3" ht="22" customHeight="1">{upper}</row><row r="4" ht="28" customHeight="1">{lower}</row>'

    def _grouped(self) -> list[str]:
        """The areas of headings: across those of a group, down where there is none."""
        if not self.layout.has_groups:
            return []
        groups = ["", *(head.group for head in self.layout.heads)]
        areas, n = [], 0
        while n < len(groups):
            end = n
            while groups[n] and end + 1 < len(groups) and groups[end + 1] == groups[n]:
                end += 1
            if not groups[n]:
                areas.append(f"{letters(n + 1)}3:{letters(n + 1)}4")
            elif end > n:
                areas.append(f"{letters(n + 1)}3:{letters(end + 1)}3")
            n = end + 1
        return areas

    def rows(self, lines: Iterable[Line]) -> Iterator[str]:
        """Each row as text, as high as what it says; one row behind, as a merged cell may need the last one higher."""
        widths = [head.width for head in self.layout.heads]
        names = [letters(n) for n in range(2, self.width + 1)]
        runs = {n: _Run() for n, head in enumerate(self.layout.heads) if head.is_merged}
        waiting, height, number = "", 0, self._row
        for line in lines:
            self.count += 1
            if self.count > MOST_ROWS:
                raise Refused(
                    _("超过 %(n)d 行，Excel 文件放不下；请缩小范围，或者导出 csv") % {"n": MOST_ROWS},
                    code="too_many_rows",
                )
            if runs:
                height += self._ended(runs, line, height, number)
            if waiting:
                yield f'<row r="{number}" ht="{height}" customHeight="1">{waiting}'
            number += 1
            high = 1
            parts = [f'<c r="A{number}" s="{NUMBER}"><v>{self.count}</v></c>']
            for n, value in enumerate(line.cells):
                if n in runs:
                    parts.append(self._of_run(runs[n], names[n], number, value, widths[n]))
                    continue
                parts.append(_said(names[n], number, value))
                if isinstance(value, str) and (2 * len(value) > widths[n] or "\n" in value):
                    high = max(high, lines_of(value, widths[n]))
            parts.append("</row>")
            waiting, height = "".join(parts), _height(high)
        self._row = number
        if waiting:
            height += self._ended(runs, None, height, number)
            yield f'<row r="{number}" ht="{height}" customHeight="1">{waiting}'

    def _ended(self, runs: dict[int, "_Run"], line: Line | None, height: int, last: int) -> int:
        """Note the merged cells that end before this line; gives by how much the row before must be higher for them."""
        more = 0
        for n, run in runs.items():
            run.height += height
            same = line.same[n] if line else None
            if run.first and (same is None or same != run.same):
                more = max(more, run.needed - run.height)
                if last > run.first:
                    self._merges.extend((run.first, last, n))
                run.first = 0
            run.same = same
        for run in runs.values():
            if run.first:
                run.height += more
        return more

    def _of_run(self, run: "_Run", name: str, number: int, value: Cell, width: int) -> str:
        """A cell that is merged with those below as long as they say the same of the same."""
        if run.first:
            return f'<c r="{name}{number}" s="{MERGED}"/>'
        run.first, run.height = number, 0
        run.needed = _height(lines_of(value, width)) if isinstance(value, str) else 0
        return _said(name, number, value, MERGED)

    def ending(self) -> Iterator[str]:
        """What follows the rows, in the order the format asks for."""
        yield "</sheetData>"
        if not any(head.is_merged for head in self.layout.heads) and self.count:
            first = 4 if self.layout.has_groups else 3
            yield f'<autoFilter ref="A{first}:{letters(self.width)}{self._row}"/>'
        yield f'<mergeCells count="{len(self._areas) + len(self._merges) // 3}">'
        yield "".join(f'<mergeCell ref="{area}"/>' for area in self._areas)
        for at in range(0, len(self._merges), 3):
            first, last, column = self._merges[at : at + 3]
            name = letters(column + 2)
            yield f'<mergeCell ref="{name}{first}:{name}{last}"/>'
        page = _("第 %(page)s 页，共 %(pages)s 页") % {"page": "&P", "pages": "&N"}
        yield (
            '</mergeCells><printOptions horizontalCentered="1"/>'
            '<pageMargins left="0.4" right="0.4" top="0.55" bottom="0.6" header="0.3" footer="0.3"/>'
            f'<pageSetup paperSize="{PAPERS[self.layout.paper_used]}" orientation="landscape" fitToWidth="1" '
            f'fitToHeight="0"/><headerFooter><oddFooter>{escape(f"&C{page}")}</oddFooter></headerFooter></worksheet>'
        )

    def _blank(self, row: int, first: int, style: int, last: int = 0) -> str:
        return "".join(
            f'<c r="{letters(n)}{row}" s="{style}"/>' for n in range(first, (last or self.width) + 1)
        )


def lines_of(text: str, width: int) -> int:
    """About how many lines a text takes in a column so wide; a Chinese character is two wide."""
    if not text:
        return 1
    room = max(width - 1, 2)
    return sum(1 + (_wide(part) - 1) // room for part in text.split("\n"))


def _wide(text: str) -> int:
    return max((len(text.encode(errors="replace")) + len(text)) // 2, 1)


def _height(lines: int) -> int:
    """In points, within what a row may have."""
    return min(15 * lines + 4, 409)


def _said(name: str, row: int, value: Cell, style: int = 0) -> str:
    """One cell, by what it holds."""
    if value is None or value == "":
        return f'<c r="{name}{row}" s="{style or TEXT}"/>'
    if isinstance(value, str):
        return _text(name, row, value, style or TEXT)
    if isinstance(value, bool):
        return _text(name, row, "✓" if value else "", MIDDLE)
    if isinstance(value, int | float | Decimal):
        return f'<c r="{name}{row}" s="{NUMBER}"><v>{value}</v></c>'
    if isinstance(value, datetime):
        local = value.astimezone(OFFICE_TZ)
        days = (local.date() - _EPOCH).days + (local.hour * 60 + local.minute) / 1440
        return f'<c r="{name}{row}" s="{MOMENT}"><v>{days:.5f}</v></c>'
    return f'<c r="{name}{row}" s="{DAY}"><v>{(value - _EPOCH).days}</v></c>'


def _text(name: str, row: int, text: str, style: int) -> str:
    if text.startswith(FORMULA) and style == TEXT:
        style = QUOTED  # stays text also when somebody edits it
    if _ODD.search(text):
        text = _fit(text)
    elif len(text) > LONGEST // 2:
        text = _cut(text)
    return f'<c r="{name}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _fit(text: str) -> str:
    """What the format can hold, escaped; what it cannot is left out."""
    return escape(_ESCAPED.sub("_x005F_", _cut(_UNFIT.sub("", normalize_newlines(text)))))


def _cut(text: str) -> str:
    """No longer than a cell may be, counted as office programs count."""
    if len(text.encode("utf-16-le")) // 2 <= LONGEST:
        return text
    told = _("……（内容过长，全文见系统）")
    kept = text.encode("utf-16-le")[: 2 * (LONGEST - len(told))].decode("utf-16-le", "ignore")
    return kept + told


def letters(number: int) -> str:
    """The name of a column, counted from 1: A, Z, AA."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


def sheet_name(title: str) -> str:
    """A title as the name of a sheet, which may not have everything nor be long."""
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "Sheet1"


def _entry(name: str) -> zipfile.ZipInfo:
    """Always of the same date: the same list gives the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def _parts(layout: Layout) -> dict[str, str]:
    """Everything of the workbook but its sheet."""
    name = escape(sheet_name(layout.title))
    repeated = 4 if layout.has_groups else 3
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return {
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'{_XML}<Relationships xmlns="{relations}"><Relationship Id="rId1" Type="{kind}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets><sheet name="{name}" sheetId="1" '
            'r:id="rId1"/></sheets><definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">'
            f"'{name}'!$3:${repeated}</definedName></definedNames></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{_XML}<Relationships xmlns="{relations}"><Relationship Id="rId1" Type="{kind}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{kind}/styles" Target="styles.xml"/>'
            "</Relationships>"
        ),
        "xl/styles.xml": _XML + _STYLES,
    }


def _styles() -> str:
    """Fonts as offices use them; a machine without them shows its own."""

    def font(name: str, size: int) -> str:
        return f'<font><sz val="{size}"/><name val="{name}"/><charset val="134"/></font>'

    def style(
        font: int,
        border: int,
        across: str,
        *,
        form: int = 0,
        fill: int = 0,
        wrap: bool = True,
        quoted: bool = False,
        down: str = "center",
    ) -> str:
        more = (' quotePrefix="1"' if quoted else ""), (' wrapText="1"' if wrap else "")
        return (
            f'<xf numFmtId="{form}" fontId="{font}" fillId="{fill}" borderId="{border}" xfId="0" applyNumberFormat="1" '
            f'applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"{more[0]}>'
            f'<alignment horizontal="{across}" vertical="{down}"{more[1]}/></xf>'
        )

    side = '<{0} style="thin"><color rgb="FF595959"/></{0}>'
    thin = "".join(side.format(name) for name in ("left", "right", "top", "bottom"))
    fonts = [
        font("仿宋", 11),
        font("方正小标宋简体", 20),
        font("黑体", 11),
        font("仿宋", 11),
        font("楷体", 11),
    ]
    styles = [
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
        style(1, 0, "center"),
        style(4, 0, "left", wrap=False),
        style(4, 0, "right", wrap=False),
        style(2, 1, "center", fill=2),
        style(3, 1, "left", form=49),
        style(3, 1, "left", form=49, quoted=True),
        style(3, 1, "center"),
        style(3, 1, "center", form=164),
        style(3, 1, "center", form=165),
        style(3, 1, "center", form=49),
        style(3, 1, "left", form=49, down="top"),
    ]
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
        f'<fonts count="{len(fonts)}">{"".join(fonts)}</fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill>'
        '<fill><patternFill patternType="solid"><fgColor rgb="FFEEF2F7"/></patternFill></fill></fills>'
        '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
        f"<border>{thin}<diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(styles)}">{"".join(styles)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


_STYLES = _styles()
