"""The one clock. Deadlines are a matter of Chinese office time, wherever the server stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

OFFICE_TZ = ZoneInfo("Asia/Shanghai")
LAST = time(23, 59, 59)  # of a day

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """This moment, aware; inside `frozen` the moment that was set."""
    return _frozen.get() or timezone.now()


def today() -> date:
    """The office's calendar day."""
    return office_day(now())


def office_day(moment: datetime) -> date:
    """The calendar day of `moment` in Asia/Shanghai."""
    return moment.astimezone(OFFICE_TZ).date()


def end_of(day: date) -> datetime:
    """The last second of `day` in Asia/Shanghai: a bare date is met until then (DESIGN §3.1)."""
    return datetime.combine(day, LAST, OFFICE_TZ)


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Let everything inside happen at `moment`: for tests and for the demo's invented past."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
