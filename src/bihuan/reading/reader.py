"""The one entry: bytes and a file name in, a `Reading` out."""

from collections.abc import Iterator
from dataclasses import replace

from bihuan.reading.assemble import assemble
from bihuan.reading.docx import read_docx
from bihuan.reading.duties import DutyReader, find_first_leads
from bihuan.reading.errors import Unreadable
from bihuan.reading.group import read_group
from bihuan.reading.heading import read_heading
from bihuan.reading.intake import Limits, identify
from bihuan.reading.letter import split_parts
from bihuan.reading.outline import Outline
from bihuan.reading.periods import Years, only_year
from bihuan.reading.reasons import Reason
from bihuan.reading.result import Heading, Reading, Unread
from bihuan.reading.source import Source, lines_of
from bihuan.reading.tables import TableReader
from bihuan.reading.text import read_csv, read_text
from bihuan.reading.traditional import as_written, folded, is_traditional
from bihuan.reading.xlsx import read_xlsx


def read(data: bytes, file_name: str, limits: Limits | None = None) -> Reading:
    """Read an official document; raises `Unreadable` for a file that cannot or must not be read."""
    limits = limits or Limits()
    kind = identify(data, file_name, limits)
    hidden_sheets: list[str] = []
    if kind == "docx":
        source = read_docx(data, limits)
    elif kind == "xlsx":
        source, hidden_sheets = read_xlsx(data, limits)
    else:
        source = (read_csv if kind == "csv" else read_text)(data, limits)
    if max(map(len, source.text.split("\n"))) > limits.max_length:
        raise Unreadable("too_long_paragraph", limit=limits.max_length)
    return replace(read_source(source, file_name), kind=kind, hidden_sheets=tuple(hidden_sheets))


def read_source(source: Source, file_name: str) -> Reading:
    """Read a document whose text is at hand; one in traditional characters is shown as it is written."""
    if is_traditional(source.text):
        return as_written(_read(folded(source), file_name), source)
    return _read(source, file_name)


def _read(source: Source, file_name: str) -> Reading:
    parts = split_parts(source)
    tables = TableReader()
    outlines = [Outline(part, tables) for part in parts]
    for outline in outlines:
        outline.build()
    preambles = [line.text for outline in outlines for line in outline.preamble]
    heading = _with_group(read_heading(parts, tables, preambles, file_name), source)
    years = Years(heading.issued_on, heading.year, None if heading.year else only_year(source.text))
    duties = DutyReader(years, find_first_leads(source.text))
    return Reading(
        file_name=file_name,
        kind="txt",
        source=source.text,
        heading=heading,
        nodes=assemble(source, [root for outline in outlines for root in outline.roots], duties),
        unread=tuple(sorted(_unread(outlines, tables, heading), key=lambda passage: passage.span)),
    )


def _with_group(heading: Heading, source: Source) -> Heading:
    """The heading with the leading group; lines that list its members count as read."""
    lines = list(lines_of(source.blocks))
    group = read_group(lines)
    starts = {member.span.start for member in group}
    seats = [line.span for line in lines if any(line.span.start <= start < line.span.end for start in starts)]
    return replace(heading, group=tuple(group), spans=tuple(sorted({*heading.spans, *seats})))


def _unread(outlines: list[Outline], tables: TableReader, heading: Heading) -> Iterator[Unread]:
    """Every passage that went nowhere, with the reason."""
    before = Reason.PREAMBLE if any(outline.roots for outline in outlines) else Reason.UNNUMBERED
    known = set(heading.spans)
    for outline in outlines:
        yield from (Unread(line.span, before) for line in outline.preamble if line.span not in known)
        yield from (Unread(line.span, Reason.CLOSING) for line in outline.closing)
    yield from (Unread(table.span, Reason.FOREIGN_TABLE) for table in tables.foreign)
    yield from (Unread(cell.span, Reason.OUTSIDE_LIST) for cell in tables.outside)
