"""Fixtures all tests share; the browser's are in tests/chromium.py."""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management.commands import flush
from django.db import connection

from bihuan.kernel import clock
from tests.remembered import empty
from tests.template import migrated_template
from tests.town import MORNING, Town

pytest_plugins = ["tests.chromium"]
IN_CI = bool(os.environ.get("CI"))
held = pytest.StashKey[ExitStack]()

PERMIT = "SET LOCAL bihuan.flushing_tests = 'yes'"
QUEUE = "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only what needs neither database nor browser")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`--fast` leaves out whatever takes a database, by its fixtures: nobody has to mark a test."""
    if not config.getoption("--fast"):
        return
    slow = {"db", "transactional_db", "live_server", "browser"}
    taken = [bool(slow & set(getattr(item, "fixturenames", ()))) for item in items]
    config.hook.pytest_deselected(
        items=[item for item, left_out in zip(items, taken, strict=True) if left_out]
    )
    items[:] = [item for item, left_out in zip(items, taken, strict=True) if not left_out]


def pytest_configure(config: pytest.Config) -> None:
    """Keep the throw-away server up until the last worker has finished."""
    config.stash[held] = ExitStack()
    if settings.EMBEDDED_SERVER:
        config.stash[held].enter_context(settings.EMBEDDED_SERVER.held())


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[held].close()
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Where everything was installed for it, a test of the browser or the corpus may not be skipped."""
    report = yield
    promised = item.get_closest_marker("browser") or item.get_closest_marker("corpus")
    if IN_CI and promised and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not accept: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker) -> None:
    """On the throw-away server test databases are copied from one that is migrated already."""
    if settings.EMBEDDED_SERVER:
        with django_db_blocker.unblock():
            settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="session", autouse=True)
def flush_leaves_nothing():
    """After a test with real transactions: the ledger refuses to be emptied, and the queue is not Django's."""
    operations = type(connection.ops)  # of the class: beside a browser, Django opens another connection
    with pytest.MonkeyPatch.context() as patch:
        if settings.EMBEDDED_SERVER:
            patch.setattr(operations, "execute_sql_flush", lambda self, _sql: empty(self.connection))
            # It would make the rows again that `empty` leaves alone.
            patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_more: None)
        else:
            truncate = operations.execute_sql_flush
            patch.setattr(
                operations, "execute_sql_flush", lambda self, sql: truncate(self, [PERMIT, *sql, QUEUE])
            )
        yield


@pytest.fixture(scope="module", autouse=True)
def fresh_plans(request):
    """Let each module's questions be planned anew: what earlier tests asked of three rows was planned for three rows.

    A connection lasts as long as its worker, and statistics of what is never committed never come: one question over
    the demonstration's reports took ten minutes.
    """
    if connection.connection and not request.config.getoption("--fast"):
        with request.getfixturevalue("django_db_blocker").unblock(), connection.cursor() as cursor:
            cursor.execute("DISCARD PLANS")


@pytest.fixture
def at_work():
    """A fixed Monday morning in the office."""
    with clock.frozen(MORNING):
        yield MORNING


@pytest.fixture
def office_hours():
    """The same morning in every thread, running on: for tests with a live server."""
    with time_machine.travel(MORNING, tick=True):
        yield MORNING


@pytest.fixture
def town(db, at_work) -> Town:
    return Town()


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real documents that lies beside the repository."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "shared/corpus").is_dir():
            return parent / "shared/corpus"
    pytest.skip("no folder ../shared/corpus")
