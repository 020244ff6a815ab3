"""Ledger verbs of the organisation."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, day, ident, many, register

register(
    Verb("org.unit.founded", _("设立单位"), {"kind": code, "on": day}, {"parent": ident, "code": code}),
    Verb("org.unit.renamed", _("更名"), {"on": day}),
    Verb("org.unit.moved", _("调整隶属"), {"parent": ident, "on": day}),
    Verb("org.unit.succeeded", _("机构承继"), {"kind": code, "successors": many(ident), "on": day}),
    Verb("org.person.registered", _("登记人员")),
    Verb("org.person.retired", _("停用账号")),
    Verb("org.appointment.begun", _("任职"), {"person": ident, "unit": ident, "role": code, "on": day}),
    Verb("org.appointment.ended", _("离任"), {"on": day}, {"successor": ident}),
    Verb("org.group.set", _("设定单位组"), {"members": many(ident)}),
)
