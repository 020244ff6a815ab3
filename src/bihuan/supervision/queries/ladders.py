"""Rehearsing a ladder (阶梯预演): who would get what in the coming days, beside what the present one brings."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.ledger.models import Entry
from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import Cap
from bihuan.supervision.ladder import Call, Ladder, Marks
from bihuan.supervision.models import Assignment, Effect, LadderEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.models.ladders import rung_behind
from bihuan.supervision.queries.regimes import Regime, regime_of
from bihuan.supervision.rungs import Rung, Told, Wait, in_words, rung_named
from bihuan.ui import wording

AHEAD = timedelta(days=7)
SHOWN = 60  # messages that are listed one by one

MARKS = (
    "stage",
    "due_at",
    "sign_by",
    "decide_by",
    "answer_by",
    "review_on",
    "publicised_until",
    "held_until",
    "round",
)
"""What a ladder looks at: assignments with the same of these ring at the same moments."""

Coming = tuple[Call, Mapping[str, Any], bool]
"""A call of the draft, the marks of those it is about, and whether the present ladder has no such call."""


@dataclass(frozen=True)
class Message:
    """What would be said about one assignment: a rung at its moment."""

    assignment: Assignment
    call: Call
    is_new: bool  # the present ladder would not say it in this time

    @property
    def told(self) -> Sequence[Told]:
        return self.call.rung.told


@dataclass
class Line:
    """A rung in the rehearsal: how often it sounds now, and how often it would."""

    wait: Wait
    code: str
    label: Any
    told: Sequence[Told]
    at_present: int = 0
    in_draft: int = 0

    @property
    def is_changed(self) -> bool:
        return self.at_present != self.in_draft


@dataclass
class Rehearsal:
    """Who would get what until a moment, under a draft and under the ladder in force."""

    until: datetime
    open_count: int = 0
    lines: list[Line] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    @property
    def at_present(self) -> int:
        return sum(line.at_present for line in self.lines)

    @property
    def in_draft(self) -> int:
        return sum(line.in_draft for line in self.lines)


def open_below(edition: LadderEdition, *, ended: bool = False) -> QuerySet[Assignment]:
    """What is open and would ring by this version: given by the authority or below it, of the version's kind.

    With `ended` also what is over: its presses are on record all the same.

    An authority further down that has settled a ladder of its own keeps it.
    """
    below = Lineage.objects.filter(ancestor=edition.unit_id)
    settled = LadderEdition.objects.in_force().exclude(unit=edition.unit_id)
    own = settled.filter(unit__in=below.values("descendant"), kind__in={"", edition.kind})
    kept = Lineage.objects.filter(ancestor__in=own.values("unit"))
    rows = Assignment.objects.all() if ended else Assignment.objects.open()
    rows = rows.filter(issued_by__in=below.values("descendant"))
    rows = rows.exclude(issued_by__in=kept.values("descendant"))
    if edition.kind:
        return rows.filter(item__source__kind=edition.kind)
    narrower = LadderEdition.objects.in_force().filter(unit=edition.unit_id).exclude(kind="")
    return rows.exclude(item__source__kind__in=list(narrower.values_list("kind", flat=True)))


def rehearse(edition: LadderEdition, actor: Actor, ahead: timedelta = AHEAD) -> Rehearsal:
    """Play both ladders over what is open (预演).

    Assignments that look alike to a ladder are played once and counted, so a province costs little more than its
    different deadlines.
    """
    now = clock.now()
    result = Rehearsal(until=now + ahead)
    regime = regime_of(edition.unit_id)
    draft, present = regime.climbed(edition), _present(edition, regime)
    rows = open_below(edition)
    lines: dict[tuple[Wait, str], Line] = {}
    coming: list[Coming] = []
    for group in rows.order_by().values(*MARKS).annotate(n=Count("pk")):
        result.open_count += group["n"]
        marks = Marks(**{name: group[name] for name in MARKS if name != "stage"})
        now_calls = _calls(present, group["stage"], marks, now, result.until)
        for call in now_calls.values():
            _line(lines, call).at_present += group["n"]
        for key, call in _calls(draft, group["stage"], marks, now, result.until).items():
            _line(lines, call).in_draft += group["n"]
            coming.append((call, group, key not in now_calls))
    _take_off_sounded(lines, rows, coming)
    order = list(Wait)
    result.lines = sorted(
        (line for line in lines.values() if line.at_present or line.in_draft),
        key=lambda line: (order.index(line.wait), _place(draft, present, line)),
    )
    visible = rows.filter(pk__in=Assignment.objects.within(actor, Cap.VIEW).values("pk"))
    result.messages = list(_messages(visible, sorted(coming, key=lambda one: one[0].at)))
    return result


def _present(edition: LadderEdition, regime: Regime) -> Ladder:
    """What rings now: the version in force here, else that of the authority above, else the default."""
    counting = regime.editions
    return regime.climbed(counting.get(edition.kind) or counting.get(""))


def _calls(ladder: Ladder, stage: str, marks: Marks, after: datetime, until: datetime) -> dict[Any, Call]:
    return {(call.code, call.at): call for call in ladder.calls(stage, marks, after, until)}


def _line(lines: dict[tuple[Wait, str], Line], call: Call) -> Line:
    code = call.rung.step.value if call.rung.every else call.rung.code
    key = (call.wait, code)
    if key not in lines:
        lines[key] = Line(call.wait, code, call.rung.label, call.rung.told)
    return lines[key]


def _take_off_sounded(
    lines: dict[tuple[Wait, str], Line], rows: QuerySet[Assignment], coming: Sequence[Coming]
) -> None:
    """Leave out of the draft what has sounded already: an effect comes once, whatever the version."""
    known = Effect.objects.filter(
        assignment__in=rows.values("pk"),
        rung__in={call.code for call, _group, _new in coming},
        base_at__in={call.base_at for call, _group, _new in coming},
    )
    expected = {(call.code, call.base_at): call for call, _group, _new in coming}
    for code, base_at, n in known.order_by().values_list("rung", "base_at").annotate(n=Count("pk")):
        call = expected.get((code, base_at))
        if call is not None:
            line = _line(lines, call)
            line.in_draft = max(0, line.in_draft - n)


def _place(draft: Ladder, present: Ladder, line: Line) -> int:
    rung = rung_named(draft.steps, line.wait, line.code) or rung_named(present.steps, line.wait, line.code)
    return rung.offset if rung else 0


def _messages(rows: QuerySet[Assignment], coming: Iterable[Coming]) -> Iterator[Message]:
    """The first of them one by one, with the assignments they are about."""
    left = SHOWN
    for call, group, is_new in coming:
        if left <= 0:
            return
        same = rows.filter(**{name: group[name] for name in MARKS})
        known = Effect.objects.filter(rung=call.code, base_at=call.base_at).values("assignment")
        about = same.exclude(pk__in=known).select_related("unit", "item").order_by("pk")[:left]
        for assignment in about:
            left -= 1
            yield Message(assignment, call, is_new)


# --- what a message says --------------------------------------------------------------------------------------


def sayings(entries: Iterable[Entry]) -> dict[int, str]:
    """The words of the rungs that these entries tell of, filled in, by entry; in two queries however many."""
    climbed = [entry for entry in entries if "rung" in entry.facts]
    if not climbed:
        return {}
    about = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in climbed}
    rows = Assignment.objects.select_related("item", "unit").in_bulk(list(set(about.values())))
    editions = LadderEdition.objects.in_bulk({entry.facts.get("ladder") for entry in climbed} - {None})
    said = {}
    for entry in climbed:
        assignment, rung, wait = rows.get(about[entry.pk]), *_rung_of(entry, editions)
        if assignment is not None and rung is not None:
            said[entry.pk] = say(rung, wait, assignment, datetime.fromisoformat(entry.facts["base"]))
    return said


def say(rung: Rung, wait: Wait, assignment: Assignment, base_at: datetime) -> str:
    """A rung's message about an assignment."""
    places = {
        "matter": assignment.item.title,
        "unit": assignment.unit.short_name,
        "due": wording.say_day(base_at),
        "wait": str(wait.label),
        "rung": str(rung.label),
    }
    return in_words(rung.text, places) or str(rung.label)


def _rung_of(entry: Entry, editions: Mapping[int, LadderEdition]) -> tuple[Rung | None, Wait]:
    place, code = entry.facts["rung"].split(".", 1)
    edition = editions.get(entry.facts.get("ladder"))
    return rung_behind(edition, Wait(place), code), Wait(place)


# --- the page -------------------------------------------------------------------------------------------------


@dataclass
class Settled:
    """What an authority works by for one kind of matter, and what lies in draft."""

    kind: str
    label: str
    counting: LadderEdition | None  # None: the default
    is_own: bool
    draft: LadderEdition | None
    former: list[LadderEdition]


def settled(unit: Unit, labels: Mapping[str, str]) -> list[Settled]:
    """Every kind of matter that has a ladder of its own here or above, the general one first."""
    counting = regime_of(unit).editions
    own: dict[str, list[LadderEdition]] = defaultdict(list)
    for edition in LadderEdition.objects.filter(unit=unit).order_by("-number", "-pk"):
        own[edition.kind].append(edition)
    kinds = ["", *sorted(({*own, *counting}) - {""})]
    found = []
    for kind in kinds:
        chosen = counting.get(kind) or counting.get("")
        rows = own.get(kind, [])
        found.append(
            Settled(
                kind,
                labels.get(kind, kind),
                chosen,
                chosen is not None and chosen.unit_id == unit.pk and chosen.kind == kind,
                next((one for one in rows if one.state == EditionState.DRAFT), None),
                [one for one in rows if one.state == EditionState.SUPERSEDED],
            )
        )
    return found
