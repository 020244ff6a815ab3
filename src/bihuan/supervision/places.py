"""What the closed loop adds to the shell: links of the sidebar and tabs of the plan page."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bihuan.org.roles import Cap
from bihuan.supervision import tabs
from bihuan.supervision.tabs import PlanTab
from bihuan.supervision.views.workbench import may, reviews_count, waiting_count
from bihuan.ui import navigation
from bihuan.ui.navigation import Link


def may_review(request: HttpRequest) -> bool:
    return may(request, Cap.PRE_REVIEW) or may(request, Cap.APPROVE)


navigation.add(
    Link(
        label=_("工作台"),
        url_name="workbench",
        icon="layout-list",
        group="mine",
        order=10,
        allowed=Cap.VIEW,
        count=waiting_count,
        hot=True,
        tab=1,
        key="w",
    )
)
navigation.add(
    Link(
        label=_("待我审核"),
        url_name="reviews",
        icon="list-check",
        group="mine",
        order=20,
        allowed=may_review,
        count=reviews_count,
        tab=3,
        key="r",
    )
)
navigation.add(
    Link(
        label=_("办件"),
        url_name="assignments",
        icon="clipboard-check",
        group="loop",
        order=20,
        allowed=Cap.VIEW,
        tab=2,
        key="b",
    )
)
navigation.add(
    Link(
        label=_("清单"),
        url_name="plans",
        icon="list-tree",
        group="loop",
        order=10,
        allowed=Cap.VIEW,
        tab=4,
        key="q",
    )
)
navigation.add(
    Link(
        label=_("拟办待签"),
        url_name="proposals",
        icon="signature",
        group="mine",
        order=30,
        allowed=Cap.URGE,
    )
)
navigation.add(
    Link(
        label=_("催办记录"),
        url_name="presses",
        icon="bell-ringing",
        group="loop",
        order=55,
        allowed=Cap.VIEW,
    )
)
navigation.add(
    Link(
        label=_("催办阶梯"),
        url_name="ladders",
        icon="stairs-up",
        group="loop",
        order=60,
        allowed=Cap.SET_LADDER,
    )
)

navigation.add(
    Link(
        label=_("亮灯规则"),
        url_name="themes",
        icon="traffic-lights",
        group="loop",
        order=61,
        allowed=Cap.SET_LADDER,
    )
)

navigation.add(
    Link(
        label=_("文书式样"),
        url_name="templates",
        icon="template",
        group="loop",
        order=71,
        allowed=Cap.SET_LADDER,
    )
)

navigation.add(
    Link(
        label=_("单位计分"),
        url_name="scores",
        icon="list-numbers",
        group="loop",
        order=62,
        allowed=Cap.VIEW,
    )
)

tabs.add(PlanTab(label=_("清单树"), url_name="plan", icon="list-tree", order=10))
tabs.add(PlanTab(label=_("单位矩阵"), url_name="plan-matrix", icon="grid-dots", order=20))
tabs.add(PlanTab(label=_("时间轴"), url_name="plan-timeline", icon="timeline", order=30))
tabs.add(PlanTab(label=_("交办情况"), url_name="plan-work", icon="send", order=40))
tabs.add(PlanTab(label=_("调整与留痕"), url_name="plan-history", icon="history", order=90))
