"""Official documents as docx after GB/T 9704-2012 (公文格式; the measures are in domain.md §8).

Fonts are named, never embedded: 方正小标宋 and 仿宋_GB2312 may not be passed on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

FANGSONG, HEITI, KAITI, XIAOBIAOSONG = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
RED = RGBColor(0xE6, 0x00, 0x12)
SANHAO, ERHAO, SIHAO = Pt(16), Pt(22), Pt(14)
LINE = Pt(29)  # 22 lines in 225 mm, as the common fixed pitch
CHARACTER = Pt(16)  # of size 3: indents count in characters
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Gongwen:
    """What an official document says, apart from how it looks."""

    issuer: str
    number: str
    title: str
    addressees: str
    sections: Sequence[dict[str, Any]]
    tables: Sequence[dict[str, Any]] = field(default_factory=tuple)
    issued_on: date | None = None


def long_date(day: date) -> str:
    """The date of an official document: Arabic figures, no leading zeros (domain.md §8)."""
    return f"{day.year}年{day.month}月{day.day}日"


def render(said: Gongwen) -> bytes:
    """The document as a docx file; a draft has no number and no date, and says so in their places."""
    document = Document()
    section = document.sections[0]
    _set_page(section)
    _number_pages(document, section)
    _set_default_font(document)
    _head(document, said)
    _line(document, said.title, XIAOBIAOSONG, ERHAO, align=WD_ALIGN_PARAGRAPH.CENTER, before=2)
    _line(document, f"{said.addressees}：", before=1)
    for number, part in enumerate(said.sections):
        _line(document, f"{NUMERALS[number]}、{part['heading']}", HEITI, indent=True)
        for text in part["paragraphs"]:
            _line(document, text, indent=True)
    _annex_note(document, said.tables)
    _signature(document, said)
    for table in said.tables:
        _annex(document, table, alone=len(said.tables) == 1)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _set_page(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(23)
    grid = OxmlElement("w:docGrid")
    for name, value in (("type", "linesAndChars"), ("linePitch", "580"), ("charSpace", "-848")):
        grid.set(qn(f"w:{name}"), value)
    old = section._sectPr.find(qn("w:docGrid"))
    if old is not None:
        section._sectPr.remove(old)
    section._sectPr.append(grid)


def _number_pages(document: Docx, section: Section) -> None:
    """— 1 —, size 4 Song; on the right of odd pages and the left of even ones, one character in."""
    document.settings.odd_and_even_pages_header_footer = True
    sides = (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, "right_indent"),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, "left_indent"),
    )
    for footer, side, indent in sides:
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        setattr(paragraph.paragraph_format, indent, SIHAO)
        _run(paragraph, "— ", "宋体", SIHAO)
        run = _run(paragraph, "", "宋体", SIHAO)
        for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
            run._r.append(_field_part(kind, text))
        _run(paragraph, " —", "宋体", SIHAO)


def _field_part(kind: str | None, text: str | None) -> Any:
    if kind is None:
        part = OxmlElement("w:instrText")
        part.set(qn("xml:space"), "preserve")
        part.text = text
        return part
    part = OxmlElement("w:fldChar")
    part.set(qn("w:fldCharType"), kind)
    return part


def _set_default_font(document: Docx) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", SANHAO
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FANGSONG)


def _head(document: Docx, said: Gongwen) -> None:
    mark = _line(
        document, f"{said.issuer}文件", XIAOBIAOSONG, Pt(38), align=WD_ALIGN_PARAGRAPH.CENTER, exact=False
    )
    mark.runs[0].font.color.rgb = RED
    mark.paragraph_format.space_before = Mm(35) - Mm(37) + Mm(12)
    number = said.number or "（待编号）"
    below = _line(document, number, align=WD_ALIGN_PARAGRAPH.CENTER, before=2)
    _rule(below)


def _rule(paragraph: Paragraph) -> None:
    """The red line 4 mm below the number, as wide as the text."""
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "11"), ("color", "E60012")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _line(
    document: Docx,
    text: str,
    font: str = FANGSONG,
    size: Pt = SANHAO,
    *,
    align: WD_ALIGN_PARAGRAPH | None = None,
    indent: bool = False,
    before: int = 0,
    exact: bool = True,
) -> Paragraph:
    """A paragraph in the grid; `before` counts empty lines above it."""
    for _blank in range(before):
        _line(document, "")
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    if exact:
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, max(LINE, Pt(size.pt * 1.5))
    if align is not None:
        paragraph.alignment = align
    if indent:
        layout.first_line_indent = Pt(CHARACTER.pt * 2)
    if text:
        _run(paragraph, text, font, size)
    return paragraph


def _run(paragraph: Paragraph, text: str, font: str, size: Pt) -> Any:
    run = paragraph.add_run(text)
    run.font.size = size
    run.font.name = "Times New Roman" if font != "宋体" else "宋体"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def _annex_note(document: Docx, tables: Sequence[dict[str, Any]]) -> None:
    if not tables:
        return
    _line(document, "")
    if len(tables) == 1:
        _line(document, f"附件：{tables[0]['title']}", indent=True)
        return
    for number, table in enumerate(tables, 1):
        lead = "附件：" if number == 1 else "　　　"
        _line(document, f"{lead}{number}.{table['title']}", indent=True)


def _signature(document: Docx, said: Gongwen) -> None:
    """Issuer centred over the date, the date four characters from the right: room for the seal."""
    written = long_date(said.issued_on) if said.issued_on else "（待签发）"
    longer = max(len(said.issuer), len(written))
    for text, blank in ((said.issuer, 2), (written, 0)):
        signed = _line(document, text, align=WD_ALIGN_PARAGRAPH.RIGHT, before=blank)
        signed.paragraph_format.right_indent = Pt(CHARACTER.pt * (4 + (longer - len(text)) / 2))


def _annex(document: Docx, table: dict[str, Any], *, alone: bool) -> None:
    document.add_page_break()
    _line(document, "附件" if alone else f"附件{table.get('number', '')}", HEITI)
    _line(document, table["title"], XIAOBIAOSONG, ERHAO, align=WD_ALIGN_PARAGRAPH.CENTER, before=1)
    _line(document, "")
    grid = document.add_table(rows=1, cols=len(table["head"]), style="Table Grid")
    for cell, text in zip(grid.rows[0].cells, table["head"], strict=True):
        _fill(cell, text, HEITI)
    repeat = OxmlElement("w:tblHeader")
    grid.rows[0]._tr.get_or_add_trPr().append(repeat)
    for values in table["rows"]:
        for cell, text in zip(grid.add_row().cells, values, strict=True):
            _fill(cell, text, FANGSONG)


def _fill(cell: Any, text: str, font: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, str(text), font, SIHAO)
