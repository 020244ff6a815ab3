"""Loading the demonstration: the world, its plans, and what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bihuan.alike.actions import EXAMINE
from bihuan.circulars.actions import (
    agree_figures,
    ask_units,
    contest_figure,
    draft_circular,
    issue_circular,
    publish_circular,
    reject_contest,
)
from bihuan.circulars.models import Inquiry
from bihuan.demo import deciding, papers, scripts
from bihuan.demo.history import Script, Stage, forget, office_hour
from bihuan.demo.repeated import compare, repeated
from bihuan.demo.world import COLLEGE, PROVINCE, World, accounts, build, content
from bihuan.documents.actions import review_paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.actors import actor_in
from bihuan.org.models import Appointment, BusinessLine
from bihuan.org.roles import Cap, Role, roles_with
from bihuan.supervision.actions import dispatching, planning
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.nodes import Aim, Header, Node

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Loaded:
    """What was loaded, for whoever asked."""

    accounts: list[tuple[str, str, str]]
    units: int
    assignments: int


def load(*, schools: int = 180, progress: Callable[[str], None] = lambda _line: None) -> Loaded:
    """Fill an empty database with the demonstration; about a minute on two cores.

    Raises RuntimeError if there are plans already: the demo never mixes with real records.
    """
    if Plan.objects.exists():
        raise RuntimeError("the database holds plans already")
    progress("机构与人员")
    world = build(schools)
    stage = Stage(world, until=clock.now())
    stage.add(_college_story(stage))
    for plan in content("province.toml")["plan"]:
        stage.add(_province_story(stage, plan))
    progress("方案与办理过程")
    stage.add(repeated(world))
    stage.play(lambda moment: progress(f"{moment:%Y-%m}"))
    forget(EXAMINE)
    compare()
    return Loaded(accounts(), len(world.units), Assignment.objects.count())


def day(offset: int) -> date:
    """A day relative to today, moved to a workday."""
    return office_hour(clock.today() + timedelta(days=offset), 9).date()


def _college_story(stage: Stage) -> Script:
    told, world = content("college.toml"), stage.world
    plan_days = {name: day(told[name]) for name in ("issued", "starts", "ends")}
    header = _header(told, plan_days, f"{plan_days['starts'].year}年{told['title']}")
    tree, stories = _college_tree(told, world)
    periods = [(day(-150), day(-54)), (day(-53), day(-8))]
    yield office_hour(plan_days["issued"] - timedelta(days=3), 10)
    actor = world.actor(COLLEGE, Role.SUPERVISOR)
    plan = planning.draft_plan(actor=actor, header=header, tree=tree)
    yield office_hour(plan_days["issued"], 9)
    planning.issue_plan(plan_id=plan.pk, actor=world.actor(COLLEGE, Role.SUPERVISOR))
    stage.add(_circulars(stage, plan, COLLEGE, periods))
    deciding.sittings(stage, plan, COLLEGE)
    for assignment in plan_assignments(plan):
        duty = scripts.Duty(world, assignment, place_of(assignment, world), COLLEGE)
        if assignment.lead is None:
            stage.add(scripts.STORIES[stories[assignment.item.title]](duty))
        else:
            stage.add(scripts.assisted(duty, place_of(assignment.lead, world)))


def _college_tree(told: dict[str, Any], world: World) -> tuple[list[Node], dict[str, str]]:
    stories: dict[str, str] = {}
    tree, measure_number = [], 0
    for task_number, task in enumerate(told["task"]):
        measures = []
        for measure in task["measure"]:
            measure_number += 1
            points = []
            for point_number, point in enumerate(measure["points"], 1):
                stories[point["title"]] = point["story"]
                points.append(
                    _college_point(
                        point | {"leader": task["leader"]}, f"{measure_number}.{point_number}", world
                    )
                )
            measures.append(Node(measure["title"], number=str(measure_number), children=points))
        tree.append(Node(task["title"], number=f"{NUMERALS[task_number]}、", children=measures))
    return tree, stories


def _college_point(point: dict[str, Any], number: str, world: World) -> Node:
    def aim(name: str) -> Aim:
        return Aim(name, unit_id=world.unit(f"{COLLEGE}/{name}").pk)

    return Node(
        point["title"],
        number=number,
        due_on=day(point["due"]),
        target_value=point.get("target"),
        target_unit=point.get("measure_unit", ""),
        leader=point["leader"],
        criteria=point.get("criteria", ["按时限完成并有可核查的结果"]),
        leads=[aim(point["unit"])],
        assists=[aim(name) for name in point.get("assists", [])],
    )


def _province_story(stage: Stage, told: dict[str, Any]) -> Script:
    world = stage.world
    plan_days = {name: day(told[name]) for name in ("issued", "starts", "ends")}
    tree = [
        Node(
            area["name"],
            number=f"{NUMERALS[index]}、",
            area=area["name"],
            children=[_province_task(task, number, world) for number, task in enumerate(area["tasks"], 1)],
        )
        for index, area in enumerate(told["area"])
    ]
    header = _header(told, plan_days, told["title"], areas=[area["name"] for area in told["area"]])
    periods = [(plan_days["issued"], day(-31))] if told["key"] == "style" else []
    yield office_hour(plan_days["issued"] - timedelta(days=2), 10)
    plan = planning.draft_plan(actor=world.actor(PROVINCE, Role.SUPERVISOR), header=header, tree=tree)
    yield office_hour(plan_days["issued"], 10)
    planning.issue_plan(plan_id=plan.pk, actor=world.actor(PROVINCE, Role.SUPERVISOR))
    stage.add(_circulars(stage, plan, PROVINCE, periods))
    if told["key"] == "style":
        papers.written(stage, plan)
        deciding.sittings(stage, plan, PROVINCE)
    for assignment in plan_assignments(plan):
        if assignment.unit.is_external:
            continue
        duty = scripts.Duty(world, assignment, place_of(assignment, world), PROVINCE)
        if assignment.lead is not None:
            stage.add(scripts.assisted(duty, place_of(assignment.lead, world)))
        elif assignment.item.title.startswith("学前教育减免") and duty.place == "酒泉市教育局":
            stage.add(_broken_down(stage, duty))
        elif assignment.item.title.startswith("校服采购") and duty.place == "金昌市教育局":
            stage.add(scripts.declined(duty))
        else:
            stage.add(_story_for(duty))


def _circulars(stage: Stage, plan: Plan, issuer: str, periods: list[tuple[date, date]]) -> Script:
    """A circular at the end of each period: drafted, checked by the units it names, reviewed, signed by the leader.

    The first unit with something overdue objects in vain, which the circular prints.
    """
    world = stage.world
    for first_on, last_on in periods:
        yield office_hour(last_on + timedelta(days=1), 9)
        circular = draft_circular(
            actor=world.actor(issuer, Role.SUPERVISOR), plan_id=plan.pk, first_on=first_on, last_on=last_on
        )
        ask_units(circular_id=circular.pk, actor=world.actor(issuer, Role.SUPERVISOR))
        yield office_hour(last_on + timedelta(days=2), 10)
        late = circular.figures.filter(key="overdue", unit__isnull=False, value__gt=0)
        objecting = circular.inquiries.filter(unit__in=late.values("unit")).order_by("pk").first()
        if objecting is not None:
            contest = contest_figure(
                inquiry_id=objecting.pk,
                actor=_answering(objecting),
                key="overdue",
                reason="有关工作已经完成，佐证材料正在整理，申请不列为逾期。",
            )
            reject_contest(
                contest_id=contest.pk,
                actor=world.actor(issuer, Role.SUPERVISOR),
                answer="截至统计时点没有收到办结申报，按期限规定仍属逾期。",
            )
        for inquiry in circular.inquiries.order_by("pk"):
            agree_figures(inquiry_id=inquiry.pk, actor=_answering(inquiry))
        yield office_hour(last_on + timedelta(days=2), 15)
        review_paper(paper_id=circular.paper_id, actor=world.actor(issuer, Role.SUPERVISOR, 2))
        yield office_hour(last_on + timedelta(days=3), 11)
        issue_circular(paper_id=circular.paper_id, actor=world.actor(issuer, Role.LEADER))
        if issuer == PROVINCE:
            yield office_hour(last_on + timedelta(days=3), 16)
            publish_circular(circular_id=circular.pk, actor=world.actor(issuer, Role.SUPERVISOR))


def _answering(inquiry: Inquiry) -> Actor:
    """Somebody who handles for the unit asked."""
    posts = Appointment.objects.current(clock.today()).filter(role__in=roles_with(Cap.HANDLE))
    return actor_in(posts.filter(unit=inquiry.unit_id).order_by("pk")[0])


def _province_task(task: dict[str, Any], number: int, world: World) -> Node:
    return Node(
        task["title"],
        number=f"{number}.",
        objective=task["objective"],
        priority=task.get("priority", "normal"),
        due_on=day(task["due"]),
        criteria=task.get("criteria", ()),
        leads=[_aim(name, world) for name in task["leads"]],
        assists=[_aim(name, world) for name in task.get("assists", [])],
    )


def _aim(name: str, world: World) -> Aim:
    if name in world.groups:
        return Aim(name, group_id=world.groups[name].pk)
    inside = f"{PROVINCE}/{name}"
    return Aim(name, unit_id=world.units[inside if inside in world.units else name].pk)


def _story_for(duty: scripts.Duty) -> Script:
    """What became of a duty: drawn by lot, but the same at every loading."""
    passed = (clock.office_day(scripts.now()) - duty.due_on).days
    if passed > 0:
        told = {
            "closed": 70,
            "closed_late": 8,
            "accepted": 6,
            "review": 4,
            "overdue": 5,
            "explained": 2,
            "held": 5,
        }
    else:
        told = {
            "working": 46, "closed": 12, "near": 16, "review": 6, "passed": 4, "returned": 4, "unsigned": 3,
            "declined": 1, "extension_pending": 4, "suspended": 2, "accepted": 2,
        }  # fmt: skip
        if duty.publicises:
            told["publicised"] = 5
    name = duty.draw.choices(list(told), weights=list(told.values()))[0]
    return scripts.STORIES[name](duty)


def _broken_down(stage: Stage, duty: scripts.Duty) -> Script:
    """A prefecture breaks its duty down to its counties; most of them have finished their part."""
    world = stage.world
    yield duty.signing()
    duty.sign()
    bureau = world.unit(duty.place)
    counties = [unit for unit in world.units.values() if unit.parent_id == bureau.pk]
    due_at = clock.end_of(duty.due_on - timedelta(days=5))
    parts = [
        dispatching.Part(f"核查{county.short_name}辖区幼儿园减免保教费", [county.pk], due_at)
        for county in counties
    ]
    items = dispatching.break_down_assignment(
        assignment_id=duty.pk, actor=world.actor(duty.place, Role.SUPERVISOR), parts=parts
    )
    for number, item in enumerate(items):
        part = item.assignments.select_related("unit", "item").get()
        below = scripts.Duty(world, part, part.unit.name, duty.place)
        stage.add(scripts.overdue(below) if number == 2 else _part_done(below))
    yield office_hour(duty.span(0.6), 16)
    duty.report(80)
    yield office_hour(duty.due_on + timedelta(days=1), 9)
    scripts.duty_urged(duty)


def _part_done(duty: scripts.Duty) -> Script:
    yield from scripts.work(duty, 0.5, last=80)
    yield from scripts.finish(duty, duty.span(0.7))
    yield from scripts.judged(duty)


def _header(
    told: dict[str, Any], days: dict[str, date], title: str, areas: list[str] | None = None
) -> Header:
    line = BusinessLine.objects.filter(name=told.get("line", "")).first()
    return Header(
        title=title,
        number=told["number"].format(year=days["issued"].year),
        issued_on=days["issued"],
        starts_on=days["starts"],
        ends_on=days["ends"],
        level_names=told["level_names"],
        cycle=told.get("cycle", "none"),
        publicises=told.get("publicises", False),
        line_id=line.pk if line else None,
        areas=areas or [],
        leading_group=[tuple(member) for member in told.get("leading_group", [])],
    )


def plan_assignments(plan: Plan) -> list[Assignment]:
    assignments = Assignment.objects.filter(item__plan=plan).select_related(
        "unit__parent", "item", "lead__unit__parent"
    )
    return list(assignments.order_by("item__position", "unit__sort_order"))


def place_of(assignment: Assignment, world: World) -> str:
    """The name under which the world knows the assignment's unit."""
    unit = assignment.unit
    return unit.name if unit.parent is None or unit.name in world.units else f"{unit.parent.name}/{unit.name}"
