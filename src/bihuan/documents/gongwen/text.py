"""What an official document says, and the rules of its wording: levels, lines of the title, dates, widths."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from bihuan.documents.gongwen.standard import CHARACTERS, MARK_LARGEST, MARK_SMALLEST, PAGE, Face

NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
GAP = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[0-9])|(?<=[0-9%]) (?=[\u4e00-\u9fff])")
TITLE_CHARACTERS = 18  # of size 2 in one line; 20 would touch both edges
SECOND_LEVEL = re.compile(r"（[一二三四五六七八九十]+）")
CLOSING = "，。、；：！？）》〉”’」』】〕…—％%"
OPENING = "（《〈“‘「『【〔"
WEAK_START = "的了和与及等之"


@dataclass(frozen=True)
class Gongwen:
    """What an official document says, apart from how it looks.

    A section without heading is plain text. Marks of secrecy are missing on purpose: what is secret may not be
    kept here (保守国家秘密法 §31).
    """

    issuer: str
    number: str
    title: str
    addressees: str
    sections: Sequence[dict[str, Any]]
    tables: Sequence[dict[str, Any]] = field(default_factory=tuple)
    attached: Sequence[str] = ()  # what files that go with it are called; they are not set with it
    issued_on: date | None = None
    form: Literal["document", "letter"] = "document"
    mark: str = ""  # the words in red, when not the issuer's name with 文件
    partners: Sequence[str] = ()  # joint issuers after the first
    copy_number: str = ""
    urgency: str = ""  # 特急 or 加急
    signer: str = ""  # upward documents name who signed
    note: str = ""
    cc: str = ""
    printed_by: str = ""

    @property
    def red_words(self) -> str:
        return self.mark or (self.issuer if self.form == "letter" else f"{self.issuer}文件")

    @property
    def annexes(self) -> list[str]:
        """The names of its annexes, in their order: the tables, which follow the text, then the files."""
        return [*(table["title"] for table in self.tables), *self.attached]

    @property
    def issuers(self) -> tuple[str, ...]:
        return (self.issuer, *self.partners)

    @property
    def number_shown(self) -> str:
        return self.number or "（待编号）"

    @property
    def date_shown(self) -> str:
        return long_date(self.issued_on) if self.issued_on else "（待签发）"


@dataclass(frozen=True)
class Piece:
    """A stretch of text in one face."""

    text: str
    face: Face = Face.FANGSONG


def long_date(day: date) -> str:
    """The date of an official document: Arabic figures, no leading zeros (domain.md §8)."""
    return f"{day.year}年{day.month}月{day.day}日"


def numeral(number: int) -> str:
    """一 to 九十九, as first levels are counted."""
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return lead + (NUMERALS[ones - 1] if ones else "")


def headed(sections: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The sections with the numeral of each that has a heading, "" for plain text."""
    found, count = [], 0
    for part in sections:
        count += bool(part["heading"])
        found.append((numeral(count) if part["heading"] else "", part))
    return found


def body(sections: Sequence[dict[str, Any]]) -> Iterator[list[Piece]]:
    """The paragraphs of the text, each level in its face: 黑体, 楷体, then 仿宋."""
    for count, part in headed(sections):
        if count:
            yield [Piece(f"{count}、{part['heading']}", Face.HEITI)]
        for text in part["paragraphs"]:
            yield _pieces(closed_up(text))


def is_heading(pieces: Sequence[Piece]) -> bool:
    """Whether a paragraph is the heading of a section, which never ends a page."""
    return pieces[0].face is Face.HEITI


def closed_up(text: str) -> str:
    """Without the space that pages put between figures and 汉字: on paper there is none."""
    return GAP.sub("", text)


def _pieces(text: str) -> list[Piece]:
    """A second level is set in 楷体 up to its first full stop; running on behind it is plain text."""
    if not SECOND_LEVEL.match(text):
        return [Piece(text)]
    heading, stop, rest = text.partition("。")
    return [Piece(heading + stop, Face.KAITI), *([Piece(rest)] if rest else [])]


def width(text: str) -> float:
    """In characters; Latin letters and figures take about half of one."""
    return sum(0.5 if ord(letter) < 0x2000 and letter != "·" else 1.0 for letter in text)


def lines(text: str, *, indent: float = 2.0, measure: float = CHARACTERS) -> int:
    """How many lines a paragraph takes in the grid, near enough to place what follows."""
    return max(1, -int(-(width(text) + indent) // measure))


def mark_size(words: str) -> float:
    """The size of the words in red: as large as the width allows, up to what offices use."""
    points = (PAGE[0] - 54) / 25.4 * 72
    return max(MARK_SMALLEST, min(MARK_LARGEST, points // max(width(words), 1)))


def title_lines(title: str) -> list[str]:
    """Break a title into lines that are alike in length and split no word (回行词意完整)."""
    wanted = -int(-width(title) // TITLE_CHARACTERS)
    if wanted <= 1:
        return [title]
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    ideal = width(title) / wanted
    for _line in range(wanted):
        reached: dict[int, tuple[float, list[int]]] = {}
        for start, (cost, cuts) in best.items():
            for end in range(start + 1, len(title) + 1):
                wide = width(title[start:end])
                if wide > TITLE_CHARACTERS + 1:
                    break
                price = cost + (wide - ideal) ** 2 + (0 if end == len(title) else _price(title, end))
                if end not in reached or price < reached[end][0]:
                    reached[end] = price, [*cuts, end]
        best = reached
    if len(title) not in best:
        return [title]
    cuts = [0, *best[len(title)][1]]
    return [title[start:end] for start, end in pairwise(cuts)]


def _price(title: str, at: int) -> float:
    """What a break before `title[at]` costs; a hundred is as good as forbidden."""
    before, after = title[at - 1], title[at]
    if after in CLOSING or before in OPENING or (before.isascii() and after.isascii()):
        return 1000.0
    price = 0.0
    if before.isdigit() or after.isdigit():
        price += 100.0
    if after in WEAK_START:
        price += 60.0
    quoted = title[:at].count("《") > title[:at].count("》") or title[:at].count("“") > title[:at].count("”")
    price += 12.0 if quoted else 0.0
    for start in range(max(0, at - 3), at):
        if any(title[start:end] in _words() for end in range(at + 1, min(len(title), start + 4) + 1)):
            price += 30.0
            break
    return price - (3.0 if before in "的和与、" else 0.0)


@cache
def _words() -> frozenset[str]:
    """Words of two to four characters; from the phrases pypinyin knows, and a few of the office's own."""
    from pypinyin.phrases_dict import phrases_dict

    own = (
        "通报 通知 督办 督查 整改 情况 工作 教育 行动 专项 问题 落实 作风 建设 进展 开展 关于 学校 教育系统 季度"
        " 突出 整治 清单 群众 领域 身边 任务 事项 逾期 推进 监督 检查 回头看 校园 师德 师风 减负 招生 信访 办理"
        " 责任单位 高校 治理 规范 加强 做好 有关 年度 台账 核查 排查 隐患 资助 培训 机构"
    )
    return frozenset(phrases_dict) | frozenset(own.split())
