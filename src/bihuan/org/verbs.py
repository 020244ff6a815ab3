"""Ledger verbs of the organisation."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, day, digest_of, ident, many, number, register

register(
    Verb("org.unit.founded", _("设立单位"), {"kind": code, "on": day}, {"parent": ident, "code": code}),
    Verb("org.unit.edited", _("修改单位信息"), {"fields": many(code)}),
    Verb("org.unit.renamed", _("更名"), {"on": day}),
    Verb("org.unit.moved", _("调整隶属"), {"parent": ident, "on": day}),
    Verb("org.unit.succeeded", _("机构承继"), {"kind": code, "successors": many(ident), "on": day}),
    Verb("org.unit.change_planned", _("安排机构变动"), {"change": ident, "kind": code, "on": day}),
    Verb("org.unit.change_withdrawn", _("撤回机构变动"), {"change": ident}),
    Verb("org.unit.change_failed", _("机构变动未能生效"), {"change": ident, "code": code}),
    Verb("org.person.registered", _("登记人员"), {}, {"home": ident}),
    Verb("org.person.edited", _("修改人员信息"), {"fields": many(code)}),
    Verb("org.person.retired", _("停用账号")),
    Verb("org.person.restored", _("恢复账号")),
    Verb("org.person.password_reset", _("重置密码")),
    Verb("org.person.password_chosen", _("更改密码")),
    Verb("org.person.left", _("离任交接"), {"on": day, "posts": many(ident)}),
    Verb("org.person.post_switched", _("切换岗位"), {"appointment": ident}),
    Verb("org.appointment.begun", _("任职"), {"person": ident, "unit": ident, "role": code, "on": day}),
    Verb("org.appointment.ended", _("离任"), {"on": day}, {"successor": ident}),
    Verb("org.appointment.edited", _("修改任职信息"), {"fields": many(code)}),
    Verb("org.group.set", _("设定单位组"), {"members": many(ident)}, {"kind": code, "depth": number}),
    Verb("org.group.dissolved", _("停用单位组")),
    Verb("org.alias.added", _("增加别称"), {}, {"unit": ident, "group": ident}),
    Verb("org.alias.removed", _("删除别称")),
    Verb("org.import.uploaded", _("上传导入文件"), {"table": code, "file": digest_of}),
    Verb(
        "org.import.applied",
        _("导入机构或人员"),
        {"file": digest_of, "added": number, "changed": number, "unchanged": number},
    ),
    Verb("org.import.discarded", _("放弃导入")),
)
