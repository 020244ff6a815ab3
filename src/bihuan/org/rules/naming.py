"""How unit names are written, sorted and recognised. Pure; `queries.match_units` brings the names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

_NOISE = re.compile(r"[\s，,、。.；;：:“”\"'‘’《》〈〉()（）\[\]【】〔〕·•*-]+")
_EVERY = re.compile(r"^(?:各有关|各相关|全体|所有|各级|各)")
_PLACE = re.compile(
    r"([一-鿿]{0,9}?)(自治区|自治州|自治县|省(?![级属直])|市(?![场级属直])|州|盟|县(?![城级])|区(?!域)|旗)"
)
_ABBREVIATIONS = (
    (re.compile(r"第([一二三四五六七八九十0-9]+)(?:高级|初级)?中学"), r"\1中"),
    (re.compile(r"第([一二三四五六七八九十0-9]+)(?:小学|完全小学)"), r"\1小"),
    (re.compile(r"第([一二三四五六七八九十0-9]+)幼儿园"), r"\1幼"),
    (re.compile("附属中学"), "附中"),
    (re.compile("附属小学"), "附小"),
    (re.compile("师范大学"), "师大"),
    (re.compile("人民政府"), "政府"),
    (re.compile("办公室$"), "办"),
    (re.compile("委员会$"), "委"),
    (re.compile("(?:教育体育|教育科技|教体|教科)局$"), "教育局"),
)
_ABBREVIABLE = re.compile("第|附属|师范大学|人民政府|办公室$|委员会$|局$")  # a quick look before all of these


class Via(IntEnum):
    """How a written name was recognised; the value is the score of a match of this kind."""

    NAME = 100
    SHORT_NAME = 98
    GROUP = 97
    ALIAS = 96
    FORMER_NAME = 90
    FORM = 80  # another usual way of writing it: 市教育局 for 兰州市教育局, 一中 for 第一中学
    PINYIN = 70  # sounds the same: a wrong character
    NEAR = 60  # a few characters apart, or an abbreviation


CERTAIN = (Via.NAME, Via.SHORT_NAME, Via.GROUP, Via.ALIAS)
MOST = 20  # bearers of one name that are all offered, whatever the limit


@dataclass(frozen=True, slots=True)
class Known:
    """One way in which a unit or a group is called. `places` are the regions it lies in, where known."""

    target: tuple[str, int]  # ("unit", 17) or ("group", 3)
    text: str
    via: Via
    pinyin: str = ""
    places: frozenset[str] = frozenset()
    distance: int = 0  # how far below the unit that asks; the nearer one is offered first


@dataclass(frozen=True, slots=True)
class Match:
    target: tuple[str, int]
    text: str
    via: Via
    score: float
    distance: int = 0


def syllables_of(text: str) -> list[str]:
    """How each character is read. The dictionary takes 55 MB, and a job that writes a file needs none of it."""
    from pypinyin import lazy_pinyin

    return lazy_pinyin(text)


def pinyin_key(text: str, *, limit: int = 200) -> str:
    """A sort key that orders Chinese as offices do, and its initials for searching: `gansu gs`."""
    syllables = syllables_of(text)
    initials = "".join(part if part in text else part[0] for part in syllables)  # Latin parts stay whole
    full = "".join(syllables)[: limit - 1 - len(initials)]
    return f"{full} {initials}".lower()[:limit]


def spelled(text: str) -> str:
    """The text in pinyin without tones."""
    return "".join(syllables_of(text)).lower()


def plain(text: str) -> str:
    """A name without what writers vary: width, spaces, punctuation, 各 in front."""
    return _EVERY.sub("", _NOISE.sub("", unicodedata.normalize("NFKC", text)))


@dataclass(frozen=True, slots=True)
class Parts:
    """A plain name taken apart: 兰州市城关区教育局 is the places 兰州市, 城关区 and the core 教育局."""

    places: tuple[tuple[str, str], ...]  # (兰州, 市), (城关, 区); an empty stem in 市教育局
    core: str

    @property
    def stems(self) -> frozenset[str]:
        return frozenset(stem for stem, _kind in self.places if stem)


def parts(text: str) -> Parts:
    """Take the places off the front of a plain name and abbreviate the rest as offices do."""
    places = []
    rest = text
    while (found := _PLACE.match(rest)) and len(rest) - found.end() >= 2:
        places.append((found[1], found[2]))
        rest = rest[found.end() :]
    if _ABBREVIABLE.search(rest):
        for pattern, short in _ABBREVIATIONS:
            rest = pattern.sub(short, rest)
    return Parts(tuple(places), rest)


class NameBook:
    """All names under which units and groups are known (名录), and what a written name may mean."""

    def __init__(self, known: Iterable[Known]):
        self.known = list(known)

    def matches(self, written: str, *, limit: int = 5) -> list[Match]:
        """What `written` may mean, best first; names that fit equally well stand side by side."""
        text = plain(written)
        if not text:
            return []
        best: dict[tuple[str, int], Match] = {}
        for match in self._candidates(text):
            if match.target not in best or match.score > best[match.target].score:
                best[match.target] = match
        ranked = sorted(
            best.values(), key=lambda match: (-match.score, match.distance, len(match.text), match.text)
        )
        exact = sum(match.via in CERTAIN for match in ranked)
        return ranked[: max(limit, min(exact, MOST))]

    def _candidates(self, text: str) -> Iterator[Match]:
        exact = self._by_text.get(text, ())
        for known in exact:
            yield _match(known, known.via, known.via)
        if any(known.via in CERTAIN for known in exact):
            return  # who is named exactly needs no look-alikes beside
        yield from self._same_form(text)
        yield from self._same_sound(text)
        yield from self._near(text)

    def _same_form(self, text: str) -> Iterator[Match]:
        for wanted in (parts(text), *self._without_suffix(text)):
            for known, its in self._by_core.get(wanted.core, ()):
                if (score := _place_score(wanted, its, known.places)) > 0:
                    yield _match(known, Via.FORM, score)

    def _without_suffix(self, text: str) -> Iterator[Parts]:
        """The readings in which a known place stands in front without its 市 or 县: 天水一中."""
        for length in range(2, min(len(text) - 1, 8)):
            if (stem := text[:length]) in self._stems:
                rest = parts(text[length:])
                yield Parts(((stem, ""), *rest.places), rest.core)

    def _same_sound(self, text: str) -> Iterator[Match]:
        for known in self._by_sound.get(spelled(text), ()):
            yield _match(known, Via.PINYIN, Via.PINYIN)

    def _near(self, text: str) -> Iterator[Match]:
        for known in self._sharing_pairs(text):
            if (alike := likeness(text, plain(known.text))) >= 0.5:
                yield _match(known, Via.NEAR, Via.NEAR * alike)
        if len(text) <= 6:
            for known, full in self._by_first.get(text[0], ()):
                if len(full) > len(text) and is_abbreviation(text, full):
                    yield _match(known, Via.NEAR, Via.NEAR * (0.7 + 0.2 * len(text) / len(full)))

    def _sharing_pairs(self, text: str) -> list[Known]:
        """The names with the most pairs of characters in common, the rare pairs (not 小学) counting first."""
        shared: dict[int, int] = defaultdict(int)
        looked_at = 0
        for places in sorted((self._by_pair.get(pair, []) for pair in _pairs(text)), key=len):
            if looked_at and looked_at + len(places) > 5000:
                break
            looked_at += len(places)
            for position in places:
                shared[position] += 1
        return [self.known[position] for position in sorted(shared, key=lambda at: -shared[at])[:40]]

    @cached_property
    def _by_text(self) -> Mapping[str, list[Known]]:
        index = defaultdict(list)
        for known in self.known:
            index[plain(known.text)].append(known)
        return index

    @cached_property
    def _by_core(self) -> Mapping[str, list[tuple[Known, Parts]]]:
        index = defaultdict(list)
        for text, knowns in self._by_text.items():
            its = parts(text)
            for known in knowns:
                index[its.core].append((known, its))
        return index

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset().union(*(known.places for known in self.known))

    @cached_property
    def _by_sound(self) -> Mapping[str, list[Known]]:
        index = defaultdict(list)
        for known in self.known:
            if known.pinyin:
                index[known.pinyin].append(known)
        return index

    @cached_property
    def _by_pair(self) -> Mapping[str, list[int]]:
        index = defaultdict(list)
        for position, known in enumerate(self.known):
            for pair in _pairs(plain(known.text)):
                index[pair].append(position)
        return index

    @cached_property
    def _by_first(self) -> Mapping[str, list[tuple[Known, str]]]:
        index: dict[str, list[tuple[Known, str]]] = defaultdict(list)
        for text, knowns in self._by_text.items():
            if text:
                index[text[0]].extend((known, text) for known in knowns)
        return index


def sure(matches: list[Match]) -> Match | None:
    """The one match that may be taken without asking: exact, and nothing else fits as exactly."""
    exact = [match for match in matches if match.via in CERTAIN]
    return exact[0] if len({match.target for match in exact}) == 1 else None


def likeness(one: str, other: str) -> float:
    """1 for equal texts, 0 for nothing in common: edit distance against the longer length."""
    longer = max(len(one), len(other))
    return 1 - _distance(one, other) / longer if longer else 1.0


def is_abbreviation(short: str, full: str) -> bool:
    """Whether the characters of `short` stand in `full` in the same order, from its first one on: 兰大."""
    rest = iter(full)
    return full[:1] == short[:1] and all(character in rest for character in short)


def _match(known: Known, via: Via, score: float) -> Match:
    return Match(known.target, known.text, via, float(score), known.distance)


def _place_score(wanted: Parts, its: Parts, around: frozenset[str]) -> float:
    """How well the places agree: named and right, not named, or contradicting (0)."""
    if any(not _is_around(stem, its.stems | around) for stem in wanted.stems):
        return 0
    score = Via.FORM + 2.0 * len(wanted.stems)
    bare = [kind for stem, kind in wanted.places if not stem]
    if bare and its.places:
        score += 5 if _same_level(bare[-1], its.places[-1][1]) else -5
    return score


def _is_around(stem: str, places: frozenset[str]) -> bool:
    return any(stem == place or (len(stem) >= 2 and place.startswith(stem)) for place in places)


_LEVELS = {
    "省": 1,
    "自治区": 1,
    "市": 2,
    "州": 2,
    "自治州": 2,
    "盟": 2,
    "县": 3,
    "区": 3,
    "旗": 3,
    "自治县": 3,
}


def _same_level(one: str, other: str) -> bool:
    return _LEVELS[one] == _LEVELS[other]


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def _distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]
