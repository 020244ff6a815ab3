"""How a question to the search is read (搜索语法): words, phrases in quotation marks, and filters such as 单位:东市.

Forgiving: full-width signs count as half-width ones, a filter may be written in Chinese or English, several values are
divided by commas, and what is not understood is looked for as words, with a note that says so. Pure.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from bihuan.kernel.bigrams import fold
from bihuan.kernel.finding import Asked

KEYS = {
    "unit": ("单位", "责任单位", "承办单位", "unit"),
    "state": ("状态", "环节", "灯", "state", "status"),
    "kind": ("类型", "种类", "type", "kind"),
    "number": ("编号", "文号", "序号", "number", "no"),
    "plan": ("方案", "清单", "plan"),
    "person": ("负责人", "人员", "承办人", "person", "owner"),
    "due": ("截止", "时限", "期限", "due", "deadline"),
}
"""What each filter is called; the first name is the one the pages write, in English the first that is English."""

LONGEST = 200  # characters of a question
WORDS = 6
ENGLISH = {key: next(name for name in names if name.isascii()) for key, names in KEYS.items()}
_BY_NAME = {name: key for key, names in KEYS.items() for name in names}
_SIGNS = str.maketrans("：＜＞＝≤≥＂“”「」『』　", ':<>=≤≥""""""" ')
_NAMES = "|".join(sorted(map(re.escape, _BY_NAME), key=len, reverse=True))
_TOKEN = re.compile(
    rf"""(?P<key>{_NAMES})\s*(?P<sign><=|>=|[:=<>≤≥])\s*(?P<value>"[^"]*"?|[^\s"]+)?"""
    r"""|"(?P<phrase>[^"]*)"?|(?P<word>[^\s"，、；]+)""",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"([A-Za-z一-鿿]{1,8}):\S+")


@dataclass(frozen=True)
class Part:
    """A word or a filter of the question as it was understood; `rest` is the question without it."""

    key: str  # of KEYS; nothing for a word
    text: str  # how it is written
    value: str
    rest: str = ""


@dataclass(frozen=True)
class Note:
    """What could not be read as meant (提示), and what it was taken for."""

    code: str  # unknown_key, unknown_state, unknown_kind, bad_date, too_many, too_long
    text: str


@dataclass(frozen=True)
class Question:
    asked: Asked
    parts: list[Part] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


Names = Mapping[str, Iterable[str]]
"""Codes, each with everything it is called."""


def read(text: str, *, today: date, states: Names, kinds: Names) -> Question:
    """The question that a text asks."""
    notes = [Note("too_long", str(LONGEST))] if len(text) > LONGEST else []
    reading = _Reading(today, states, kinds, notes)
    tokens = list(_TOKEN.finditer(text[:LONGEST].replace("\0", " ").translate(_SIGNS)))
    for token in tokens:
        reading.take(token)
    written = [part.text for part in reading.parts]
    parts = [
        Part(part.key, part.text, part.value, " ".join(written[:at] + written[at + 1 :]))
        for at, part in enumerate(reading.parts)
    ]
    return Question(reading.asked(), parts, reading.notes)


def write(words: str, controls: Mapping[str, str], *, english: bool = False) -> str:
    """The question with these filters in place of those of the same kind that it had."""
    kept = []
    for token in _TOKEN.finditer(words.translate(_SIGNS)):
        key = token["key"] and _BY_NAME[token["key"].lower()]
        if key not in controls:
            kept.append(token[0].strip())
    for key, value in controls.items():
        sign = "" if value.strip()[:1] in "<>" else ":"
        if value.strip():
            kept.append(f"{called(key, english=english)}{sign}{_quoted(value)}")
    return " ".join(kept)


def called(key: str, *, english: bool = False) -> str:
    return ENGLISH[key] if english else KEYS[key][0]


def _quoted(value: str) -> str:
    value = value.strip().replace('"', "")
    return f'"{value}"' if re.search(r"\s", value) else value


class _Reading:
    def __init__(self, today: date, states: Names, kinds: Names, notes: list[Note]):
        self.today = today
        self.codes = {"state": states, "kind": kinds}
        self.notes = notes
        self.parts: list[Part] = []
        self.terms: list[str] = []
        self.values: dict[str, list[str]] = {key: [] for key in KEYS}
        self.since: date | None = None
        self.until: date | None = None

    def asked(self) -> Asked:
        one = {key: tuple(dict.fromkeys(self.values[key])) for key in KEYS if key not in ("due", "kind")}
        kinds = tuple(dict.fromkeys(self.values["kind"]))
        return Asked(tuple(self.terms), since=self.since, until=self.until, kinds=kinds, **one)

    def take(self, token: re.Match) -> None:
        if token["key"]:
            self._filter(token)
        else:
            word = token["phrase"] if token["phrase"] is not None else token["word"]
            unknown = _UNKNOWN.fullmatch(word) if token["word"] else None
            if unknown:
                self.notes.append(Note("unknown_key", unknown[1]))
            self._word(word, token[0].strip())

    def _word(self, word: str, written: str) -> None:
        if not fold(word):
            return
        if len(self.terms) == WORDS:
            self.notes.append(Note("too_many", str(WORDS)))
            return
        self.terms.append(word)
        self.parts.append(Part("", written, word))

    def _filter(self, token: re.Match) -> None:
        key, sign = _BY_NAME[token["key"].lower()], token["sign"]
        value = (token["value"] or "").strip('"').strip()
        written = f"{token['key']}{sign}{token['value'] or ''}"
        if not value:
            return  # still being typed
        if key == "due":
            self._due(sign, value, written)
            return
        if key in self.codes:
            known = self._codes(key, value)
            if not known:
                self.notes.append(Note(f"unknown_{key}", value))
                return
            self.values[key] += known
        else:
            self.values[key] += [one for one in re.split(r"[,，、|]", value) if fold(one)]
        self.parts.append(Part(key, written, value))

    def _codes(self, key: str, value: str) -> list[str]:
        found = []
        for one in re.split(r"[,，、|]", value):
            wanted = fold(one)
            names = {
                code: [fold(name) for name in (code, *called)] for code, called in self.codes[key].items()
            }
            exact = [code for code, called in names.items() if wanted in called]
            begun = [
                code for code, called in names.items() if any(name.startswith(wanted) for name in called)
            ]
            found += (exact or begun[:1]) if wanted else []
        return found

    def _due(self, sign: str, value: str, written: str) -> None:
        span = days_of(value, self.today)
        if span is None:
            self.notes.append(Note("bad_date", value))
            return
        first, last = span
        try:
            since, until = {
                "<": (None, first - timedelta(days=1)),
                "<=": (None, last),
                "≤": (None, last),
                ">": (last + timedelta(days=1), None),
                ">=": (first, None),
                "≥": (first, None),
            }.get(sign, (first, last))
        except OverflowError:
            self.notes.append(Note("bad_date", value))
            return
        self.since, self.until = since or self.since, until or self.until
        self.parts.append(Part("due", written, f"{sign.strip(':=')}{value}"))


_DAY = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?")
_SHORT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_ONLY_MONTH = re.compile(r"(\d{1,2})月")
_YEAR = re.compile(r"(\d{4})年?")


def days_of(text: str, today: date) -> tuple[date, date] | None:
    """The first and the last day that a text names: a day, a month, a year, 本周, or two of them joined by `..`."""
    first, dots, last = text.partition("..") if ".." in text else text.partition("至")
    if dots:
        begins, ends = days_of(first, today), days_of(last, today)
        return (begins[0], ends[1]) if begins and ends and begins[0] <= ends[1] else None
    try:
        return _span(text.strip(), today)
    except ValueError:
        return None


def _span(text: str, today: date) -> tuple[date, date] | None:
    monday = today - timedelta(days=today.weekday())
    named = {
        ("今天", "today"): (today, today),
        ("明天", "tomorrow"): (today + timedelta(days=1),) * 2,
        ("昨天", "yesterday"): (today - timedelta(days=1),) * 2,
        ("本周", "week"): (monday, monday + timedelta(days=6)),
        ("下周",): (monday + timedelta(days=7), monday + timedelta(days=13)),
        ("本月", "month"): _month(today.year, today.month),
        ("下月",): _month(today.year + today.month // 12, today.month % 12 + 1),
        ("今年", "本年", "year"): (date(today.year, 1, 1), date(today.year, 12, 31)),
    }
    for names, span in named.items():
        if text.lower() in names:
            return span
    if found := _DAY.fullmatch(text) or _SHORT.fullmatch(text):
        day = date(int(found[1] or today.year), int(found[2]), int(found[3]))
        return day, day
    if found := _MONTH.fullmatch(text):
        return _month(int(found[1]), int(found[2]))
    if found := _ONLY_MONTH.fullmatch(text):
        return _month(today.year, int(found[1]))
    if found := _YEAR.fullmatch(text):
        return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
    return None


def _month(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, date(year, month, monthrange(year, month)[1])
