"""Ledger verbs of the calendar."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, day, number, register

register(
    Verb(
        "workdays.arrangement.published",
        _("发布放假安排"),
        {"year": number, "published_on": day, "off": number, "work": number},
    ),
    Verb(
        "workdays.local_days.set",
        _("设定地方假日"),
        {"region": code, "kind": code, "first": day, "last": day},
    ),
    Verb("workdays.vacation.set", _("设定寒暑假"), {"first": day, "last": day}, {"region": code}),
)
