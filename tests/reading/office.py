"""Writes small docx and xlsx files part by part, so that tests control what Word and Excel would hide."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import xlsxwriter

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def docx(
    *body: str,
    numbering: str = "",
    styles: str = "",
    content_type: str = MAIN,
    extra: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A Word document of the given body elements (see `p` and `table`)."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/word/document.xml" ContentType="{content_type}"/></Types>',
        "word/document.xml": f"<w:document {W}><w:body>{''.join(body)}<w:sectPr/></w:body></w:document>",
    }
    if numbering:
        parts["word/numbering.xml"] = f"<w:numbering {W}>{numbering}</w:numbering>"
    if styles:
        parts["word/styles.xml"] = f"<w:styles {W}>{styles}</w:styles>"
    return zipped({**parts, **(extra or {})})


def p(
    text: str = "", *, num: int | None = None, level: int | None = None, style: str = "", inside: str = ""
) -> str:
    """A paragraph; `num` and `level` are its own list reference, `inside` is raw markup behind the text."""
    reference = (f'<w:ilvl w:val="{level}"/>' if level is not None else "") + (
        f'<w:numId w:val="{num}"/>' if num is not None else ""
    )
    properties = (f'<w:pStyle w:val="{style}"/>' if style else "") + (
        f"<w:numPr>{reference}</w:numPr>" if reference else ""
    )
    run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{run}{inside}</w:p>"


def table(*rows: Sequence[str]) -> str:
    """A table; a cell “^” continues the one above, a leading “n>” spans n columns."""
    return (
        "<w:tbl>"
        + "".join(
            "<w:tr>"
            + "".join(_cell(cell, _starts_merge(rows, r, c)) for c, cell in enumerate(row))
            + "</w:tr>"
            for r, row in enumerate(rows)
        )
        + "</w:tbl>"
    )


def _starts_merge(rows: Sequence[Sequence[str]], r: int, c: int) -> bool:
    return r + 1 < len(rows) and c < len(rows[r + 1]) and rows[r + 1][c] == "^"


def _cell(text: str, starts_merge: bool) -> str:
    span, text = text.split(">", 1) if ">" in text[:3] else ("", text)
    properties = (f'<w:gridSpan w:val="{span}"/>' if span else "") + (
        "<w:vMerge/>" if text == "^" else '<w:vMerge w:val="restart"/>' if starts_merge else ""
    )
    content = "" if text == "^" else text
    paragraphs = content if content.startswith("<w:p>") else "".join(p(line) for line in content.split("\n"))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraphs}</w:tc>"


def level(depth: int, form: str, text: str, *, start: int = 1, inside: str = "") -> str:
    begin = f'<w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
    return f'<w:lvl w:ilvl="{depth}">{begin}{inside}<w:lvlText w:val="{text}"/></w:lvl>'


def abstract(identifier: int, *levels: str, inside: str = "") -> str:
    return f'<w:abstractNum w:abstractNumId="{identifier}">{inside}{"".join(levels)}</w:abstractNum>'


def num(identifier: int, definition: int, overrides: str = "") -> str:
    return f'<w:num w:numId="{identifier}"><w:abstractNumId w:val="{definition}"/>{overrides}</w:num>'


def start_at(depth: int, value: int) -> str:
    return f'<w:lvlOverride w:ilvl="{depth}"><w:startOverride w:val="{value}"/></w:lvlOverride>'


def paragraph_style(
    identifier: str, *, name: str = "", based_on: str = "", num: int | None = None, level: int | None = None
) -> str:
    reference = (f'<w:ilvl w:val="{level}"/>' if level is not None else "") + (
        f'<w:numId w:val="{num}"/>' if num is not None else ""
    )
    based = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{identifier}"><w:name w:val="{name or identifier}"/>{based}'
        f"<w:pPr><w:numPr>{reference}</w:numPr></w:pPr></w:style>"
    )


# The three levels of an official document, numbered by Word.
OFFICIAL = abstract(
    0,
    level(0, "chineseCounting", "%1、"),
    level(1, "chineseCounting", "（%2）"),
    level(2, "decimal", "%3."),
    level(3, "decimal", "（%4）"),
) + num(1, 0)


def xlsx(
    *sheets: Sequence[Sequence[object]],
    merged: Sequence[str] = (),
    hidden: Sequence[int] = (),
    formats: Mapping[tuple[int, int], str] | None = None,
) -> bytes:
    """A workbook of sheets given as rows; `merged` areas (“A1:C1”) and formats are for the first."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for index, rows in enumerate(sheets):
        sheet = book.add_worksheet()
        if index in hidden:
            sheet.hide()
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                code = (formats or {}).get((r, c))
                if value is not None:
                    sheet.write(r, c, value, book.add_format({"num_format": code}) if code else None)
        for area in merged if index == 0 else ():
            first = area.split(":")[0]
            column, row = ord(first[0]) - 65, int(first[1:]) - 1
            sheet.merge_range(area, rows[row][column])
    book.close()
    return file.getvalue()
