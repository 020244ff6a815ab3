"""Items and reports as lists of their own: what a reader may see of them, narrowed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import CharField, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment, Extension, Item, Plan, Report, Target
from bihuan.supervision.queries.registers import before
from bihuan.supervision.rules import Duty


@dataclass(frozen=True)
class ItemsAsked:
    """What is asked of the list of items."""

    plan: int | None = None
    area: int | None = None
    q: str = ""
    due_from: date | None = None
    due_to: date | None = None


@dataclass(frozen=True)
class ReportsAsked:
    """What is asked of the list of reports."""

    plan: int | None = None
    unit: int | None = None  # this one and everything below it
    verdict: str = ""  # a verdict, or `none` for those nobody has judged yet
    q: str = ""
    since: date | None = None
    until: date | None = None


def items(actor: Actor, asked: ItemsAsked) -> QuerySet[Item]:
    """The matters of lists in sight, and of duties in sight that stand on no list (清单条目); leaves only."""
    duties = Assignment.objects.within(actor, Cap.VIEW).order_by()
    seen = Q(plan__in=Plan.objects.within(actor, Cap.VIEW).values("pk"))
    rows = Item.objects.leaves().filter(seen | Q(plan__isnull=True, pk__in=duties.values("item")))
    exact = {"plan": asked.plan, "area": asked.area}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.q.strip():
        rows = rows.filter(Q(title__icontains=asked.q.strip()) | Q(source__number__icontains=asked.q.strip()))
    if asked.due_from:
        rows = rows.filter(due_on__gte=asked.due_from)
    if asked.due_to:
        rows = rows.filter(due_on__lte=asked.due_to)
    return rows


def reports(actor: Actor, asked: ReportsAsked) -> QuerySet[Report]:
    """The reports on duties in sight (进展反馈)."""
    duties = Assignment.objects.within(actor, Cap.VIEW).order_by()
    if asked.plan:
        duties = duties.filter(item__plan=asked.plan)
    if asked.unit:
        duties = duties.filter(unit__in=Lineage.objects.filter(ancestor=asked.unit).values("descendant"))
    rows = Report.objects.filter(assignment__in=duties.values("pk"))
    if asked.verdict:
        rows = rows.filter(verdict="" if asked.verdict == "none" else asked.verdict)
    if asked.q.strip():
        rows = rows.filter(
            Q(text__icontains=asked.q.strip()) | Q(assignment__item__title__icontains=asked.q.strip())
        )
    if asked.since:
        rows = rows.filter(reported_at__gt=before(asked.since))
    if asked.until:
        rows = rows.filter(reported_at__lte=clock.end_of(asked.until))
    return rows


# What columns compute


def with_item_columns(rows: QuerySet[Item], keys: set[str], actor: Actor) -> QuerySet[Item]:
    """Names of the units an item is meant for, and how far the duties in sight have come."""
    if "leads" in keys:
        rows = rows.annotate(leads=Coalesce(_targets(Duty.LEAD), _given(Duty.LEAD)))
    if "assists" in keys:
        rows = rows.annotate(assists=Coalesce(_targets(Duty.ASSIST), _given(Duty.ASSIST)))
    if "criteria" in keys:
        rows = rows.annotate(said_criteria=StringAgg("criteria__text", "；", default=Value("")))
    duties = Assignment.objects.within(actor, Cap.VIEW).live().filter(item=OuterRef("pk")).order_by()
    counts: dict[str, Any] = {
        "given": duties,
        "open": duties.open(),
        "overdue": duties.overdue(clock.now()),
        "written_off": duties.filter(stage="written_off"),
    }
    for key in counts.keys() & keys:
        rows = rows.annotate(**{f"n_{key}": _count(counts[key])})
    return rows


def with_assignment_columns(rows: QuerySet[Assignment], keys: set[str], actor: Actor) -> QuerySet[Assignment]:
    """The latest words on a duty, whom else it concerns, and how often it was moved or urged."""
    reports = Report.objects.filter(assignment=OuterRef("pk")).order_by("-reported_at", "-pk")
    for key, name in {
        "said": "text",
        "problems": "problems",
        "next_steps": "next_steps",
        "opinion": "opinion",
    }.items():
        if key in keys:
            rows = rows.annotate(
                **{f"last_{key}": Subquery(reports.values(name)[:1], output_field=TextField())}
            )
    if "assisting" in keys:
        names = Assignment.objects.live().filter(lead=OuterRef("pk")).order_by().values("lead")
        joined = names.annotate(said=StringAgg("unit__short_name", "、", order_by="unit__sort_order")).values(
            "said"
        )
        rows = rows.annotate(assisting_units=Subquery(joined, output_field=TextField()))
    if "reports" in keys:
        rows = rows.annotate(n_reports=_count(reports.order_by(), "assignment"))
    if "extensions" in keys:
        granted = Extension.objects.filter(
            assignment=OuterRef("pk"), state=Extension.State.GRANTED
        ).order_by()
        rows = rows.annotate(n_extensions=_count(granted, "assignment"))
    return rows


def _targets(duty: str) -> Subquery:
    named = Target.objects.filter(item=OuterRef("pk"), duty=duty).order_by().values("item")
    name = Coalesce("unit__short_name", "group__name", "written", output_field=CharField())
    return Subquery(
        named.annotate(said=StringAgg(name, "、", order_by="pk")).values("said"), output_field=TextField()
    )


def _given(duty: str) -> Subquery:
    """Of a matter that stands on no list: the units that were given it."""
    given = Assignment.objects.live().filter(item=OuterRef("pk"), item__plan__isnull=True, duty=duty)
    joined = (
        given.order_by()
        .values("item")
        .annotate(said=StringAgg("unit__short_name", "、", order_by="unit__sort_order"))
    )
    return Subquery(joined.values("said"), output_field=TextField())


def _count(rows: QuerySet[Any], by: str = "item") -> Coalesce:
    return Coalesce(
        Subquery(rows.values(by).annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0)
    )
