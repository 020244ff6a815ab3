"""How many statements the hot paths take: pins told in numbers, so that no busy machine can shift them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.org.roles import Role
from bihuan.supervision.actions import handling
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.models import Assignment, Effect
from tests.supervision import scenes
from tests.town import MORNING

pytestmark = pytest.mark.usefixtures("at_work")

PINS = {
    handling.sign_assignment: (scenes.given, {}, 10),
    handling.report_progress: (scenes.working, {"text": "已核查全部台账", "progress": 60}, 15),
}
"""A transition, where it begins, what else it is told, and how many statements it takes with its transaction."""


@pytest.mark.parametrize("transition", PINS)
def test_a_transition_takes_no_more_statements_than_it_did(town, transition: Callable):
    scene, told, most = PINS[transition]
    for one in (scene(town), scene(town)):  # the first learns what is known once for all
        one.refresh_from_db()
        actor = town.actor("东市局", Role.HANDLER)
        with CaptureQueriesContext(connection) as statements:
            transition(assignment_id=one.pk, actor=actor, seen_version=one.version, **told)
    assert len(statements) <= most, "\n".join(one["sql"][:200] for one in statements)


@pytest.mark.parametrize("due", [2, 9])
def test_the_sweep_takes_as_many_statements_however_much_is_due(town, due):
    duties = [scenes.working(town).pk for _one in range(due + 1)]
    for some in (duties[:1], duties[1:]):
        Assignment.objects.filter(pk__in=some).update(next_alarm_at=MORNING)
        Assignment.objects.exclude(pk__in=some).update(next_alarm_at=MORNING + timedelta(days=300))
        with clock.frozen(MORNING + timedelta(days=30)), CaptureQueriesContext(connection) as statements:
            assert sound_alarms(actor=system("sweep")) == len(some)
    assert Effect.objects.filter(assignment__in=duties).values("assignment").distinct().count() == due + 1
    assert len(statements) <= 12
