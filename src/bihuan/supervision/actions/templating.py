"""Settling the words in which an authority begins its documents (文书式样), version by version."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action
from bihuan.supervision.actions.settling import (
    put_in_force,
    put_out_of_force,
    take_draft,
    throw_away,
    write_draft,
)
from bihuan.supervision.letters import WORDED, as_rows, flaws, from_rows
from bihuan.supervision.models import TemplateEdition


@action
def draft_template(
    *, actor: Actor, kind: str, rows: Mapping[str, Any], seen_version: int | None = None
) -> TemplateEdition:
    """Write the draft of an authority's words for a kind of document (拟订文书式样), or write it anew.

    `rows` are those of `letters.as_rows`; the parts are those of the kind.
    """
    if kind not in WORDED:
        raise Refused(_("请选择文种"), code="unknown_kind", field="kind")
    try:
        template = from_rows(kind, rows)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Refused(_("文书式样内容不完整，请逐项核对"), code="unreadable", field="rows") from None
    found: TemplateEdition = write_draft(
        TemplateEdition, as_rows(template), actor=actor, kind=kind, seen_version=seen_version
    )
    return found


@action
def put_template_in_force(
    *, edition_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> TemplateEdition:
    """Put a draft in force (启用文书式样): new documents begin with it, those there are keep their version.

    Refused while it has a flaw (`letters.flaws`).
    """
    edition: TemplateEdition = take_draft(TemplateEdition, edition_id, actor=actor, seen_version=seen_version)
    found = flaws(edition.kind, edition.template)
    if found:
        said = "；".join(text for _field, text in found)
        raise Refused(_("还不能启用。%(flaws)s") % {"flaws": said}, code="flawed", flaws=len(found))
    put_in_force(edition, actor=actor, reason=reason)
    return edition


@action
def discard_template_draft(*, edition_id: int, actor: Actor) -> None:
    """Throw a draft away (放弃草案)."""
    throw_away(take_draft(TemplateEdition, edition_id, actor=actor, seen_version=None), actor=actor)


@action
def retire_template(*, edition_id: int, actor: Actor, reason: str) -> TemplateEdition:
    """Go back to the words of the authority above, or to those that ship (停用，恢复沿用)."""
    found: TemplateEdition = put_out_of_force(TemplateEdition, edition_id, actor=actor, reason=reason)
    return found
