"""The workbench (工作台): what needs one's action now, by clock; one row, one verb, one click."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from bihuan.kernel.numbers import as_whole
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries import workbench as queries
from bihuan.supervision.queries.proposals import proposals
from bihuan.supervision.queries.slots import standing_of_unit
from bihuan.supervision.queries.workbench import Group, Horizon, Queue, Row
from bihuan.supervision.rules import Duty
from bihuan.supervision.views import faces
from bihuan.ui import wording

PAGE = "supervision/workbench/workbench.html"


@login_required
@require_GET
def workbench(request: SignedIn) -> HttpResponse:
    """The queue, and beside it how one's unit stands."""
    queue = queries.queue(request.actor)
    if request.htmx:
        return render(request, f"{PAGE}#queue", queue_context(request, queue))
    post = request.post
    _counted(request, "waiting", lambda: queue.count)
    context = queue_context(request, queue) | {
        "tabs": tabs(request, "queue", queue.count),
        **summary_context(request),
        "pressing": queries.pressing_words(request.actor) if may(request, Cap.VIEW) else [],
        "unread": queries.can_accept_report(request.actor).count() if may(request, Cap.PRE_REVIEW) else 0,
        "proposed": proposals(request.actor).count() if may(request, Cap.URGE) else 0,
        "may_register": may(request, Cap.DISPATCH),
        "unit": post.unit if post else None,
    }
    return render(request, PAGE, context)


@login_required
@require_GET
def counts(request: SignedIn) -> HttpResponse:
    """How many wait now; says so when the list on the page is no longer up to date. Polled, never the list."""
    found = queries.counts(request.actor)
    seen = as_whole(request.GET.get("seen", ""))
    context = {"count": sum(found.values()), "stale": seen is not None and seen != sum(found.values())}
    return render(request, "supervision/workbench/counts.html", context)


counts.is_polled = True  # type: ignore[attr-defined]  # it does not keep an idle session alive


def summary_context(request: SignedIn) -> dict[str, Any]:
    """本单位小结, with the units below that need pressing."""
    summary = queries.summary(request.actor) if may(request, Cap.VIEW) else None
    watched = queries.units_to_watch(request.actor) if may(request, Cap.URGE) else []
    lights = summary.lights if summary else {}
    slots = standing_of_unit(request.actor) if summary and summary.in_work else None
    legend = [
        (shown.letter, light, f"{shown.text} {wording.say_number(lights[light])}")
        for light, shown in faces.LIGHTS_SHORT.items()
        if lights.get(light)
    ]
    return {
        "summary": summary,
        "slots": slots,
        "stacked": {letter: lights[light] for letter, light, _text in legend},
        "legend": legend,
        "watched": [
            {
                "unit": one,
                "light": "r" if one.overdue else "y",
                "filter": "r" if one.overdue else "near",
                "text": _("%(n)d 件") % {"n": one.overdue}
                if one.overdue
                else _("临期 %(n)d") % {"n": one.near},
                "verb": _("催办") if one.overdue else _("提醒"),
            }
            for one in watched
        ],
    }


def may(request: SignedIn, cap: str) -> bool:
    """Whether the reader's post has to do with this at all: for cards, never for rows."""
    return bool(request.post and request.post.grants(cap))


def waiting_count(request: SignedIn) -> int:
    """The number behind 工作台 in the navigation."""
    return _counted(request, "waiting", lambda: sum(_tally(request).values()))


def reviews_count(request: SignedIn) -> int:
    """The number behind 待我审核 in the navigation."""
    return sum(count for (_group, what), count in _tally(request).items() if what == Operation.REVIEW)


def _tally(request: SignedIn) -> Any:
    return _counted(request, "tally", lambda: queries.tally(request.actor))


def _counted(request: SignedIn, name: str, count: Any) -> Any:
    """Asked for once in a request."""
    kept = request.__dict__.setdefault("_counts", {})
    if name not in kept:
        kept[name] = count()
    return kept[name]


# The rows as they are shown


@dataclass(frozen=True)
class ShownRow:
    """One row of the queue in words."""

    row: Row
    doing: str
    meta: list[str]
    warn: str
    button: faces.Button
    label: str
    more: list[faces.Button]
    primary: bool

    @property
    def note(self) -> str:
        """Which clock it is, where it is not the deadline of the duty itself."""
        what = CLOCKS.get(self.row.operation)
        return (
            _("%(until)s前%(what)s") % {"until": wording.say_moment(self.row.clock), "what": what}
            if what
            else ""
        )

    @property
    def at_once(self) -> bool:
        """Signing asks nothing, so one press does it."""
        return self.row.operation is Operation.SIGN

    @property
    def opens(self) -> bool:
        return self.row.operation is not Operation.REVIEW


@dataclass(frozen=True)
class ShownGroup:
    group: Group
    light: str
    title: str
    note: str
    empty: str
    rows: list[ShownRow]


def queue_context(request: SignedIn, queue: Queue) -> dict[str, Any]:
    to_sign = sum(row.operation is Operation.SIGN for row in queue.rows)
    return {
        "queue": queue,
        "groups": shown_groups(queue),
        "later": shown_rows(queue.groups["later"]),
        "to_sign": to_sign,
        "today": queue.horizon.today,
        "heading": heading(queue),
        "seen": queue.count,
    }


def heading(queue: Queue) -> str:
    """What is in store, in one sentence."""
    late, today = queue.groups["overdue"].count, queue.groups["today"].count
    said = []
    if late:
        said.append(_("%(n)d 件已逾期") % {"n": late})
    if today:
        said.append(_("%(n)d 件今天到期") % {"n": today})
    if not said and queue.count:
        return _("今天没有到期的，共 %(n)d 件待办。") % {"n": queue.count}
    return wording.say_sentence(said) if said else _("没有等您办的事。")


def shown_groups(queue: Queue) -> list[ShownGroup]:
    """The groups with their headings; the overdue one disappears when it is empty, the others say so."""
    horizon, shown = queue.horizon, []
    texts = {
        "overdue": ("r", _("已逾期"), _("先说明情况或补办；超过时限会逐级提醒"), ""),
        "today": ("y", _("今天到期"), _("按截止钟点排序"), _("今天没有到期的")),
        "soon": ("g", _("三天内"), _soon(horizon), _("三天内没有到期的")),
        "week": (
            "g",
            _("本周"),
            _("%(day)s前") % {"day": wording.say_day(horizon.sunday)},
            _("本周没有别的"),
        ),
    }
    for name, (light, title, note, empty) in texts.items():
        group = queue.groups[name]
        if name == "overdue" and not group.count:
            continue
        if name == "week" and horizon.sunday <= horizon.soon:
            continue
        shown.append(ShownGroup(group, light, title, note, empty, shown_rows(group)))
    return shown


def _soon(horizon: Horizon) -> str:
    first = wording.say_day(horizon.edges[0] + (horizon.edges[1] - horizon.edges[0]) / 3)
    return f"{first}—{wording.say_day(horizon.soon)}"


def shown_rows(group: Group) -> list[ShownRow]:
    return [shown_row(row) for row in group.rows]


def shown_row(row: Row) -> ShownRow:
    one = row.assignment
    returned = one.latest == "returned"
    label = _("补充材料") if returned and row.operation is Operation.COMPLETE else SHORT.get(row.operation)
    urged = _("催办 %(n)d 次") % {"n": one.urged} if one.urged else ""
    return ShownRow(
        row=row,
        doing=doing(row, returned),
        meta=meta_of(row),
        warn=urged,
        button=faces.button(row.operation, one.pk),
        label=str(label or row.operation.label),
        more=[faces.button(other, one.pk) for other in also(row)],
        primary=row.group in ("overdue", "today"),
    )


SHORT = {
    Operation.SIGN_OFF: gettext_lazy("审签"),
    Operation.ENDORSE: gettext_lazy("审签延期"),
    Operation.TRANSFER: gettext_lazy("定承接"),
    Operation.INSIST: gettext_lazy("决定退办"),
    Operation.GRANT: gettext_lazy("审批延期"),
    Operation.ANSWER: gettext_lazy("答复"),
    Operation.RESUME: gettext_lazy("复核暂停"),
}
CLOCKS = {
    Operation.SIGN: gettext_lazy("签收"),
    Operation.ENDORSE: gettext_lazy("审签"),
    Operation.RECORD: gettext_lazy("答复"),
    Operation.INSIST: gettext_lazy("决定"),
    Operation.GRANT: gettext_lazy("批复"),
    Operation.REVIEW: gettext_lazy("审核"),
    Operation.ANSWER: gettext_lazy("答复"),
    Operation.PUBLICISE: gettext_lazy("公示"),
    Operation.WRITE_OFF: gettext_lazy("销号"),
    Operation.RESUME: gettext_lazy("复核"),
}
RECEIVING = (
    Operation.SIGN,
    Operation.REPORT,
    Operation.COMPLETE,
    Operation.RECORD,
    Operation.SIGN_OFF,
    Operation.ENDORSE,
)


def doing(row: Row, returned: bool) -> str:
    """Where it stands, in the words of the one who has to act."""
    one = row.assignment
    if row.operation in (Operation.REPORT, Operation.COMPLETE):
        if returned:
            return _("退回待补")
        if one.reported_at is None:
            return _("待反馈")
        return _("办理中 %(n)d%%") % {"n": one.progress} if one.progress is not None else _("办理中")
    return {
        Operation.SIGN: _("待签收"),
        Operation.RECORD: _("待登记答复"),
        Operation.TRANSFER: _("原单位已撤并"),
        Operation.SIGN_OFF: _("办结待审签"),
        Operation.ENDORSE: _("延期待审签"),
        Operation.INSIST: _("退办待定"),
        Operation.GRANT: _("延期待批"),
        Operation.REVIEW: _("初审已通过") if one.latest == "passed" else _("申请办结"),
        Operation.ANSWER: _("说明待答复"),
        Operation.PUBLICISE: _("待公示"),
        Operation.WRITE_OFF: _("待销号"),
        Operation.RESUME: _("暂停待复核"),
    }[row.operation]


def meta_of(row: Row) -> list[str]:
    """Number, the other side, and what one's own unit is to it."""
    one = row.assignment
    number = one.item.source.number
    if row.operation in RECEIVING:
        giver = (one.office or one.issued_by).short_name
        # A unit outside the system has no account: the lead records its answer.
        duty = (
            _("代%(unit)s") % {"unit": one.unit.short_name} if one.unit.is_external else Duty(one.duty).label
        )
        return [part for part in (number, giver, str(duty)) if part]
    return [part for part in (number, one.unit.short_name) if part]


def also(row: Row) -> list[Operation]:
    """What else can be done straight from the row: always possible in its state."""
    one = row.assignment
    match row.operation:
        case Operation.SIGN:
            return [Operation.REPORT] if one.insisted else [Operation.DECLINE, Operation.REPORT]
        case Operation.REPORT:
            more = [Operation.COMPLETE, Operation.EXPLAIN]
        case Operation.COMPLETE:
            more = [Operation.REPORT, Operation.EXPLAIN]
        case Operation.SIGN_OFF:
            return [Operation.SEND_BACK]
        case Operation.GRANT:
            return [Operation.REFUSE]
        case Operation.INSIST:
            return [Operation.REASSIGN]
        case _:
            return []
    if row.now <= one.due_at and one.answer_by is None:
        more.append(Operation.EXTEND)
    return more


def tabs(request: SignedIn, current: str, waiting: int | None = None) -> list[dict[str, Any]]:
    """待办、已办、办结、我发起, each with the count of its own list."""
    actor = request.actor
    waiting = waiting_count(request) if waiting is None else waiting
    done = queries.footprint(actor)
    names = [
        ("queue", _("待办"), "workbench", waiting),
        ("handled", _("已办"), "workbench-handled", done["handled"]),
        ("closed", _("办结"), "workbench-closed", done["closed"]),
    ]
    if may(request, Cap.DISPATCH):
        names.append(("given", _("我发起"), "workbench-given", queries.given(actor).count()))
    return [
        {"label": label, "href": reverse(url), "count": count, "current": name == current}
        for name, label, url, count in names
    ]
