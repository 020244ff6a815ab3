"""`bihuan backup` and `bihuan restore`: database and files in one archive.

The archive is a tar of `manifest.json`, `database.dump` (pg_dump's own format) and `files/`. The secret key is
left out: whoever finds an archive shall not be able to sign sessions.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from bihuan import __version__
from bihuan.cli.database import database_at_hand, migrate, needs_database, server_version
from bihuan.cli.main import Surroundings
from bihuan.kernel import clock, postgres

FORMAT = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files"
OTHER_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False), required=False)
@needs_database
def backup(archive: Path | None) -> None:
    """Write database and files into ARCHIVE, by default bihuan-DATE-TIME.tar here; its path is printed."""
    moment = clock.now().astimezone(clock.OFFICE_TZ)
    archive = archive or Path(f"bihuan-{moment:%Y%m%d-%H%M%S}.tar")
    if archive.exists():
        raise click.UsageError(f"{archive} exists already.")
    with tempfile.TemporaryDirectory(prefix=".bihuan-", dir=archive.absolute().parent) as scratch:
        dump, fresh = Path(scratch, DUMP), Path(scratch, "archive")
        # First the database: files are never changed, so those it names are there when they are packed.
        _dump_database(dump)
        manifest = {
            "format": FORMAT,
            "bihuan": __version__,
            "made_at": moment.isoformat(timespec="seconds"),
            "postgresql": ".".join(map(str, server_version())),
            "sha256": _digest(dump),
        }
        _pack(fresh, manifest, dump)
        fresh.chmod(0o600)
        fresh.rename(archive)
    click.echo(archive)


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace what is in the database and in the files folder.")
def restore(archive: Path, force: bool) -> None:
    """Bring back ARCHIVE into an empty database, all of it or nothing."""
    files = Path(settings.MEDIA_ROOT)
    files.parent.mkdir(parents=True, exist_ok=True)
    with (
        database_at_hand(migrated=False),
        tempfile.TemporaryDirectory(prefix=".bihuan-", dir=files.parent) as scratch,
    ):
        _refuse_busy_target()
        _refuse_full_target(files, force)
        with _opened(archive) as (manifest, content):
            content.extractall(scratch, filter="data")
        dump = Path(scratch, DUMP)
        if _digest(dump) != manifest["sha256"]:
            raise click.ClickException(f"{archive} is damaged: its database does not match its digest.")
        _load_database(dump)
        shutil.rmtree(files, ignore_errors=True)
        Path(scratch, FILES).rename(files)
        migrate()
    click.echo(f"Restored what was backed up at {manifest['made_at']}.")


def _dump_database(target: Path) -> None:
    with target.open("wb") as stream:
        done = _client("pg_dump", "--format=custom", "--no-owner", "--no-privileges", stdout=stream)
    _refuse_failure("The database could not be dumped", done)


def _load_database(dump: Path) -> None:
    """One transaction: what was there goes only if the new comes in whole."""
    script = dump.with_suffix(".sql")
    unpacked = _client("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", dump)
    _refuse_failure("The archive could not be read", unpacked)
    _forget_unknown_settings(script)
    clear = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    whole = ["--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction"]
    loaded = _client("psql", *whole, f"--command={clear}", f"--file={script}")
    _refuse_failure("The archive could not be restored, nothing was changed", loaded)


def _forget_unknown_settings(script: Path) -> None:
    """Blank out, in place, the one line that newer client programs write and servers before 17 refuse."""
    if server_version() < (17, 0):
        with script.open("r+b") as stream:
            head = stream.read(4096)
            stream.seek(0)
            stream.write(
                re.sub(rb"(?m)^SET transaction_timeout = 0;$", lambda line: b" " * len(line[0]), head)
            )


def _pack(target: Path, manifest: dict[str, Any], dump: Path) -> None:
    described = dump.with_name(MANIFEST)
    described.write_text(json.dumps(manifest))
    with tarfile.open(target, "w") as content:
        content.add(described, MANIFEST)
        content.add(dump, DUMP)
        Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
        content.add(settings.MEDIA_ROOT, FILES)


@contextmanager
def _opened(archive: Path) -> Iterator[tuple[dict[str, Any], tarfile.TarFile]]:
    """The archive and its manifest, if it is one of ours."""
    try:
        with tarfile.open(archive, "r:") as content:
            described = content.extractfile(MANIFEST)
            manifest = json.load(described) if described else {}
            if manifest.get("format") != FORMAT:
                raise click.ClickException(f"{archive} was written by another version of bihuan.")
            yield manifest, content
    except (tarfile.TarError, KeyError, ValueError) as problem:
        raise click.ClickException(
            f"{archive} is not a whole archive of bihuan backup ({problem})."
        ) from None


def _refuse_busy_target() -> None:
    if _count(OTHER_SESSIONS):
        raise Surroundings("Others are working on this database; stop bihuan serve first.")


def _refuse_full_target(files: Path, force: bool) -> None:
    if not force and (_count(TABLES) or (files.exists() and any(files.iterdir()))):
        raise click.UsageError("There are data already; --force replaces them.")


def _count(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def _client(program: str, *arguments: object, **streams: Any) -> subprocess.CompletedProcess:
    """Run a client program on our database; the password does not show in the list of processes."""
    known = ("host", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "service")
    parameters = connection.get_connection_params()
    conninfo = make_conninfo(**{key: parameters[key] for key in known if key in parameters})
    password = {"PGPASSWORD": parameters["password"]} if parameters.get("password") else {}
    target = [] if program == "pg_restore" else ["--dbname", conninfo]
    return subprocess.run(
        [_program(program), *target, *map(str, arguments)],
        env=os.environ | password | {"LC_ALL": "C", "PGCLIENTENCODING": "UTF8"},
        stderr=subprocess.PIPE,
        **streams,
    )


def _program(name: str) -> str | Path:
    """The wheel's program, or the machine's own for a server that is newer than the wheel."""
    ours = postgres.program(name)
    said = subprocess.run([ours, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+)\.", said)
    if version and int(version[1]) >= server_version()[0]:
        return ours
    return shutil.which(name) or ours


def _refuse_failure(sentence: str, done: subprocess.CompletedProcess) -> None:
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        telling = [line for line in lines if re.search("error|fatal", line, re.IGNORECASE)] or lines
        raise click.ClickException(f"{sentence}: {telling[0] if telling else 'no reason given'}")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
