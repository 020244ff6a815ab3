"""Invented reports, written from a seed: honest ones by many hands, and what becomes of one that is copied.

Every report on a topic answers the same item, quotes it and opens and ends as reports do; half of those phrases are in
the program's own list of stock phrases and half are not. What was done is written from patterns with many wordings, so
that two honest reports have words and whole clauses in common by chance, as real ones have.
"""

import random
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

CHOICE = re.compile(r"\[([^\[\]]*)\]")

WORDS = tomllib.loads((Path(__file__).with_name("reports.toml")).read_text("utf-8"))
TOPICS = WORDS["topic"]


@dataclass(frozen=True)
class Sample:
    """A report of a unit; `source` is the one it was made from, `way` how, nothing for an honest one."""

    topic: int
    unit: str
    text: str
    source: int | None = None  # place in the list
    way: str = ""


def given_texts(topic: int) -> list[str]:
    """What the item itself says."""
    return [TOPICS[topic]["title"], TOPICS[topic]["requirement"]]


def collection(topics: list[int], seed: int, honest: int = 10) -> list[Sample]:
    """Reports on these topics in the order in which they are handed in: honest ones, then what was made from them."""
    hand = random.Random(seed)
    found: list[Sample] = []
    for topic in topics:
        units = hand.sample(WORDS["units"], honest)
        first = len(found)
        for unit in units:
            found.append(Sample(topic, unit, "\n".join(_report(hand, topic))))
        for way, make in WAYS.items():
            source = hand.randrange(first, first + honest)
            unit = found[source].unit
            if way != CUMULATIVE:
                unit = hand.choice([one for one in WORDS["units"] if one != unit])
            text = make(hand, topic, found[source].text).replace(found[source].unit, unit)
            found.append(Sample(topic, unit, text, source, way))
    return found


def _report(hand: random.Random, topic: int) -> list[str]:
    number = hand.randint(4, 8)
    deeds = [_deed(hand, topic) for _one in range(number)]
    heads = hand.choice((["一是", "二是", "三是", "四是", "五是", "六是", "七是", "八是"], [""] * 8))
    body = [head + deed for head, deed in zip(heads, deeds, strict=False)]
    title, requirement = given_texts(topic)
    opening = [
        one.format(title=title, requirement=requirement)
        for one in hand.sample(WORDS["openings"], hand.randint(1, 2))
    ]
    return [*opening, *body, *hand.sample(WORDS["endings"], hand.randint(1, 2))]


def _deed(hand: random.Random, topic: int) -> str:
    text = hand.choice(WORDS["deeds"])
    while CHOICE.search(text):
        text = CHOICE.sub(lambda found: hand.choice(found[1].split("|")), text)
    faults = TOPICS[topic]["faults"]
    slots = {
        "{topic}": lambda: TOPICS[topic]["short"],
        "{fault}": lambda: "、".join(hand.sample(faults, hand.randint(1, 2))),
        "{place}": lambda: hand.choice(WORDS["places"]),
        "{day}": lambda: f"{hand.randint(1, 12)}月{hand.randint(1, 28)}日",
        "{n}": lambda: str(hand.randint(2, 96)),
    }
    return re.sub("|".join(map(re.escape, slots)), lambda found: slots[found[0]](), text)


def _copied(hand: random.Random, topic: int, text: str) -> str:
    return text


def _numbers_changed(hand: random.Random, topic: int, text: str) -> str:
    return re.sub(r"\d+", lambda found: str(hand.randint(2, 96)), text)


def _edited(hand: random.Random, topic: int, text: str) -> str:
    """Words exchanged for others, a sentence left out, one added."""
    for word, other in WORDS["synonyms"].items():
        if hand.random() < 0.6:
            text = text.replace(word, other)
    lines = _numbers_changed(hand, topic, text).split("\n")
    if len(lines) > 5:
        lines.pop(hand.randrange(1, len(lines) - 1))
    lines.insert(hand.randrange(1, len(lines)), _deed(hand, topic))
    return "\n".join(lines)


def _reordered(hand: random.Random, topic: int, text: str) -> str:
    lines = [re.sub(r"^[一二三四五六七八]是", "", line) for line in text.split("\n")]
    hand.shuffle(lines)
    return "".join(f"（{number}）{line}" for number, line in enumerate(lines, 1))


def _mixed(hand: random.Random, topic: int, text: str) -> str:
    """Seven tenths of it taken over, the rest one's own."""
    lines = text.split("\n")
    kept = sorted(hand.sample(range(len(lines)), max(3, round(0.8 * len(lines)))))
    own = [_deed(hand, topic) for _one in range(max(1, round(0.25 * len(lines))))]
    lines = [lines[at] for at in kept] + own
    hand.shuffle(lines)
    return "\n".join(lines)


def _cumulative(hand: random.Random, topic: int, text: str) -> str:
    """A unit's own report that keeps what it said and goes on."""
    return "\n".join([text, *(_deed(hand, topic) for _one in range(hand.randint(2, 4)))])


CUMULATIVE = "cumulative"
WAYS = {
    "copied": _copied,
    "numbers changed": _numbers_changed,
    "edited": _edited,
    "reordered": _reordered,
    "mixed": _mixed,
    CUMULATIVE: _cumulative,
}
