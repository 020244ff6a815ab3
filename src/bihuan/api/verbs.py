"""Ledger verbs of access by machines."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, day, ident, register

register(
    Verb("api.token.granted", _("发放接口令牌"), {"appointment": ident, "until": day}),
    Verb("api.token.revoked", _("收回接口令牌")),
)
