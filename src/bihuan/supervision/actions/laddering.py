"""Settling the ladder (催办阶梯): a draft, a rehearsal on what is open, a version in force, and the alarms anew."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.rows import update_each
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append
from bihuan.org.models import Lineage, Unit
from bihuan.supervision import counting
from bihuan.supervision.actions.settling import (
    put_in_force,
    put_out_of_force,
    settling_unit,
    take_draft,
    throw_away,
    write_draft,
)
from bihuan.supervision.counting import CountRule
from bihuan.supervision.models import Assignment, LadderEdition
from bihuan.supervision.queries.regimes import Regimes, regime_of
from bihuan.supervision.rungs import as_rows, flaws, from_rows

REDERIVE = "supervision.rederive_alarms"
CHUNK = 1000


@action
def draft_ladder(
    *,
    actor: Actor,
    rows: Sequence[Mapping[str, Any]],
    counts: Sequence[Mapping[str, Any]] | None = None,
    kind: str = "",
    seen_version: int | None = None,
) -> LadderEdition:
    """Write the draft of a ladder (拟订催办阶梯), or write it anew; there is one for each kind of source.

    `rows` are those of `rungs.as_rows`, `counts` the rules that count (`counting.as_rows`); without them those that
    count now. A draft may still have flaws; it sounds nothing.
    """
    try:
        steps = from_rows(rows)
        rules = _counting(settling_unit(actor), kind) if counts is None else counting.from_rows(counts)
    except (KeyError, TypeError, ValueError):
        raise Refused(_("阶梯内容不完整，请逐级核对"), code="unreadable", field="rows") from None
    written = as_rows(steps)
    counted = counting.as_rows(replace(rule, since=None) for rule in rules)
    edition: LadderEdition = write_draft(
        LadderEdition,
        written,
        actor=actor,
        kind=kind,
        seen_version=seen_version,
        facts={"rungs": len(written), "counts": len(counted)},
        counts=counted,
    )
    return edition


@action
def put_ladder_in_force(
    *, edition_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> LadderEdition:
    """Put a draft in force (启用催办阶梯): from now on it decides what sounds next about all that is open.

    Refused while it has a flaw (`rungs.flaws`). What would have sounded before this moment under the new version
    is not made up for, so that an edit sets nothing off at once (features.md R10); what has sounded does not
    sound again, because the key of an effect does not name the version.
    """
    edition: LadderEdition = take_draft(LadderEdition, edition_id, actor=actor, seen_version=seen_version)
    found = [*flaws(edition.steps), *counting.flaws(edition.count_rules)]
    if found:
        said = "；".join(f"{flaw.wait.label}：{flaw.text}" for flaw in found[:3])
        raise Refused(_("还不能启用。%(flaws)s") % {"flaws": said}, code="flawed", flaws=len(found))
    edition.counts, edition.rederived_to = counting.as_rows(_from_now(edition)), 0
    put_in_force(edition, actor=actor, reason=reason, rungs=len(edition.rows), counts=len(edition.counts))
    jobs.configure_task(REDERIVE).defer(edition_id=edition.pk)
    return edition


@action
def discard_ladder_draft(*, edition_id: int, actor: Actor) -> None:
    """Throw a draft away (放弃草案)."""
    throw_away(take_draft(LadderEdition, edition_id, actor=actor, seen_version=None), actor=actor)


@action
def retire_ladder(*, edition_id: int, actor: Actor, reason: str) -> LadderEdition:
    """Go back to the ladder of the authority above, or to the default (停用，恢复沿用)."""
    edition: LadderEdition = put_out_of_force(LadderEdition, edition_id, actor=actor, reason=reason)
    edition.rederived_to = 0
    edition.save(update_fields=["rederived_to"])
    jobs.configure_task(REDERIVE).defer(edition_id=edition.pk)
    return edition


@action
def rederive_alarms(*, edition_id: int, actor: Actor, limit: int = CHUNK) -> bool:
    """Set the next alarms of some open assignments by the ladder in force now; False when none are left.

    A chunk is a transaction, so a worker that dies leaves the rest to the next. What is due already is the
    sweep's: no change of the ladder swallows it.
    """
    edition = LadderEdition.objects.select_for_update(of=("self",)).get(pk=edition_id)
    if edition.rederived_to is None:
        return False
    now, regimes = clock.now(), Regimes()
    chunk = list(
        _open_under(edition)
        .filter(pk__gt=edition.rederived_to)
        .order_by("pk")
        .select_related("item__source")
        .select_for_update(of=("self",), no_key=True)[:limit]
    )
    waiting = [one for one in chunk if one.next_alarm_at and one.next_alarm_at > now]
    for assignment in waiting:
        assignment.set_alarm(regimes[assignment.issued_by_id].ladder_for(assignment), swept_at=now)
    update_each(waiting, ["swept_at", "next_alarm_at"])
    edition.rederived_to = chunk[-1].pk if len(chunk) == limit else None
    edition.save(update_fields=["rederived_to"])
    append(
        "supervision.ladderedition.rederived",
        actor=actor,
        subject=edition,
        assignments=len(waiting),
        to=chunk[-1].pk if chunk else 0,
    )
    return edition.rederived_to is not None


def _counting(unit: Unit, kind: str) -> Sequence[CountRule]:
    return regime_of(unit).counting_of(kind)[1]


@step
def _from_now(edition: LadderEdition) -> list[CountRule]:
    """The rules of a version, each counting from now on; one that counted alike until now simply goes on (R10)."""
    until_now = {rule.code: rule for rule in _counting(edition.unit, edition.kind)}
    return [
        replace(
            rule,
            since=former.since
            if (former := until_now.get(rule.code)) and rule.same_as(former)
            else clock.now(),
        )
        for rule in edition.count_rules
    ]


def _open_under(edition: LadderEdition) -> QuerySet[Assignment]:
    """What is open below the authority, of the kind that the version is for."""
    below = Lineage.objects.filter(ancestor=edition.unit_id).values("descendant")
    rows = Assignment.objects.open().filter(issued_by__in=below)
    return rows.filter(item__source__kind=edition.kind) if edition.kind else rows
