"""Who may change the calendar. Roles live above this context, so the answer is registered from there."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import NotPermitted

MayEdit = Callable[[Actor, str], bool]

_rule: MayEdit | None = None


def decide_by(rule: MayEdit) -> None:
    """Let `rule` say whether an actor may edit the calendar of a region code (empty: the nation's)."""
    global _rule
    _rule = rule


def require(actor: Actor, region_code: str) -> None:
    """Raises NotPermitted; the system may always, nobody else without a registered rule."""
    if not actor.is_system and not (_rule and _rule(actor, region_code)):
        raise NotPermitted(_("您的岗位没有维护该地区工作日历的权限"))
