"""What of a circular is for everybody (公开件): the text with people's names masked, and the names found in it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Length, StrIndex

from bihuan.circulars.models import Circular, Publication
from bihuan.circulars.rules import masked
from bihuan.documents.gongwen.text import long_date
from bihuan.documents.models import Paper
from bihuan.documents.queries import said_by
from bihuan.kernel import clock
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import publication
from bihuan.org.models import Lineage, Person

PUBLISHED = "circulars.publication.published"


def names_in(circular: Circular) -> list[str]:
    """The names of people of the issuer and of the units below that stand in what the circular says.

    A circular speaks of units. A name that is also a word (文明) is found too: people decide.
    """
    paper = circular.paper
    texts = "\n".join(_texts([paper.title, paper.addressees, paper.sections, paper.tables]))
    below = Lineage.objects.filter(ancestor=paper.issuer_id).values("descendant")
    counted = circular.figures.filter(key="dispatched", unit__isnull=False).values("unit")
    people = Person.objects.alias(
        place=StrIndex(Value(texts, output_field=TextField()), F("name")), long=Length("name")
    )
    people = people.filter(Q(appointments__unit__in=below) | Q(appointments__unit__in=counted))
    found = people.filter(place__gt=0, long__gt=1).order_by().values_list("name", flat=True).distinct()
    return sorted(found, key=lambda name: (-len(name), name))


def content_of(circular: Circular, names: Iterable[str] = (), *, with_tables: bool = True) -> dict[str, Any]:
    """The public version: frozen figures, text and tables with these names masked; what it does not need stays out.

    No ids, no lists behind the figures, no copies, no note with somebody's telephone.
    """
    paper = circular.paper
    hidden = sorted(set(names), key=lambda name: (-len(name), name))
    said = said_by(paper)
    overall = circular.figures.filter(unit__isnull=True).exclude(key__startswith="plan:").order_by("pk")
    return {
        "issuer": said.issuer,
        "number": said.number,
        "title": masked(said.title, hidden),
        "addressees": masked(said.addressees, hidden),
        "issued_on": str(said.issued_on),
        "date": long_date(said.issued_on) if said.issued_on else "",
        "first_on": str(circular.first_on),
        "last_on": str(circular.last_on),
        "as_of": circular.as_of.astimezone(clock.OFFICE_TZ).isoformat(timespec="seconds"),
        "figures": [{"key": one.key, "shown": one.shown} for one in overall],
        "sections": [
            {
                "heading": masked(part["heading"], hidden),
                "paragraphs": [masked(text, hidden) for text in part["paragraphs"]],
            }
            for part in said.sections
        ],
        "tables": [
            {
                "title": masked(table["title"], hidden),
                "head": list(table["head"]),
                "rows": [[masked(str(cell), hidden) for cell in row] for row in table["rows"]],
            }
            for table in (said.tables if with_tables else ())
        ],
    }


def line_of(shown: Publication) -> Entry:
    """The line of the ledger that bears its digest."""
    return Entry.objects.of(shown).get(verb=PUBLISHED)


def issued_line_of(paper: Paper) -> Entry:
    """The line by which a document was signed and numbered."""
    return Entry.objects.of(paper).filter(verb="documents.paper.issued").latest("position")


def checkable(shown: Publication) -> dict[str, Any] | None:
    """The public version as a file that anybody can check offline; None before it is sealed."""
    line = line_of(shown)
    return publication(line, shown.content, line.facts["issued"])


def _texts(said: Any) -> Iterable[str]:
    """Every string in a value of the kind that JSON keeps."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for one in said.values():
            yield from _texts(one)
    elif isinstance(said, Sequence):
        for one in said:
            yield from _texts(one)
