"""Who has to do an item and until when: from its columns, its labels, its brackets, last from its wording."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from bihuan.reading.brackets import brackets_in, read_bracket, without_limits
from bihuan.reading.deadlines import find_deadlines
from bihuan.reading.drafts import Column, Draft
from bihuan.reading.headers import PERSON_WORDS
from bihuan.reading.in_text import units_in_text
from bihuan.reading.labels import Stated, Topic, stated_in
from bihuan.reading.periods import Years
from bihuan.reading.pieces import Piece
from bihuan.reading.reasons import Reason
from bihuan.reading.responsibility import FIRST_LEADS, read_expression
from bihuan.reading.result import Deadline, Found, LabelledText, Mode, Role, Span, UnitMention
from bihuan.reading.source import Cell
from bihuan.reading.units import is_name

_COLUMN_ROLES = {
    Column.LEAD: (Role.LEAD, Reason.LABEL_LEADS),
    Column.RESPONSIBLE: (Role.LEAD, Reason.LABEL_RESPONSIBLE),
    Column.ASSISTING: (Role.ASSISTING, Reason.LABEL_ASSISTS),
}
_NAMED_LEAD = (Reason.VERB_LEADS, Reason.LABEL_LEADS, Reason.FIRST_UNIT_LEADS)

_UNIT_AND_PERSON = re.compile(r"(?P<unit>\w{2,30})\s*[（(](?P<person>[^（()）]{2,20})[）)]")  # 教务处（王强）


@dataclass(frozen=True)
class FirstLeads:
    """The rule “列第一位者为牵头单位”: the stretch of the text in which it holds."""

    since: int = 0
    until: int = 0

    def holds(self, position: int) -> bool:
        return self.since <= position < self.until


def find_first_leads(text: str) -> FirstLeads:
    """In a bracket the rule holds there, with 下同 from there on; anywhere else for the whole text."""
    match = FIRST_LEADS.search(text)
    if not match:
        return FirstLeads()
    line_start = text.rfind("\n", 0, match.start()) + 1
    line_end = text.find("\n", match.end())
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    for start, end in brackets_in(line):
        if start <= match.start() - line_start < end:
            goes_on = "下同" in line[start:end]
            return FirstLeads(line_start + start, len(text) if goes_on else line_start + end)
    return FirstLeads(0, len(text))


@dataclass
class Duties:
    """What an item says about itself."""

    units: list[UnitMention] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    fields: list[LabelledText] = field(default_factory=list)
    brackets: list[Span] = field(default_factory=list)  # brackets that only say who and until when

    def stated_units(self) -> list[UnitMention]:
        return [unit for unit in self.units if unit.found is not Found.IN_TEXT]

    def stated_deadlines(self) -> list[Deadline]:
        return [deadline for deadline in self.deadlines if deadline.found is not Found.IN_TEXT]


@dataclass(frozen=True)
class DutyReader:
    """Reads items under what the document says about years and about who leads."""

    years: Years
    rule: FirstLeads

    def read(self, draft: Draft) -> Duties:
        """Units as far as they are stated, and every time limit; `named_in_text` is for the rest."""
        duties = Duties()
        for line in draft.lines:
            self._read_line(Piece(line.text, line.span.start), duties)
        if draft.columns:
            self._read_columns(draft, duties)
        duties.units = merged(_assist_named_lead(duties.units))
        return duties

    def _read_line(self, line: Piece, duties: Duties) -> None:
        """Labels first, then brackets outside them, then limits in what is left."""
        taken: list[tuple[int, int]] = []
        for stated in stated_in(line):
            self._read_stated(stated, duties)
            if stated.topic is not Topic.OTHER:
                taken.append((stated.label.start - line.start, stated.value.end - line.start))
        for start, end in brackets_in(line.text):
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            content, behind = line.cut(start + 1, end - 1), line.text[end:]
            said = read_bracket(content, behind, self.years, first_leads=self.rule.holds(content.start))
            if said:
                duties.units += said[0]
                duties.deadlines += said[1]
                duties.brackets.append(Span(line.start + start, line.start + end))
                taken.append((start, end))
        duties.deadlines += find_deadlines(line.without(taken), self.years, Found.IN_TEXT)

    def _read_stated(self, stated: Stated, duties: Duties) -> None:
        value = stated.value
        if stated.topic is Topic.UNITS:
            first_leads = self.rule.holds(value.start) or bool(FIRST_LEADS.search(value.text))
            limits = find_deadlines(value, self.years, Found.BRACKET)  # “责任单位：教务处，6月底前”
            alone = [limit for limit in limits if _begins_clause(value, limit)]
            names = without_limits(value, alone)
            found = read_expression(names, Found.LABEL, default=stated.role, first_leads=first_leads)
            _keep(found, names, stated.label.text, duties)
            duties.deadlines += (
                limit
                for limit in limits
                if limit in alone or (limit.due_on and not _is_in_name(names, limit))
            )
        elif stated.topic is Topic.DEADLINE:
            duties.deadlines += find_deadlines(value, self.years, Found.LABEL)
        elif value.text:
            duties.fields.append(LabelledText(stated.label.text.rstrip("：: "), value.text, value.span))

    def _read_columns(self, draft: Draft, duties: Duties) -> None:
        for column, role in _COLUMN_ROLES.items():
            for label, cell in draft.columns.get(column, ()):
                first_leads = self.rule.holds(cell.span.start) or bool(FIRST_LEADS.search(label))
                piece = Piece(cell.text, cell.span.start)
                found = read_expression(piece, Found.COLUMN, default=role, first_leads=first_leads)
                _keep(found, piece, label, duties)
        for _label, cell in draft.columns.get(Column.DEADLINE, ()):
            duties.deadlines += find_deadlines(Piece(cell.text, cell.span.start), self.years, Found.COLUMN)
        for column in (Column.TASK, Column.MEASURE):
            self._read_matter((cell for _label, cell in draft.columns.get(column, ())), duties)
        for label, cell in draft.columns.get(Column.OTHER, ()):
            for line in _lines(cell):
                duties.deadlines += find_deadlines(line, self.years, Found.IN_TEXT)
            if label:
                duties.fields.append(LabelledText(label, cell.text, cell.span))

    def _read_matter(self, cells: Iterable[Cell], duties: Duties) -> None:
        """Brackets and limits in the wording of a row; its units only where no column has any."""
        for cell in cells:
            within = Duties()
            for line in _lines(cell):
                self._read_line(line, within)
            duties.deadlines += within.deadlines
            if not any(unit.found is Found.COLUMN for unit in duties.units):
                duties.units += within.units


def named_in_text(draft: Draft) -> list[UnitMention]:
    lines = (Piece(line.text, line.span.start) for line in draft.lines)
    return merged(unit for line in lines for unit in units_in_text(line))


def merged(units: Iterable[UnitMention]) -> list[UnitMention]:
    """Each unit once, in the order of first mention, in the weightiest role it was given."""
    best: dict[str, UnitMention] = {}
    for unit in units:
        known = best.get(unit.name)
        if known is None:
            best[unit.name] = unit
        elif known.role is Role.ASSISTING and unit.role is Role.LEAD:
            best[unit.name] = replace(unit, span=known.span)
    return list(best.values())


def mode_of(units: list[UnitMention]) -> tuple[Mode | None, Reason | None]:
    """How the leads share the item (DESIGN §3): several without 牵头 get one assignment each."""
    leads = [unit for unit in units if unit.role is Role.LEAD]
    if not leads:
        return None, None
    if len(units) == 1 and not leads[0].generic:
        return Mode.EACH, Reason.ONE_LEAD
    if len(leads) < len(units) or any(unit.reason in _NAMED_LEAD for unit in leads):
        return Mode.JOINT, Reason.LEAD_IS_NAMED
    return Mode.EACH, Reason.SEVERAL_LEADS


def _assist_named_lead(units: list[UnitMention]) -> list[UnitMention]:
    """Where one place names the lead (牵头单位), those in the place for 责任单位 do the work with it."""
    if not any(unit.reason is Reason.LABEL_LEADS and unit.role is Role.LEAD for unit in units):
        return units
    return [
        replace(unit, role=Role.ASSISTING, reason=Reason.AFTER_LEAD)
        if unit.reason is Reason.LABEL_RESPONSIBLE and unit.role is Role.LEAD
        else unit
        for unit in units
    ]


def _is_in_name(names: Piece, limit: Deadline) -> bool:
    start, end = limit.span.start - names.start, limit.span.end - names.start
    return is_name(names.text[start:end] + re.split(r"[、，,；;。\s]", names.text[end:], maxsplit=1)[0])


def _begins_clause(value: Piece, limit: Deadline) -> bool:
    """Whether a limit is said for itself, not within a name (“2026年招生专班”, “持续教育学院”)."""
    start, end = limit.span.start - value.start, limit.span.end - value.start
    rest = re.split("[、，,；;。\n]", value.text[end:], maxsplit=1)[0].strip()
    return bool(start and value.text[start - 1] in "，,；;。 \u3000\n" and not is_name(limit.text + rest))


def _keep(found: list[UnitMention], said: Piece, label: str, duties: Duties) -> None:
    """From a place that is also for persons (责任部门及责任人) only what must be a unit is one; the rest are theirs."""
    persons = re.search(PERSON_WORDS, label)
    if not persons:
        duties.units += found
        return
    for one in found:
        start, end = one.span.start - said.start, one.span.end - said.start
        beside = _UNIT_AND_PERSON.fullmatch(said.text, start, end)
        if beside and is_name(beside["unit"]):
            duties.units.append(replace(one, name=beside["unit"], span=said.cut(*beside.span("unit")).span))
        elif is_name(one.name):
            duties.units.append(one)
            continue
        person = said.cut(*beside.span("person")) if beside else said.cut(start, end)
        duties.fields.append(LabelledText(persons[0], person.text, person.span))


def _lines(cell: Cell) -> Iterator[Piece]:
    start = cell.span.start
    for line in cell.text.split("\n"):
        yield Piece(line, start)
        start += len(line) + 1
