"""`bihuan ledger`: check the record, or show the trail of one subject."""

import json
import sys

import click

from bihuan.cli.database import needs_database
from bihuan.ledger.queries import trail, verify


@click.group()
def ledger() -> None:
    """The append-only record."""


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@needs_database
def verify_command(as_json: bool) -> None:
    """Check every chain and the words beside it; exit 1 and name the first line of each that does not fit."""
    found = verify()
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        for flaw in found.flaws:
            click.echo(f"{flaw.stream} line {flaw.position}: {flaw.code}")
        click.echo(
            f"{found.entries} entries in {found.streams} chains: {'sound' if found.is_sound else 'NOT SOUND'}"
        )
    if not found.is_sound:
        sys.exit(1)


@ledger.command("trail")
@click.argument("subject")
@needs_database
def trail_command(subject: str) -> None:
    """Show every line of a SUBJECT such as supervision.assignment:17, one JSON object a line."""
    lines = trail(subject)
    if not lines:
        raise click.ClickException(f"no entries for {subject}")
    for line in lines:
        click.echo(json.dumps(line, ensure_ascii=False))
