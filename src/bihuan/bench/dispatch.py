"""Mass dispatch (批量交办): the program's own chunks against COPY of every row they left."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from django.db import connection, transaction
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.periodic import PeriodicRegistry

from bihuan.bench.ground import ABOVE, Ground, run_sql
from bihuan.bench.measuring import Finding, finding, timed
from bihuan.supervision.jobs import serve_dispatch_job
from bihuan.supervision.models import Assignment, Dispatch

ROUNDS, LONG = 3, 50_000  # so many rows even out within one round
WRITTEN = (
    "supervision_assignment",
    "supervision_term",
    "ledger_entry",
    "notifications_notice",
    "procrastinate_jobs",
)


def dispatch(ground: Ground) -> Iterator[Finding]:
    """Give :rows duties to schools with terms, entries and notices, as the worker does."""
    items = -(-ground.rows // ground.schools)
    ours, copied = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _round in range(ROUNDS if ground.rows < LONG else 1):
            with ground.copied():
                _prepare(ground, items)
                with timed() as watch:
                    _serve()
                ours.append(watch.seconds)
                _refuse_incomplete(ground.rows)
                _keep_rows(Path(folder))
            with ground.copied():
                _prepare(ground, items)
                with timed() as watch:
                    _copy_rows(Path(folder))
                copied.append(watch.seconds)
    yield finding("dispatch", "to-schools", ground.rows, ours, copied)


def _prepare(ground: Ground, items: int) -> None:
    run_sql("items", items=items)
    run_sql("dispatches", rows=ground.rows, schools=ground.schools, above=ABOVE)


def _serve() -> None:
    """Queue the dispatches and let one worker do everything that follows from them."""
    for dispatch_id in Dispatch.objects.order_by("pk").values_list("pk", flat=True):
        serve_dispatch_job.defer(dispatch_id=dispatch_id)
    connector = cast(DjangoConnector, app.connector)
    with app.replace_connector(connector.get_worker_connector()) as worker, _without_the_clock(worker):
        worker.run_worker(wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False)


@contextmanager
def _without_the_clock(worker: App) -> Iterator[None]:
    """What comes by the clock, such as sealing or counting for boards, is no part of a dispatch, nor of its `COPY`."""
    periodic, worker.periodic_registry = worker.periodic_registry, PeriodicRegistry()
    try:
        yield
    finally:
        worker.periodic_registry = periodic


def _refuse_incomplete(rows: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT entry_id) FROM notifications_notice")
        _notices, told = cursor.fetchone()
    made = Assignment.objects.count()
    if (made, told) != (rows, rows):
        raise RuntimeError(f"{rows} dispatched, but {made} assignments and {told} entries heard of")


def _keep_rows(folder: Path) -> None:
    for table in WRITTEN:
        copy = f"COPY {table} TO STDOUT (FORMAT binary)"
        with connection.cursor() as cursor, (folder / table).open("wb") as kept, cursor.copy(copy) as rows:
            kept.writelines(rows)


def _copy_rows(folder: Path) -> None:
    """Write the same rows into the same tables, with their indexes, constraints and triggers."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in WRITTEN:
            copy = f"COPY {table} FROM STDIN (FORMAT binary)"
            with (folder / table).open("rb") as kept, cursor.copy(copy) as rows:
                while part := kept.read(1 << 16):
                    rows.write(part)
