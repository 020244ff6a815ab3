"""Drawing up, refreshing and issuing circulars; letting the units they name object first."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from bihuan.circulars.models import Circular, Contest, Figure, Inquiry, Publication
from bihuan.circulars.publicity import PUBLISHED, content_of, issued_line_of, names_in
from bihuan.circulars.queries import (
    contests_on,
    contests_printed,
    counted_again,
    drawn_anew,
    left_out_of,
    listed_for,
    own_figures,
    part_of,
    plans_for_bulletin,
    rows_at,
    units_to_ask,
)
from bihuan.circulars.rules import NO_PLAN, Count, Naming, Row, count
from bihuan.circulars.wording import PRINTED, sections_for, tables, title_of
from bihuan.documents.actions import back_to_draft, draft_paper, issue_paper, settle_paper, take_paper
from bihuan.documents.gongwen.text import long_date
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, IllegalMove, Refused, StaleVersion
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import Line, append, append_each, is_repeat, once
from bihuan.ledger.rules import canonical, digest
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import acting_unit
from bihuan.supervision.models import Area, Plan
from bihuan.supervision.queries.letters import template_for
from bihuan.supervision.queries.regimes import regime_of


@action
def draft_circular(
    *,
    actor: Actor,
    plan_id: int,
    first_on: date,
    last_on: date,
    code: str = "",
    area_id: int | None = None,
    region_id: int | None = None,
) -> Circular:
    """Draw up a circular on a plan for a period (生成通报): figures, draft text and annex, all from one count.

    It may be about one area of the plan, or one region: a unit below the issuer with everything under it. The moment
    of the count is the end of the period, or now if that lies ahead.
    """
    once("circulars.circular.drafted", actor=actor)
    plan = Plan.objects.within(actor, Cap.ISSUE).exclude(stage=Plan.Stage.DRAFT).get(pk=plan_id)
    _check_period(first_on, last_on)
    circular = Circular(plan=plan, first_on=first_on, last_on=last_on)
    circular.area, circular.region = _area(plan, area_id), _region(plan.issuer_id, region_id)
    paper = _paper(circular, plan.issuer, plan.office, code, [plan])
    return _draw_up(circular, paper, actor, plan=plan.pk, area=area_id)


@action
def draft_bulletin(
    *,
    actor: Actor,
    first_on: date,
    last_on: date,
    plan_ids: Sequence[int] = (),
    code: str = "",
    region_id: int | None = None,
) -> Circular:
    """Draw up a circular across plans for a period (生成综合通报): the chosen ones, else all of the actor's authority.

    Without a choice it is also about what the authority gave outside any plan. An office speaks of its own plans.
    """
    once("circulars.circular.drafted", actor=actor)
    unit = acting_unit(actor, Cap.ISSUE)
    issuer = unit.authority or unit
    _check_period(first_on, last_on)
    chosen = list(dict.fromkeys(plan_ids))
    circular = Circular(first_on=first_on, last_on=last_on, every=not chosen)
    known = plans_for_bulletin(actor, issuer.pk)
    plans = list(known.filter(pk__in=chosen) if chosen else known)
    if len(plans) < len(chosen):
        raise Refused(_("请选择本机关已下发的方案"), code="unknown_plan", field="plan_ids")
    circular.region = _region(issuer.pk, region_id)
    _settle_plans(circular, plans)
    office = unit if unit.kind == UnitKind.OFFICE else None
    paper = _paper(circular, issuer, office, code, plans)
    return _draw_up(circular, paper, actor, plans=circular.plan_ids)


@step
def _draw_up(circular: Circular, paper: Paper, actor: Actor, **facts: Any) -> Circular:
    """Count, word and keep a new circular, and write down that it was drafted."""
    circular.as_of = min(clock.end_of(circular.last_on), clock.now())
    circular.naming = asdict(_naming(paper.issuer_id))
    circular.paper = paper
    _settle_part(circular)
    rows, counts = _draw(circular)
    paper.addressees = "、".join(dict.fromkeys(row.unit for row in rows))[:300]
    paper.sections = sections_for(circular, rows, counts, listed_for(circular))
    paper.tables = tables(rows, counts, plans=circular.titles)
    draft_paper(paper, actor=actor)
    circular.paper = paper
    circular.save()
    _freeze(circular, counts)
    append(
        "circulars.circular.drafted",
        actor=actor,
        subject=circular,
        paper=paper.pk,
        first_on=circular.first_on,
        last_on=circular.last_on,
        as_of=circular.as_of,
        figures=len(counts),
        region=circular.region_id,
        **facts,
    )
    return circular


def _paper(circular: Circular, issuer: Unit, office: Unit | None, code: str, plans: Sequence[Plan]) -> Paper:
    """The document of a new circular, in the words that count for its issuer; the circular remembers their version."""
    circular.template, words = template_for(issuer.pk, circular.words)
    _call(circular)
    about = circular.called if circular.plan else circular.called.replace(" ", "")
    code = code or words.code or _code_of(issuer, plans)
    paper = Paper(kind=Paper.Kind.CIRCULAR, issuer=issuer, office=office, code=code)
    paper.title = title_of(words, (circular.first_on, circular.last_on), about)
    paper.cc = words.cc
    return paper


def _call(circular: Circular) -> None:
    """Keep what its plan, area and region are called today, so that it reads the same when they are renamed."""
    with override(PRINTED):
        circular.called = circular.about


def _check_period(first_on: date, last_on: date) -> None:
    if last_on < first_on:
        raise Refused(_("截止日期不能早于起始日期"), code="ends_before_start", field="last_on")
    if first_on > clock.today():
        raise Refused(_("起始日期不能晚于今天"), code="future", field="first_on")


def _settle_plans(circular: Circular, plans: Sequence[Plan]) -> None:
    """Keep the plans of a bulletin with their titles of today, and what is outside them where it is about all."""
    circular.plans = [{"id": plan.pk, "title": plan.title} for plan in plans]
    if circular.every:
        with override(PRINTED):
            circular.plans.append({"id": NO_PLAN, "title": _("未列入方案的事项")})


@action
def refresh_circular(*, circular_id: int, actor: Actor, seen_version: int | None = None) -> Circular:
    """Count again (重新取数) while the circular is a draft; text that people have edited is drafted anew."""
    circular, paper = _take(circular_id, actor, seen_version)
    if paper.stage != Paper.Stage.DRAFT:
        raise IllegalMove(stage=paper.stage)
    counts, before = _count_anew(circular, paper, actor)
    settle_paper(paper, "edited", actor=actor)
    changed = sum(before.get((None, one.key)) != one.value for one in counts if one.unit_id is None)
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
    """Issue a reviewed circular (印发通报): numbered without gap, served on every unit it counts.

    Refused before every unit asked has agreed or let its time pass, and while an objection is unanswered.
    """
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    circular = Circular.objects.select_related("plan").get(paper=paper)
    _refuse_unchecked(circular)
    units = circular.figures.filter(key="dispatched", unit__isnull=False).order_by("unit__sort_order")
    unit_ids = list(units.values_list("unit", flat=True))
    issue_paper(paper, unit_ids, actor=actor)
    append("circulars.circular.issued", actor=actor, subject=circular, paper=paper.pk, units=len(unit_ids))
    return circular


@action
def ask_units(*, circular_id: int, actor: Actor, seen_version: int | None = None) -> Circular:
    """Ask the units a draft counts to check their own figures (送请核对), for some workdays (`contest.workdays`)."""
    circular, paper = _take(circular_id, actor, seen_version)
    if paper.stage == Paper.Stage.ISSUED:
        raise IllegalMove(stage=paper.stage)
    if circular.inquiries.exists():
        raise Refused(_("数字已送各单位核对，请等待核对期满"), code="asked")
    units = units_to_ask(circular)
    if not units:
        raise Refused(_("没有可以核对的单位，核稿后可直接签发"), code="nobody_to_ask")
    until_at = _ask(circular, units, actor)
    append("circulars.circular.asked", actor=actor, subject=circular, units=len(units), until=until_at)
    settle_paper(paper, "asked", actor=actor, units=len(units))
    return circular


@action
def agree_figures(*, inquiry_id: int, actor: Actor) -> Inquiry:
    """Say for one's unit that its figures are right (核对无异议)."""
    inquiry = _take_inquiry(inquiry_id, actor)
    if inquiry.agreed_at is not None:
        raise AlreadyDone()
    if inquiry.contests.filter(state=Contest.State.OPEN).exists():
        raise Refused(_("本单位提出的异议尚待答复"), code="contest_open")
    inquiry.agreed_at, inquiry.agreed_by = clock.now(), actor.person_id
    inquiry.save(update_fields=["agreed_at", "agreed_by"])
    append("circulars.inquiry.agreed", actor=actor, subject=inquiry)
    return inquiry


@action
def contest_figure(
    *,
    inquiry_id: int,
    actor: Actor,
    key: str,
    reason: str,
    disputed: Sequence[int] = (),
    seen_value: Decimal | None = None,
) -> Contest:
    """Object to one of one's unit's own figures (提出异议), naming the assignments that should not count.

    Refused once the time is over. Raises StaleVersion if the figure was drawn anew meanwhile.
    """
    inquiry = _take_inquiry(inquiry_id, actor)
    if not reason.strip():
        raise Refused(_("请写明异议理由"), code="required", field="reason")
    figure = own_figures(inquiry).filter(key=key).first()
    if figure is None:
        raise Refused(_("请选择本单位的一个数字"), code="unknown_figure", field="key")
    if seen_value is not None and seen_value != figure.value:
        raise StaleVersion(seen=str(seen_value), now=str(figure.value))
    if not set(disputed) <= {*figure.counted, *(figure.out_of or ())}:
        raise Refused(_("只能指出这个数字所数的办件"), code="not_counted", field="disputed")
    if inquiry.contests.filter(key=key, state=Contest.State.OPEN).exists():
        raise Refused(_("本单位已对这个数字提出异议，请等待答复"), code="contested")
    contest = Contest.objects.create(  # type: ignore[misc]  # the column refuses the system
        inquiry=inquiry,
        key=key,
        value=figure.value,
        reason=reason.strip(),
        disputed=sorted(set(disputed)),
        contested_at=clock.now(),
        contested_by=actor.person_id,
    )
    inquiry.agreed_at, inquiry.agreed_by = None, None
    inquiry.save(update_fields=["agreed_at", "agreed_by"])
    append(
        "circulars.inquiry.contested",
        actor=actor,
        subject=inquiry,
        text=contest.reason,
        contest=contest.pk,
        key=key,
        value=float(figure.value),
    )
    return contest


@action
def uphold_contest(
    *,
    contest_id: int,
    actor: Actor,
    leave_out: Sequence[int] = (),
    answer: str = "",
    seen_version: int | None = None,
) -> Contest:
    """Uphold an objection (采纳异议): count anew, without the assignments of that unit that are left out.

    Refused if the count then says what it said before. A reviewed text becomes a draft again, and units whose
    figures changed are asked anew.
    """
    contest, circular, paper = _take_contest(contest_id, actor, seen_version)
    mine = circular.figures.get(unit=contest.inquiry.unit_id, key="dispatched").counted
    if not set(leave_out) <= set(mine):
        raise Refused(_("只能不计入该单位自己的办件"), code="not_counted", field="leave_out")
    contest.state, contest.answer, contest.left_out = (
        Contest.State.UPHELD,
        answer.strip(),
        sorted(set(leave_out)),
    )
    _answer(contest, actor)
    counts, before = _count_anew(circular, paper, actor)
    if before == {(one.unit_id, one.key): one.value for one in counts}:
        raise Refused(
            _("重新取数后数字没有变化：请选择不计入的办件，或者写明理由不予采纳"),
            code="unchanged",
            field="leave_out",
        )
    back_to_draft(paper)
    settle_paper(paper, "edited", actor=actor)
    append(
        "circulars.inquiry.upheld",
        actor=actor,
        subject=contest.inquiry,
        text=contest.answer,
        contest=contest.pk,
        left_out=contest.left_out,
    )
    return contest


@action
def reject_contest(*, contest_id: int, actor: Actor, answer: str, seen_version: int | None = None) -> Contest:
    """Let a figure stand against an objection (不采纳异议): it is printed with the reason and this answer."""
    contest, circular, paper = _take_contest(contest_id, actor, seen_version)
    if not answer.strip():
        raise Refused(_("请写明不予采纳的理由"), code="required", field="answer")
    contest.state, contest.answer = Contest.State.REJECTED, answer.strip()
    _answer(contest, actor)
    paper.tables = tables(*counted_again(circular), contests_printed(circular), circular.titles)
    settle_paper(paper, "edited", actor=actor)
    append(
        "circulars.inquiry.rejected",
        actor=actor,
        subject=contest.inquiry,
        text=contest.answer,
        contest=contest.pk,
    )
    return contest


@action
def publish_circular(
    *,
    circular_id: int,
    actor: Actor,
    with_tables: bool = True,
    also: Sequence[str] = (),
    not_names: Sequence[str] = (),
) -> Publication:
    """Let everybody read an issued circular (公开通报): its figures and text, with the names of people masked.

    Masked are the names found (`names_in`) but those said to be no names, and those of `also`. Refused while an
    earlier version is public.
    """
    once(PUBLISHED, actor=actor)
    circular = Circular.objects.within(actor, Cap.ISSUE).select_related("paper__issuer").get(pk=circular_id)
    paper = _lockable(Paper.objects.select_related("issuer", "office")).get(pk=circular.paper_id)
    circular.paper = paper
    if paper.stage != Paper.Stage.ISSUED:
        raise Refused(_("通报印发以后才能公开"), code="not_issued")
    if circular.publications.public().exists():
        raise Refused(_("这份通报已经公开，要换一版请先撤下"), code="published")
    more = [name.strip() for name in also if name.strip()]
    if any(len(name) < 2 or len(name) > 20 for name in more):
        raise Refused(_("每个姓名为2至20个字"), code="odd_name", field="also")
    names = {*names_in(circular), *more} - set(not_names)
    content = content_of(circular, names, with_tables=with_tables)
    shown = Publication(
        circular=circular, content=content, digest=digest(canonical(content)), published_at=clock.now()
    )
    shown.save(force_insert=True)
    append(
        PUBLISHED,
        actor=actor,
        subject=shown,
        circular=circular.pk,
        digest=shown.digest,
        issued=issued_line_of(paper).digest,
        masked=len(names),
    )
    return shown


@action
def withdraw_publication(*, publication_id: int, actor: Actor, reason: str) -> Publication:
    """Take the public version of a circular away again (撤下公开件), with the reason; its address says that it was."""
    rows = Publication.objects.within(actor, Cap.ISSUE).select_for_update(of=("self",))
    shown = rows.get(pk=publication_id)
    if is_repeat(shown, actor) or shown.withdrawn_at is not None:
        raise AlreadyDone()
    if not reason.strip():
        raise Refused(_("请写明撤下的理由"), code="required", field="reason")
    shown.withdrawn_at = clock.now()
    shown.save(update_fields=["withdrawn_at"])
    append(
        "circulars.publication.withdrawn",
        actor=actor,
        subject=shown,
        text=reason.strip(),
        circular=shown.circular_id,
    )
    return shown


@step
def _take(circular_id: int, actor: Actor, seen_version: int | None) -> tuple[Circular, Paper]:
    circular = Circular.objects.within(actor, Cap.ISSUE).select_related("plan").get(pk=circular_id)
    return circular, take_paper(circular.paper_id, actor=actor, seen_version=seen_version)


@step
def _take_inquiry(inquiry_id: int, actor: Actor) -> Inquiry:
    """Lock the circular's paper, on which all turn that change a figure, and refuse what comes too late."""
    inquiry = Inquiry.objects.within(actor, Cap.HANDLE).select_related("circular").get(pk=inquiry_id)
    paper = _lockable(Paper.objects.all()).get(pk=inquiry.circular.paper_id)
    inquiry.refresh_from_db(fields=["until_at", "agreed_at", "agreed_by"])
    if is_repeat(inquiry, actor):
        raise AlreadyDone()
    if paper.stage == Paper.Stage.ISSUED or inquiry.until_at < clock.now():
        raise Refused(_("核对期已满，不能再提出意见"), code="window_over")
    return inquiry


def _lockable(papers: QuerySet[Paper]) -> QuerySet[Paper]:
    return papers.select_for_update(of=("self",))


@step
def _take_contest(contest_id: int, actor: Actor, seen_version: int | None) -> tuple[Contest, Circular, Paper]:
    contests = Contest.objects.within(actor, Cap.ISSUE).select_related("inquiry__circular__plan")
    contest = contests.get(pk=contest_id)
    circular = contest.inquiry.circular
    paper = take_paper(circular.paper_id, actor=actor, seen_version=seen_version)
    contest.refresh_from_db(fields=["state"])
    if contest.state != Contest.State.OPEN:
        raise IllegalMove(stage=contest.state)
    return contest, circular, paper


@step
def _answer(contest: Contest, actor: Actor) -> None:
    contest.answered_at, contest.answered_by = clock.now(), actor.person_id
    contest.save(update_fields=["state", "answer", "left_out", "answered_at", "answered_by"])


@step
def _ask(circular: Circular, unit_ids: Sequence[int], actor: Actor) -> datetime:
    """Give these units their time, those asked before anew; the people there hear of it."""
    now = clock.now()
    until_at = regime_of(circular.paper.issuer_id).workdays_from(now, "contest.workdays")
    anew = {"asked_at": now, "until_at": until_at, "agreed_at": None, "agreed_by": None}
    circular.inquiries.filter(unit__in=unit_ids).update(**anew)
    known = set(circular.inquiries.values_list("unit", flat=True))
    Inquiry.objects.bulk_create(
        [Inquiry(circular=circular, unit_id=one, **anew) for one in unit_ids if one not in known],
        batch_size=2000,
    )
    asked = circular.inquiries.filter(unit__in=unit_ids).order_by("pk")
    lines = [Line(one, {"circular": circular.pk, "unit": one.unit_id, "until": until_at}) for one in asked]
    append_each("circulars.inquiry.asked", actor=actor, lines=lines, text=circular.paper.title)
    return until_at


@step
def _count_anew(
    circular: Circular, paper: Paper, actor: Actor
) -> tuple[list[Count], dict[tuple[int | None, str], Decimal]]:
    """Draw the figures again and draft the text from them; gives them with what they were before."""
    before = {(one.unit_id, one.key): one.value for one in circular.figures.all()}
    circular.as_of = min(clock.end_of(circular.last_on), clock.now())
    if circular.every:
        _settle_plans(circular, list(plans_for_bulletin(actor, paper.issuer_id)))
    _settle_part(circular)
    _call(circular)
    circular.save(update_fields=["as_of", "items", "units", "plans", "called"])
    rows, counts = drawn_anew(circular)
    if not rows:
        raise Refused(_("截至统计时点，还没有交办事项"), code="nothing_to_count", field="last_on")
    circular.figures.all().delete()
    _freeze(circular, counts)
    paper.sections = sections_for(circular, rows, counts, listed_for(circular, left_out_of(circular)))
    paper.tables = tables(rows, counts, contests_printed(circular), circular.titles)
    if circular.inquiries.exists():
        changed = {one.unit_id for one in counts if before.get((one.unit_id, one.key)) != one.value}
        _ask(circular, [unit_id for unit_id in units_to_ask(circular) if unit_id in changed], actor)
    return counts, before


@step
def _refuse_unchecked(circular: Circular) -> None:
    """No signature while a unit that is named could still object, or was not asked (features.md E7)."""
    inquiries = circular.inquiries.all()
    if contests_on(circular).filter(state=Contest.State.OPEN).exists():
        raise Refused(_("还有异议没有答复，请先采纳或者写明理由不予采纳"), code="contest_open")
    if waiting := inquiries.waiting(clock.now()).order_by("-until_at").first():
        raise Refused(
            _("核对期到%(until)s，期满或者各单位都无异议以后才能签发")
            % {"until": long_date(clock.office_day(waiting.until_at))},
            code="window_open",
        )
    if not inquiries.exists() and units_to_ask(circular):
        raise Refused(_("请先把数字送各单位核对"), code="not_asked")


def _draw(circular: Circular) -> tuple[list[Row], list[Count]]:
    rows = rows_at(circular.plan, circular.as_of, circular.part)
    if not rows:
        raise Refused(_("截至统计时点，还没有交办事项"), code="nothing_to_count", field="last_on")
    return rows, count(rows, circular.first_on, circular.last_on, circular.as_of, circular.plan_ids)


def _area(plan: Plan, area_id: int | None) -> Area | None:
    if area_id is None:
        return None
    found = plan.areas.filter(pk=area_id).first()
    if found is None:
        raise Refused(_("请选择本方案的领域"), code="unknown_area", field="area_id")
    return found


def _region(issuer_id: int, region_id: int | None) -> Unit | None:
    """A unit below the issuer, with everything under it."""
    if region_id is None:
        return None
    below = Unit.objects.filter(lineage__ancestor=issuer_id, lineage__depth__gt=0)
    found = below.filter(pk=region_id).first()
    if found is None:
        raise Refused(_("请选择发文机关的下级单位"), code="unknown_region", field="region_id")
    return found


def _settle_part(circular: Circular) -> None:
    """Keep which items and units it is about, so that nothing that changes later changes the count."""
    part = part_of(circular.area, circular.region)
    circular.items = None if part.items is None else sorted(part.items)
    circular.units = None if part.units is None else sorted(part.units)


def _naming(issuer_id: int) -> Naming:
    regime = regime_of(issuer_id)
    return Naming(**{one.name: regime[f"circular.{one.name}"] for one in fields(Naming)})


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


def _code_of(issuer: Unit, plans: Sequence[Plan]) -> str:
    """The issuer's document code as in the number of a plan, with 督 for supervision where there is none."""
    for plan in plans:
        code, bracket, _rest = plan.source.number.partition("〔")
        if bracket:
            return code
    return f"{issuer.short_name[:6]}督"
