"""What reading a document yields: an immutable tree in which everything points back into the source text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bihuan.reading.reasons import Reason


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of the normalised source text, `end` exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CellRef:
    """Where in a table, all counted from 1 as people do."""

    table: int
    row: int
    sheet: str = ""


class Role(StrEnum):
    LEAD = "lead"
    ASSISTING = "assisting"


class Found(StrEnum):
    """In what kind of place a unit or a deadline was found."""

    BRACKET = "bracket"
    LABEL = "label"
    COLUMN = "column"
    IN_TEXT = "in_text"


class Mode(StrEnum):
    """How units share an item: one lead assignment each, or a lead and assisting units (DESIGN §3)."""

    EACH = "each"
    JOINT = "joint"


class DeadlineKind(StrEnum):
    DATE = "date"
    RELATIVE = "relative"
    RECURRING = "recurring"
    LONG_TERM = "long_term"
    IMMEDIATE = "immediate"
    UNCLEAR = "unclear"


class Cycle(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    TERMLY = "termly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class UnitMention:
    """A unit as the text writes it (blanks inside the name dropped), never completed or corrected.

    `generic` marks the name of a group (各市州教育局, 有关部门): people choose whom it means.
    """

    name: str
    role: Role
    found: Found
    span: Span
    reason: Reason
    generic: bool = False
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Length:
    """How long something may take, as the words count it: `unit` is 小时, 工作日, 日, 月.

    `from_issue` where it runs from the document's own date (自印发之日起), else from when it is given.
    """

    amount: int
    unit: str
    from_issue: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time limit (时限) in its own words; `due_on` only where the words and the document allow one.

    `length` where the words give a span that one can count on: from issue, from receipt, or from nothing named.
    """

    text: str
    kind: DeadlineKind
    found: Found
    span: Span
    reason: Reason
    due_on: date | None = None
    cycle: Cycle | None = None
    inherited: bool = False
    length: Length | None = None


@dataclass(frozen=True, slots=True)
class LabelledText:
    """Anything else the document states under a label: 责任人, 考核指标, 备注 …"""

    label: str
    text: str
    span: Span


@dataclass(frozen=True)
class Node:
    """One numbered item (条目) with what is said about it; `text` is its own text without its children's."""

    number: str
    form: str
    path: tuple[int, ...]
    part: int
    title: str
    text: str
    spans: tuple[Span, ...]
    reason: Reason
    cell: CellRef | None = None
    units: tuple[UnitMention, ...] = ()
    mode: Mode | None = None
    mode_reason: Reason | None = None
    deadlines: tuple[Deadline, ...] = ()
    fields: tuple[LabelledText, ...] = ()
    children: tuple["Node", ...] = ()

    @property
    def lead_units(self) -> list[str]:
        return [unit.name for unit in self.units if unit.role is Role.LEAD and not unit.generic]

    @property
    def assisting_units(self) -> list[str]:
        return [unit.name for unit in self.units if unit.role is Role.ASSISTING and not unit.generic]

    @property
    def generic_units(self) -> list[str]:
        return [unit.name for unit in self.units if unit.generic]

    @property
    def unit_source(self) -> Found | None:
        return self.units[0].found if self.units else None

    @property
    def deadline(self) -> Deadline | None:
        """The one that counts: the latest date, one that is stated before one in running text."""
        stated = [limit for limit in self.deadlines if limit.found is not Found.IN_TEXT]
        standing = [
            limit for limit in stated if limit.kind in (DeadlineKind.LONG_TERM, DeadlineKind.RECURRING)
        ]
        dated = [limit for limit in stated if limit.due_on] or [
            limit for limit in self.deadlines if limit.due_on and not standing
        ]
        if dated:
            return max(dated, key=lambda limit: limit.due_on or date.min)
        return next(iter(standing or stated or self.deadlines), None)

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Member:
    """A seat in the leading group (领导小组): what the text says, a name or only a post."""

    seat: str
    name: str
    post: str
    span: Span


@dataclass(frozen=True)
class Heading:
    """The document as a document: title, number (文号), issuer, date, leading group, annexes."""

    title: str = ""
    number: str = ""
    issuers: tuple[str, ...] = ()
    issued_on: date | None = None
    year: int | None = None
    year_source: str = ""
    group: tuple[Member, ...] = ()
    annexes: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A passage that went into no item and no heading; shown, so that nothing is lost silently."""

    span: Span
    reason: Reason


@dataclass(frozen=True)
class Reading:
    """The whole result; `source` is the text that all spans point into."""

    file_name: str
    kind: str
    source: str
    heading: Heading
    nodes: tuple[Node, ...] = ()
    unread: tuple[Unread, ...] = ()
    hidden_sheets: tuple[str, ...] = ()

    def walk(self) -> Iterator[Node]:
        for node in self.nodes:
            yield from node.walk()

    @property
    def leaves(self) -> list[Node]:
        return [node for node in self.walk() if not node.children]
