"""A filled-in form as docx (表单): a title, pairs of label and content, tables below; A4, to print and to file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

FANGSONG, HEITI, XIAOBIAOSONG = "仿宋_GB2312", "黑体", "方正小标宋简体"
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold
TEXT_WIDTH = 160  # millimetres between the margins
LABEL_WIDTH = 25


@dataclass(frozen=True)
class Table:
    """Rows under a head; `widths` are shares."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]


@dataclass(frozen=True)
class Form:
    """What a form says, apart from how it looks. A row of facts holds one pair or two."""

    title: str
    facts: Sequence[Sequence[tuple[str, str]]]
    tables: Sequence[Table] = field(default_factory=tuple)
    foot: str = ""


def render(form: Form) -> bytes:
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm((210 - TEXT_WIDTH) / 2)
    page.top_margin = page.bottom_margin = Mm(20)
    _write(document.add_paragraph(), form.title, XIAOBIAOSONG, 22, centred=True)
    _facts(document, form.facts)
    for table in form.tables:
        _table(document, table)
    if form.foot:
        _write(document.add_paragraph(), form.foot, FANGSONG, 9)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _facts(document: Docx, rows: Sequence[Sequence[tuple[str, str]]]) -> None:
    table = document.add_table(rows=0, cols=4, style="Table Grid")
    table.autofit = False
    half = TEXT_WIDTH // 2 - LABEL_WIDTH
    for pairs in rows:
        cells = table.add_row().cells
        for cell, width in zip(cells, (LABEL_WIDTH, half) * 2, strict=True):
            cell.width = Mm(width)
        if len(pairs) == 1:
            cells = [cells[0], cells[1].merge(cells[3])]
        for place, (label, said) in enumerate(pairs):
            _write(cells[2 * place].paragraphs[0], label, HEITI, 10.5)
            _fill(cells[2 * place + 1], said)


def _table(document: Docx, said: Table) -> None:
    _write(document.add_paragraph(), said.title, HEITI, 12)
    table = document.add_table(rows=1, cols=len(said.head), style="Table Grid")
    table.autofit = False
    for cell, words in zip(table.rows[0].cells, said.head, strict=True):
        _write(cell.paragraphs[0], words, HEITI, 10.5, centred=True)
    head = table.rows[0]._tr.get_or_add_trPr()
    head.append(head.makeelement(qn("w:tblHeader"), {}))  # again on each page
    for row in said.rows:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            _fill(cell, words)
    whole = sum(said.widths)
    for row in table.rows:
        for cell, share in zip(row.cells, said.widths, strict=True):
            cell.width = Mm(TEXT_WIDTH * share / whole)


def _fill(cell, words: str) -> None:
    for number, line in enumerate(words.splitlines() or [""]):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        _write(paragraph, line, FANGSONG, 10.5)


def _write(paragraph: Paragraph, words: str, font: str, size: float, *, centred: bool = False) -> None:
    run = paragraph.add_run(UNPRINTABLE.sub("", words))
    run.font.name, run.font.size = font, Pt(size)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    paragraph.paragraph_format.space_after = Pt(2)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
