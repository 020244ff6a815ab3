"""Settling when lights change (亮灯规则), and computing the stored dates of what is open anew."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.rows import update_each
from bihuan.kernel.transactions import action
from bihuan.ledger.book import append
from bihuan.supervision.actions.settling import (
    put_in_force,
    put_out_of_force,
    take_draft,
    throw_away,
    write_draft,
)
from bihuan.supervision.actions.steps import light_term, turn_light
from bihuan.supervision.models import Term, ThemeEdition
from bihuan.supervision.queries.history import last_terms
from bihuan.supervision.queries.pauses import load_pauses
from bihuan.supervision.queries.regimes import Regimes
from bihuan.supervision.queries.themes import open_under
from bihuan.supervision.themes import as_rows, flaws, from_rows

RELIGHT = "supervision.relight"
CHUNK = 1000


@action
def draft_theme(
    *, actor: Actor, rows: Mapping[str, Any], kind: str = "", seen_version: int | None = None
) -> ThemeEdition:
    """Write the draft of the light rules (拟订亮灯规则), or write it anew; `rows` are those of `themes.as_rows`."""
    try:
        theme = from_rows(rows)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Refused(_("亮灯规则内容不完整，请逐项核对"), code="unreadable", field="rows") from None
    found: ThemeEdition = write_draft(
        ThemeEdition, as_rows(theme), actor=actor, kind=kind, seen_version=seen_version
    )
    return found


@action
def put_theme_in_force(
    *, edition_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> ThemeEdition:
    """Put a draft in force (启用亮灯规则); a chunked job computes the dates of what is open anew.

    Refused while it has a flaw (`themes.flaws`). Deadlines, alarms and lateness do not depend on it.
    """
    edition: ThemeEdition = take_draft(ThemeEdition, edition_id, actor=actor, seen_version=seen_version)
    found = flaws(edition.theme)
    if found:
        said = "；".join(str(flaw.text) for flaw in found)
        raise Refused(_("还不能启用。%(flaws)s") % {"flaws": said}, code="flawed", flaws=len(found))
    edition.rederived_to = 0
    put_in_force(edition, actor=actor, reason=reason)
    jobs.configure_task(RELIGHT).defer(edition_id=edition.pk)
    return edition


@action
def discard_theme_draft(*, edition_id: int, actor: Actor) -> None:
    """Throw a draft away (放弃草案)."""
    throw_away(take_draft(ThemeEdition, edition_id, actor=actor, seen_version=None), actor=actor)


@action
def retire_theme(*, edition_id: int, actor: Actor, reason: str) -> ThemeEdition:
    """Go back to the rules of the authority above, or to the default (停用，恢复沿用)."""
    edition: ThemeEdition = put_out_of_force(ThemeEdition, edition_id, actor=actor, reason=reason)
    edition.rederived_to = 0
    edition.save(update_fields=["rederived_to"])
    jobs.configure_task(RELIGHT).defer(edition_id=edition.pk)
    return edition


@action
def relight(*, edition_id: int, actor: Actor, limit: int = CHUNK) -> bool:
    """Compute when the lights of some open assignments change (分批重算亮灯); False when none are left.

    A chunk is a transaction. The former dates stay in the former `Term`, so the light of a past moment stays what
    it was.
    """
    edition = ThemeEdition.objects.select_for_update(of=("self",)).get(pk=edition_id)
    if edition.rederived_to is None:
        return False
    rows = open_under(edition).filter(pk__gt=edition.rederived_to).order_by("pk")
    chunk = list(rows.select_related("item__source").select_for_update(of=("self",), no_key=True)[:limit])
    load_pauses(chunk)
    regimes = Regimes({one.issued_by_id for one in chunk})
    moved = [one for one in chunk if turn_light(one, regime=regimes[one.issued_by_id])]
    update_each(moved, ["amber_at", "strong_at"])
    last = last_terms(moved)
    terms = [light_term(one, last[one.pk]) for one in moved if one.pk in last]
    Term.objects.bulk_create(terms, batch_size=2000)
    edition.rederived_to = chunk[-1].pk if len(chunk) == limit else None
    edition.save(update_fields=["rederived_to"])
    append(
        "supervision.themeedition.relit",
        actor=actor,
        subject=edition,
        assignments=len(moved),
        to=chunk[-1].pk if chunk else 0,
    )
    return edition.rederived_to is not None
