"""Word documents: paragraphs with the numbers Word prints, and tables with their merged cells.

Reads the accepted state of tracked changes (insertions in, deletions out), content controls, hyperlinks and
text boxes; leaves out hidden text, tables of contents, footnotes and the page's header and footer.
"""

import itertools
from collections.abc import Iterator

from lxml import etree

from bihuan.reading.errors import Unreadable
from bihuan.reading.intake import Limits
from bihuan.reading.numbering import Numbering, Styles, W
from bihuan.reading.package import Package
from bihuan.reading.source import Source, SourceBuilder, numbered

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = {
    f"{W}{tag}" for tag in ("del", "moveFrom", "instrText", "delText", "rt", "pPr", "rPr", "tbl")
} | {_FALLBACK}
_TRANSPARENT = {
    f"{W}{tag}" for tag in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "body")
}
_SIGNS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_MAX_DEPTH = 100


def read_docx(data: bytes, limits: Limits) -> Source:
    """The body of a document as lines and tables."""
    package = Package(data, max_unpacked=limits.max_unpacked, max_marks=limits.max_marks)
    main = _main_part(package)
    body = package.xml(main).find(f"{W}body")
    if body is None:
        raise Unreadable("broken")
    folder = main.rpartition("/")[0]
    styles = Styles(package.optional_xml(f"{folder}/styles.xml"))
    numbering = Numbering(package.optional_xml(f"{folder}/numbering.xml"), styles)
    return _Document(styles, numbering, limits).read(body)


def _main_part(package: Package) -> str:
    if "word/document.xml" in package:
        return "word/document.xml"
    relations = package.optional_xml("_rels/.rels")
    for relation in () if relations is None else relations:
        target = relation.get("Target", "").lstrip("/")
        if relation.get("Type", "").endswith("/officeDocument") and target in package:
            return target
    raise Unreadable("broken")


class _Document:
    def __init__(self, styles: Styles, numbering: Numbering, limits: Limits):
        self._styles = styles
        self._numbering = numbering
        self._limits = limits
        self._builder = SourceBuilder()
        self._paragraphs = 0
        self._rows = 0

    def read(self, body: etree._Element) -> Source:
        self._add(body)
        return self._builder.build()

    def _add(self, container: etree._Element) -> None:
        for element in _children(container):
            if element.tag == f"{W}p":
                self._add_paragraph(element)
            elif element.tag == f"{W}tbl":
                self._add_table(element)

    def _add_paragraph(self, paragraph: etree._Element) -> None:
        self._count_paragraph()
        text = _text(paragraph)
        if not text.strip() and _mark_deleted(paragraph):
            return
        number = self._numbering.label(paragraph)
        if text.strip() and not self._styles.is_contents(paragraph):
            self._builder.add_text(text, number)
        for box in _boxes(paragraph):
            self._add(box)

    def _add_table(self, table: etree._Element) -> None:
        rows: list[list[str]] = []
        merged: list[tuple[int, int, int, int]] = []
        open_merges: dict[
            int, tuple[int, int]
        ] = {}  # column → (first row, width) of a vertical merge going on
        for r, row in enumerate(_children(table, f"{W}tr")):
            self._rows += 1
            if self._rows > self._limits.max_rows:
                raise Unreadable("too_many_rows", limit=self._limits.max_rows)
            texts, continued = self._row(row, r, merged, open_merges)
            rows.append(texts)
            for column in [column for column in open_merges if column not in continued]:
                _close(open_merges, column, r - 1, merged)
        for column in list(open_merges):
            _close(open_merges, column, len(rows) - 1, merged)
        if sum(map(len, rows)) > self._limits.max_cells:
            raise Unreadable("too_many_cells", limit=self._limits.max_cells)
        self._builder.add_table(rows, merged)

    def _row(
        self, row: etree._Element, r: int, merged: list, open_merges: dict[int, tuple[int, int]]
    ) -> tuple[list[str], set[int]]:
        texts = [""] * _grid_count(row.find(f"{W}trPr/{W}gridBefore"), 0)
        continued: set[int] = set()
        for cell in _children(row, f"{W}tc"):
            column, width = len(texts), _grid_count(cell.find(f"{W}tcPr/{W}gridSpan"), 1)
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if len(texts) + width > 500:
                raise Unreadable("too_many_cells", limit=self._limits.max_cells)
            text = self._cell_text(cell)
            if merge is not None and merge.get(f"{W}val", "continue") == "continue" and column in open_merges:
                continued.add(column)
            else:
                if merge is not None and merge.get(f"{W}val") == "restart":
                    if column in open_merges:
                        _close(open_merges, column, r - 1, merged)
                    open_merges[column] = (r, width)
                    continued.add(column)
                elif width > 1:
                    merged.append((r, column, r, column + width - 1))
            texts += [text] + [""] * (width - 1)
        return texts, continued

    def _cell_text(self, cell: etree._Element) -> str:
        """Paragraphs line by line; a table inside the cell is read as its lines."""
        lines = []
        for paragraph in cell.iter(f"{W}p"):
            self._count_paragraph()
            lines.append(numbered(self._numbering.label(paragraph), _text(paragraph)))
        return "\n".join(line for line in lines if line.strip())

    def _count_paragraph(self) -> None:
        self._paragraphs += 1
        if self._paragraphs > self._limits.max_paragraphs:
            raise Unreadable("too_many_paragraphs", limit=self._limits.max_paragraphs)


def _children(element: etree._Element, tag: str | None = None) -> Iterator[etree._Element]:
    """Children, looking through the wrappers that content controls and tracked changes put around them."""
    for child in element:
        if child.tag in _TRANSPARENT:
            yield from _children(child, tag)
        elif tag is None or child.tag == tag:
            yield child


def _text(paragraph: etree._Element) -> str:
    return "".join(_pieces(paragraph, 0))


def _pieces(element: etree._Element, depth: int) -> Iterator[str]:
    for child in element:
        if child.tag == f"{W}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag == f"{W}p":
            continue  # a text box; its paragraphs are not part of this one
        elif child.tag not in _LEFT_OUT and not _is_hidden(child) and depth < _MAX_DEPTH:
            yield from _pieces(child, depth + 1)


def _boxes(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Text boxes anchored in the paragraph (red letterheads often are), each once."""
    for box in paragraph.iter(f"{W}txbxContent"):
        ancestors = list(itertools.takewhile(lambda element: element is not paragraph, box.iterancestors()))
        if not any(element.tag in (_FALLBACK, f"{W}txbxContent") for element in ancestors):
            yield box


def _mark_deleted(paragraph: etree._Element) -> bool:
    return paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None


def _is_hidden(element: etree._Element) -> bool:
    hidden = element.find(f"{W}rPr/{W}vanish") if element.tag == f"{W}r" else None
    return hidden is not None and hidden.get(f"{W}val", "1") not in ("0", "false", "off")


def _grid_count(element: etree._Element | None, default: int) -> int:
    value = "" if element is None else element.get(f"{W}val", "")
    return min(int(value), 500) if value.isdecimal() and len(value) < 7 else default


def _close(
    open_merges: dict[int, tuple[int, int]],
    column: int,
    last_row: int,
    merged: list[tuple[int, int, int, int]],
) -> None:
    first_row, width = open_merges.pop(column)
    if last_row > first_row or width > 1:
        merged.append((first_row, column, last_row, column + width - 1))
