"""Ledger verbs of circulars."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, day, digest_of, ident, many, moment, number, register

register(
    Verb(
        "circulars.circular.drafted",
        _("生成通报"),
        {"paper": ident, "first_on": day, "last_on": day, "as_of": moment, "figures": number},
        {"plan": ident, "plans": many(ident), "area": ident, "region": ident},
    ),
    Verb(
        "circulars.circular.refreshed", _("重新取数"), {"as_of": moment, "figures": number, "changed": number}
    ),
    Verb("circulars.inquiry.asked", _("请核对通报数字"), {"circular": ident, "unit": ident, "until": moment}),
    Verb("circulars.inquiry.agreed", _("核对无异议")),
    Verb(
        "circulars.inquiry.contested",
        _("对通报数字提出异议"),
        {"contest": ident, "key": code, "value": number},
    ),
    Verb("circulars.inquiry.upheld", _("采纳异议"), {"contest": ident, "left_out": many(ident)}),
    Verb("circulars.inquiry.rejected", _("不采纳异议"), {"contest": ident}),
    Verb("circulars.circular.asked", _("送请核对数字"), {"units": number, "until": moment}),
    Verb("circulars.circular.issued", _("印发通报"), {"paper": ident, "units": number}),
    Verb(
        "circulars.publication.published",
        _("公开通报"),
        {"circular": ident, "digest": digest_of, "issued": digest_of, "masked": number},
    ),
    Verb("circulars.publication.withdrawn", _("撤下公开的通报"), {"circular": ident}),
)
