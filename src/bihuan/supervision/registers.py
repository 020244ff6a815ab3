"""The registers of the loop (台账): assignments, items, reports and presses, with their columns."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.listing import CHUNK, Column, Order, Register, declare, labelled
from bihuan.org.roles import Cap
from bihuan.org.scope import has
from bihuan.supervision.dues import DueRule
from bihuan.supervision.forms.listings import AssignmentsForm, ItemsForm, PressesForm, ReportsForm
from bihuan.supervision.models import Plan, Report, Source
from bihuan.supervision.queries.listings import (
    items,
    reports,
    with_assignment_columns,
    with_item_columns,
)
from bihuan.supervision.queries.presses import presses, shown
from bihuan.supervision.queries.registers import plans_shown, register
from bihuan.supervision.rules import Clock, Cycle, Duty, Light, Mode, Outcome, Priority, Stage, light_of

LEVELS = 4  # of a list, as columns; deeper ones are rare and stand in the matter itself

_stage, _duty, _outcome = labelled(Stage.choices), labelled(Duty.choices), labelled(Outcome.choices)
_shown = labelled(Light.choices)
_source, _cycle, _priority = (
    labelled(Source.Kind.choices),
    labelled(Cycle.choices),
    labelled(Priority.choices),
)
_mode, _verdict, _plan_stage = (
    labelled(Mode.choices),
    labelled(Report.Verdict.choices),
    labelled(Plan.Stage.choices),
)


def _day(moment: datetime | None) -> date | None:
    return clock.office_day(moment) if moment else None


def _mark(flag: Any) -> str:
    return "✓" if flag else ""


def _joined(first: str | None, second: str | None) -> str:
    """A number before a title, where there is one."""
    if not first or not second:
        return second or first or ""
    return f"{first}{second}" if first.endswith(("、", "）", ")")) else f"{first} {second}"


# Lights

CLOCK = (
    *(
        "stage",
        "due_at",
        "amber_at",
        "strong_at",
        "reported_at",
        "slot_opened_at",
        "suspended_at",
        "answer_by",
    ),
    *("override", "override_until"),
)


def _light(at: datetime, *marks: Any) -> str:
    """As on the page: resting and ended ones say where they stand, the others their light."""
    stage, suspended, answer_by, override, until = marks[0], *marks[6:]
    found = light_of(
        Clock(
            *marks[:6],
            suspended=suspended is not None,
            extension_pending=answer_by is not None,
            override=override,
            override_until=until,
        ),
        at,
    )
    if found in (Light.CLOSED, Light.RESTING):
        return str(_now("暂停计时")) if found == Light.RESTING and suspended else _stage(stage)
    return _shown(found)


def _days_late(
    at: datetime, stage: str, due_at: datetime, completed_at: datetime | None, suspended: Any
) -> int | None:
    """Whole days past the deadline: of what was handed in up to then, of what is open up to now."""
    if suspended or stage in (Stage.REASSIGNED, Stage.CANCELLED):
        return None
    late = (clock.office_day(completed_at or at) - clock.office_day(due_at)).days
    return late if late > 0 else None


# Levels of a list


def _level(depth: int, to_item: str = "") -> Column:
    """The ancestor at this depth, merged over everything below it."""

    def path(up: int, name: str) -> str:
        return f"{to_item}{'parent__' * up}{name}"

    ups = range(1, LEVELS + 1)

    def say(own: int | None, *named: str | None) -> str:
        up = (own or 0) - depth
        return _joined(*named[2 * up - 2 : 2 * up]) if 1 <= up <= LEVELS else ""

    def same(own: int | None, *ids: int | None) -> int | None:
        up = (own or 0) - depth
        return ids[up - 1] if 1 <= up <= LEVELS else None

    names = [path(up, name) for up in ups for name in ("number", "title")]
    return Column(
        key=f"level_{depth}",
        title=[_("一级"), _("二级"), _("三级"), _("四级")][depth - 1],
        reads=[path(0, "depth"), *names],
        say=say,
        width=20,
        merged=[path(0, "depth"), *(path(up - 1, "parent_id") for up in ups)],
        same=same,
        chosen=depth <= 2 and not to_item,
    )


def _level_names(form: Any) -> dict[str, Any]:
    """The names that a plan gives its levels, and which it does not have, where the list is narrowed to one plan."""
    form.is_valid()
    plan = Plan.objects.filter(pk=form.cleaned_data.get("plan") or 0).first()
    names = plan.level_names if plan else []
    found: dict[str, Any] = {f"level_{n}": name for n, name in enumerate(names[:-1], 1) if name}
    if names:
        found["item"] = names[-1]
        found |= {f"level_{n}": None for n in range(len(names), LEVELS + 1)}
    return found


# Assignments

RESPONSIBLE = _("责任单位")
ASSIGNMENTS: list[Column] = [
    *(_level(depth, "item__") for depth in range(1, LEVELS)),
    Column(
        key="item", title=_("事项"), reads=["item__number", "item__title"], say=_joined, width=34, leads=True
    ),
    Column(key="text", title=_("内容"), reads=["item__text"], width=36, chosen=False),
    Column(key="objective", title=_("目标"), reads=["item__objective"], width=24, chosen=False),
    Column(key="leader", title=_("责任领导"), reads=["item__leader"], width=12, chosen=False),
    Column(key="person", title=_("责任人"), reads=["item__person"], width=12, chosen=False),
    Column(
        key="source_kind", title=_("来源"), reads=["item__source__kind"], say=_source, width=10, chosen=False
    ),
    Column(key="number", title=_("文号"), reads=["item__source__number"], width=18),
    Column(key="source_title", title=_("来源标题"), reads=["item__source__title"], width=24, chosen=False),
    Column(key="source_on", title=_("成文日期"), reads=["item__source__issued_on"], width=11, chosen=False),
    Column(key="plan", title=_("方案"), reads=["item__plan__title"], width=24, chosen=False),
    Column(key="area", title=_("领域"), reads=["item__area__name"], width=12, chosen=False),
    Column(key="priority", title=_("缓急"), reads=["item__priority"], say=_priority, width=7, chosen=False),
    Column(key="unit", title=_("承办"), reads=["unit__short_name"], width=16, group=RESPONSIBLE),
    Column(key="assisting", title=_("配合"), reads=["assisting_units"], width=16, group=RESPONSIBLE),
    Column(key="unit_name", title=_("承办单位全称"), reads=["unit__name"], width=22, chosen=False),
    Column(key="unit_code", title=_("单位代码"), reads=["unit__code"], width=14, chosen=False),
    Column(key="region", title=_("行政区划"), reads=["unit__region_code"], width=9, chosen=False),
    Column(key="parent", title=_("承办单位上级"), reads=["unit__parent__short_name"], width=16, chosen=False),
    Column(
        key="original_unit",
        title=_("原承办单位"),
        reads=["original_unit__short_name"],
        width=16,
        chosen=False,
    ),
    Column(key="duty", title=_("职责"), say=_duty, width=7),
    Column(key="issued_by", title=_("交办单位"), reads=["issued_by__short_name"], width=14),
    Column(key="office", title=_("内设机构"), reads=["office__short_name"], width=12, chosen=False),
    Column(key="dispatched_on", title=_("交办日期"), reads=["dispatched_at"], say=_day, width=11),
    Column(key="sign_by", title=_("签收期限"), width=16, chosen=False),
    Column(key="signed_on", title=_("签收日期"), reads=["signed_at"], say=_day, width=11, chosen=False),
    Column(
        key="original_due_on",
        title=_("原定时限"),
        reads=["original_due_at"],
        say=_day,
        width=11,
        chosen=False,
    ),
    Column(key="due_on", title=_("完成时限"), reads=["due_at"], say=_day, width=11),
    Column(
        key="record_due_on",
        title=_("计入统计的时限"),
        reads=["record_due_at"],
        say=_day,
        width=11,
        chosen=False,
    ),
    Column(key="stage", title=_("环节"), say=_stage, width=9),
    Column(key="light", title=_("灯"), reads=CLOCK, say=_light, timed=True, width=9),
    Column(
        key="days_late",
        title=_("逾期天数"),
        reads=["stage", "due_at", "completed_at", "suspended_at"],
        say=_days_late,
        timed=True,
        width=7,
        chosen=False,
    ),
    Column(key="progress", title=_("自评进度（%）"), width=8),
    Column(key="reported_on", title=_("最近反馈"), reads=["reported_at"], say=_day, width=11, chosen=False),
    Column(key="said", title=_("进展情况"), reads=["last_said"], width=36),
    Column(key="problems", title=_("存在问题"), reads=["last_problems"], width=26, chosen=False),
    Column(key="next_steps", title=_("下步打算"), reads=["last_next_steps"], width=26, chosen=False),
    Column(key="opinion", title=_("审核意见"), reads=["last_opinion"], width=20, chosen=False),
    Column(key="reports", title=_("反馈次数"), reads=["n_reports"], width=7, chosen=False),
    Column(key="extensions", title=_("延期次数"), reads=["n_extensions"], width=7, chosen=False),
    Column(key="returns", title=_("退回次数"), width=7, chosen=False),
    Column(key="completed_on", title=_("申报办结"), reads=["completed_at"], say=_day, width=11, chosen=False),
    Column(key="accepted_on", title=_("认定办结"), reads=["accepted_at"], say=_day, width=11, chosen=False),
    Column(key="ended_on", title=_("结束日期"), reads=["ended_at"], say=_day, width=11, chosen=False),
    Column(key="outcome", title=_("结论"), say=_outcome, width=9, chosen=False),
    Column(key="suspended", title=_("暂停"), reads=["suspended_at"], say=_mark, width=6, chosen=False),
    Column(key="round", title=_("轮次"), width=6, chosen=False),
    Column(key="period", title=_("期次"), width=9, chosen=False),
    Column(key="id", title=_("系统编号"), reads=["pk"], width=10, chosen=False),
]

ITEMS: list[Column] = [
    *(_level(depth) for depth in range(1, LEVELS + 1)),
    Column(key="item", title=_("事项"), reads=["number", "title"], say=_joined, width=36),
    Column(key="text", title=_("内容"), width=36, chosen=False),
    Column(key="objective", title=_("目标"), width=26),
    Column(key="leader", title=_("责任领导"), width=12, chosen=False),
    Column(key="person", title=_("责任人"), width=12, chosen=False),
    Column(key="leads", title=_("牵头"), width=18, group=RESPONSIBLE),
    Column(key="assists", title=_("配合"), width=18, group=RESPONSIBLE),
    Column(key="mode", title=_("几家怎么办"), say=_mode, width=10, chosen=False),
    Column(
        key="due",
        title=_("完成时限"),
        reads=["due_on", "due_rule", "long_term"],
        say=lambda day, rule, long: (
            day or (DueRule.parse(rule).written if rule else _now("长期坚持") if long else "")
        ),
        width=12,
    ),
    Column(key="cycle", title=_("反馈周期"), reads=["cycle"], say=_cycle, width=9, chosen=False),
    Column(key="criteria", title=_("验收标准"), reads=["said_criteria"], width=30, chosen=False),
    Column(key="priority", title=_("缓急"), say=_priority, width=7, chosen=False),
    Column(key="area", title=_("领域"), reads=["area__name"], width=14, chosen=False),
    Column(key="target_value", title=_("量化目标"), width=9, chosen=False),
    Column(key="target_unit", title=_("计量单位"), width=8, chosen=False),
    Column(key="plan", title=_("方案"), reads=["plan__title"], width=24, chosen=False),
    Column(
        key="plan_stage", title=_("方案状态"), reads=["plan__stage"], say=_plan_stage, width=8, chosen=False
    ),
    Column(key="number", title=_("文号"), reads=["source__number"], width=18, chosen=False),
    Column(key="source_kind", title=_("来源"), reads=["source__kind"], say=_source, width=10, chosen=False),
    Column(key="owner", title=_("交办单位"), reads=["owner__short_name"], width=14, chosen=False),
    Column(key="given", title=_("办件"), reads=["n_given"], width=6, group=_("办理情况")),
    Column(key="open", title=_("在办"), reads=["n_open"], width=6, group=_("办理情况")),
    Column(key="overdue", title=_("逾期"), reads=["n_overdue"], width=6, group=_("办理情况")),
    Column(key="written_off", title=_("已销号"), reads=["n_written_off"], width=7, group=_("办理情况")),
    Column(key="id", title=_("系统编号"), reads=["pk"], width=10, chosen=False),
]

REPORTS: list[Column] = [
    Column(
        key="item",
        title=_("事项"),
        reads=["assignment__item__title"],
        width=30,
        leads=True,
        merged=["assignment_id"],
    ),
    Column(
        key="unit",
        title=_("承办单位"),
        reads=["assignment__unit__short_name"],
        width=16,
        merged=["assignment_id"],
    ),
    Column(key="plan", title=_("方案"), reads=["assignment__item__plan__title"], width=24, chosen=False),
    Column(key="number", title=_("文号"), reads=["assignment__item__source__number"], width=18, chosen=False),
    Column(key="reported_at", title=_("反馈时间"), width=16),
    Column(key="text", title=_("本期进展"), width=40),
    Column(key="problems", title=_("存在问题"), width=26),
    Column(key="next_steps", title=_("下步打算"), width=26),
    Column(key="progress", title=_("自评进度（%）"), width=8),
    Column(key="value", title=_("量化完成值"), width=9, chosen=False),
    Column(key="verdict", title=_("审核"), say=_verdict, width=8),
    Column(key="opinion", title=_("审核意见"), width=22, chosen=False),
    Column(key="due_on", title=_("完成时限"), reads=["assignment__due_at"], say=_day, width=11, chosen=False),
    Column(key="stage", title=_("环节"), reads=["assignment__stage"], say=_stage, width=9, chosen=False),
    Column(key="id", title=_("系统编号"), reads=["pk"], width=10, chosen=False),
]

PRESSES: list[Column] = [
    Column(key="at", title=_("时间"), width=16),
    Column(key="kind", title=_("方式"), reads=["label"], say=str, width=12),
    Column(key="item", title=_("事项"), reads=["assignment.item.title"], width=34, leads=True),
    Column(key="unit", title=_("承办单位"), reads=["assignment.unit.short_name"], width=16),
    Column(
        key="issued_by",
        title=_("交办单位"),
        reads=["assignment.issued_by.short_name"],
        width=14,
        chosen=False,
    ),
    Column(key="number", title=_("文号"), reads=["assignment.item.source.number"], width=18, chosen=False),
    Column(key="said", title=_("催办要求"), width=36),
    Column(
        key="answered",
        title=_("是否回应"),
        say=lambda flag: _now("已有回应") if flag else _now("尚无回应"),
        width=9,
    ),
    Column(
        key="answer",
        title=_("说明情况"),
        reads=["explanation"],
        say=lambda one: one.text if one else "",
        width=36,
    ),
    Column(key="due_on", title=_("完成时限"), reads=["assignment.due_at"], say=_day, width=11, chosen=False),
    Column(key="stage", title=_("环节"), reads=["assignment.stage"], say=_stage, width=9, chosen=False),
]


def _presses_read(rows: Any, paths: Sequence[str]) -> Iterator[tuple]:
    """The rows of the union with their matters, looked up a chunk at a time."""
    read = [attrgetter(path) for path in paths]
    waiting = iter(rows.iterator(chunk_size=CHUNK))
    while chunk := list(islice(waiting, CHUNK)):
        for press in shown(chunk):
            yield tuple(one(press) for one in read)


def _form(kind: Callable[..., Any], bare: str = "") -> Callable[[Actor, QueryDict], Any]:
    """The filter as an address has it; the bare address asks for what the list usually shows."""
    return lambda actor, given: kind(given or QueryDict(bare), plans=plans_shown(actor, given.get("plan")))


def _may_view(actor: Actor) -> bool:
    return has(actor, Cap.VIEW)


def _assignment_url(key: Any) -> str:
    return reverse("assignment", args=[key])


declare(
    Register(
        key="assignments",
        place=10,
        title=_("督办事项台账"),
        about=_("每个单位承办的每一件，含环节、灯、时限和最近进展"),
        allowed=_may_view,
        form=_form(AssignmentsForm, "stage=open"),
        rows=lambda actor, form: register(actor, form.asked()),
        columns=ASSIGNMENTS,
        orders=[
            Order(key="due", label=_("时限从近到远"), by=["due_at", "pk"]),
            Order(key="-due", label=_("时限从远到近"), by=["-due_at", "-pk"]),
            Order(
                key="list",
                label=_("清单顺序"),
                by=["item__plan_id", "item__position", "unit__sort_order", "pk"],
            ),
            Order(key="unit", label=_("承办单位"), by=["unit__sort_order", "unit__pinyin", "due_at", "pk"]),
            Order(key="-given", label=_("交办时间从新到旧"), by=["-dispatched_at", "-pk"]),
        ],
        with_columns=with_assignment_columns,
        titled=_level_names,
        url=_assignment_url,
    ),
    Register(
        key="items",
        place=20,
        title=_("任务清单台账"),
        about=_("清单上的事项，按层级合并；临时交办的也在内"),
        allowed=_may_view,
        form=_form(ItemsForm),
        rows=lambda actor, form: items(actor, form.asked()),
        columns=ITEMS,
        orders=[
            Order(key="list", label=_("清单顺序"), by=[F("plan_id").desc(nulls_last=True), "position", "pk"]),
            Order(key="due", label=_("时限从近到远"), by=["due_on", "pk"]),
        ],
        with_columns=with_item_columns,
        titled=_level_names,
    ),
    Register(
        key="reports",
        place=30,
        title=_("进展反馈台账"),
        about=_("各单位报来的进展、问题和下步打算"),
        allowed=_may_view,
        form=_form(ReportsForm),
        rows=lambda actor, form: reports(actor, form.asked()),
        columns=REPORTS,
        orders=[
            Order(key="-at", label=_("反馈时间从新到旧"), by=["-reported_at", "-pk"]),
            Order(
                key="assignment",
                label=_("按办件"),
                by=[
                    "assignment__unit__sort_order",
                    "assignment__unit__pinyin",
                    "assignment_id",
                    "-reported_at",
                    "-pk",
                ],
            ),
        ],
        row_key="assignment_id",
        url=_assignment_url,
    ),
    Register(
        key="presses",
        place=40,
        title=_("催办台账"),
        about=_("系统催办、人工催办、批示和督办通知单，及其回应"),
        allowed=_may_view,
        form=_form(PressesForm),
        rows=lambda actor, form: presses(actor, form.asked()),
        columns=PRESSES,
        orders=[
            Order(key="-at", label=_("时间从新到旧"), by=["-at", "-kind", "-pk"]),
            Order(key="at", label=_("时间从旧到新"), by=["at", "kind", "pk"]),
        ],
        beyond=lambda actor, form, further: presses(actor, form.asked(), further),
        stream=_presses_read,
        row_key="assignment.pk",
        url=_assignment_url,
    ),
)
