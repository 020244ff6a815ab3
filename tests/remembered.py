"""Scenes that are played once and then remembered: whoever wants one again gets its rows, not its performance.

A scene takes dozens of actions to reach, and hundreds of tests begin with the same few. Its rows are kept as text and
written back with the same ids, which the sequences never give out again. `REMEMBER=at-once` puts back whatever was
played, also the first time: with it the whole suite shows that nobody can tell the one from the other.
"""

import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from bihuan.kernel import clock

MADE_BY_MIGRATING = {"django_migrations", "django_content_type", "auth_permission"}
WITHOUT_RULES = "SET LOCAL session_replication_role = replica"  # neither triggers nor references
WITH_RULES = "SET LOCAL session_replication_role = DEFAULT"
AT_ONCE = os.environ.get("REMEMBER") == "at-once"


@dataclass
class Scene:
    """The rows of every table; the town that was taken there, what that gave and the units it then had."""

    rows: dict[str, list[bytes]]
    town: Any
    kept: tuple[Any, dict[str, Any]]


scenes: dict[tuple, Scene] = {}
playing: list[Callable] = []


def remembered(play: Callable) -> Callable:
    """For what takes an untouched town somewhere: the next time the town is put there.

    A scene on the way to another is not kept for its own sake.
    """

    @wraps(play)
    def give(town: Any, *args: Any, **more: Any) -> Any:
        if town.units or not settings.EMBEDDED_SERVER or filled_tables(connection):
            return play(town, *args, **more)
        key = (play, clock.now(), repr(args), repr(sorted(more.items())))
        if key not in scenes:
            playing.append(play)
            try:
                given = play(town, *args, **more)
            finally:
                playing.pop()
            if playing:
                return given
            scenes[key] = _scene(town, given)
            if not AT_ONCE:
                return given
            empty(connection)
        return _put_back(town, scenes[key])

    return give


def filled_tables(asked: BaseDatabaseWrapper) -> list[str]:
    """The tables that have rows, but for what migrating leaves there."""
    names = sorted({*asked.introspection.table_names()} - MADE_BY_MIGRATING)
    with asked.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
        )
        return [name for (name,) in cursor.fetchall()]


def empty(emptied: BaseDatabaseWrapper) -> None:
    """Delete every row: of some hundred tables few have any, and TRUNCATE would write a file for each."""
    with transaction.atomic(using=emptied.alias), emptied.cursor() as cursor:
        names = filled_tables(emptied)
        cursor.execute(WITHOUT_RULES)
        for name in names:
            cursor.execute(f"DELETE FROM {name}")
        cursor.execute(WITH_RULES)


def _scene(town: Any, given: Any) -> Scene:
    rows = {}
    with connection.cursor() as cursor:
        for name in filled_tables(connection):
            with cursor.copy(f"COPY {name} TO STDOUT") as out:
                rows[name] = [bytes(block) for block in out]
    return Scene(rows, town, deepcopy((given, town.units), {id(town): town}))


def _put_back(town: Any, scene: Scene) -> Any:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WITHOUT_RULES)
        for name, blocks in scene.rows.items():
            with cursor.copy(f"COPY {name} FROM STDIN") as into:
                for block in blocks:
                    into.write(block)
        cursor.execute(WITH_RULES)
    given, town.units = deepcopy(scene.kept, {id(scene.town): town})
    return given
