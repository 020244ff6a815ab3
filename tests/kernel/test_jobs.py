from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from bihuan.kernel import jobs

pytestmark = pytest.mark.django_db(transaction=True)


def taken_job(*, last_heartbeat_seconds_ago: int) -> int:
    """A job in the hands of a worker that was last heard of then."""
    job = app.configure_task("kernel.clear_sessions").defer(timestamp=0)
    heard_at = timezone.now() - timedelta(seconds=last_heartbeat_seconds_ago)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id", [heard_at]
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [worker, job]
        )
    return job


def sweep() -> None:
    """In a thread of its own: a browser test before this one leaves an event loop in ours."""

    def run() -> None:
        async_to_sync(jobs.take_up_stalled.func)(SimpleNamespace(app=app), timestamp=0)
        connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()


@pytest.mark.parametrize("silent, status", [(5, "doing"), (120, "todo")])
def test_a_job_of_a_killed_worker_is_taken_up_again_and_no_other(silent, status):
    job = taken_job(last_heartbeat_seconds_ago=silent)
    sweep()
    assert ProcrastinateJob.objects.get(pk=job).status == status


def test_a_job_survives_the_removal_of_its_dead_worker():
    job = taken_job(last_heartbeat_seconds_ago=120)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
    sweep()
    assert ProcrastinateJob.objects.get(pk=job).status == "todo"
