"""Official documents as docx. Fonts are named, never embedded: 方正小标宋 and 仿宋_GB2312 may not be passed on.

The same words give the same bytes, whenever they are set: a circular can be made again years later.
"""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any, TypedDict, Unpack
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm, Pt

from bihuan.documents.gongwen.layout import (
    CC_CHARACTERS,
    COLOPHON_PITCH,
    TABLE_PITCH,
    Foot,
    addressees_in_colophon,
    annex_names,
    colophon_rows,
    column_shares,
    foot,
    kept_with_signature,
    signature,
)
from bihuan.documents.gongwen.standard import (
    BOTTOM,
    ERHAO,
    FOOT_BELOW,
    FOOT_BOTTOM,
    LATIN,
    LEFT,
    LETTER_BOTTOM,
    LETTER_RULE,
    LETTER_TOP,
    MARK_TOP,
    PAGE,
    PITCH,
    PITCH_TWIPS,
    RED,
    RIGHT,
    SANHAO,
    SIHAO,
    SPACING_TWIPS,
    THICK,
    THIN,
    TITLE_PITCH,
    TOP,
    Face,
    mm,
)
from bihuan.documents.gongwen.text import Gongwen, Piece, body, is_heading, lines, mark_size, title_lines

DOT, EMU = 20, 12700  # twips and EMUs of a point
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
TEXT_TWIPS = 8845  # 156 mm
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Look(TypedDict, total=False):
    """How a paragraph differs from plain text without indent; lengths in points."""

    size: float
    pitch: float
    align: str
    first: float
    left: float
    right: float
    before: float
    after: float
    rule: str  # the XML of a border
    tabs: str
    new_page: bool
    stays: bool  # on the page of what follows
    color: str


def render(said: Gongwen) -> bytes:
    """The document as a docx file; a draft has no number and no date, and says so in their places."""
    document = Document()
    document.element.body.clear_content()
    _set_defaults(document, said)
    section = document.sections[0]
    _set_page(section, said)
    _number_pages(document, section, said)
    (_letter_head if said.form == "letter" else _head)(document, said)
    _title(document, said.title)
    moved = addressees_in_colophon(said)
    if not moved:
        _add(document, f"{said.addressees}：", before=PITCH)
    paragraphs, kept = list(body(said.sections)), kept_with_signature(said)
    for number, pieces in enumerate(paragraphs):
        above = PITCH if moved and number == 0 else 0
        stays = number >= len(paragraphs) - kept or is_heading(pieces)
        _add(document, pieces, first=2 * SANHAO, align="both", before=above, stays=stays)
    _annex_note(document, said, stays=kept > 0)
    _signature(document, said, stays=kept > 0)
    for number, table in enumerate(said.tables, 1):
        _annex(document, table, number if len(said.annexes) > 1 else None)
    _colophon(document, said)
    return _fixed(document)


def _set_defaults(document: Docx, said: Gongwen) -> None:
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for name in ("sz", "szCs"):  # LibreOffice counts the characters of the grid from these, Word from Normal
        defaults.find(qn(f"w:{name}")).set(qn("w:val"), str(round(SANHAO * 2)))
    defaults.find(qn("w:lang")).set(
        qn("w:eastAsia"), "zh-CN"
    )  # else characters are drawn as another country's
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, Pt(SANHAO)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), Face.FANGSONG)
    tighter = OxmlElement("w:spacing")
    tighter.set(qn("w:val"), str(SPACING_TWIPS))
    normal.element.rPr.find(qn("w:sz")).addprevious(tighter)
    properties = normal.element.get_or_add_pPr()
    for name in ("widowControl", "autoSpaceDE", "autoSpaceDN"):  # a full page; no gaps beside figures
        off = OxmlElement(f"w:{name}")
        off.set(qn("w:val"), "0")
        properties.append(off)
    core = document.core_properties
    core.title, core.author, core.subject, core.comments = said.title, said.issuer, said.number, ""
    core.language, core.last_modified_by = "zh-CN", ""


def _set_page(section: Section, said: Gongwen) -> None:
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.header_distance = Mm(LETTER_TOP)
    section.footer_distance = Mm(LETTER_BOTTOM if said.form == "letter" else FOOT_BOTTOM)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    for name, value in (("type", "linesAndChars"), ("linePitch", PITCH_TWIPS), ("charSpace", 0)):
        grid.set(qn(f"w:{name}"), str(value))
    section._sectPr.append(grid)


def _number_pages(document: Docx, section: Section, said: Gongwen) -> None:
    """— 1 —, size 4 Song; on the right of odd pages and the left of even ones, one character in."""
    document.settings.odd_and_even_pages_header_footer = True
    lift = BOTTOM - FOOT_BELOW - 5.0 - (LETTER_BOTTOM if said.form == "letter" else FOOT_BOTTOM)
    odd = _paragraph(_page_number(), align="right", right=SIHAO, pitch=SIHAO, after=mm(lift))
    even = _paragraph(_page_number(), align="left", left=SIHAO, pitch=SIHAO, after=mm(lift))
    _fill(section.footer, odd)
    _fill(section.even_page_footer, even)
    if said.form == "letter":
        section.different_first_page_header_footer = True
        rule = _border("bottom", "thinThickSmallGap", 24, 0, RED)
        wider = _beyond()
        _fill(section.first_page_footer, _paragraph("", rule=rule, pitch=1, left=-wider, right=-wider))


def _head(document: Docx, said: Gongwen) -> None:
    above = [text for text in (said.copy_number, said.urgency) if text]
    for text in above:
        _add(document, [Piece(text, Face.FANGSONG if text == said.copy_number else Face.HEITI)])
    top = mm(MARK_TOP) - len(above) * PITCH
    size = mark_size(said.red_words)
    if said.partners:
        _joint_mark(document, said, top, size)
    else:
        _add(
            document,
            [Piece(said.red_words, Face.XIAOBIAOSONG)],
            size=size,
            pitch=size,
            align="center",
            before=top,
            color=RED,
        )
    rule = _border("bottom", "single", 12, 4, RED)  # with what the line leaves below its glyphs: 4 mm
    if said.signer:
        named = [
            Piece(f"{said.number_shown}\t签发人："),
            Piece(said.signer, Face.KAITI),
        ]
        stop = f'<w:tab w:val="right" w:pos="{int(TEXT_TWIPS - SANHAO * DOT)}"/>'
        _add(document, named, first=SANHAO, tabs=stop, before=2 * PITCH, rule=rule)
    else:
        _add(document, said.number_shown, align="center", before=2 * PITCH, rule=rule)


def _joint_mark(document: Docx, said: Gongwen, top: float, size: float) -> None:
    """The host first, one name a line, 文件 at their right in the middle (联合行文)."""
    _add(document, "", pitch=1, before=top - 1)
    issuers = said.issuers
    size = min(size, mark_size(max(issuers, key=len) + "文件　"))
    left, right = int(TEXT_TWIPS - 3 * size * DOT), int(3 * size * DOT)
    rows = []
    for number, name in enumerate(issuers):
        look: Any = {"size": size, "pitch": size * 1.2, "color": RED}
        cells = [
            (left, "", _paragraph([Piece(name, Face.XIAOBIAOSONG)], align="distribute", **look)),
            (
                right,
                '<w:vMerge w:val="restart"/><w:vAlign w:val="center"/>' if number == 0 else "<w:vMerge/>",
                _paragraph([Piece("文件", Face.XIAOBIAOSONG)] if number == 0 else "", align="center", **look),
            ),
        ]
        rows.append(_row(cells))
    _append(document, _table(rows, [left, right], borders=""))


def _letter_head(document: Docx, said: Gongwen) -> None:
    """信函格式: the name 30 mm from the page's top, a double rule 4 mm below, the number at its right."""
    section = document.sections[0]
    size = min(mark_size(said.red_words), 36.0)
    wider = _beyond()
    mark = _paragraph(
        [Piece(said.red_words, Face.XIAOBIAOSONG)],
        size=size,
        pitch=size,
        align="center",
        color=RED,
        rule=_border("bottom", "thickThinSmallGap", 24, 7, RED),
        left=-wider,
        right=-wider,
    )
    _fill(section.first_page_header, mark)
    stop = f'<w:tab w:val="right" w:pos="{TEXT_TWIPS}"/>'
    first = said.copy_number or said.urgency
    face = Face.FANGSONG if said.copy_number else Face.HEITI
    pieces = [*([Piece(first, face)] if first else []), Piece(f"\t{said.number_shown}")]
    _add(document, pieces, tabs=stop, before=SANHAO * 7 / 8)
    if said.copy_number and said.urgency:
        _add(document, [Piece(said.urgency, Face.HEITI)])


def _title(document: Docx, title: str) -> None:
    for number, text in enumerate(title_lines(title)):
        _add(
            document,
            [Piece(text, Face.XIAOBIAOSONG)],
            size=ERHAO,
            pitch=TITLE_PITCH,
            align="center",
            before=0 if number else 2 * PITCH,
        )


def _annex_note(document: Docx, said: Gongwen, *, stays: bool) -> None:
    """附件：1.… two characters in; a longer name wraps under its own first character."""
    for place, (number, name) in enumerate(annex_names(said)):
        figure = SANHAO * 0.75 if number else 0.0
        hanging = figure if place else 3 * SANHAO + figure
        lead = number if place else f"附件：{number}"
        _add(
            document,
            f"{lead}{name}",
            left=5 * SANHAO + figure,
            first=-hanging,
            before=0 if place else PITCH,
            stays=stays,
        )


def _signature(document: Docx, said: Gongwen, *, stays: bool) -> None:
    """Issuer centred over the date, the date four characters from the right: room for the seal."""
    placed = signature(said)
    for place, line in enumerate(placed):
        before = 0 if place else 2 * PITCH
        more = stays and (bool(said.note) or place < len(placed) - 1)
        _add(document, line.text, align="right", right=line.right * SANHAO, before=before, stays=more)
    if said.note:
        _add(document, f"（{said.note}）", first=2 * SANHAO)


def _annex(document: Docx, table: dict[str, Any], number: int | None) -> None:
    _add(document, [Piece(f"附件{number or ''}", Face.HEITI)], new_page=True)
    for place, text in enumerate(title_lines(table["title"])):
        _add(
            document,
            [Piece(text, Face.XIAOBIAOSONG)],
            size=ERHAO,
            pitch=TITLE_PITCH,
            align="center",
            before=0 if place else PITCH,
        )
    _add(document, "")
    widths = [round(share * TEXT_TWIPS) for share in column_shares(table)]
    rows = [_cells(table["head"], widths, Face.HEITI, head=True)]
    rows += [_cells(values, widths, Face.FANGSONG) for values in table["rows"]]
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    _append(document, _table(rows, widths, borders=sides))
    _add(document, "", pitch=1)


def _cells(values: Sequence[object], widths: Sequence[int], face: Face, *, head: bool = False) -> str:
    look: Look = {"size": SIHAO, "pitch": TABLE_PITCH, "align": "center"}
    return _row(
        [
            (wide, '<w:vAlign w:val="center"/>', _paragraph([Piece(str(value), face)], **look))
            for wide, value in zip(widths, values, strict=True)
        ],
        head=head,
    )


def _colophon(document: Docx, said: Gongwen) -> None:
    """版记: copies, printing unit and date between rules, at the foot of the last page, which is even.

    A text box at the bottom of the page on which the last paragraph is. A letter has neither rules nor a printing
    line (GB/T 9704-2012, 10.1).
    """
    rows = colophon_rows(said)
    letter = said.form == "letter"
    if letter and not rows:
        return
    place = Foot.HERE if letter else foot(said)
    if place is Foot.BEHIND_BLANK:
        bare = document.add_section(WD_SECTION.NEW_PAGE)
        for part in (bare.footer, bare.even_page_footer):
            part.is_linked_to_previous = False
        _add(document, "")
    if place is not Foot.HERE:
        _add(document, "", new_page=True, pitch=1)
    small: Any = {"size": SIHAO, "pitch": COLOPHON_PITCH}
    parts = [
        (
            lines(text, indent=0, measure=CC_CHARACTERS),
            _paragraph(f"{label}：{text}。", left=4 * SIHAO, first=-3 * SIHAO, right=SIHAO, **small),
        )
        for label, text in rows
    ]
    if not letter:
        stop = f'<w:tab w:val="right" w:pos="{int(TEXT_TWIPS - SIHAO * DOT)}"/>'
        printed = f"{said.printed_by or said.issuer}\t{said.date_shown}印发"
        parts.append((1, _paragraph(printed, left=SIHAO, tabs=stop, **small)))
    rules = [] if letter else [THICK, *([THIN] if len(parts) > 1 else []), THICK]
    inside = [cell for _count, cell in parts]
    if rules:
        inside = [
            _rule(THICK),
            *inside[:-1],
            *([_rule(THIN)] if len(parts) > 1 else []),
            inside[-1],
            _rule(THICK),
        ]
    count = sum(
        count + count // 6 for count, _cell in parts
    )  # a long list breaks a little earlier than counted
    height = count * COLOPHON_PITCH + sum(1 + mm(rule) for rule in rules)
    anchor = document.element.body.findall(qn("w:p"))[-1]
    anchor.append(parse_xml(_box("".join(inside), height)))


def _rule(millimetres: float) -> str:
    """A black rule of the colophon, as wide as the text."""
    rule = _border("bottom", "single", round(mm(millimetres) * 8), 0, "000000")
    return _paragraph("", pitch=1, rule=rule)


def _box(inside: str, height: float) -> str:
    """A text box that stands on the bottom of the text area, as wide as it."""
    wide, high = int(mm(PAGE[0] - LEFT - RIGHT) * EMU), int((height + 1) * EMU)
    return (
        f'<w:r {NAMESPACES}><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>'
        '<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1" behindDoc="0"'
        ' locked="0" layoutInCell="1" allowOverlap="0"><wp:simplePos x="0" y="0"/>'
        '<wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>'
        '<wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>'
        f'<wp:extent cx="{wide}" cy="{high}"/><wp:wrapTopAndBottom/><wp:docPr id="1" name="colophon" descr="版记"/>'
        "<wp:cNvGraphicFramePr/><a:graphic>"
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>'
        f'<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>'
        f"<wps:txbx><w:txbxContent>{inside}</w:txbxContent></wps:txbx>"
        '<wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"><a:noAutofit/></wps:bodyPr>'
        "</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback/>"
        "</mc:AlternateContent></w:r>"
    )


def _page_number() -> str:
    font = f'<w:rFonts w:ascii="{Face.SONG}" w:hAnsi="{Face.SONG}" w:eastAsia="{Face.SONG}"/>'
    shape = f'<w:rPr>{font}<w:sz w:val="28"/></w:rPr>'
    parts = (
        '<w:t xml:space="preserve">— </w:t>',
        '<w:fldChar w:fldCharType="begin"/>',
        '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        "<w:t>1</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
        '<w:t xml:space="preserve"> —</w:t>',
    )
    return "".join(f"<w:r>{shape}{part}</w:r>" for part in parts)


def _beyond() -> float:
    """How far the rules of a letter reach past the text on either side, in points."""
    return mm(LETTER_RULE - (PAGE[0] - LEFT - RIGHT)) / 2


def _border(side: str, style: str, eighths: int, space: int, color: str) -> str:
    return f'<w:{side} w:val="{style}" w:sz="{eighths}" w:space="{space}" w:color="{color}"/>'


def _add(document: Docx, said: str | Sequence[Piece], **look: Unpack[Look]) -> None:
    """A paragraph at the end; room above it is whole empty lines of the grid."""
    pieces = [Piece(said)] if isinstance(said, str) else said
    _append(document, _paragraph(pieces, **look))


def _append(document: Docx, xml: str) -> None:
    place = document.element.body
    end = place.find(qn("w:sectPr"))
    part = _parsed(xml)
    end.addprevious(part) if end is not None else place.append(part)


def _fill(part: Any, xml: str) -> None:
    """Give a header or footer this one paragraph."""
    part.is_linked_to_previous = False
    for old in list(part._element):
        part._element.remove(old)
    part._element.append(_parsed(xml))


def _parsed(xml: str) -> Any:
    tag, rest = xml.split(">", 1)
    ending = "/" if tag.endswith("/") else ""
    return parse_xml(f"{tag.rstrip('/')} {nsdecls('w')}{ending}>{rest}")


def _paragraph(said: str | Sequence[Piece], **look: Unpack[Look]) -> str:
    """The XML of a paragraph; a string is ready-made runs when it is XML, else plain text."""
    size = look.get("size", SANHAO)
    lengths: dict[str, Any] = {"first": 0, "left": 0, "right": 0, "before": 0, "after": 0, **look}
    twips = {name: round(lengths[name] * DOT) for name in ("first", "left", "right", "before", "after")}
    indent = f'w:left="{twips["left"]}" w:right="{twips["right"]}"'
    if twips["first"] >= 0:
        characters = (
            f' w:firstLineChars="{round(look.get("first", 0) / size * 100)}"' if twips["first"] else ""
        )
        indent += f'{characters} w:firstLine="{twips["first"]}"'
    else:
        indent += f' w:hanging="{-twips["first"]}"'
    rule, tabs, pitch = look.get("rule"), look.get("tabs"), look.get("pitch", PITCH)
    properties = (
        ("<w:keepNext/><w:keepLines/>" if look.get("stays") else "")
        + ("<w:pageBreakBefore/>" if look.get("new_page") else "")
        + (f"<w:pBdr>{rule}</w:pBdr>" if rule else "")
        + (f"<w:tabs>{tabs}</w:tabs>" if tabs else "")
        + ("" if pitch == PITCH else '<w:snapToGrid w:val="0"/>')
        + f'<w:spacing w:before="{twips["before"]}" w:after="{twips["after"]}"'
        + f' w:line="{round(pitch * DOT)}" w:lineRule="exact"/>'
        + f"<w:ind {indent}/>"
        + (f'<w:jc w:val="{look["align"]}"/>' if "align" in look else "")
    )
    if isinstance(said, str):
        runs = said if said.startswith("<w:r>") else _run(Piece(said), size, "")
    else:
        runs = "".join(_run(piece, size, look.get("color", "")) for piece in said)
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def _run(piece: Piece, size: float, color: str) -> str:
    if not piece.text:
        return ""
    fonts = f'<w:rFonts w:hint="eastAsia" w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{piece.face}"/>'
    tint = f'<w:color w:val="{color}"/>' if color else ""
    half = round(size * 2)
    text = "<w:tab/>".join(
        f'<w:t xml:space="preserve">{escape(UNPRINTABLE.sub("", part))}</w:t>' if part else ""
        for part in piece.text.split("\t")
    )
    return f'<w:r><w:rPr>{fonts}{tint}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr>{text}</w:r>'


def _table(rows: Sequence[str], widths: Sequence[int], *, borders: str) -> str:
    columns = "".join(f'<w:gridCol w:w="{wide}"/>' for wide in widths)
    margins = '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar>'
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        + (f"<w:tblBorders>{borders}</w:tblBorders>" if borders else "")
        + f'<w:tblLayout w:type="fixed"/>{margins}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
        + "".join(rows)
        + "</w:tbl>"
    )


def _row(cells: Sequence[tuple[int, str, str]], *, head: bool = False) -> str:
    properties = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    inside = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/>{extra}</w:tcPr>{paragraph}</w:tc>'
        for wide, extra, paragraph in cells
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inside}</w:tr>"


def _fixed(document: Docx) -> bytes:
    """The file without the moment at which it was zipped."""
    raw, written = BytesIO(), BytesIO()
    document.save(raw)
    with ZipFile(raw) as source, ZipFile(written, "w", ZIP_DEFLATED) as target:
        for info in sorted(source.infolist(), key=lambda one: one.filename):
            still = ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            still.compress_type = ZIP_DEFLATED
            target.writestr(still, source.read(info))
    return written.getvalue()
