"""Roles (岗位角色) as sets of capabilities, and how far each capability reaches (DESIGN §5)."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Cap(TextChoices):
    """One thing a person may do. Actions, buttons and queries all ask for the same capability."""

    VIEW = "view", _("查看督办业务")
    # for the unit that was given a duty
    SIGN_FOR = "sign_for", _("签收")
    HANDLE = "handle", _("办理与反馈")
    SIGN_OFF = "sign_off", _("本单位审签")
    BREAK_DOWN = "break_down", _("分解下发")
    # for the authority that gave it
    DRAFT = "draft", _("拟订清单")
    DISPATCH = "dispatch", _("交办")
    URGE = "urge", _("催办")
    PRE_REVIEW = "pre_review", _("初审")
    APPROVE = "approve", _("审定")
    DECIDE = "decide", _("决定延期、暂停与改派")
    WRITE_OFF = "write_off", _("销号")
    AMEND = "amend", _("调整已下发清单")
    INSTRUCT = "instruct", _("批示")
    SET_LADDER = "set_ladder", _("设定催办阶梯")
    SET_LIGHT = "set_light", _("人工调灯")
    ISSUE = "issue", _("签发文书与通报")
    # for the three administrators, none of whom sees business content
    MANAGE_UNITS = "manage_units", _("维护机构")
    MANAGE_CALENDAR = "manage_calendar", _("维护工作日历")
    MANAGE_POSTS = "manage_posts", _("维护人员与岗位")
    AUDIT = "audit", _("审计留痕")


class Reach(IntegerChoices):
    """How far below the appointment's unit a capability holds."""

    OWN = 0, _("本单位")
    SUBTREE = 1, _("本单位及下级")


class Role(TextChoices):
    LEADER = "leader", _("领导")
    SUPERVISOR = "supervisor", _("督查员")
    HANDLER = "handler", _("承办人")
    LIAISON = "liaison", _("联络员")
    INSPECTOR = "inspector", _("监督检查员")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")


_OWN, _BELOW = Reach.OWN, Reach.SUBTREE

GRANTS: dict[str, dict[str, Reach]] = {
    Role.LEADER: {
        Cap.VIEW: _BELOW,
        Cap.SIGN_OFF: _OWN,
        Cap.BREAK_DOWN: _OWN,
        Cap.URGE: _OWN,
        Cap.APPROVE: _OWN,
        Cap.DECIDE: _OWN,
        Cap.INSTRUCT: _BELOW,
        Cap.ISSUE: _OWN,
    },
    Role.SUPERVISOR: {
        Cap.VIEW: _BELOW,
        Cap.SIGN_FOR: _OWN,
        Cap.HANDLE: _OWN,
        Cap.BREAK_DOWN: _OWN,
        Cap.DRAFT: _OWN,
        Cap.DISPATCH: _OWN,
        Cap.URGE: _OWN,
        Cap.PRE_REVIEW: _OWN,
        Cap.APPROVE: _OWN,
        Cap.DECIDE: _OWN,
        Cap.WRITE_OFF: _OWN,
        Cap.AMEND: _OWN,
        Cap.SET_LADDER: _OWN,
        Cap.SET_LIGHT: _OWN,
        Cap.ISSUE: _OWN,
    },
    Role.HANDLER: {Cap.VIEW: _OWN, Cap.SIGN_FOR: _OWN, Cap.HANDLE: _OWN},
    Role.LIAISON: {Cap.VIEW: _OWN, Cap.SIGN_FOR: _OWN, Cap.HANDLE: _OWN},
    Role.INSPECTOR: {Cap.VIEW: _BELOW},
    Role.SYSTEM_ADMIN: {Cap.MANAGE_UNITS: _BELOW, Cap.MANAGE_CALENDAR: _BELOW},
    Role.SECURITY_ADMIN: {Cap.MANAGE_POSTS: _BELOW},
    Role.AUDIT_ADMIN: {Cap.AUDIT: _BELOW},
}
"""Who may do what, and how far down. The three administrators hold no VIEW: that is the point of them."""


def roles_with(cap: str, reach: Reach | None = None) -> list[str]:
    """The roles that grant `cap`, or those granting it with exactly this reach."""
    return [role for role, caps in GRANTS.items() if cap in caps and (reach is None or caps[cap] == reach)]
