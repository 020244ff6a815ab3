"""A database for the time of a command."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

OLDEST = 15

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def database_at_hand(*, migrated: bool = True) -> Iterator[None]:
    """Start the embedded server if it is down, and leave it as it was found.

    Its tables are brought up to date where `migrated`; a server that others look after is only asked.
    """
    with ExitStack() as stack:
        if settings.EMBEDDED_SERVER:
            stack.enter_context(settings.EMBEDDED_SERVER.held())
        stack.callback(connections.close_all)
        _refuse_old_server()
        if migrated and pending_migrations():
            if not settings.EMBEDDED_SERVER:
                raise ImproperlyConfigured("The database lacks migrations; run: bihuan manage migrate")
            migrate()
        yield


def needs_database(function: Callable[P, R]) -> Callable[P, R]:
    """For a command: the database is there and up to date while it runs."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with database_at_hand():
            return function(*args, **kwargs)

    return run


def pending_migrations() -> list[str]:
    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _backwards in plan]


def migrate() -> None:
    call_command("migrate", interactive=False, verbosity=0)


def server_version() -> tuple[int, int]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        number = int(cursor.fetchone()[0])
    return number // 10_000, number % 10_000


def _refuse_old_server() -> None:
    major, minor = server_version()
    if major < OLDEST:
        raise ImproperlyConfigured(
            f"DATABASE_URL leads to PostgreSQL {major}.{minor}; Bihuan needs {OLDEST} or newer."
        )
