"""Granting and revoking tokens."""

import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from bihuan.api.models import Token
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action
from bihuan.ledger.book import append, once
from bihuan.ledger.rules import digest

LONGEST = timedelta(days=366)


@action
def grant_token(*, actor: Actor, label: str, days: int = 90) -> tuple[Token, str]:
    """Give the actor's own appointment a token; its text is returned this once and kept nowhere."""
    once("api.token.granted", actor=actor)
    if not label.strip():
        raise Refused(_("请写明用途"), code="required", field="label")
    if not 0 < days <= LONGEST.days:
        raise Refused(_("有效期须在 1 至 366 天之间"), code="out_of_range", field="days")
    text = f"bh_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        appointment_id=actor.appointment_id,  # type: ignore[misc]  # the column refuses the system
        label=label.strip(),
        digest=digest(text),
        granted_at=clock.now(),
        until=clock.today() + timedelta(days=days),
    )
    append(
        "api.token.granted",
        actor=actor,
        subject=token,
        appointment=token.appointment_id,
        until=token.until,
    )
    return token, text


@action
def revoke_token(*, actor: Actor, token_id: int) -> Token:
    """Take one's own token back, at once."""
    own = Token.objects.filter(appointment__person=actor.person_id, revoked_at__isnull=True)
    token = own.select_for_update(of=("self",)).get(pk=token_id)
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    append("api.token.revoked", actor=actor, subject=token)
    return token
