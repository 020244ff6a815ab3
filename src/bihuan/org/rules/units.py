"""Where a unit may stand in the tree."""

import unicodedata

from django.utils.translation import gettext as _

from bihuan.kernel.errors import Refused

STRUCTURAL = frozenset({"office", "external"})
"""Kinds that say where a unit stands; no unit changes from or to one of them."""


def check_name(name: str) -> None:
    """Refuse a name with signs that cannot be seen, such as those that turn the direction of writing (名称).

    With them a unit can look like another one wherever its name is shown.
    """
    if any(unicodedata.category(sign) in ("Cc", "Cf") for sign in name):
        raise Refused(_("名称里有看不见的控制字符，请删去后重新填写"), code="name_unprintable", field="name")


def check_place(kind: str, parent_kind: str | None) -> None:
    """Refuse a place in the tree that a unit of this kind cannot have (隶属关系)."""

    def refuse(reason: str, message: str) -> None:
        raise Refused(message, code=reason, field="parent")

    if kind == "external" and parent_kind is not None:
        refuse("external_with_parent", _("系统外单位不在机构树内，不能设上级"))
    if kind == "office" and parent_kind is None:
        refuse("office_without_parent", _("内设机构必须有上级单位"))
    if parent_kind == "external":
        refuse("below_external", _("系统外单位不能有下级单位"))
    if kind == "authority" and parent_kind not in (None, "authority"):
        refuse("authority_below_school", _("行政机关的上级只能是行政机关"))
