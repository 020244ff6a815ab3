"""Settling the scoring rules (计分规则), publishing a period's scores, and what a unit has against a line."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat
from bihuan.ledger.rules import canonical, digest
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import acting_unit
from bihuan.supervision.actions.settling import (
    put_in_force,
    put_out_of_force,
    take_draft,
    throw_away,
    write_draft,
)
from bihuan.supervision.actions.steps import require
from bihuan.supervision.models import ScoreEdition, ScoreLine, ScoreObjection, ScoreSheet
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.queries.scores import computed, rules_of
from bihuan.supervision.scoring import MOST, as_rows, flaws, from_rows


@action
def draft_scoring(*, actor: Actor, rows: Mapping[str, Any], seen_version: int | None = None) -> ScoreEdition:
    """Write the draft of the scoring rules (拟订计分规则), or write it anew; `rows` are those of `scoring.as_rows`."""
    try:
        kept = as_rows(from_rows(rows))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        raise Refused(_("计分规则内容不完整，请逐项核对"), code="unreadable", field="rows") from None
    found: ScoreEdition = write_draft(ScoreEdition, kept, actor=actor, kind="", seen_version=seen_version)
    return found


@action
def put_scoring_in_force(
    *, edition_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> ScoreEdition:
    """Put a draft in force (启用计分规则): for periods published from now on; what was published stays."""
    edition: ScoreEdition = take_draft(ScoreEdition, edition_id, actor=actor, seen_version=seen_version)
    found = flaws(edition.scoring)
    if found:
        said = "；".join(str(flaw) for flaw in found)
        raise Refused(_("还不能启用。%(flaws)s") % {"flaws": said}, code="flawed", flaws=len(found))
    put_in_force(edition, actor=actor, reason=reason)
    return edition


@action
def discard_scoring_draft(*, edition_id: int, actor: Actor) -> None:
    """Throw a draft away (放弃草案)."""
    throw_away(take_draft(ScoreEdition, edition_id, actor=actor, seen_version=None), actor=actor)


@action
def retire_scoring(*, edition_id: int, actor: Actor, reason: str) -> ScoreEdition:
    """Go back to the rules of the authority above, or to the default (停用，恢复沿用)."""
    found: ScoreEdition = put_out_of_force(ScoreEdition, edition_id, actor=actor, reason=reason)
    return found


@action
def publish_scores(*, actor: Actor, first_on: date, last_on: date) -> ScoreSheet:
    """Publish the scores of a period that is over (公布计分): frozen with the rules and with what was counted.

    Once for each period, and no day is scored twice.
    """
    authority = acting_unit(actor, Cap.ISSUE).own_authority
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=authority.pk)
    _check_period(authority, first_on, last_on)
    scoring, edition = rules_of(authority)
    sheet = ScoreSheet.objects.create(
        unit=authority,
        first_on=first_on,
        last_on=last_on,
        rows=as_rows(scoring),
        edition=edition,
        published_at=clock.now(),
    )
    lines = [
        ScoreLine(
            sheet=sheet,
            unit_id=unit_id,
            event=one.rule.event,
            duty=one.rule.duty,
            points=one.points,
            counted=list(one.counted),
        )
        for unit_id, found in sorted(computed(authority, scoring, first_on, last_on).items())
        for one in found
    ]
    if not lines:
        raise Refused(_("这一期没有可计分的事项"), code="nothing", field="first_on")
    ScoreLine.objects.bulk_create(lines, batch_size=2000)
    told = [[one.unit_id, one.event, one.duty, str(one.points), one.counted] for one in lines]
    append(
        "supervision.scoresheet.published",
        actor=actor,
        subject=sheet,
        first_on=first_on,
        last_on=last_on,
        lines=len(lines),
        digest=digest(canonical({"rows": sheet.rows, "lines": told})),
    )
    return sheet


@action
def contest_score(*, line_id: int, actor: Actor, reason: str) -> ScoreObjection:
    """Object to a line of one's own unit (提出计分异议), with a reason, within `score.objection_days`; once."""
    seen = ScoreLine.objects.within(actor, Cap.VIEW)
    line = seen.select_related("sheet").select_for_update(of=("self",)).get(pk=line_id)
    if not ScoreLine.objects.within(actor, Cap.HANDLE).filter(pk=line_id).exists():
        raise NotPermitted()
    if is_repeat(line, actor):
        raise AlreadyDone()
    if line.objections.exists():
        raise Refused(_("这一项已提出过异议"), code="contested")
    days = regime_of(line.sheet.unit_id)["score.objection_days"]
    if clock.now() > clock.end_of(clock.office_day(line.sheet.published_at + timedelta(days=days))):
        raise Refused(_("异议期为公布后 %(n)d 日，已经过了") % {"n": days}, code="too_late")
    objection = ScoreObjection.objects.create(
        line=line,
        reason=require(reason, "reason", _("请写明异议理由")),
        raised_at=clock.now(),
        person_id=actor.own_person_id,
    )
    append("supervision.scoreline.contested", actor=actor, subject=line, text=reason)
    return objection


@action
def decide_score_objection(
    *, line_id: int, actor: Actor, upheld: bool, answer: str, points: Decimal | None = None
) -> ScoreObjection:
    """Answer an objection (答复计分异议): founded with what the line counts instead, or not, each with a reason.

    The published line stays; what it counts since then stands beside it. Nobody answers their own objection.
    """
    seen = ScoreLine.objects.within(actor, Cap.VIEW)
    line = seen.select_for_update(of=("self",)).get(pk=line_id)
    if not ScoreLine.objects.within(actor, Cap.DECIDE).filter(pk=line_id).exists():
        raise NotPermitted()
    if is_repeat(line, actor):
        raise AlreadyDone()
    objection = line.objections.select_for_update().filter(upheld__isnull=True).first()
    if objection is None:
        raise Refused(_("没有待答复的异议"), code="illegal_move")
    if objection.person_id == actor.person_id:
        raise Refused(_("您提出的异议须由他人答复"), code="own_work")
    answer = require(answer, "answer", _("请写明答复理由"))
    objection.points = _changed(line, points) if upheld else None
    objection.upheld, objection.answer = upheld, answer
    objection.answered_at, objection.answered_by = clock.now(), actor.person_id
    objection.save()
    append(
        "supervision.scoreline.decided",
        actor=actor,
        subject=line,
        text=answer,
        upheld=upheld,
        tenths=int((objection.points if objection.points is not None else line.points) * 10),
    )
    return objection


def _changed(line: ScoreLine, points: Decimal | None) -> Decimal:
    if points is None:
        raise Refused(_("异议成立的，请写明改计多少分"), code="required", field="points")
    if points == line.points or abs(points) > MOST or points != round(points, 1):
        raise Refused(_("改计的分值须与原来不同，最多一位小数"), code="bad_points", field="points")
    return points


@step
def _check_period(authority: Unit, first_on: date, last_on: date) -> None:
    if first_on > last_on:
        raise Refused(_("截止日期不能早于起始日期"), code="backwards", field="last_on")
    if last_on >= clock.today():
        raise Refused(_("这一期还没有结束，只能试算"), code="not_over", field="last_on")
    if (last_on - first_on).days > 366:
        raise Refused(_("一期不超过一年"), code="too_long", field="first_on")
    if ScoreSheet.objects.filter(unit=authority, first_on__lte=last_on, last_on__gte=first_on).exists():
        raise Refused(_("与已公布的计分期重叠"), code="overlaps", field="first_on")
