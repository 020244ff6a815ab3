"""What the heading and the signature say about a document: title, number (文号), issuers, date, year."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from bihuan.reading.letter import Part, annex_listed, is_addressee, is_annex_head, whole_date
from bihuan.reading.markers import marker_of
from bihuan.reading.pieces import either
from bihuan.reading.result import Heading
from bihuan.reading.source import Line
from bihuan.reading.tables import TableReader

_ENDS = "通知 意见 方案 办法 计划 清单 台账 报告 通报 要点 细则 决定 规定 条例 规划 措施 安排 指标 表 函"
_TITLE_ENDS = re.compile(rf"{either(_ENDS)}(?:[（(][^（()）]*[）)])?$")
_TITLE_SIGNS = re.compile(f"关于|分工|{_TITLE_ENDS.pattern}")
_NUMBER = re.compile(
    r"[\u4e00-\u9fffA-Za-z]{1,14}[〔［\[【（(]\s*((?:19|20)\d\d)\s*[〕］\]】）)]\s*(?:第|[A-Za-z]{0,3})\s*\d{1,5}\s*号"
)
_LETTERHEAD = re.compile(
    r".{2,60}文件|特急|加急|平急|急件|(?:秘密|机密|绝密|内部).{0,8}|签发人.*|.{0,20}办公室编印|第?\s*\d+\s*期"
    r"|[（(]?征求意见稿[）)]?"
)
_ORNAMENT = re.compile("[★☆◆◇●○■□▲△▶►➤※]")  # before a caption, never in a title
_LABEL_OF_NUMBER = re.compile(r"^\s*(?:发文|文件|交办|督办|通知)?单?(?:编号|字号|文号|号)\s*[：:]\s*$")
_YEAR_IN_NUMBER = re.compile(r"[〔［\[]((?:19|20)\d\d)[〕］\]]")
_YEAR_IN_TITLE = re.compile(r"((?:19|20)\d\d)\s*(?:年|学年|[-—]\s*(?:19|20)\d\d)")


def read_heading(parts: list[Part], tables: TableReader, preambles: Iterable[str], file_name: str) -> Heading:
    """The heading of a file; where it states no date, the year is looked for in numbers, titles and names."""
    signed = next((part for part in parts if part.signature), None)
    signature = signed.signature if signed else []
    dates = [whole_date(line.text) for line in (*signature[-1:], *parts[0].heading)]
    issued_on = next(filter(None, dates), None)
    number = next((found for part in parts for line in part.heading if (found := _number(line.text))), "")
    title = next(filter(None, (_title(part.heading) for part in parts)), "")
    title = title or next((cell.text for cell in tables.titles if not is_annex_head(cell.text)), "")
    year, year_source = _year(
        issued_on, number, title, [*preambles, *(cell.text for cell in tables.headers)], file_name
    )
    lines = [line for part in parts for line in (*part.heading, *part.signature, *part.annexes, *part.tail)]
    return Heading(
        title=title,
        number=number,
        issuers=tuple(name for line in signature[:-1] for name in line.text.split()),
        issued_on=issued_on,
        year=year,
        year_source=year_source,
        annexes=tuple(_annex(line.text) for part in parts for line in part.annexes),
        spans=tuple(sorted({*(line.span for line in lines), *(cell.span for cell in tables.headers)})),
    )


def _number_at(text: str) -> tuple[int, int] | None:
    """Where a line holds the document's own number: alone or behind the title, not quoted in a sentence."""
    match = _NUMBER.search(text)
    if not match or (match.start() and match.end() < len(text.rstrip("）) ")) and "签发" not in text):
        return None
    title = next(reversed(list(re.finditer(either(_ENDS), match[0].split("〔")[0]))), None)
    return match.start() + (title.end() if title else 0), match.end()


def _number(text: str) -> str:
    at = _number_at(text)
    return text[at[0] : at[1]] if at else ""


def _title(lines: list[Line]) -> str:
    """The first group of lines that reads like a title; a title may be broken over several lines."""
    titles = ["".join(group) for group in _groups(lines)]
    return next((title for title in titles if _TITLE_SIGNS.search(title)), titles[0] if titles else "")


def _groups(lines: list[Line]) -> Iterator[list[str]]:
    """Runs of lines between letterhead, number, date and addressees."""
    group: list[str] = []
    for line in lines:
        text, number = line.text, _number_at(line.text)
        if number and number[0] > 0:
            if above := _LABEL_OF_NUMBER.sub("", text[: number[0]].rstrip("（( ")):
                group.append(above)
        elif not number and not _is_apart(line):
            if group and _TITLE_ENDS.search(group[-1]) and not text.startswith(("的", "（", "(", "—")):
                yield group
                group = []
            group.append(text)
            continue
        if group:
            yield group
        group = []
    if group:
        yield group


def _is_apart(line: Line) -> bool:
    text = line.text
    apart = whole_date(text) or is_annex_head(text) or _LETTERHEAD.fullmatch(text) or _ORNAMENT.match(text)
    return bool(apart) or is_addressee(line)


def _annex(text: str) -> str:
    name = annex_listed(text) or text
    marker = marker_of(name)
    return name[marker.length :] if marker else name


def _year(
    issued_on: date | None, number: str, title: str, texts: list[str], file_name: str
) -> tuple[int | None, str]:
    """The year of the document and what it was taken from, the surest first."""
    if issued_on:
        return issued_on.year, "date"
    places = [(_YEAR_IN_NUMBER, number, "number"), (_YEAR_IN_TITLE, title, "title")]
    places += [(_YEAR_IN_NUMBER, text, "preamble") for text in texts]
    places += [(_YEAR_IN_TITLE, file_name, "file_name")]
    found = ((pattern.search(text), source) for pattern, text, source in places)
    return next(((int(match[1]), source) for match, source in found if match), (None, ""))
