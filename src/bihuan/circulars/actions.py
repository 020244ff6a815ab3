"""Drawing up, refreshing and issuing circulars."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from bihuan.circulars.models import Circular, Figure
from bihuan.circulars.queries import listed_for, rows_at
from bihuan.circulars.rules import Count, Row, count
from bihuan.circulars.wording import annex, draft_sections
from bihuan.documents.actions import draft_paper, issue_paper, settle_paper, take_paper
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, once
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.models import Plan


@action
def draft_circular(*, actor: Actor, plan_id: int, first_on: date, last_on: date, code: str = "") -> Circular:
    """Draw up a circular on a plan for a period (生成通报): figures, draft text and annex, all from one count.

    The moment of the count is the end of the period, or now if that lies ahead.
    """
    once("circulars.circular.drafted", actor=actor)
    plan = Plan.objects.within(actor, Cap.ISSUE).exclude(stage=Plan.Stage.DRAFT).get(pk=plan_id)
    if last_on < first_on:
        raise Refused(_("截止日期不能早于起始日期"), code="ends_before_start", field="last_on")
    if first_on > clock.today():
        raise Refused(_("起始日期不能晚于今天"), code="future", field="first_on")
    as_of = min(clock.end_of(last_on), clock.now())
    rows, counts = _draw(plan, first_on, last_on, as_of)
    paper = Paper(
        kind=Paper.Kind.CIRCULAR,
        issuer=plan.issuer,
        office=plan.office,
        code=code or _code_of(plan),
        title=_("关于“%(title)s”进展情况的通报") % {"title": plan.title},
        addressees="、".join(dict.fromkeys(row.unit for row in rows))[:300],
        sections=draft_sections(plan.title, rows, counts, first_on, last_on, listed_for(plan, as_of)),
        tables=[annex(rows, counts)],
    )
    draft_paper(paper, actor=actor)
    circular = Circular.objects.create(
        paper=paper, plan=plan, first_on=first_on, last_on=last_on, as_of=as_of
    )
    _freeze(circular, counts)
    append(
        "circulars.circular.drafted",
        actor=actor,
        subject=circular,
        plan=plan.pk,
        paper=paper.pk,
        first_on=first_on,
        last_on=last_on,
        as_of=as_of,
        figures=len(counts),
    )
    return circular


@action
def refresh_circular(*, circular_id: int, actor: Actor, seen_version: int | None = None) -> Circular:
    """Count again (重新取数) while the circular is a draft; text that people have edited is drafted anew."""
    circular, paper = _take(circular_id, actor, seen_version)
    if paper.stage != Paper.Stage.DRAFT:
        raise IllegalMove(stage=paper.stage)
    before = dict(circular.figures.filter(unit__isnull=True).values_list("key", "value"))
    circular.as_of = min(clock.end_of(circular.last_on), clock.now())
    circular.save(update_fields=["as_of"])
    rows, counts = _draw(circular.plan, circular.first_on, circular.last_on, circular.as_of)
    circular.figures.all().delete()
    _freeze(circular, counts)
    paper.sections = draft_sections(
        circular.plan.title,
        rows,
        counts,
        circular.first_on,
        circular.last_on,
        listed_for(circular.plan, circular.as_of),
    )
    paper.tables = [annex(rows, counts)]
    settle_paper(paper, "edited", actor=actor)
    changed = sum(before.get(one.key) != one.value for one in counts if one.unit_id is None)
    append(
        "circulars.circular.refreshed",
        actor=actor,
        subject=circular,
        as_of=circular.as_of,
        figures=len(counts),
        changed=changed,
    )
    return circular


@action
def issue_circular(*, paper_id: int, actor: Actor, seen_version: int | None = None) -> Circular:
    """Issue a reviewed circular (印发通报): numbered without gap, served on every unit it counts."""
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    circular = Circular.objects.get(paper=paper)
    units = circular.figures.filter(key="dispatched", unit__isnull=False).order_by("unit__sort_order")
    unit_ids = list(units.values_list("unit", flat=True))
    issue_paper(paper, unit_ids, actor=actor)
    append("circulars.circular.issued", actor=actor, subject=circular, paper=paper.pk, units=len(unit_ids))
    return circular


@step
def _take(circular_id: int, actor: Actor, seen_version: int | None) -> tuple[Circular, Paper]:
    circular = Circular.objects.within(actor, Cap.ISSUE).select_related("plan").get(pk=circular_id)
    return circular, take_paper(circular.paper_id, actor=actor, seen_version=seen_version)


def _draw(plan: Plan, first_on: date, last_on: date, as_of) -> tuple[list[Row], list[Count]]:
    rows = rows_at(plan, as_of)
    if not rows:
        raise Refused(_("截至统计时点，方案还没有交办事项"), code="nothing_to_count", field="last_on")
    return rows, count(rows, first_on, last_on, as_of)


@step
def _freeze(circular: Circular, counts: Sequence[Count]) -> None:
    Figure.objects.bulk_create(
        [
            Figure(
                circular=circular,
                key=one.key,
                unit_id=one.unit_id,
                value=one.value,
                counted=list(one.counted),
                out_of=None if one.out_of is None else list(one.out_of),
            )
            for one in counts
        ],
        batch_size=2000,
    )


def _code_of(plan: Plan) -> str:
    """The issuer's document code as in the plan's own number, with 督 for supervision where there is none."""
    code, bracket, _rest = plan.source.number.partition("〔")
    unit: Unit = plan.issuer
    return code if bracket else f"{unit.short_name[:6]}督"
