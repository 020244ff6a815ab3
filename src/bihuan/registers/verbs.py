"""Ledger verbs of registers: who took which list out of the system, and which views were kept."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, digest_of, many, number, register

register(
    Verb(
        "registers.export.asked",
        _("导出台账"),
        {"register": code, "form": code, "columns": many(code)},
        {"filter": digest_of},
    ),
    Verb(
        "registers.export.finished", _("台账文件生成"), {"rows": number, "size": number, "digest": digest_of}
    ),
    Verb("registers.export.failed", _("台账导出未成功"), {"reason": code}),
    Verb("registers.export.dropped", _("删除台账文件")),
    Verb("registers.export.expired", _("台账文件到期删除")),
    Verb("registers.view.saved", _("保存视图"), {"register": code, "shared": code, "columns": many(code)}),
    Verb("registers.view.changed", _("修改视图"), {"shared": code, "columns": many(code)}),
    Verb("registers.view.dropped", _("删除视图")),
)
