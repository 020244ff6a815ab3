"""Ledger verbs of evidence files."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, day, digest_of, ident, many, number, register

register(
    Verb(
        "documents.file.received",
        _("接收文件"),
        {"digest": digest_of, "size": number, "kind": code, "upload": ident},
        {"evidence_on": day, "evidence_until": day},
    ),
    Verb("documents.file.dated", _("填写材料日期"), {}, {"evidence_on": day, "evidence_until": day}),
    Verb("documents.file.cited", _("引用文件"), {"by": code}),
    Verb("documents.file.read", _("查阅文件")),
    Verb("documents.file.discarded", _("删除未引用文件"), {"digest": digest_of}),
    Verb("documents.content.swept", _("清理无主文件"), {"digest": digest_of}),
    Verb("documents.paper.drafted", _("拟稿"), {"kind": code}),
    Verb("documents.paper.edited", _("修改文稿")),
    Verb("documents.paper.attached", _("添加附件"), {"files": many(digest_of)}),
    Verb("documents.paper.detached", _("移除附件"), {"file": digest_of}),
    Verb("documents.paper.asked", _("送请核对"), {"units": number}),
    Verb("documents.paper.reviewed", _("核稿")),
    Verb("documents.paper.sent_back", _("退回修改")),
    Verb("documents.paper.countersign_asked", _("送会签"), {"units": many(ident)}),
    Verb("documents.paper.countersigned", _("会签同意"), {"unit": ident}),
    Verb("documents.paper.countersign_refused", _("会签不同意"), {"unit": ident}),
    Verb("documents.paper.closed", _("办结归档")),
    Verb(
        "documents.paper.issued",
        _("签发"),
        {"year": number, "serial": number, "digest": digest_of, "units": number},
    ),
    Verb("documents.paper.served", _("送达文书"), {"units": number}),
    Verb("documents.paper.read", _("签阅"), {"unit": ident}),
)
