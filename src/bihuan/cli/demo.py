"""`bihuan demo load`: an invented province at work, to look at and to try things on."""

import time

import click
from django.conf import settings
from django.db import connection

from bihuan.cli.database import migrate, needs_database
from bihuan.demo.load import Loaded, load
from bihuan.demo.world import PASSWORD, accounts
from bihuan.org.models import Unit

SCHOOLS = 180
UNFINISHED = "demo_unfinished"  # a table that exists while the demo is being loaded


@click.group()
def demo() -> None:
    """Invented records to try things on."""


@demo.command("load")
@click.option("--schools", default=SCHOOLS, show_default=True, type=click.IntRange(0, 25_000))
@needs_database
def load_command(schools: int) -> None:
    """Fill an empty database with the demonstration."""
    clear_unfinished()
    if not is_empty():
        raise click.ClickException("There are records already; the demonstration never mixes with them.")
    fill(schools)
    list_accounts()


def is_empty() -> bool:
    return not Unit.objects.exists()


def clear_unfinished() -> None:
    """Take away what an interrupted loading left, which is all there is."""
    if UNFINISHED in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        migrate()


def fill(schools: int = SCHOOLS) -> Loaded:
    """Load the demonstration; cut off half-way, it is begun anew by whoever calls `clear_unfinished`."""
    click.echo("Loading the demonstration, about a minute")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {UNFINISHED} ()")
        cursor.execute("SET synchronous_commit = off")  # thousands of small transactions, none worth a wait
        begun, shown = time.monotonic(), ""

        def progress(line: str) -> None:
            nonlocal shown
            if line != shown:
                shown = line
                click.echo(f"  {time.monotonic() - begun:3.0f} s  {line}")

        loaded = load(schools=schools, progress=progress)
        cursor.execute("SET synchronous_commit = on")
        cursor.execute(f"DROP TABLE {UNFINISHED}")
        cursor.execute("ANALYZE")
    click.echo(f"  {loaded.units} units, {loaded.assignments} assignments")
    return loaded


def list_accounts() -> None:
    """One account for each role, for whoever wants to sign in; none if these are not our inventions."""
    shown = accounts() if settings.BIHUAN_DEMO else []
    if shown:
        click.echo(f"Demonstration accounts, password {PASSWORD}:\n")
        for purpose, _post, account in shown:
            click.echo(f"  {account:10} {purpose}")
        click.echo()
