"""Random assignments of every kind, written straight into the tables: what a count and a list must agree about."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from bihuan.supervision.models import (
    Area,
    Assignment,
    Effect,
    Item,
    LookBack,
    Obstacle,
    Plan,
    Report,
    Slot,
    Source,
)
from bihuan.supervision.rules import ENDED, OPEN, RUNNING, SETTABLE, Stage
from bihuan.supervision.rungs import Step
from tests.town import MORNING, Town

UNITS = ("省厅", "基教处", "东市局", "西市局", "东一县局", "东二县局", "一中", "学院", "教务处")
GIVERS = ("省厅", "东市局", "东一县局", "学院")
hours = st.integers(-24 * 70, 24 * 70)
edges = st.sampled_from([0, -1, 1, 24, -24, 24 * 7, -24 * 7])

ROW = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(UNITS),
        "giver": st.sampled_from(GIVERS),
        "stage": st.sampled_from(Stage.values),
        "area": st.sampled_from(["教辅", "食堂", "", None]),  # of the plan; of none; without a plan
        "due": hours | edges,
        "record": st.none() | hours,
        "amber": st.integers(0, 240),
        "strong": st.integers(0, 96),
        "given": st.integers(0, 24 * 20),
        "reported": st.none() | hours,
        "opened": st.none() | hours,
        "paused": st.booleans(),
        "asked": st.booleans(),
        "override": st.none() | st.tuples(st.sampled_from([one.value for one in SETTABLE]), hours),
        "done": hours | edges,
        "ended": st.integers(0, 24 * 50),
        "rungs": st.sets(st.sampled_from([*Step.__members__.values()]), max_size=3),
        "old_run": st.booleans(),
        "slots": st.lists(st.tuples(hours, st.sampled_from(["", "missing", "void", "filled"])), max_size=2),
        "looks": st.lists(st.tuples(st.booleans(), st.integers(0, 24 * 400)), max_size=2),
        "asks": st.booleans(),
    }
)


def at(offset: int | None) -> Any:
    return None if offset is None else MORNING + timedelta(hours=offset)


class Crowd:
    """Writes rows for a plan of the province and for none."""

    def __init__(self, town: Town):
        self.town = town
        self.plan = self._plan()
        self.count = 0
        for name in UNITS:
            town.unit(name)

    def _plan(self) -> Plan:
        top = self.town.unit("省厅")
        source = Source.objects.create(kind="plan", title="专项整治方案", unit=top)
        plan = Plan.objects.create(
            source=source, title="专项整治方案", issuer=top, stage="issued", issued_at=MORNING
        )
        for name in ("教辅", "食堂"):
            Area.objects.create(plan=plan, name=name)
        return plan

    def add(self, **said: Any) -> Assignment:
        self.count += 1
        top = self.town.unit("省厅")
        area = said["area"]
        item = Item.objects.create(
            plan=self.plan if area is not None else None,
            area=self.plan.areas.get(name=area) if area else None,
            source=self.plan.source,
            owner=top,
            title=f"事项{self.count}",
        )
        one = Assignment.objects.create(item=item, **self._columns(said))
        self._beside(one, said)
        return one

    def _columns(self, said: dict[str, Any]) -> dict[str, Any]:
        stage, due = said["stage"], at(said["due"])
        handed_in = stage in ("completed", "accepted", "publicised", "written_off")
        override = said["override"] or ("", None)
        paused = said["paused"] and stage in RUNNING
        return {
            "unit": self.town.unit(said["unit"]),
            "issued_by": self.town.unit(said["giver"]),
            "reviewer": self.town.unit(said["giver"]),
            "stage": stage,
            "outcome": "done" if stage == Stage.WRITTEN_OFF else "",
            "dispatched_at": at(-said["given"]),
            "due_at": due,
            "original_due_at": due,
            "record_due_at": at(said["record"]) or due,
            "amber_at": due - timedelta(hours=said["amber"] + said["strong"]),
            "strong_at": due - timedelta(hours=said["strong"]),
            "reported_at": at(said["reported"]),
            "slot_opened_at": at(said["opened"]),
            "override": override[0],
            "override_until": at(override[1]),
            "suspended_at": at(-said["given"]) if paused else None,
            "answer_by": at(24) if said["asked"] and stage in RUNNING else None,
            "completed_at": at(min(said["done"], 0)) if handed_in else None,
            "ended_at": at(-said["ended"]) if stage in ENDED else None,
            "swept_at": MORNING,
            "next_alarm_at": at(24) if stage in OPEN else None,
        }

    def _beside(self, one: Assignment, said: dict[str, Any]) -> None:
        for step in said["rungs"]:
            base = one.due_at - timedelta(days=9) if said["old_run"] else one.due_at
            rung = f"due.{step}_1" if step == Step.AGAIN else f"due.{step}"
            Effect.objects.create(
                assignment=one, rung=rung, base_at=base, called_at=MORNING, at=MORNING, proposes=False
            )
        for n, (due, outcome) in enumerate(said["slots"]):
            filled = outcome == "filled"
            Slot.objects.create(
                assignment=one,
                period=f"2026-{n:02}",
                opened_at=at(due - 48),
                due_at=at(due),
                window_until=at(due + 72),
                outcome="" if filled else outcome,
                closed_at=MORNING if outcome in ("missing", "void") else None,
                report=Report.objects.create(assignment=one, text="有", reported_at=MORNING, person_id=1)
                if filled
                else None,
            )
        if one.stage == Stage.WRITTEN_OFF:
            for relapsed, ago in said["looks"]:
                self._look_back(one, said, relapsed, ago)
        if said["asks"]:
            Obstacle.objects.create(assignment=one, answer=one, power="协调", text="跨部门")

    def _look_back(self, one: Assignment, said: dict[str, Any], relapsed: bool, ago: int) -> None:
        again = {
            **said,
            "stage": "working",
            "looks": [],
            "rungs": [],
            "slots": [],
            "asks": False,
            "area": None,
        }
        LookBack.objects.create(
            assignment=one,
            verdict="relapsed" if relapsed else "held",
            finding="看过",
            held_at=at(-ago),
            person_id=1,
            new_round=self.add(**again) if relapsed else None,
        )
