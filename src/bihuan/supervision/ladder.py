"""When the ladder (催办阶梯) is climbed: who is waited for until when, and at which moments its rungs sound.

Pure. DESIGN §3.1, domain.md §4.6. The rungs themselves are data, see `rungs`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cached_property
from itertools import count
from typing import Any

from bihuan.kernel.clock import OFFICE_TZ, office_day
from bihuan.supervision.rules import ENDED, Stage
from bihuan.supervision.rungs import Rung, Steps, Wait
from bihuan.workdays.rules import Calendar

KEPT = 4000  # runs up a ladder that are kept worked out


@dataclass(frozen=True, slots=True)
class Marks:
    """The moments at which somebody must have done something about an assignment."""

    due_at: datetime
    sign_by: datetime | None = None
    decide_by: datetime | None = None  # the dispatcher's or reviewer's own clock
    answer_by: datetime | None = None  # of an extension that awaits its decision
    review_on: datetime | None = None  # of a suspension
    publicised_until: datetime | None = None
    held_until: date | None = (
        None  # the last day on which an accepted explanation holds circular and interview
    )
    round: int = 1


@dataclass(frozen=True, slots=True)
class Call:
    """A rung at its moment. `base_at` is the date it is counted from: another date is another run up the ladder."""

    wait: Wait
    base_at: datetime
    rung: Rung
    at: datetime

    @property
    def code(self) -> str:
        return f"{self.wait}.{self.rung.code}"


def waits(stage: str, marks: Marks) -> dict[Wait, datetime]:
    """Who is waited for in this stage, each until when. Every open stage waits for somebody (DESIGN §3.1)."""
    if stage in ENDED:
        return {}
    waiting = _waits(stage, marks)
    if marks.answer_by is not None and marks.review_on is None:
        waiting[Wait.EXTENSION] = marks.answer_by
    return waiting


def _waits(stage: str, marks: Marks) -> dict[Wait, datetime]:
    own = marks.decide_by or marks.due_at
    if stage == Stage.DECLINED:
        return {Wait.DECISION: own}
    if stage == Stage.COMPLETED:
        return {Wait.REVIEW: own}
    if stage == Stage.ACCEPTED:
        return {Wait.STRIKE: own}
    if stage == Stage.PUBLICISED:
        return {Wait.PUBLICITY: marks.publicised_until or own}
    if marks.review_on is not None:
        return {Wait.SUSPENSION: marks.review_on}
    if stage == Stage.DISPATCHED and marks.sign_by is not None:
        return {Wait.SIGN: marks.sign_by, Wait.DUE: marks.due_at}
    return {Wait.DUE: marks.due_at}


def rungs(wait: Wait, steps: Steps, round_number: int = 1) -> Sequence[Rung]:
    """The ladder of a wait, lowest rung first.

    After a relapse the same days bring the next higher rung: a new round begins one rung up (DESIGN §3). The
    topmost stays the topmost and comes once, on its earliest day.
    """
    if wait != Wait.DUE or round_number == 1:
        return steps[wait]
    pressing = [rung for rung in steps[wait] if rung.offset >= 0 and not rung.every]
    raised: dict[str, Rung] = {}
    for place, rung in enumerate(pressing):
        higher = pressing[min(place + round_number - 1, len(pressing) - 1)]
        raised.setdefault(higher.code, replace(higher, offset=rung.offset))
    before = [rung for rung in steps[wait] if rung.offset < 0]
    return (*before, *raised.values(), *(rung for rung in steps[wait] if rung.every))


@dataclass(frozen=True)
class Ladder:
    """An authority's rungs on its calendar; `edition` names the version they come from, None the default."""

    steps: Steps
    calendar: Calendar
    opens: time
    closes: time
    edition: int | None = None

    def calls(self, stage: str, marks: Marks, after: datetime, until: datetime) -> list[Call]:
        """What is to happen after one moment and not after another, in order of time."""
        found: list[Call] = []
        for wait, base_at in waits(stage, marks).items():
            found += self._calls(wait, base_at, marks, until)
        return sorted((call for call in found if after < call.at <= until), key=lambda call: call.at)

    def next_alarm(self, stage: str, marks: Marks, after: datetime) -> datetime | None:
        """When the next rung is due if nothing happens; None only once the assignment has ended.

        Every open stage has an answer: that is what makes silent lateness impossible (DESIGN §3.1).
        """
        moments = [
            call.at
            for wait, base_at in waits(stage, marks).items()
            for call in self._calls(wait, base_at, marks, after)
            if call.at > after
        ]
        return min(moments, default=None)

    def _calls(self, wait: Wait, base_at: datetime, marks: Marks, until: datetime) -> Sequence[Call]:
        """As `_climbed`, worked out once for all that look alike: a plan's deadlines are those of thousands."""
        key = wait, base_at, marks.answer_by is None, marks.held_until, marks.round, until
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            found = self._known[key] = tuple(self._climbed(wait, base_at, marks, until))
        return found

    @cached_property
    def _known(self) -> dict[tuple[Any, ...], Sequence[Call]]:
        return {}

    def _climbed(self, wait: Wait, base_at: datetime, marks: Marks, until: datetime) -> Iterator[Call]:
        """The rungs of a wait, and the reminder that comes again as often as it takes to pass `until`."""
        provisional = wait == Wait.DUE and marks.answer_by is not None
        for rung in rungs(wait, self.steps, marks.round):
            if provisional and rung.offset >= 0:
                return  # lateness is not decided while an extension asked for in time is pending
            if rung.every:
                yield from self._again(wait, base_at, rung, until)
                continue
            at = self.moment(base_at, rung.offset)
            if rung.held and marks.held_until is not None:
                at = max(at, self._opening(self.calendar.plus_workdays(marks.held_until, 1)))
            yield Call(wait, base_at, rung, at)

    def _again(self, wait: Wait, base_at: datetime, rung: Rung, until: datetime) -> Iterator[Call]:
        for n in count():
            offset = rung.offset + n * rung.every
            at = self.moment(base_at, offset)
            yield Call(wait, base_at, replace(rung, code=f"{rung.code}_{n + 1}", offset=offset), at)
            if at > until:
                return

    def moment(self, base_at: datetime, offset: int) -> datetime:
        """When a rung is sounded: as offices open, never at night or on a day off (R8).

        One without offset is sounded at the date itself where that lies in office time.
        """
        day = office_day(base_at)
        if offset == 0:
            local = base_at.astimezone(OFFICE_TZ)
            if self.calendar.is_workday(day) and self.opens <= local.time() <= self.closes:
                return base_at
            early = self.calendar.is_workday(day) and local.time() < self.opens
            return self._opening(day if early else self.calendar.plus_workdays(day, 1))
        return self._opening(self.calendar.plus_workdays(day, offset))

    def _opening(self, day: date) -> datetime:
        return datetime.combine(day, self.opens, OFFICE_TZ)
