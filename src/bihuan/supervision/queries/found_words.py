"""What was said about assignments, for the search (搜索): reports, submissions, urges, explanations.

Whoever may see an assignment may read them, but for a submission that its unit has not signed: that one is the unit's
own. They are many and grow for ever: see `Offer.is_long`.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.kernel.bigrams import reads_all, says_all
from bihuan.kernel.finding import Asked, Hit, Offer, floor_of, know_state, offer, where_of
from bihuan.org.roles import Cap
from bihuan.org.scope import standing_of
from bihuan.supervision.models import Explanation, Extension, LookBack, Report, Review, Submission, Urge
from bihuan.supervision.queries import found
from bihuan.supervision.queries.found import filtered
from bihuan.supervision.queries.lights import NEAR
from bihuan.supervision.rules import Light, Stage
from bihuan.ui.wording import say_day

Owned = Callable[[Actor], Q]
FILTERS = frozenset({"unit", "state", "number", "plan", "person", "due"})


def _all(actor: Actor) -> Q:
    return Q()


def _signed(actor: Actor) -> Q:
    """Signed ones, and what one's own unit has drafted."""
    standing = standing_of(actor)
    own = standing.unit_id if standing.grants(Cap.HANDLE) or standing.grants(Cap.SIGN_OFF) else None
    return Q(signed_at__isnull=False) | Q(assignment__unit=own)


def _endorsed(actor: Actor) -> Q:
    """Requests that the unit's leader has passed on, and all of one's own unit."""
    standing = standing_of(actor)
    own = standing.unit_id if standing.grants(Cap.HANDLE) or standing.grants(Cap.SIGN_OFF) else None
    return Q(endorsed_at__isnull=False) | Q(assignment__unit=own)


def said(
    model: type[Model],
    texts: Sequence[tuple[str, Any]],
    at: str,
    readable: Owned = _all,
    link: str = "assignment",
) -> dict[str, Any]:
    """The rows and the telling of what was said in these columns of a table about assignments.

    `link` is the way from a row to its assignment.
    """
    columns = [column for column, _label in texts]
    rows_of: Any = model._default_manager

    def rows(actor: Actor, asked: Asked, above: int | None) -> QuerySet:
        if not asked.terms:
            return rows_of.none()  # without words they are read with their assignments
        seen = filtered(actor, asked).order_by()
        if standing_of(actor).is_narrow(Cap.VIEW):
            few = rows_of.filter(reads_all(asked.terms, *columns), **{f"{link}__among": seen.values("pk")})
            return few.filter(readable(actor), **({} if above is None else {"pk__gt": above}))
        if above is None:
            saying = rows_of.filter(says_all(asked.terms, *columns))
        else:
            saying = rows_of.filter(reads_all(asked.terms, *columns), pk__gt=above)
        one = seen.filter(pk=OuterRef(link)).values("pk")[:1]
        known = rows_of.filter(pk__among=saying.order_by().values("pk"))
        return known.filter(readable(actor), IsNull(Subquery(one), False))

    def floor(actor: Actor, edge: int | None, n: int) -> int | None:
        return None if standing_of(actor).is_narrow(Cap.VIEW) else floor_of(model, edge, n)

    def told(actor: Actor, asked: Asked, keys: list[int]) -> list[Hit]:
        found_rows = rows_of.select_related(f"{link}__item", f"{link}__unit").in_bulk(keys)
        hits = []
        for one in (found_rows[key] for key in keys if key in found_rows):
            passages = where_of([(label, getattr(one, column)) for column, label in texts], asked.terms)
            about, when = attrgetter(link.replace("__", "."))(one), getattr(one, at)
            notes = [about.unit.short_name, *([say_day(when)] if when else [])]
            hits.append(
                Hit(
                    one.pk,
                    about.item.title,
                    reverse("assignment", args=[about.pk]),
                    notes=notes,
                    where=passages,
                )
            )
        return hits

    return {"rows": rows, "told": told, "floor": floor, "filters": FILTERS}


offer(
    Offer(
        kind="item",
        label=_("事项"),
        icon="list-details",
        order=10,
        words=("事项", "清单条目", "条目", "任务", "措施", "item", "items", "matter"),
        filters=FILTERS,
        rows=found.items_found,
        told=found.tell_items,
        floor=found.item_floor,
    )
)
offer(
    Offer(
        kind="assignment",
        label=_("办件"),
        icon="clipboard-check",
        order=20,
        words=("办件", "assignment", "assignments", "duty"),
        filters=FILTERS,
        rows=found.assignments_found,
        told=found.tell_assignments,
        floor=found.item_floor,
        facets=found.facets_of,
        order_by=("-item_id", "-pk"),
    )
)
offer(
    Offer(
        kind="plan",
        label=_("方案"),
        icon="list-tree",
        order=30,
        words=("方案", "清单", "plan", "plans"),
        filters=frozenset({"unit", "number", "plan"}),
        rows=found.plans_found,
        told=found.tell_plans,
    )
)
offer(
    Offer(
        kind="report",
        label=_("进展反馈"),
        icon="message-2",
        order=40,
        words=("进展反馈", "反馈", "进展", "report", "reports"),
        **said(
            Report,
            [("text", _("本期进展")), ("problems", _("存在问题")), ("next_steps", _("下步打算"))],
            "reported_at",
        ),
    )
)
offer(
    Offer(
        kind="submission",
        label=_("办结申报"),
        icon="checklist",
        order=42,
        words=("办结申报", "申报", "submission", "submissions"),
        **said(Submission, [("text", _("办结情况"))], "signed_at", _signed),
    )
)
offer(
    Offer(
        kind="urge",
        label=_("催办批示"),
        icon="bell-ringing",
        order=44,
        words=("催办", "批示", "催办批示", "urge", "urges", "instruction"),
        **said(Urge, [("text", _("内容"))], "urged_at"),
    )
)
offer(
    Offer(
        kind="explanation",
        label=_("说明情况"),
        icon="message-question",
        order=46,
        words=("说明情况", "说明", "explanation", "explanations"),
        **said(Explanation, [("text", _("说明"))], "explained_at"),
    )
)

offer(
    Offer(
        kind="extension",
        label=_("延期申请"),
        icon="clock",
        order=47,
        words=("延期", "延期申请", "extension", "extensions"),
        **said(Extension, [("reason", _("延期理由")), ("opinion", _("审批意见"))], "asked_at", _endorsed),
    )
)
offer(
    Offer(
        kind="review",
        label=_("审核意见"),
        icon="list-check",
        order=48,
        words=("审核", "审核意见", "review", "reviews"),
        **said(Review, [("opinion", _("审核意见"))], "reviewed_at", link="submission__assignment"),
    )
)
offer(
    Offer(
        kind="look_back",
        label=_("回头看"),
        icon="history",
        order=49,
        words=("回头看", "look-back", "lookback"),
        **said(LookBack, [("finding", _("核查情况"))], "held_at"),
    )
)

know_state("overdue", Light.RED.label, "超期", "过期", "late")
know_state(NEAR, _("临期（含加急）"), "临期", "快到期", "due soon")
know_state("urgent", Light.STRONG.label, "加急")
know_state("steady", Light.GREEN.label, "正常", "on track")
know_state("extension", Light.PENDING.label, "延期")
know_state("open", _("在办"), "未办结", "进行中")
for _stage in Stage:
    know_state(_stage.value, _stage.label)
know_state("finished", _("已办结（含销号）"), "办结", "完成")
