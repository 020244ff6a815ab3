"""What happened: scripts that act through the same actions as people do, each step at its own past moment."""

import heapq
from collections.abc import Callable, Generator
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import count

from django.db import connection

from bihuan.demo.world import World
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.ledger.book import DELIVER
from bihuan.supervision.actions.slotting import turn_slots
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.queries.slots import items_asking
from bihuan.workdays.queries import calendar_for
from bihuan.workdays.rules import Calendar

Script = Generator[datetime, None, None]

NEWS = timedelta(days=4)


class Stage:
    """Lets scripts act in the order of their moments; what lies in the future does not happen."""

    def __init__(self, world: World, until: datetime):
        self.world, self.until = world, until
        self._queue: list[tuple[datetime, int, Script]] = []
        self._number = count()

    def add(self, script: Script) -> None:
        """Let a script begin; it runs up to its first moment at once."""
        self._wait(script, earliest=None)

    def play(self, progress: Callable[[datetime], None] | None = None) -> None:
        """Act out everything up to now, in the order of time; the sweep runs every day, as it would have."""
        swept_on, is_news = date.min, False
        while self._queue:
            moment, _number, script = heapq.heappop(self._queue)
            if progress:
                progress(moment)
            if moment >= self.until - NEWS and not is_news:
                is_news = True
                forget(DELIVER)
            if clock.office_day(moment) > swept_on:
                swept_on = clock.office_day(moment)
                sweep(min(moment, office_hour(swept_on, 9, 5)))
            with clock.frozen(moment):
                self._wait(script, earliest=moment)
        sweep(self.until)

    def _wait(self, script: Script, earliest: datetime | None) -> None:
        try:
            moment = next(script)
        except StopIteration:
            return
        if earliest is not None:
            moment = max(moment, earliest + timedelta(minutes=1))
        if moment < self.until:
            heapq.heappush(self._queue, (moment, next(self._number), script))


def sweep(moment: datetime) -> None:
    """What the worker does by itself in the course of a day."""
    with clock.frozen(moment):
        for item in items_asking(clock.today()):
            while turn_slots(item_id=item.pk, actor=system("calendar")):
                pass
        while sound_alarms(actor=system("sweep")):
            pass


def forget(job: str) -> None:
    """Leave undone what was queued: what was told in earlier weeks has long been read, only the latest is delivered."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", [job])


def office_hour(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment in office hours of that day, or of the next workday."""
    return datetime.combine(_calendar().roll_forward(day), time(hour, minute), OFFICE_TZ)


@cache
def _calendar() -> Calendar:
    """The nation's calendar, which no story changes."""
    return calendar_for()
