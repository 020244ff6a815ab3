"""Steps by which an authority settles something in versions: a draft, in force, out of force (see `models.editions`).

Only a supervisor of the authority itself settles it (`Cap.SET_LADDER`); an office works by that of its authority.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, Refused, StaleVersion
from bihuan.kernel.transactions import step
from bihuan.ledger.book import append, is_repeat
from bihuan.ledger.rules import canonical, digest
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import acting_unit
from bihuan.supervision.actions.steps import require
from bihuan.supervision.models.editions import Edition, EditionState

DRAFT, IN_FORCE, SUPERSEDED = EditionState.DRAFT, EditionState.IN_FORCE, EditionState.SUPERSEDED


@step
def write_draft(
    model: type[Edition],
    rows: Any,
    *,
    actor: Actor,
    kind: str,
    seen_version: int | None,
    facts: Mapping[str, Any] | None = None,
    **further: Any,
) -> Any:
    """The one draft of the actor's authority for this kind of source (or document), written or written anew.

    `further` are fields of the model beside its rows, `facts` what the entry says besides.
    """
    unit = settling_unit(actor)
    known = dict(model._meta.get_field("kind").choices or ())
    if kind and kind not in known:
        raise Refused(_("请选择适用范围"), code="unknown_kind", field="kind")
    drafts = model.objects.filter(unit=unit, kind=kind, state=DRAFT).select_for_update(of=("self",))
    edition = drafts.first() or model(unit=unit, kind=kind)
    if edition.pk and is_repeat(edition, actor):
        raise AlreadyDone()
    _check_version(edition, seen_version)
    edition.rows, edition.drafted_at = rows, clock.now()
    for name, value in further.items():
        setattr(edition, name, value)
    edition.version += 1
    edition.save()
    append(_verb(edition, "drafted"), actor=actor, subject=edition, kind=kind or None, **(facts or {}))
    return edition


@step
def take_draft(model: type[Edition], edition_id: int, *, actor: Actor, seen_version: int | None) -> Any:
    """Lock a draft of the actor's authority. Raises DoesNotExist, AlreadyDone, Refused or StaleVersion."""
    mine = model.objects.within(actor, Cap.SET_LADDER)
    edition = mine.select_for_update(of=("self",)).select_related("unit").get(pk=edition_id)
    if is_repeat(edition, actor):
        raise AlreadyDone()
    if edition.state != DRAFT:
        raise Refused(_("这一版已经启用，不能再改；请另拟草案"), code="illegal_move")
    _check_version(edition, seen_version)
    return edition


@step
def put_in_force(edition: Any, *, actor: Actor, reason: str, **facts: Any) -> Any:
    """Number a locked draft and put it in the place of the version in force; the entry also says `facts`."""
    model = type(edition)
    reason = require(reason, "reason", _("请写明调整理由"))
    same = model.objects.filter(unit=edition.unit, kind=edition.kind)
    last = same.aggregate(last=Max("number"))["last"] or 0
    former = same.in_force().select_for_update(of=("self",)).first()
    if former is not None:
        _close(former, actor, by=edition.pk)
    edition.state, edition.number, edition.reason = IN_FORCE, last + 1, reason
    edition.in_force_at = clock.now()
    edition.version += 1
    edition.save()
    append(
        _verb(edition, "put_in_force"),
        actor=actor,
        subject=edition,
        text=reason,
        number=edition.number,
        digest=digest(canonical(edition.content)),
        kind=edition.kind or None,
        supersedes=former.pk if former else None,
        **facts,
    )
    return edition


@step
def throw_away(edition: Any, *, actor: Actor) -> None:
    append(_verb(edition, "discarded"), actor=actor, subject=edition)
    edition.delete()


@step
def put_out_of_force(model: type[Edition], edition_id: int, *, actor: Actor, reason: str) -> Any:
    """Go back to what the authority above has settled, or to the default."""
    reason = require(reason, "reason", _("请写明调整理由"))
    mine = model.objects.within(actor, Cap.SET_LADDER).filter(pk=edition_id)
    edition = mine.select_for_update(of=("self",)).get()
    if edition.state != IN_FORCE:
        raise Refused(_("这一版已经停用"), code="illegal_move")
    _close(edition, actor, text=reason)
    return edition


@step
def _close(edition: Any, actor: Actor, **facts: Any) -> None:
    edition.state, edition.ended_at = SUPERSEDED, clock.now()
    edition.version += 1
    edition.save()
    append(_verb(edition, "superseded"), actor=actor, subject=edition, **facts)


def settling_unit(actor: Actor) -> Unit:
    """The authority for which the actor settles. Raises Refused for an office, which works by its authority's rules."""
    unit = acting_unit(actor, Cap.SET_LADDER)
    if unit.authority_id != unit.pk:
        raise Refused(_("由机关统一设定，请联系本机关督查岗位"), code="office")
    return unit


def _check_version(edition: Edition, seen: int | None) -> None:
    if seen is not None and seen != edition.version:
        raise StaleVersion(seen=seen, now=edition.version)


def _verb(edition: Edition, what: str) -> str:
    return f"supervision.{edition._meta.model_name}.{what}"
