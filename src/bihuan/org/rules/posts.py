"""Which roles one person may hold at the same time: the three administrators kept apart (三员分立)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from bihuan.org.roles import Role

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

REASONS = {
    "held_already": _("该人员在该时段已担任这一角色"),
    "two_administrators": _("系统、安全、审计三类管理员不得由同一人兼任"),
    "administrator_with_business": _("管理员不得在所管理的范围内兼任业务岗位"),
}


@dataclass(frozen=True)
class Tenure:
    """A role held in a unit for a time, with the unit's place in the tree.

    `authority` is the authority it acts for, `above` the unit itself and everything it stands under.
    """

    role: str
    authority: int
    above: frozenset[int]
    starts_on: date
    ends_on: date | None = None

    @property
    def is_administrator(self) -> bool:
        return self.role in ADMINISTRATORS

    def overlaps(self, other: "Tenure") -> bool:
        return _until(self) >= other.starts_on and _until(other) >= self.starts_on


def conflict(wanted: Tenure, held: Iterable[Tenure]) -> str:
    """Why `wanted` may not join what is held, as a code; empty when it may (domain.md §14.1).

    Nobody is two of the three administrators at once, wherever; and an administrator has no business role
    inside the area they administer, which is their authority with everything below it.
    """
    for other in held:
        if not wanted.overlaps(other):
            continue
        if wanted.is_administrator and other.is_administrator and wanted.role != other.role:
            return "two_administrators"
        if wanted.is_administrator != other.is_administrator:
            administrator, business = (wanted, other) if wanted.is_administrator else (other, wanted)
            if administrator.authority in business.above:
                return "administrator_with_business"
    return ""


def _until(tenure: Tenure) -> date:
    return tenure.ends_on or date.max
