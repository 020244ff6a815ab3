"""From drafts to the final tree: duties are read, and handed on where the text means more than one item."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bihuan.reading.drafts import Draft
from bihuan.reading.duties import Duties, DutyReader, merged, mode_of, named_in_text
from bihuan.reading.labels import stated_in
from bihuan.reading.pieces import Piece
from bihuan.reading.result import Deadline, DeadlineKind, Found, LabelledText, Node, Role, UnitMention
from bihuan.reading.source import Line, Source
from bihuan.reading.titles import title_of

_DUTY_BRACKET = re.compile(
    r"[（(【](?=[^\n]{0,200}(?:负责|牵头|(?:单位|部门|处室)[：:]))[^\n]{2,300}[）)】]。?"
)
_DITTO = re.compile("同上|同前|〃|″")
_DITTO_LIMIT = re.compile(rf"{_DITTO.pattern}|下同")  # “下同” alone in a cell for limits can only look up
_SAME_BELOW = re.compile(r"(?:牵头|负责|主办|落实|承办|配合)*[）)]?[，,；;、（(\s]{0,2}下同")


@dataclass(frozen=True)
class Inherited:
    """What the items above say for those below them that say nothing themselves."""

    units: tuple[UnitMention, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    named_in_text: tuple[UnitMention, ...] = ()


class Ditto:
    """Reads duties in the order of the text: “同上” means what the last item that says it says."""

    def __init__(self, reader: DutyReader):
        self._reader = reader
        self._units: dict[Role, tuple[UnitMention, ...]] = {}
        self._deadlines: tuple[Deadline, ...] = ()
        self._fields: dict[str, LabelledText] = {}

    def read(self, draft: Draft) -> Duties:
        duties = self._reader.read(draft)
        duties.units = merged(one for unit in duties.units for one in self._meant(unit))
        others = [limit for limit in duties.deadlines if not _DITTO_LIMIT.fullmatch(limit.text)]
        if self._deadlines and len(others) < len(duties.deadlines):
            is_stated = any(limit.found is not Found.IN_TEXT for limit in others)
            duties.deadlines = others if is_stated else [*_inheritable(self._deadlines), *others]
        duties.fields = [
            self._fields.get(one.label, one) if _DITTO.fullmatch(one.text) else one for one in duties.fields
        ]
        for role in Role:
            if stated := tuple(unit for unit in duties.stated_units() if unit.role is role):
                self._units[role] = stated
        self._deadlines = tuple(duties.stated_deadlines()) or self._deadlines
        self._fields |= {one.label: one for one in duties.fields}
        return duties

    def _meant(self, unit: UnitMention) -> tuple[UnitMention, ...]:
        if not _DITTO.fullmatch(unit.name):
            return (unit,)
        return _inheritable(self._units.get(unit.role, ()))


def assemble(source: Source, drafts: list[Draft], reader: DutyReader) -> tuple[Node, ...]:
    """The tree of the drafts."""
    ditto = Ditto(reader)
    for draft in drafts:
        _lift_shared_duties(draft)
    return _nodes(source, drafts, ditto, (), lambda _draft: Inherited())


def _nodes(
    source: Source,
    drafts: Iterable[Draft],
    reader: Ditto,
    above: tuple[int, ...],
    handed_down: Callable[[Draft], Inherited],
) -> tuple[Node, ...]:
    """The items of one list. “（责任单位：教务处，下同）” holds for silent items up to the next statement.

    So does “6月底前（下同）” for limits, on its own: who has to do an item says nothing of until when.
    """
    nodes = []
    same: tuple[UnitMention, ...] = ()
    limits: tuple[Deadline, ...] = ()
    for draft in drafts:
        duties = reader.read(draft)
        own = tuple(duties.stated_units())
        if own and same and not any(unit.role is Role.LEAD for unit in own):
            duties.units = [*(unit for unit in same if unit.role is Role.LEAD), *duties.units]
        until = tuple(duties.stated_deadlines())
        from_above = handed_down(draft)
        from_above = replace(
            from_above, units=same or from_above.units, deadlines=limits or from_above.deadlines
        )
        nodes.append(_node(source, draft, reader, above, from_above, duties))
        if until:
            limits = _inheritable(until) if _says_same_below(source, until) else ()
        if any(unit.role is Role.LEAD for unit in own):
            same = _inheritable(own) if _says_same_below(source, own) else ()
    return tuple(nodes)


def _node(
    source: Source,
    draft: Draft,
    reader: Ditto,
    above: tuple[int, ...],
    inherited: Inherited,
    duties: Duties,
) -> Node:
    handed_down = _settle(draft, duties, inherited)
    mode, mode_reason = mode_of(duties.units)
    path = draft.path_below(above)
    spans = (*(line.span for line in draft.lines), *(cell.span for cell in draft.cells))
    return Node(
        number=draft.marker.printed if draft.marker else "",
        form=str(draft.form),
        path=path,
        part=draft.part,
        title=title_of(draft, duties.brackets),
        text="\n".join(source[span] for span in spans),
        spans=spans,
        reason=draft.reason,
        cell=draft.where,
        units=tuple(duties.units),
        mode=mode,
        mode_reason=mode_reason,
        deadlines=tuple(duties.deadlines),
        fields=tuple(duties.fields),
        # A table below an item states its duties in its own columns.
        children=_nodes(
            source,
            draft.children,
            reader,
            path,
            lambda child: Inherited() if _enters_table(draft, child) else handed_down,
        ),
    )


def _enters_table(draft: Draft, child: Draft) -> bool:
    return draft.where is None and child.where is not None


def _settle(draft: Draft, duties: Duties, inherited: Inherited) -> Inherited:
    """Complete an item's duties from above, then from its wording; gives what goes further down."""
    units = tuple(duties.stated_units())
    deadlines = tuple(duties.stated_deadlines())
    if not units:
        duties.units = list(inherited.units) or named_in_text(draft) or list(inherited.named_in_text)
    if not deadlines and not any(map(_is_settled, duties.deadlines)):
        duties.deadlines = [*inherited.deadlines, *duties.deadlines]
    stated = units or inherited.units
    return Inherited(
        units=_inheritable(stated),
        deadlines=_inheritable(deadlines or inherited.deadlines),
        named_in_text=() if stated else _inheritable(duties.units),
    )


def _is_settled(limit: Deadline) -> bool:
    """Whether the wording of an item says enough not to ask the items above."""
    return limit.due_on is not None or limit.kind is DeadlineKind.LONG_TERM


def _says_same_below(source: Source, stated: Iterable[UnitMention | Deadline]) -> bool:
    """Whether 下同 stands right behind; behind a rule (列第一位者为牵头单位，下同) it is about the rule."""
    return any(_SAME_BELOW.match(source.text, one.span.end) for one in stated)


def _inheritable(found: Iterable) -> tuple:
    return tuple(replace(one, inherited=True) for one in found)


def _lift_shared_duties(draft: Draft) -> None:
    """Duties on a line of their own behind a list are about the whole list, if no other entry states any."""
    for child in draft.children:
        _lift_shared_duties(child)
    entries = [child for child in draft.children if child.lines]
    if len(entries) < 2 or not draft.lines or entries[-1].children:
        return
    tail = _duty_lines(entries[-1])
    if tail and not any(_states_duties(entry) for entry in entries[:-1]):
        del entries[-1].lines[-len(tail) :]
        draft.lines += tail


def _duty_lines(draft: Draft) -> list[Line]:
    """The lines at the end of an item, behind its first, that only state duties."""
    tail: list[Line] = []
    for line in reversed(draft.lines[1:]):
        first = next(stated_in(Piece(line.text, line.span.start)), None)
        labelled = first is not None and first.label.start <= line.span.start + 1
        if not labelled and not _DUTY_BRACKET.fullmatch(line.text):
            break
        tail.insert(0, line)
    return tail


def _states_duties(draft: Draft) -> bool:
    return bool(_duty_lines(draft)) or any(_DUTY_BRACKET.search(line.text) for line in draft.lines)
