"""Who hears of what in the loop: powers belong to unit and role, so messages do too (DESIGN §3.0)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from bihuan.kernel import clock
from bihuan.ledger.catalogue import heard
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment, Unit, UnitKind
from bihuan.org.queries.holders import holders
from bihuan.org.roles import Cap
from bihuan.supervision import verbs  # noqa: F401  (the verbs must be in the catalogue first)
from bihuan.supervision.models import Assignment, LadderEdition, Urge
from bihuan.supervision.models.ladders import rung_behind
from bihuan.supervision.rules import Duty
from bihuan.supervision.rungs import Told, Wait


class Sides(NamedTuple):
    """The units that have to do with an assignment, by their ids: of a mass dispatch nobody loads the rows."""

    handling: int | None
    issued_by: int
    office: int | None
    reviewer: int


Places = Callable[[Sides], Iterable[int | None]]


def _told(places: Places, *caps: str) -> Callable[[Sequence[Entry]], Iterator[tuple[int, int]]]:
    """An audience: whoever holds one of `caps` in the units that `places` names, the actor excepted."""

    def audience(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
        wanted = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in entries}
        units = {pk: {one for one in places(sides) if one} for pk, sides in _sides(set(wanted.values()))}
        people = holders({one for some in units.values() for one in some}, caps)
        for entry in entries:
            for unit_id in units.get(wanted[entry.pk], ()):
                yield from (
                    (entry.pk, person_id) for person_id in people[unit_id] if person_id != entry.actor_id
                )

    return audience


def _sides(assignment_ids: Iterable[int]) -> Iterator[tuple[int, Sides]]:
    rows = Assignment.objects.filter(pk__among=assignment_ids).values_list(
        "pk", "unit", "unit__kind", "lead__unit", "issued_by", "office", "reviewer"
    )
    for pk, unit, kind, leading, *others in rows:
        yield pk, Sides(leading if kind == UnitKind.EXTERNAL else unit, *others)


Part = tuple[int | None, tuple[str, ...]]
"""A unit and the capabilities of those in it who are told."""


def _called(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """The audience of a rung of the ladder: whom it names, as seen from the unit that is waited for."""
    wanted = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in entries}
    rows = Assignment.objects.select_related("unit", "issued_by", "reviewer", "office", "lead__unit")
    assignments = rows.in_bulk(list(set(wanted.values())))
    editions = LadderEdition.objects.in_bulk({entry.facts.get("ladder") for entry in entries} - {None})
    parts: dict[int, list[Part]] = {}
    for entry in entries:
        place, code = entry.facts["rung"].split(".", 1)
        edition = editions.get(entry.facts.get("ladder"))
        rung = rung_behind(edition, Wait(place), code)
        assignment = assignments.get(wanted[entry.pk])
        if assignment is not None and rung is not None:
            parts[entry.pk] = [part for told in rung.told for part in _parts(assignment, Wait(place), told)]
    people: dict[tuple[str, ...], dict[int, set[int]]] = {}
    for caps in {caps for some in parts.values() for _unit, caps in some}:
        units = {unit for some in parts.values() for unit, same in some if unit and same == caps}
        people[caps] = holders(units, caps)
    for entry_id, some in parts.items():
        hearing = {person for unit, caps in some if unit for person in people[caps][unit]}
        yield from ((entry_id, person) for person in hearing)


def _parts(assignment: Assignment, wait: Wait, told: Told) -> Iterator[Part]:
    """Where those are found whom a rung tells."""
    own = wait in (Wait.SIGN, Wait.DUE)
    unit = _handling(assignment) if own else _awaited(assignment, wait)
    giver = assignment.office_id or assignment.issued_by_id
    if told == Told.DESK:
        desk = Cap.HANDLE if own or (wait == Wait.REVIEW and assignment.duty == Duty.ASSIST) else Cap.DISPATCH
        yield unit.pk, (desk,)
    elif told == Told.LEADER:
        yield unit.pk, (Cap.INSTRUCT,)
    elif told == Told.ABOVE or not own:
        yield unit.parent_id, (Cap.INSTRUCT,) if told == Told.GIVER_LEADER else (Cap.DISPATCH,)
    elif told == Told.GIVER:
        yield giver, (Cap.DISPATCH,)
    else:
        yield assignment.issued_by_id, (Cap.INSTRUCT,)


def _handling(assignment: Assignment) -> Unit:
    """The unit that does the duty; for one outside the system its lead, which records the answer."""
    return assignment.lead.unit if assignment.unit.is_external and assignment.lead else assignment.unit


def _awaited(assignment: Assignment, wait: Wait) -> Unit:
    """The unit above that is waited for: the reviewer, or whoever gave the duty."""
    if wait == Wait.REVIEW and assignment.reviewer_id != assignment.issued_by_id:
        return assignment.reviewer
    return assignment.office or assignment.issued_by


def _receiver(sides: Sides) -> Iterable[int | None]:
    return [sides.handling]


def _giver(sides: Sides) -> Iterable[int | None]:
    return [sides.office or sides.issued_by]


def _reviewer(sides: Sides) -> Iterable[int | None]:
    if sides.reviewer == sides.issued_by and sides.office:
        return [sides.office]
    return [sides.reviewer]


def _urgers(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """The audience of an answer: whoever urged or instructed by hand about the matter, and still holds a post."""
    wanted = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in entries}
    urges = Urge.objects.filter(assignment__in=set(wanted.values()), person_id__isnull=False)
    pairs = set(urges.order_by().values_list("assignment_id", "person_id"))
    posts = Appointment.objects.current(clock.today()).filter(person__in={person for _pk, person in pairs})
    here = set(posts.values_list("person_id", flat=True))
    for entry in entries:
        for pk, person in pairs:
            if pk == wanted[entry.pk] and person in here and person != entry.actor_id:
                yield entry.pk, person


def _verbs(*names: str) -> list[str]:
    return [f"supervision.assignment.{name}" for name in names]


heard(
    *_verbs(
        "dispatched",
        "insisted",
        "reassigned",
        "report_returned",
        "submission_sent_back",
        "returned",
        "accepted",
        "objected",
        "written_off",
        "cancelled",
        "extension_granted",
        "extension_refused",
        "redated",
        "recycled",
        "suspended",
        "resumed",
        "explanation_answered",
        "light_set",
        "light_restored",
        "moved",
        "reissued",
        "relinked",
        "reparented",
        "joined",
    ),
    by=_told(_receiver, Cap.HANDLE),
)
heard(*_verbs("urged", "instructed", "slip_issued"), by=_told(_receiver, Cap.HANDLE, Cap.SIGN_OFF))
heard(*_verbs("submission_drafted", "extension_asked"), by=_told(_receiver, Cap.SIGN_OFF))
heard(*_verbs("declined", "extension_endorsed", "explained", "moved"), by=_told(_giver, Cap.DISPATCH))
heard(*_verbs("explained"), by=_urgers)
heard(
    *_verbs("paper_objection_decided"), by=_told(_giver, Cap.HANDLE)
)  # the unit that objected gave the duty
heard(*_verbs("completed"), by=_told(_reviewer, Cap.PRE_REVIEW))
heard(*_verbs("pre_reviewed"), by=_told(_reviewer, Cap.APPROVE))
heard(*_verbs("reminded", "pressed", "proposed"), by=_called)


def _in_the_unit(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Those who handle duties in the unit that an entry is about."""
    units = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in entries}
    people = holders(units.values(), (Cap.HANDLE,))
    return ((entry, person) for entry, unit in units.items() for person in people[unit])


heard("supervision.unit.deadlines_moved", by=_in_the_unit)
