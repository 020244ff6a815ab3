"""Two administrators record notices at once. Run a second time without the guard, where it must fail."""

import pytest

from bihuan.kernel.actor import system
from bihuan.workdays import actions
from bihuan.workdays.queries import calendar_for
from tests.together import meet, processes, together

from .test_notices import PREFECTURE, d, local_day

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_work")]


@pytest.mark.parametrize("guarded", [True, False])
def test_no_kept_calendar_misses_a_notice_recorded_at_the_same_time(monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(actions, "_one_at_a_time", lambda: None)
    recorded, looked, over = (processes.Barrier(2) for _turn in range(3))
    append = actions.append

    def slow():
        def append_late(*args, **kwargs):
            meet(recorded)
            meet(looked)
            append(*args, **kwargs)

        monkeypatch.setattr(actions, "append", append_late)
        local_day(system("slow"), first_on=d("2026-05-27"))
        meet(over)

    def fast():
        meet(recorded)
        local_day(system("fast"), first_on=d("2026-05-28"))
        calendar_for(PREFECTURE)
        meet(looked)
        meet(over)
        calendar = calendar_for(PREFECTURE)
        return [calendar.is_workday(d(day)) for day in ("2026-05-27", "2026-05-28")]

    _slow, worked = together(slow, fast)
    assert (worked == [False, False]) is guarded
