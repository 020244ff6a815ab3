"""What the panels of the board show: numbers with their words and the address of the list that each counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from bihuan.insight.queries import board as queries
from bihuan.insight.queries.board import Board, Heat, Place, Point, Scope, Tile
from bihuan.kernel import clock
from bihuan.org.models import UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import has
from bihuan.supervision.models import Plan
from bihuan.supervision.queries.registers import Filter, as_query
from bihuan.supervision.rungs import PROPOSALS, Step
from bihuan.ui.wording import say_day, say_number

DRAWN = 30  # units in a chart; the table has all of them
SPARK = (72, 20)  # width and height of the small line of the last months

WORDS = {
    "open": _lazy("在办"),
    "r": _lazy("逾期"),
    "near": _lazy("临期"),
    "written_off": _lazy("本月销号"),
    "dispatched": _lazy("待签收"),
    "declined": _lazy("退办待定"),
    "pending": _lazy("延期待批"),
    "completed": _lazy("待审核"),
    "accepted": _lazy("办结待销号"),
    "publicised": _lazy("公示中"),
    "obstacles": _lazy("请求协调"),
    "slots_late": _lazy("本期迟报"),
    "slots_missing": _lazy("有缺报"),
    "reports_week": _lazy("本周须反馈"),
    "given_week": _lazy("本周新交办"),
    "due_week": _lazy("本周到期"),
    "held": _lazy("整改稳固"),
    "relapsed": _lazy("出现反弹"),
}
LIGHTS = {"r": "r", "near": "y", "written_off": "c"}
STRIPS = {
    "leader": ("open", "rate", "r", "near", "written_off", "relapsed", "due_week"),
    "supervisor": ("dispatched", "r", "near", "completed", "declined", "pending", "slots_missing"),
    "unit": ("open", "r", "near", "due_week", "reports_week", "slots_missing", "rate"),
}
WAITING = ("declined", "pending", "completed", "accepted", "publicised", "obstacles")
TOLD = {
    Step.REMIND: _lazy("到期前自动提醒"),
    Step.CALL: _lazy("到期当日提请"),
    Step.URGE: _lazy("逾期后催办承办单位及其领导"),
    Step.SLIP: _lazy("拟发督办单，由人审定"),
    Step.CIRCULAR: _lazy("拟列入通报，由人审定"),
    Step.INTERVIEW: _lazy("拟约谈，由人审定"),
    Step.ACCOUNTABILITY: _lazy("拟提请问责，由人审定"),
}


def list_of(asked: Filter) -> str:
    """The address of the list that a figure counts."""
    return f"{reverse('assignments')}?{urlencode(as_query(asked))}"


def query(scope: Scope, **more: object) -> str:
    """The board of a scope as it stands in an address."""
    kept = {"unit": scope.unit.pk, "plan": scope.plan.pk if scope.plan else ""} | more
    return urlencode({name: value for name, value in kept.items() if value})


def kind_label(kind: str) -> Any:
    return UnitKind(kind).label


@dataclass(frozen=True)
class Figure:
    """A number with its word and the address of its list."""

    label: Any
    count: int
    href: str
    name: str = ""
    note: str = ""


def figure(tile: Tile, note: str = "") -> Figure:
    return Figure(WORDS.get(tile.key, ""), tile.count, list_of(tile.asked), tile.key, note)


def figures(board: Board, names: Iterable[str]) -> list[Figure]:
    return [figure(board.tile(name)) for name in names]


# Headline figures


@dataclass(frozen=True)
class Stat:
    value: str
    label: Any
    unit: str
    href: str
    state: str
    note: str


def strip(board: Board, view: str, points: Sequence[Point]) -> list[Stat]:
    """The headline figures of a view (数字条)."""
    return [_rate(board) if name == "rate" else _stat(board, name, points) for name in STRIPS[view]]


def _stat(board: Board, name: str, points: Sequence[Point]) -> Stat:
    tile = board.tile(name)
    return Stat(
        say_number(tile.count),
        WORDS[name],
        _("件"),
        list_of(tile.asked),
        LIGHTS.get(name, ""),
        _note(board, name, points),
    )


def _rate(board: Board) -> Stat:
    finished, punctual = board.tile("finished"), board.tile("punctual")
    rate = queries.rate(punctual.count, finished.count)
    if rate is None:
        return Stat("—", _("今年按期率"), "", "", "", _("今年还没有办结的"))
    told = _("今年办结 %(n)s 件，按期 %(m)s 件") % {
        "n": say_number(finished.count),
        "m": say_number(punctual.count),
    }
    return Stat(f"{rate:.1f}", _("今年按期率"), "%", list_of(punctual.asked), "", told)


def _note(board: Board, name: str, points: Sequence[Point]) -> str:
    counts = board.whole.counts
    if name == "near" and counts["due_week"]:
        return _("本周到期 %(n)s 件") % {"n": say_number(counts["due_week"])}
    if name == "relapsed":
        return _("今年回头看 %(n)s 件") % {"n": say_number(counts["held"] + counts["relapsed"])}
    if name == "pending" and counts["p"]:
        return _("其中已过原时限 %(n)s 件") % {"n": say_number(counts["p"])}
    if name == "r":
        return _change(queries.more_than_before(points), points)
    return ""


def _change(more: int, points: Sequence[Point]) -> str:
    day = say_day(points[-2].day)
    if more > 0:
        return _("较 %(day)s多 %(n)s 件") % {"day": day, "n": say_number(more)}
    if more < 0:
        return _("较 %(day)s少 %(n)s 件") % {"day": day, "n": say_number(-more)}
    return _("与 %(day)s持平") % {"day": day}


# What waits for somebody, reports, this week, look-backs


def decisions(board: Board) -> list[Figure]:
    """What waits for somebody's word (待决事项); first what the program proposes, for whoever decides about it."""
    found = figures(board, WAITING)
    waiting = queries.proposed(board.scope)
    if waiting is not None:
        count, asked = waiting
        href = f"{reverse('proposals')}?{urlencode(_said(asked))}"
        found.insert(0, Figure(_("拟办待签"), count, href, "proposals"))
    return found


def _said(asked: Any) -> dict[str, Any]:
    said = {"state": asked.state, "unit": asked.unit, "plan": asked.plan}
    return {name: value for name, value in said.items() if value}


def feedback(board: Board) -> list[Figure]:
    """The feedback cycle (反馈期): what is late, what was missed, what is still to come this week."""
    return figures(board, ("slots_late", "slots_missing", "reports_week"))


def this_week(board: Board) -> list[Figure]:
    """What this week asks of the units (本周任务量)."""
    return figures(board, ("open", "given_week", "due_week", "reports_week"))


@dataclass(frozen=True)
class LookBacks:
    held: Figure
    relapsed: Figure

    @property
    def share(self) -> int | None:
        """Per cent that held."""
        together = self.held.count + self.relapsed.count
        return round(100 * self.held.count / together) if together else None


def look_back(board: Board) -> LookBacks:
    """What this year's look-backs found (回头看)."""
    return LookBacks(figure(board.tile("held")), figure(board.tile("relapsed")))


# The ladder


@dataclass(frozen=True)
class Lane:
    """A step of the ladder with how many duties stand there."""

    label: Any
    tile: Figure
    told: Any
    width: int  # per cent of the fullest
    tone: str
    proposes: bool


def ladder(board: Board) -> list[Lane]:
    steps = queries.ladder(board)
    most = max([tile.count for _step, tile in steps], default=0) or 1
    return [
        Lane(
            step.label,
            figure(tile),
            TOLD[step],
            -(-100 * tile.count // most),
            "y" if step in (Step.REMIND, Step.CALL) else "r",
            step in PROPOSALS,
        )
        for step, tile in steps
    ]


# Units side by side


@dataclass(frozen=True)
class Row:
    """A unit of the comparison with the addresses of its board and its lists."""

    place: Place
    board: str
    cells: dict[str, Figure]
    line: str  # points of the small line of late ones by month
    told: str  # the same in words

    @property
    def days(self) -> int | None:
        return self.place.overdue_days(clock.today())


COMPARED = ("open", "near", "r", "finished", "punctual", "given_week", "due_week", "reports_week")


def rows_of(scope: Scope, places: Iterable[Place], view: str = "") -> list[Row]:
    """Units side by side. Only the unit differs in their addresses, so these are put together once for all."""
    wide = replace(scope, alone=False)
    lists = {name: list_of(replace(wide.asked(name), under=None)) for name in COMPARED}
    board, kept = reverse("board"), query(scope, unit="", view=view)
    months = _("近 12 个月末逾期件数：%(numbers)s")
    rows = []
    for place in places:
        cells = {
            name: Figure(WORDS.get(name, ""), place.number(name), f"{href}&under={place.unit.pk}", name)
            for name, href in lists.items()
        }
        late = [*place.figures.late_by_month, place.number("late")]
        told = months % {"numbers": "、".join(map(str, late))}
        there = "&".join(filter(None, (f"unit={place.unit.pk}", kept)))
        rows.append(Row(place, f"{board}?{there}", cells, spark(late), told))
    return rows


def spark(numbers: Sequence[int]) -> str:
    """The points of a small line, over the width and height of SPARK."""
    width, height = SPARK
    most = max(numbers) or 1
    step = (width - 4) / (len(numbers) - 1)
    points = [(2 + n * step, height - 3 - (height - 6) * one / most) for n, one in enumerate(numbers)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


@dataclass(frozen=True)
class Watched:
    """A unit worth watching and what to do about it next."""

    row: Row
    doing: Any
    href: str


def watched(scope: Scope, places: Sequence[Place], view: str) -> list[Watched]:
    """Those with something overdue, each with the reader's next step: decide what is proposed, press, or look."""
    queries.note_oldest(scope, places)
    proposed = queries.proposed_by_place(scope, places)
    found = []
    for place, row in zip(places, rows_of(scope, places, view), strict=True):
        here = Scope(scope.actor, place.unit, scope.plan)
        if proposed.get(place.unit.pk):
            href = f"{reverse('proposals')}?{urlencode({'state': 'pending', 'unit': place.unit.pk})}"
            doing = _("处理拟办 %(n)s 件") % {"n": say_number(proposed[place.unit.pk])}
        elif has(scope.actor, Cap.URGE):
            doing, href = _("去催办"), list_of(here.asked("r", whose="given"))
        else:
            doing, href = _("查看办件"), list_of(here.asked("r"))
        found.append(Watched(row, doing, href))
    return found


# Areas × units, the trend, the charts


def heat_of(scope: Scope, found: Sequence[Place], plans: Sequence[Plan]) -> dict[str, Any] | None:
    """The heat matrix of the plan chosen, or else of the newest that has areas, with a link in every cell."""
    plan = scope.plan or queries.with_areas(plans)
    shown: Heat | None = queries.heat(Scope(scope.actor, scope.unit, plan), found) if plan else None
    if shown is None or plan is None:
        return None
    rows = []
    for area, cells, total in shown.rows():
        links = [
            (unit, cell, list_of(Scope(scope.actor, unit, plan).asked(area=area.pk, stage="live")))
            for unit, cell in cells
        ]
        rows.append((area, links, total))
    return {"plan": plan, "units": shown.units, "rows": rows, "width": f"{9 + 4 * len(shown.units)}rem"}


def trend(points: Sequence[Point]) -> list[tuple[Point, str]]:
    return [(point, list_of(point.tile.asked)) for point in points]


def charts(rows: Sequence[Row], points: Sequence[Point]) -> dict[str, Any]:
    """What the charts draw; the tables behind them say the same."""
    return {
        "places": [
            {
                "name": row.place.unit.short_name,
                "steady": row.place.steady,
                "near": row.place.near,
                "overdue": row.place.overdue,
                "rate": row.place.rate,
                "finished": row.place.number("finished"),
                "href": row.board,
            }
            for row in rows[:DRAWN]
        ],
        "trend": [
            {"day": str(say_day(point.day)), "overdue": point.overdue, "href": list_of(point.tile.asked)}
            for point in points
        ],
    }
