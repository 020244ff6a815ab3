"""What pressed for progress (催办记录): rungs of the ladder, urges by hand, instructions and slips, in one list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment, Effect, Explanation, LadderEdition, Matter, Urge
from bihuan.supervision.models.ladders import rung_behind
from bihuan.supervision.rungs import Wait


class Kind(TextChoices):
    """Where a press came from."""

    REMIND = "remind", _("系统提醒")
    LADDER = "ladder", _("系统催办")
    URGE = "urge", _("人工催办")
    INSTRUCTION = "instruction", _("批示")
    SLIP = "slip", _("督办通知单")


@dataclass(frozen=True)
class Asked:
    """The filter of the list; every value stands in the address."""

    kind: str = ""
    plan: int | None = None
    unit: int | None = None  # this one and everything below it
    since: date | None = None
    until: date | None = None
    answered: str = ""  # yes or no

    @property
    def is_empty(self) -> bool:
        return self == Asked()


COLUMNS = ("kind", "pk", "at", "assignment_id", "code", "said", "edition_id", "explanation", "answered")


def presses(actor: Actor, asked: Asked, further: Q | None = None) -> QuerySet[Any]:
    """What pressed about assignments in scope, the latest first, as rows of COLUMNS; `further` is asked of these."""
    first, *others = (one.filter(further or Q()) for one in _branches(_in_scope(actor, asked), asked))
    rows = first.values(*COLUMNS).union(*(one.values(*COLUMNS) for one in others), all=True)
    return rows.order_by("-at", "-pk")


def counted(actor: Actor, asked: Asked) -> dict[str, int]:
    """How many of each kind; the same rows as the list that each leads to."""
    counts: dict[str, int] = {}
    for branch in _branches(_in_scope(actor, asked), asked):
        for kind, n in branch.order_by().values_list("kind").annotate(n=Count("pk")):
            counts[kind] = counts.get(kind, 0) + n
    return {kind: n for kind, n in counts.items() if n}


def presses_on(assignment: Assignment) -> list["Press"]:
    """All that pressed about one assignment, the latest first."""
    first, *others = _branches(Q(assignment=assignment), Asked())
    rows = first.values(*COLUMNS).union(*(one.values(*COLUMNS) for one in others), all=True)
    return shown(rows.order_by("-at", "-pk"), {assignment.pk: assignment})


@dataclass(frozen=True)
class Press:
    """One of them, in words."""

    kind: Kind
    label: Any
    at: datetime
    assignment: Assignment
    said: str  # by whoever pressed by hand
    explanation: Explanation | None  # that answers this very one
    answered: bool  # the unit has explained, reported or declared the matter done since
    pk: int = 0  # of what pressed, among its kind


def shown(rows: Iterable[dict[str, Any]], known: dict[int, Assignment] | None = None) -> list[Press]:
    """Rows with their matters and the words that answer them, in two or three more queries however many."""
    rows = list(rows)
    about = known or Assignment.objects.select_related("item__source", "unit", "issued_by").in_bulk(
        {row["assignment_id"] for row in rows}
    )
    answers = {row["explanation"] for row in rows} - {None}
    said = Explanation.objects.in_bulk(answers) if answers else {}
    numbers = {row["edition_id"] for row in rows} - {None}
    editions = LadderEdition.objects.in_bulk(numbers) if numbers else {}
    return [
        Press(
            Kind(row["kind"]),
            _label(row, editions[row["edition_id"]] if row["edition_id"] else None),
            row["at"],
            about[row["assignment_id"]],
            row["said"],
            said.get(row["explanation"]),
            row["answered"],
            row["pk"],
        )
        for row in rows
    ]


def _label(row: dict[str, Any], edition: LadderEdition | None) -> Any:
    wait, dot, code = row["code"].partition(".")
    rung = rung_behind(edition, Wait(wait), code) if dot else None
    return rung.label if rung else Kind(row["kind"]).label


def _in_scope(actor: Actor, asked: Asked) -> Q:
    rows = Assignment.objects.within(actor, Cap.VIEW)
    if asked.plan:
        rows = rows.filter(item__plan=asked.plan)
    if asked.unit:
        rows = rows.filter(unit__in=Lineage.objects.filter(ancestor=asked.unit).values("descendant"))
    return Q(assignment__in=rows.values("pk"))


def _branches(about: Q, asked: Asked) -> list[QuerySet[Any]]:
    """The three tables that hold them, each brought into the same columns."""
    milder = Q(rung__contains=".remind") | Q(rung__contains=".call")
    effects = Effect.objects.sounded().annotate(
        kind=Case(When(milder, then=Value(Kind.REMIND.value)), default=Value(Kind.LADDER.value)),
        code=Cast("rung", CharField()),
        said=Value("", TextField()),
        explanation=_answer("effect"),
    )
    urges = Urge.objects.exclude(kind=Urge.Kind.REMIND).annotate(
        at=F("urged_at"),
        code=Value("", CharField()),
        said=F("text"),
        edition_id=Value(None, BigIntegerField()),
        explanation=_answer("urge"),
    )
    issued = Matter.objects.filter(
        letter__paper__kind=Paper.Kind.SLIP, letter__paper__issued_at__isnull=False
    )
    slips = issued.annotate(
        kind=Value(Kind.SLIP.value),
        at=F("letter__paper__issued_at"),
        code=Value("", CharField()),
        said=Value("", TextField()),
        edition_id=Value(None, BigIntegerField()),
        explanation=Value(None, BigIntegerField()),
    )
    return [_asked(_with_answer(rows.filter(about)), asked) for rows in (effects, urges, slips)]


def _answer(link: str) -> Subquery:
    return Subquery(Explanation.objects.filter(**{link: OuterRef("pk")}).values("pk")[:1])


def _with_answer(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Whether the unit said anything since: explained, reported, or declared the matter done."""
    since = Explanation.objects.filter(assignment=OuterRef("assignment"), explained_at__gte=OuterRef("at"))
    heard = Q(assignment__reported_at__gte=F("at")) | Q(assignment__completed_at__gte=F("at")) | Exists(since)
    return rows.annotate(answered=Case(When(heard, then=Value(True)), default=Value(False)))


def _asked(rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.since:
        rows = rows.filter(at__gt=clock.end_of(asked.since - timedelta(days=1)))
    if asked.until:
        rows = rows.filter(at__lte=clock.end_of(asked.until))
    if asked.answered:
        rows = rows.filter(answered=asked.answered == "yes")
    return rows
