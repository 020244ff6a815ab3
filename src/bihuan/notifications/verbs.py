"""The verbs of this context: what an authority settles about its channels."""

from django.utils.translation import gettext_lazy as _

from bihuan.ledger.catalogue import Verb, code, flag, ident, register

register(
    Verb("notifications.channel.opened", _("开通通道"), {"kind": code, "takes": code}, {"unit": ident}),
    Verb("notifications.channel.edited", _("修改通道"), {"takes": code, "address_changed": flag}),
    Verb("notifications.channel.switched", _("启停通道"), {"on": flag}),
    Verb("notifications.channel.tested", _("测试通道")),
    Verb("notifications.channel.resent", _("重发"), {"delivery": ident}),
    Verb("notifications.channel.removed", _("删除通道")),
)
