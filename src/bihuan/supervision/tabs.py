"""Tabs of the plan page; contexts above add theirs in `AppConfig.ready`, as navigation links are added."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from bihuan.kernel.actor import Actor
from bihuan.supervision.models import Plan


@dataclass(frozen=True, kw_only=True)
class PlanTab:
    """A tab of the plan page (方案页签). Its view takes `plan_id` and draws `supervision/plans/frame.html`.

    `count` gives the number behind the label, `shown` says for whom and which plans there is such a tab.
    """

    label: str | Promise
    url_name: str
    icon: str
    order: int = 50
    count: Callable[[Plan, Actor], int | None] | None = None
    shown: Callable[[Plan, Actor], bool] | None = None


_tabs: list[PlanTab] = []


def add(tab: PlanTab) -> None:
    """Put a tab on the plan page; twice the same address is a programming error."""
    if any(known.url_name == tab.url_name for known in _tabs):
        raise ValueError(f"{tab.url_name!r} is a tab already")
    _tabs.append(tab)


def tabs_for(plan: Plan, actor: Actor) -> list[PlanTab]:
    """The tabs of this plan for this reader, in order."""
    return sorted(
        (tab for tab in _tabs if tab.shown is None or tab.shown(plan, actor)), key=lambda tab: tab.order
    )
