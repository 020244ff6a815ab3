"""The ledger's own verbs."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, digest_of, number, register

register(
    Verb("ledger.key.began", _("启用封存密钥"), {"public": digest_of}, {"head": number}),
)
