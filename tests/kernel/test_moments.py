from datetime import UTC, datetime

import psycopg
import pytest
from django.db import DataError, connection

from bihuan.kernel.moments import MomentLoader


def read(written: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [written])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
        datetime(2026, 11, 23, 1, 30, 59, 120, tzinfo=UTC),
        datetime(2026, 11, 23, 1, 30, 59, 120_000, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_as_it_went(moment):
    found = read(moment.isoformat())
    assert (found, found.tzinfo) == (moment, UTC)


@pytest.mark.django_db
def test_a_moment_is_read_by_our_own_reader():
    connection.ensure_connection()
    loader = connection.connection.adapters.get_loader(
        connection.connection.adapters.types["timestamptz"].oid, psycopg.pq.Format.TEXT
    )
    assert loader is MomentLoader


@pytest.mark.django_db
def test_a_moment_in_the_sessions_own_zone_is_the_same_moment():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Shanghai'")
    assert read("2026-11-23T01:30:00+00:00") == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("never", ["infinity", "-infinity", "12000-01-01", "0044-03-15 BC"])
def test_what_no_calendar_reaches_is_refused_by_the_driver(never):
    with pytest.raises(DataError):
        read(never)
