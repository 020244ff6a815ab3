"""The ladder (催办阶梯) as data: who is waited for until when, and what happens on which workday around that date.

Pure. DESIGN §3.1, domain.md §4.6. The figures of the rungs are parameters (`ladder.*`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from itertools import count

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.clock import OFFICE_TZ, office_day
from bihuan.supervision.rules import ENDED, Stage
from bihuan.workdays.rules import Calendar


class Wait(TextChoices):
    """What is waited for. `sign` and `due` are the unit's clock, the others that of the unit above it."""

    SIGN = "sign", _("签收")
    DUE = "due", _("办结")
    DECISION = "decision", _("退办决定")
    REVIEW = "review", _("审核")
    STRIKE = "strike", _("销号")
    PUBLICITY = "publicity", _("公示期满")
    EXTENSION = "extension", _("延期审批")
    SUSPENSION = "suspension", _("暂停复核")


class Told(TextChoices):
    """Who is told, as seen from the unit that is waited for."""

    DESK = "desk", _("承办岗位")  # whoever is to do it
    LEADER = "leader", _("本单位领导")
    ABOVE = "above", _("上级督查岗位")
    GIVER = "giver", _("交办机关督查岗位")
    GIVER_LEADER = "giver_leader", _("交办机关领导")


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: `offset` workdays after the date waited for, before it where negative.

    One that `proposes` leaves a proposal (拟办) for a person to decide; nothing is drafted or sent by itself.
    """

    code: str
    label: str
    offset: int
    told: tuple[Told, ...]
    proposes: bool = False
    held: bool = False  # an accepted explanation holds it until its day


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


REMINDERS = (
    ("remind_first", _("首次提醒")),
    ("remind_second", _("再次提醒")),
    ("remind_last", _("临期提醒")),
)
PRESSURE = (
    ("urge", _("催办"), (Told.DESK, Told.LEADER)),
    ("slip", _("拟发督办单"), (Told.LEADER, Told.ABOVE, Told.GIVER)),
    ("circular", _("拟列入通报"), (Told.LEADER, Told.GIVER, Told.GIVER_LEADER)),
    ("interview", _("拟约谈"), (Told.GIVER, Told.GIVER_LEADER)),
    ("accountability", _("拟提请问责"), (Told.GIVER, Told.GIVER_LEADER)),
)
PROPOSALS = ("slip", "circular", "interview", "accountability")
HELD = ("circular", "interview")
AGAIN = (Told.DESK, Told.LEADER, Told.GIVER)
"""Whoever is told again and again, every `ladder.again` workdays, until somebody acts (B4)."""

FIGURES = [f"ladder.{code}" for code, *_rest in (*REMINDERS, *PRESSURE)] + ["ladder.unsigned", "ladder.again"]

WHOLE = (Wait.DUE, Wait.DECISION, Wait.REVIEW, Wait.STRIKE)
"""The waits with reminders before their date; the others begin with a call on it."""


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


def rungs(wait: Wait, figures: Mapping[str, int], round_number: int = 1) -> Sequence[Rung]:
    """The ladder of a wait, lowest rung first.

    After a relapse the same days bring the next higher rung: a new round begins one rung up (DESIGN §3).
    """
    return _rungs(wait, tuple(figures[key] for key in FIGURES), round_number)


@lru_cache(maxsize=1024)
def _rungs(wait: Wait, days: tuple[int, ...], round_number: int) -> tuple[Rung, ...]:
    figures = dict(zip(FIGURES, days, strict=True))
    if wait == Wait.SIGN:
        return (
            Rung("urge", _("催签收"), 0, (Told.DESK, Told.LEADER)),
            Rung("slip", _("未签收上报"), figures["ladder.unsigned"], (Told.LEADER, Told.ABOVE, Told.GIVER)),
        )
    higher = round_number - 1 if wait == Wait.DUE else 0
    after_call = 0 if wait in WHOLE else 1  # a call has a workday to be answered before anybody is pressed
    pressing = tuple(
        Rung(
            code,
            label,
            figures[f"ladder.{PRESSURE[place][0]}"] + after_call,
            told,
            proposes=code in PROPOSALS,
            held=code in HELD,
        )
        for place, (code, label, told) in enumerate(_raised(higher))
    )
    if wait in WHOLE:
        before = (Rung(code, label, -figures[f"ladder.{code}"], (Told.DESK,)) for code, label in REMINDERS)
        return (*before, *pressing)
    if wait == Wait.PUBLICITY:
        return (Rung("call", _("公示期满，拟销号"), 0, (Told.DESK,), proposes=True), *pressing)
    told = (Told.DESK, Told.LEADER) if wait == Wait.EXTENSION else (Told.DESK,)
    return (Rung("call", _("到期未决提醒"), 0, told), *pressing)


def told_of(wait: Wait, code: str) -> tuple[Told, ...]:
    """Whom a rung tells."""
    if code.startswith("again"):
        return AGAIN
    if code.startswith("remind"):
        return (Told.DESK,)
    ladder = rungs(wait, dict.fromkeys(FIGURES, 1))
    return next((rung.told for rung in ladder if rung.code == code), ())


def _raised(higher: int) -> list[tuple]:
    """The pressing rungs moved down by so many days' places; the topmost stays the topmost."""
    return [PRESSURE[min(place + higher, len(PRESSURE) - 1)] for place in range(len(PRESSURE))]


@dataclass(frozen=True)
class Ladder:
    """The ladder under an authority's figures and calendar."""

    figures: Mapping[str, int]
    calendar: Calendar
    opens: time
    closes: time

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

    def _calls(self, wait: Wait, base_at: datetime, marks: Marks, until: datetime) -> Iterator[Call]:
        """The rungs of a wait, and the reminder that comes again as often as it takes to pass `until`."""
        provisional = wait == Wait.DUE and marks.answer_by is not None
        last = 0
        for rung in rungs(wait, self.figures, marks.round):
            if provisional and rung.offset >= 0:
                return  # lateness is not decided while an extension asked for in time is pending
            last = max(last, rung.offset)
            at = self.moment(base_at, rung.offset)
            if rung.held and marks.held_until is not None:
                at = max(at, self._opening(self.calendar.plus_workdays(marks.held_until, 1)))
            yield Call(wait, base_at, rung, at)
        if provisional or wait == Wait.SIGN:  # another wait goes on for ever beside these
            return
        for n in count(1):
            offset = last + n * max(1, self.figures["ladder.again"])
            call = Call(
                wait, base_at, Rung(f"again_{n}", _("再催办"), offset, AGAIN), self.moment(base_at, offset)
            )
            yield call
            if call.at > until:
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
