"""A list before it is a list: the nodes that a document, a spreadsheet, a form or another plan yields. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bihuan.supervision.rules import Cycle, Mode, Priority

TITLE = 200


@dataclass(frozen=True)
class Node:
    """One matter with all that is said about it, and what hangs below it."""

    title: str
    number: str = ""
    text: str = ""
    objective: str = ""
    leader: str = ""  # who among the leaders answers for it (责任领导), as written
    person: str = ""  # who does the work in the responsible unit (责任人), as written
    area: str = ""
    mode: str = Mode.EACH
    due_on: date | None = None
    due_rule: str = ""  # a deadline as a span, see `dues.DueRule`
    long_term: bool = False
    cycle: str = ""
    priority: str = Priority.NORMAL
    target_value: Decimal | None = None
    target_unit: str = ""
    criteria: Sequence[str] = ()
    milestones: Sequence[tuple[str, date]] = ()
    leads: Sequence["Aim"] = ()
    assists: Sequence["Aim"] = ()
    span: tuple[int, int] | None = None
    grounds: Sequence["Why"] = ()
    children: Sequence["Node"] = field(default_factory=tuple)


@dataclass(frozen=True)
class Aim:
    """A responsible unit as written, with the unit or group it was matched to, if any."""

    written: str = ""
    unit_id: int | None = None
    group_id: int | None = None

    @property
    def key(self) -> tuple[int | None, int | None] | str:
        """What makes it the same aim as another: the unit or group, else the name."""
        matched = self.unit_id is not None or self.group_id is not None
        return (self.unit_id, self.group_id) if matched else self.written


@dataclass(frozen=True)
class Why:
    """Why a document was read as it was, about one thing of an item; see `models.Ground`."""

    about: str
    reason: str
    written: str = ""
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Header:
    """What stands at the head of a plan."""

    title: str
    number: str = ""
    issued_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    level_names: Sequence[str] = ("任务", "措施", "着力点")
    cycle: str = Cycle.NONE
    publicises: bool = False
    needs_evidence: bool = False
    line_id: int | None = None
    areas: Sequence[str] = ()
    leading_group: Sequence[tuple[str, str, str]] = ()  # name, duty in the group, post


def in_order(tree: Sequence[Node]) -> Iterator[tuple[Node, int | None, int]]:
    """Every node in reading order, with the place of its parent in this very order, and its level."""
    waiting: list[tuple[Node, int | None, int]] = [(node, None, 1) for node in reversed(tree)]
    count = 0
    while waiting:
        node, parent, depth = waiting.pop()
        yield node, parent, depth
        waiting += [(child, count, depth + 1) for child in reversed(node.children)]
        count += 1


def titled(words: str) -> tuple[str, str]:
    """A title and a text from one run of words: short ones are a title, of long ones the first clause is."""
    words = words.strip()
    if len(words) <= 60:
        return words, ""
    clause = re.split(r"[。；;：:，,！？\n]", words, maxsplit=1)[0].strip()
    return (clause if 4 <= len(clause) <= 60 else words[:60]), words
