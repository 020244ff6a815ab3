"""The ground a benchmark stands on: throw-away databases beside the real one, filled inside the server.

The real database is used to create and drop them, and for nothing else.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections

from bihuan.kernel.actor import Actor
from bihuan.org.actors import actor_in
from bihuan.org.models import Appointment
from bihuan.org.roles import Role

UNITS = 20_000
PREFECTURES, COUNTIES, OFFICES = 14, 86, 10
ABOVE = 1 + PREFECTURES + COUNTIES + OFFICES  # what stands above the schools
PROVINCE, CITY, COUNTY, OFFICE = 1, 2, 2 + PREFECTURES, 2 + PREFECTURES + COUNTIES
POSTS = 3  # to each unit: its leader, somebody who handles, and a second one
SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Ground:
    """A migrated database with a province of `units` units and their people."""

    name: str
    rows: int
    units: int

    @property
    def schools(self) -> int:
        return self.units - ABOVE

    @contextmanager
    def copied(self) -> Iterator[None]:
        """A fresh copy, to write on; what is measured twice begins twice from the same state."""
        name = f"{self.name}_copy"
        with _database(name, template=self.name):
            yield


@contextmanager
def ground(rows: int) -> Iterator[Ground]:
    """Prepare a ground for `rows` assignments, and leave nothing behind."""
    name = f"bihuan_bench_{os.getpid()}"
    units = min(UNITS, ABOVE + max(20, rows // 5))
    with _database(name):
        call_command("migrate", interactive=False, verbosity=0)
        run_sql("province", units=units, above=ABOVE)
        yield Ground(name, rows, units)


def run_sql(name: str, **values: object) -> None:
    """Run a file of `sql/`: `:name` stands for a value."""
    statement = (SQL / f"{name}.sql").read_text()
    for key, value in values.items():
        statement = statement.replace(f":{key}", str(value))
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def loading(*tables: str) -> Iterator[None]:
    """Fill these tables without their indexes and without asking for foreign keys; build the indexes afterwards.

    What is loaded is right by construction. Ten million assignments take minutes so, and hours otherwise.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid::regclass::text = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [list(tables)],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")


def vacuum() -> None:
    """What autovacuum does in the course of a day: statistics and visibility."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def actor_of(unit_id: int, role: Role) -> Actor:
    return actor_in(Appointment.objects.filter(unit=unit_id, role=role).earliest("pk"))


@contextmanager
def _database(name: str, template: str = "template1") -> Iterator[None]:
    """Create a database, let every connection lead to it, and drop it at the end."""
    settings = connections.settings["default"]
    before = settings["NAME"]
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    settings["NAME"] = name
    try:
        yield
    finally:
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')
        settings["NAME"] = before


def _administer(statement: str) -> None:
    """Run a statement about whole databases from one that nobody works in; connections to others are closed."""
    settings = connections.settings["default"]
    connection.close()
    now, settings["NAME"] = settings["NAME"], "postgres"
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
        settings["NAME"] = now
