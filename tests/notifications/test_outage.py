"""Three days without a worker: the queue and the worker catch up, with one message for each matter and one mail."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.kernel import clock
from bihuan.ledger.queries import verify
from bihuan.notifications.jobs import mail_digests_job
from bihuan.notifications.models import Notice
from bihuan.org.models import Person
from bihuan.org.roles import Role
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.actions.handling import sign_assignment
from bihuan.supervision.jobs import count_presses_job, sound_alarms_job
from bihuan.supervision.models import Assignment, Effect
from tests.town import MORNING, Town

MATTERS = 12
UNIT = "东市局"
DUE_ON = (MORNING + timedelta(days=9)).date()  # a Wednesday
EVE = MORNING + timedelta(days=7, hours=10)  # the Monday evening on which the worker is lost
BACK = MORNING + timedelta(days=14, hours=1)  # the Monday after, three workdays past the date


def work(*queued):
    """Let a worker do everything that is queued, as `manage procrastinate worker` does, until nothing is left."""
    for job in queued:
        job.defer(timestamp=0)

    def run():
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            worker.run_worker(wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False)
        connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()
    left = ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).values_list("task_name", flat=True)
    assert not set(left) & {job.name for job in queued}
    assert not ProcrastinateJob.objects.filter(status="failed").exists()


@pytest.mark.django_db(transaction=True)
def test_after_three_days_each_matter_presses_once_and_each_person_gets_one_mail():
    with time_machine.travel(MORNING, tick=True):
        town = Town()
        for unit, role in ((UNIT, Role.HANDLER), (UNIT, Role.LEADER), ("省厅", Role.SUPERVISOR)):
            person = town.person(unit, role)
            Person.objects.filter(pk=person.pk).update(email=f"p{person.pk}@edu.cn")
        for n in range(MATTERS):
            item = register_item(
                actor=town.actor("省厅"),
                kind="instruction",
                title=f"第{n + 1}件",
                due_at=clock.end_of(DUE_ON),
                lead_ids=[town.unit(UNIT).pk],
            )
            one = item.assignments.get()
            sign_assignment(assignment_id=one.pk, actor=town.actor(UNIT, Role.HANDLER))
    with time_machine.travel(EVE, tick=True):
        work(sound_alarms_job, count_presses_job)
        known = Effect.objects.count()
        Notice.objects.update(read_at=clock.now())
        mail.outbox.clear()
    with time_machine.travel(BACK - timedelta(days=2), tick=True):
        sound_alarms_job.defer(timestamp=0)  # what was queued meanwhile stands there once
        with pytest.raises(AlreadyEnqueued):
            sound_alarms_job.defer(timestamp=1)
    with time_machine.travel(BACK, tick=True):
        assert Assignment.objects.filter(next_alarm_at__lte=clock.now()).count() == MATTERS
        work(count_presses_job)
        work(mail_digests_job)
        sounded = Effect.objects.filter(folded=False, pk__gt=0).order_by("pk")[known:]
        rungs = Counter((one.assignment_id, one.folded) for one in Effect.objects.order_by("pk")[known:])
        assert {count for (_one, folded), count in rungs.items() if not folded} == {1}
        assert {one.rung for one in sounded} == {"due.slip"}
        assert any(folded for _one, folded in rungs)  # several rungs were missed, and folded into one
        told = Counter(Notice.objects.unread().values_list("person", "entry__stream"))
        assert len(told) >= MATTERS
        assert set(told.values()) == {1}
        mails = Counter(address for one in mail.outbox for address in one.to)
        assert mails
        assert set(mails.values()) == {1}
        assert not Assignment.objects.filter(next_alarm_at__lte=clock.now()).exists()
        before = Effect.objects.count(), Notice.objects.count(), len(mail.outbox)
        work(sound_alarms_job, count_presses_job, mail_digests_job)
        assert (Effect.objects.count(), Notice.objects.count(), len(mail.outbox)) == before
        assert verify().is_sound
