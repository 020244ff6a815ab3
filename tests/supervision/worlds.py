"""One assignment in every state it can be in, with the people it takes to bring it there.

省厅's bureau 东市局 gives a matter to 东一县局. Each world is reached through the actions themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.roles import Role
from bihuan.supervision.actions import closing, dispatching, handling, planning, reviewing, terms
from bihuan.supervision.models import Assignment
from bihuan.supervision.nodes import Aim, Node
from tests.remembered import remembered
from tests.town import MORNING, TODAY, Town

DUE_ON = TODAY + timedelta(days=40)
DUE = clock.end_of(DUE_ON)
LATER = clock.end_of(DUE_ON + timedelta(days=10))
GIVER, RECEIVER, NEIGHBOUR, BELOW, TOP = "东市局", "东一县局", "东二县局", "一中", "省厅"


@dataclass
class World:
    """A town with one assignment, and short words for what people do to it."""

    town: Town
    assignment: Assignment
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def pk(self) -> int:
        return self.assignment.pk

    def fresh(self) -> Assignment:
        return Assignment.objects.get(pk=self.pk)

    def giver(self, role: str = Role.SUPERVISOR, name: str = "") -> Actor:
        return self.town.actor(GIVER, role, name)

    def receiver(self, role: str = Role.HANDLER, name: str = "") -> Actor:
        return self.town.actor(RECEIVER, role, name)

    def sign(self) -> None:
        handling.sign_assignment(assignment_id=self.pk, actor=self.receiver())

    def report(self, **more: Any) -> Any:
        more.setdefault("text", "已核查三县")
        return handling.report_progress(assignment_id=self.pk, actor=self.receiver(), **more)

    def draft(self) -> None:
        handling.submit_completion(assignment_id=self.pk, actor=self.receiver(), text="全部核查完毕")

    def submit(self) -> None:
        self.draft()
        handling.sign_submission(assignment_id=self.pk, actor=self.receiver(Role.LEADER))

    def pre_review(self) -> None:
        reviewing.pre_review_submission(assignment_id=self.pk, actor=self.giver())

    def approve(self) -> None:
        reviewing.approve_submission(assignment_id=self.pk, actor=self.giver(Role.LEADER))

    def send_back(self, **more: Any) -> None:
        reviewing.return_submission(assignment_id=self.pk, actor=self.giver(), opinion="缺少佐证", **more)

    def accept(self) -> None:
        self.submit()
        self.pre_review()
        self.approve()

    def ask(self, due_at=LATER, **more: Any) -> Any:
        return terms.ask_extension(
            assignment_id=self.pk,
            actor=self.receiver(),
            due_at=due_at,
            reason="降雪封路",
            progress="已完成七成",
            **more,
        )

    def endorse(self) -> None:
        terms.endorse_extension(assignment_id=self.pk, actor=self.receiver(Role.LEADER))

    def grant(self, **more: Any) -> None:
        terms.grant_extension(assignment_id=self.pk, actor=self.giver(), **more)

    def refuse(self) -> None:
        terms.refuse_extension(assignment_id=self.pk, actor=self.giver(), opinion="应当按期完成")

    def suspend(self, days: int = 20) -> None:
        terms.suspend_assignment(
            assignment_id=self.pk,
            actor=self.giver(),
            reason="等待上级批复",
            review_on=clock.now() + timedelta(days=days),
        )

    def resume(self) -> None:
        terms.resume_assignment(assignment_id=self.pk, actor=self.giver())

    def write_off(self, outcome: str = "done", basis: str = "现场复核") -> None:
        closing.write_off_assignment(assignment_id=self.pk, actor=self.giver(), outcome=outcome, basis=basis)

    def break_down(self, *unit_ids: int, due_at=None, title: str = "逐校核查") -> list[Assignment]:
        part = dispatching.Part(title, unit_ids, due_at or self.fresh().due_at)
        items = dispatching.break_down_assignment(
            assignment_id=self.pk, actor=self.receiver(Role.LEADER), parts=[part]
        )
        return list(Assignment.objects.filter(item__in=items).order_by("pk"))


@remembered
def found(town: Town, *, publicises: bool = False, criteria=(), assists=(), due_on=DUE_ON) -> World:
    """The assignment as it was dispatched this morning, from a plan with one item."""
    for unit in (TOP, GIVER, RECEIVER, NEIGHBOUR, BELOW):
        town.unit(unit)
    for unit, roles in (
        (GIVER, (Role.SUPERVISOR, Role.LEADER)),
        (RECEIVER, (Role.HANDLER, Role.LEADER)),
    ):
        for role in roles:
            town.post(unit, role)
    node = Node(
        "核查学前教育减免保教费",
        due_on=due_on,
        criteria=criteria,
        leads=[Aim(RECEIVER, unit_id=town.unit(RECEIVER).pk)],
        assists=[Aim(name, unit_id=town.unit(name).pk) for name in assists],
    )
    header = planning.Header("学前教育专项督查方案", publicises=publicises)
    plan = planning.draft_plan(actor=town.actor(GIVER), header=header, tree=[node])
    planning.issue_plan(plan_id=plan.pk, actor=town.actor(GIVER))
    return World(town, Assignment.objects.get(unit=town.unit(RECEIVER)))


def _declined(world: World) -> None:
    handling.decline_assignment(assignment_id=world.pk, actor=world.receiver(), reason="属于财政部门职责")


def _reassigned(world: World) -> None:
    _declined(world)
    dispatching.reassign_assignment(
        assignment_id=world.pk,
        actor=world.giver(),
        unit_id=world.town.unit(NEIGHBOUR).pk,
        reason="按职责分工",
    )


def _publicised(world: World) -> None:
    world.sign()
    world.accept()
    closing.publicise_assignment(assignment_id=world.pk, actor=world.giver())


def _cancelled(world: World) -> None:
    closing.cancel_assignment(assignment_id=world.pk, actor=world.giver(), reason="任务取消")


def _steps(*names: str) -> Callable[[World], None]:
    def play(world: World) -> None:
        for name in names:
            getattr(world, name)()

    return play


WORLDS: dict[str, Callable[[World], None]] = {
    "dispatched": lambda world: None,
    "declined": _declined,
    "working": _steps("sign"),
    "drafted": _steps("sign", "draft"),
    "asked": _steps("sign", "ask"),
    "endorsed": _steps("sign", "ask", "endorse"),
    "suspended": _steps("sign", "suspend"),
    "completed": _steps("sign", "submit"),
    "passed": _steps("sign", "submit", "pre_review"),
    "accepted": _steps("sign", "accept"),
    "publicised": _publicised,
    "written_off": _steps("sign", "accept", "write_off"),
    "reassigned": _reassigned,
    "cancelled": _cancelled,
}
PUBLICISED = ("publicised",)


@remembered
def world_of(town: Town, name: str) -> World:
    """The world of that name."""
    world = found(town, publicises=name in PUBLICISED)
    WORLDS[name](world)
    world.assignment.refresh_from_db()
    return world


def morning(days: float) -> Any:
    """So many days after the morning on which everything begins."""
    return clock.frozen(MORNING + timedelta(days=days))
