"""Ledger verbs of look-alike hints."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, ident, number, register

register(
    Verb(
        "alike.likeness.found",
        _("雷同提示"),
        {"later": ident, "earlier": ident, "how": code, "share": number},
        {"later_file": ident, "earlier_file": ident},
    ),
    Verb("alike.likeness.commented", _("对雷同提示的说明")),
    Verb("alike.likeness.dismissed", _("雷同提示不采用"), {"ground": code}),
    Verb("alike.unit.settled", _("设定雷同提示"), {"on": number, "percent": number}),
)
