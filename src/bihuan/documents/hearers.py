"""Who hears that a text is to be countersigned, what came of a draft, and that a document was served."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bihuan.documents import verbs  # noqa: F401  (the verbs must be in the catalogue first)
from bihuan.documents.models import Paper, Service
from bihuan.kernel import clock
from bihuan.ledger.catalogue import heard
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment
from bihuan.org.queries.holders import holders
from bihuan.org.roles import Cap


def _asked(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Whoever signs off for an office that is asked."""
    asked = {entry.pk: [int(unit) for unit in entry.facts["units"]] for entry in entries}
    people = holders({unit for units in asked.values() for unit in units}, (Cap.SIGN_OFF,))
    for entry in entries:
        hearing = {person for unit in asked[entry.pk] for person in people[unit]}
        yield from ((entry.pk, person) for person in hearing if person != entry.actor_id)


def _author(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Whoever drafted the document, as long as they hold a post in its issuer or office."""
    wanted = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in entries}
    papers = Paper.objects.only("drafted_by", "issuer", "office").in_bulk(set(wanted.values()))
    posts = Appointment.objects.current(clock.today()).filter(
        person__in=[paper.drafted_by for paper in papers.values()]
    )
    held = set(posts.values_list("person_id", "unit_id"))
    for entry in entries:
        paper = papers.get(wanted[entry.pk])
        if paper is None or paper.drafted_by == entry.actor_id:
            continue
        if {(paper.drafted_by, unit) for unit in (paper.issuer_id, paper.office_id)} & held:
            yield entry.pk, paper.drafted_by


def _served(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Whoever signs for what a unit receives, in each unit on which the document was served."""
    wanted = {entry.pk: int(entry.stream.rpartition(":")[2]) for entry in entries}
    units: dict[int, set[int]] = defaultdict(set)
    rows = Service.objects.filter(paper__in=set(wanted.values())).values_list("paper", "unit")
    for paper_id, unit_id in rows:
        units[paper_id].add(unit_id)
    people = holders({unit for served in units.values() for unit in served}, (Cap.SIGN_FOR,))
    for entry in entries:
        hearing = {person for unit in units[wanted[entry.pk]] for person in people[unit]}
        yield from ((entry.pk, person) for person in hearing if person != entry.actor_id)


heard("documents.paper.countersign_asked", by=_asked)
heard("documents.paper.served", by=_served)
heard(
    "documents.paper.countersigned",
    "documents.paper.countersign_refused",
    "documents.paper.sent_back",
    "documents.paper.issued",
    by=_author,
)
