"""The migrated database that test databases are copied from: migrations run once, not for every run and worker."""

import fcntl
import hashlib
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

PREFIX = "bihuan_template_"


def migrated_template() -> str:
    """Its name, which says what migrations it has; made where it is not there yet, in place of an older one."""
    name = PREFIX + _digest()
    with (settings.VAR / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = _names()
        if name not in there:
            for old in there:
                _administer(f'DROP DATABASE "{old}" WITH (FORCE)')
            _make(name)
    return name


def _digest() -> str:
    found = hashlib.sha256(django.__version__.encode())
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path, "migrations").rglob("*.*")):
            if path.suffix in (".py", ".sql"):
                found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _make(name: str) -> None:
    """Migrate under another name first, so that what was broken off half way is never copied."""
    half, before = f"{PREFIX}half", connection.settings_dict["NAME"]
    _administer(f'CREATE DATABASE "{half}"')
    connection.settings_dict["NAME"] = half
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
    _administer(f'ALTER DATABASE "{half}" RENAME TO "{name}"')


def _names() -> list[str]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        return [name for (name,) in cursor.fetchall()]


def _administer(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
