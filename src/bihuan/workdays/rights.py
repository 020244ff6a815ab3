"""Who may change the calendar, and what a change would do. Both are known above this context and registered here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import NotPermitted

MayEdit = Callable[[Actor, str], bool]

Places = Callable[[], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Effect:
    """What a change of the calendar would do to running clocks (影响)."""

    running: int  # that run over a day which changes
    moving: int  # whose deadline comes out on another day


Foresee = Callable[[Any], Effect]

_rule: MayEdit | None = None
_places: Places = list
_foresee: Foresee | None = None


def decide_by(rule: MayEdit, places: Places) -> None:
    """Let `rule` say whether an actor may edit the calendar of a region code (empty: the nation's).

    `places` gives the regions there are, each with its name.
    """
    global _rule, _places
    _rule, _places = rule, places


def foresee_by(foresee: Foresee) -> None:
    """Let `foresee` say what a `queries.Proposal` would do to clocks that are running."""
    global _foresee
    _foresee = foresee


def places() -> list[tuple[str, str]]:
    return list(_places())


def effect_of(proposal: Any) -> Effect:
    return _foresee(proposal) if _foresee else Effect(0, 0)


def may_edit(actor: Actor, region_code: str) -> bool:
    """The system may always, nobody else without a registered rule."""
    return actor.is_system or bool(_rule and _rule(actor, region_code))


def require(actor: Actor, region_code: str) -> None:
    """Raises NotPermitted unless `may_edit`."""
    if not may_edit(actor, region_code):
        raise NotPermitted(_("您的岗位没有维护该地区工作日历的权限"))
