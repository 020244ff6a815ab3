"""How much of one text is repeated from another, passage by passage. Pure.

A text is compared by its letters: without spaces and punctuation, figures and dates made equal, the names of the unit
and of those above it made equal, so that a report with other numbers and another letterhead is still the same report.
What the matter, the plan or the form gave to everybody, and phrases that stand in every report, do not count, neither
as repeated nor as the unit's own.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files

GRAM = 8  # letters: a passage is found by this many in a row
PASSAGE = 12  # letters of its own: a shorter passage in common is chance
GIVEN = 5  # letters in a row that the matter gave
SAMPLED = 8  # one mark in so many is kept
FEWEST, MOST = 24, 128  # marks kept of one text
LONGEST = 20_000  # letters that are compared
SHORTEST = 40  # letters of its own: a shorter text says too little to be compared
NUMERAL = re.compile(r"[0-9]+(?:[.,:][0-9]+)*|[〇零一二三四五六七八九十百千万亿两]+")
NUMBER, NAME = "0", "@"


@dataclass(frozen=True)
class Letters:
    """The letters of a text that are compared, each with where it stands in it."""

    text: str
    letters: str
    starts: Sequence[int]
    ends: Sequence[int]

    @property
    def grams(self) -> list[str]:
        return [self.letters[at : at + GRAM] for at in range(len(self.letters) - GRAM + 1)]


@dataclass(frozen=True)
class Passage:
    """A piece of a text (`start` to `end`); `number` is that of the passage in common, None for words of its own."""

    text: str
    number: int | None = None


@dataclass(frozen=True)
class Comparison:
    """What one text repeats from another."""

    share: int  # per cent of the first text's own letters
    repeated: int  # letters
    added: int  # own letters that are not repeated
    first: list[Passage]
    other: list[Passage]


def letters_of(text: str, names: Iterable[str] = ()) -> Letters:
    """The letters that are compared, at most LONGEST of them. `names` are made equal, longer ones first."""
    text = text.replace("\x00", " ")
    spans: list[tuple[int, int, str]] = []
    covered = 0
    for start, end, sign in sorted(_signs_in(text, names)):
        spans += _plain(text, covered, start)
        if start >= covered:
            spans.append((start, end, sign))
            covered = end
        if len(spans) >= LONGEST:
            break
    spans += _plain(text, covered, min(len(text), covered + 4 * LONGEST))
    spans = spans[:LONGEST]
    return Letters(
        text, "".join(sign for *_place, sign in spans), [one[0] for one in spans], [one[1] for one in spans]
    )


def given_in(texts: Iterable[str], names: Iterable[str] = ()) -> frozenset[str]:
    """What everybody was given: the short grams of these texts and of the phrases that stand in every report."""
    names = tuple(names)
    found: set[str] = set(_stock())
    for text in texts:
        letters = letters_of(text, names).letters
        found.update(letters[at : at + GIVEN] for at in range(len(letters) - GIVEN + 1))
    return frozenset(found)


def marks_of(one: Letters, given: frozenset[str]) -> list[int]:
    """The marks by which a text is found again: a sample of its grams that is the same in every text."""
    own = _own(one.letters, given)
    marks = {_hash(gram) for at, gram in enumerate(one.grams) if sum(own[at : at + GRAM]) * 2 > GRAM}
    ordered = sorted(marks, key=_stirred)  # in the same order in every text, so that texts choose alike
    sampled = sum(_stirred(mark) < 2**32 // SAMPLED for mark in ordered)
    return ordered[: min(max(sampled, FEWEST), MOST)]


def own_letters(one: Letters, given: frozenset[str]) -> int:
    """How many letters are the unit's own."""
    return sum(_own(one.letters, given))


def compare(first: Letters, other: Letters, given: frozenset[str]) -> Comparison:
    """What the first text repeats from the other, in whatever order."""
    own = _own(first.letters, given)
    runs = _runs(first, other, own)
    repeated = sum(sum(own[start:end]) for start, end in runs)
    total = sum(own)
    theirs = _runs(other, first, _own(other.letters, given))
    numbers = _numbered(first.letters, runs, other.letters, theirs)
    return Comparison(
        share=100 * repeated // total if total else 0,
        repeated=repeated,
        added=total - repeated,
        first=_passages(first, runs, list(range(1, len(runs) + 1))),
        other=_passages(other, theirs, numbers),
    )


# Letters


def _signs_in(text: str, names: Iterable[str]) -> Iterable[tuple[int, int, str]]:
    for name in sorted({one for one in names if len(one) > 1}, key=len, reverse=True):
        at = text.find(name)
        while at >= 0:
            yield at, at + len(name), NAME
            at = text.find(name, at + len(name))
    for found in NUMERAL.finditer(_half(text)):
        yield found.start(), found.end(), NUMBER


HALF = {ord(full): half for full, half in zip("０１２３４５６７８９．，：", "0123456789.,:", strict=True)}


def _half(text: str) -> str:
    """Full-width figures as plain ones, letter for letter, so that places stay."""
    return text.translate(HALF)


def _plain(text: str, start: int, end: int) -> list[tuple[int, int, str]]:
    return [
        (at, at + 1, unicodedata.normalize("NFKC", text[at]).lower()[:1])
        for at in range(start, end)
        if text[at].isalnum()
    ]


@lru_cache(maxsize=1)
def _stock() -> frozenset[str]:
    """The grams of the phrases that stand in every report (套话)."""
    lines = (files("bihuan.alike") / "data/stock.txt").read_text("utf-8").splitlines()
    phrases = [letters_of(line).letters for line in lines if line and not line.startswith("#")]
    return frozenset(one[at : at + GIVEN] for one in phrases for at in range(max(1, len(one) - GIVEN + 1)))


def _own(letters: str, given: frozenset[str]) -> list[bool]:
    own = [True] * len(letters)
    for at in range(len(letters) - GIVEN + 1):
        if letters[at : at + GIVEN] in given:
            own[at : at + GIVEN] = [False] * GIVEN
    for at, letter in enumerate(letters):
        if letter in (NUMBER, NAME):
            own[at] = False
    return own


# Marks


def _hash(gram: str) -> int:
    """A signed number of 32 bits that is the same on every machine."""
    return int.from_bytes(blake2b(gram.encode(), digest_size=4).digest(), "big", signed=True)


def _stirred(mark: int) -> int:
    return (mark * 2654435761) & 0xFFFFFFFF


# Passages


def _runs(first: Letters, other: Letters, own: list[bool]) -> list[tuple[int, int]]:
    """Where the first text says what the other says too, passages with too little of its own left out."""
    known = set(other.grams)
    runs: list[list[int]] = []
    for at, gram in enumerate(first.grams):
        if gram in known:
            if runs and at <= runs[-1][1]:
                runs[-1][1] = at + GRAM
            else:
                runs.append([at, at + GRAM])
    return [(start, end) for start, end in runs if sum(own[start:end]) >= PASSAGE]


def _numbered(
    first: str, runs: list[tuple[int, int]], other: str, theirs: list[tuple[int, int]]
) -> list[int]:
    """For each passage of the other text the number of the passage of the first that shares most grams with it."""
    where: dict[str, int] = {}
    for number, (start, end) in enumerate(runs, 1):
        for at in range(start, end - GRAM + 1):
            where.setdefault(first[at : at + GRAM], number)
    found = []
    for start, end in theirs:
        votes: dict[int, int] = {}
        for at in range(start, end - GRAM + 1):
            if known := where.get(other[at : at + GRAM]):
                votes[known] = votes.get(known, 0) + 1
        found.append(max(votes, key=lambda one: (votes[one], -one), default=0))
    return found


def _passages(one: Letters, runs: list[tuple[int, int]], numbers: list[int]) -> list[Passage]:
    """The whole text, cut into what is in common and what is not."""
    found, covered = [], 0
    for (start, end), number in zip(runs, numbers, strict=True):
        if not number:
            continue
        first, last = one.starts[start], one.ends[end - 1]
        if first > covered:
            found.append(Passage(one.text[covered:first]))
        found.append(Passage(one.text[first:last], number))
        covered = last
    if covered < len(one.text):
        found.append(Passage(one.text[covered:]))
    return found
