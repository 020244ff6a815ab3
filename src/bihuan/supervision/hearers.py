"""Who hears of what in the loop: powers belong to unit and role, so messages do too (DESIGN §3.0)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from bihuan.kernel import clock
from bihuan.ledger.catalogue import heard
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment, Lineage
from bihuan.org.roles import Cap, Role, roles_with
from bihuan.supervision import verbs  # noqa: F401  (the verbs must be in the catalogue first)
from bihuan.supervision.models import Assignment

Places = Callable[[Assignment], Iterable[int | None]]


def _told(places: Places, *caps: str) -> Callable[[Sequence[Entry]], Iterator[tuple[int, int]]]:
    """An audience: whoever holds one of `caps` in the units that `places` names, the actor excepted."""

    def audience(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
        wanted = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in entries}
        assignments = Assignment.objects.in_bulk(list(set(wanted.values())))
        units = {pk: {one for one in places(row) if one} for pk, row in assignments.items()}
        people = holders({one for some in units.values() for one in some}, caps)
        for entry in entries:
            for unit_id in units.get(wanted[entry.pk], ()):
                yield from (
                    (entry.pk, person_id) for person_id in people[unit_id] if person_id != entry.actor_id
                )

    return audience


def holders(unit_ids: Iterable[int], caps: Iterable[str]) -> dict[int, set[int]]:
    """The people who hold one of the capabilities in each unit.

    A vacant role's messages go to the unit's leader, then to the supervisors of the unit above (DESIGN §3.0).
    """
    unit_ids = set(unit_ids)
    found = _by_unit(unit_ids, caps)
    vacant = unit_ids - found.keys()
    if vacant:
        leaders = _by_unit(vacant, (), roles=[Role.LEADER])
        found.update(leaders)
        orphaned = vacant - leaders.keys()
        above = dict(
            Lineage.objects.filter(descendant__in=orphaned, depth=1).values_list("descendant", "ancestor")
        )
        supervisors = _by_unit(set(above.values()), (), roles=[Role.SUPERVISOR])
        found.update({unit: supervisors[parent] for unit, parent in above.items() if parent in supervisors})
    return defaultdict(set, found)


def _by_unit(unit_ids: Iterable[int], caps: Iterable[str], roles: Iterable[str] = ()) -> dict[int, set[int]]:
    posts = Appointment.objects.current(clock.today()).filter(unit__in=list(unit_ids))
    granting = [role for cap in caps for role in roles_with(cap)]
    people: dict[int, set[int]] = {}
    for unit_id, person_id in posts.filter(role__in=[*granting, *roles]).values_list("unit", "person"):
        people.setdefault(unit_id, set()).add(person_id)
    return people


def _receiver(assignment: Assignment) -> Iterable[int | None]:
    return [assignment.unit_id]


def _giver(assignment: Assignment) -> Iterable[int | None]:
    return [assignment.office_id or assignment.issued_by_id]


def _reviewer(assignment: Assignment) -> Iterable[int | None]:
    if assignment.reviewer_id == assignment.issued_by_id and assignment.office_id:
        return [assignment.office_id]
    return [assignment.reviewer_id]


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
        "suspended",
        "resumed",
        "explanation_answered",
        "moved",
    ),
    by=_told(_receiver, Cap.HANDLE),
)
heard(*_verbs("urged", "instructed", "slip_issued"), by=_told(_receiver, Cap.HANDLE, Cap.SIGN_OFF))
heard(*_verbs("submission_drafted", "extension_asked"), by=_told(_receiver, Cap.SIGN_OFF))
heard(*_verbs("declined", "extension_endorsed", "explained"), by=_told(_giver, Cap.DISPATCH))
heard(*_verbs("completed"), by=_told(_reviewer, Cap.PRE_REVIEW))
heard(*_verbs("pre_reviewed"), by=_told(_reviewer, Cap.APPROVE))
