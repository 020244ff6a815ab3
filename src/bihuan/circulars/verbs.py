"""Ledger verbs of circulars."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, day, ident, moment, number, register

register(
    Verb(
        "circulars.circular.drafted",
        _("生成通报"),
        {"plan": ident, "paper": ident, "first_on": day, "last_on": day, "as_of": moment, "figures": number},
    ),
    Verb(
        "circulars.circular.refreshed", _("重新取数"), {"as_of": moment, "figures": number, "changed": number}
    ),
    Verb("circulars.circular.issued", _("印发通报"), {"paper": ident, "units": number}),
)
