"""Moments as they come from the database: read in one call, where the driver takes a dozen for each."""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.signals import connection_created
from psycopg.types.datetime import TimestamptzLoader


class MomentLoader(TimestamptzLoader):
    """Reads `2026-11-23 01:30:00+00`; what the calendar of Python does not reach is the driver's to refuse."""

    timezone = UTC  # Django asks for it, and puts a reader of its own where a connection has another zone

    def load(self, data: Any) -> datetime:
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            return super().load(data)


def _teach(connection: Any, **_signal: Any) -> None:
    connection.connection.adapters.register_loader("timestamptz", MomentLoader)


def read_quickly() -> None:
    """Let every connection read moments so."""
    connection_created.connect(_teach, dispatch_uid="bihuan.kernel.moments")
