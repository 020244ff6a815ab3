"""Official documents as PDF/A: fonts embedded, text searchable, the layout of the docx (ADR 7).

Rendering fails rather than show a letter in a font that is not on the list. The same words give the same bytes.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import typst

from bihuan.documents.gongwen import fonts, standard
from bihuan.documents.gongwen.layout import (
    COLOPHON_PITCH,
    TABLE_PITCH,
    addressees_in_colophon,
    annex_names,
    colophon_rows,
    column_shares,
    kept_with_signature,
    signature,
)
from bihuan.documents.gongwen.standard import Face
from bihuan.documents.gongwen.text import Gongwen, body, is_heading, mark_size, title_lines

TEMPLATE = Path(__file__).parent / "data" / "gongwen.typ"
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # of a draft, which has no date yet


def render(said: Gongwen) -> bytes:
    """The document as a PDF file. Raises Refused when a font or a letter is missing."""
    moment = datetime.combine(said.issued_on, time(), UTC) if said.issued_on else EPOCH
    written = _compiler(said).compile(format="pdf", timestamp=moment, pdf_standards="a-2u")
    assert isinstance(written, bytes)
    return written


def pages(said: Gongwen) -> list[str]:
    """Every page of the PDF as an SVG of outlines, to be looked at in a page; raises as `render` does.

    No word of the document is in it as text, so nothing that a person wrote is ever read as markup.
    """
    drawn = _compiler(said).compile(format="svg")
    sheets = drawn if isinstance(drawn, list) else [drawn]
    return [one.decode() for one in sheets if one is not None]


def _compiler(said: Gongwen) -> typst.Compiler:
    content = _content(said)
    fonts.refuse_uncovered(_texts(content))
    chosen, latin = fonts.chosen(), fonts.latin()
    content["fonts"] = {
        face.name: {"family": font.family, "weight": font.weight} for face, font in chosen.items()
    }
    content["latin"] = latin.family if latin else ""
    return typst.Compiler(
        TEMPLATE.read_bytes(),
        font_paths=fonts.installed(),
        sys_inputs={"said": json.dumps(content, ensure_ascii=False)},
    )


def _content(said: Gongwen) -> dict[str, Any]:
    moved = addressees_in_colophon(said)
    return {
        "form": said.form,
        "title": said.title,
        "issuer": said.issuer,
        "above": [
            {"text": text, "face": face.name}
            for text, face in ((said.copy_number, Face.FANGSONG), (said.urgency, Face.HEITI))
            if text
        ],
        "mark": said.red_words,
        "issuers": list(said.issuers),
        "mark_size": mark_size(said.red_words),
        "number": said.number_shown,
        "signer": said.signer,
        "title_lines": title_lines(said.title),
        "addressees": "" if moved else f"{said.addressees}：",
        "body": [
            {
                "heads": is_heading(pieces),
                "pieces": [{"text": piece.text, "face": piece.face.name} for piece in pieces],
            }
            for pieces in body(said.sections)
        ],
        "kept": kept_with_signature(said),
        "annexes": [{"number": number, "name": name} for number, name in annex_names(said)],
        "signature": [{"text": line.text, "right": line.right} for line in signature(said)],
        "note": f"（{said.note}）" if said.note else "",
        "tables": [
            {
                "title": title_lines(table["title"]),
                "head": [str(cell) for cell in table["head"]],
                "rows": [[str(cell) for cell in row] for row in table["rows"]],
                "shares": column_shares(table),
            }
            for table in said.tables
        ],
        "colophon": [{"label": f"{label}：", "text": f"{text}。"} for label, text in colophon_rows(said)],
        "printed": []
        if said.form == "letter"
        else [said.printed_by or said.issuer, f"{said.date_shown}印发"],
        "pitch": standard.PITCH,
        "colophon_pitch": COLOPHON_PITCH,
        "table_pitch": TABLE_PITCH,
        "red": f"#{standard.RED}",
    }


def _texts(content: Any, face: Face = Face.FANGSONG) -> Iterator[tuple[str, Face]]:
    """Every stretch of text with its face; what has none is set in one of the two that share their letters."""
    if isinstance(content, str):
        yield content, face
    elif isinstance(content, dict):
        own = Face[content["face"]] if content.get("face") else face
        for key, part in content.items():
            if key not in ("face", "red", "form"):
                named = Face.XIAOBIAOSONG if key in ("mark", "issuers", "title_lines", "title") else own
                yield from _texts(part, named)
    elif isinstance(content, list):
        for part in content:
            yield from _texts(part, face)
