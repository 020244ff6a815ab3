"""`bihuan ledger`: check, seal and export the record, or show the trail of one subject."""

import gzip
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from bihuan.cli.database import database_at_hand, needs_database
from bihuan.kernel.actor import system
from bihuan.ledger import actions, keys, offline, queries
from bihuan.ledger.models import SigningKey


class PublishedHead(click.ParamType):
    """NUMBER:ROOT as published and as printed in circulars."""

    name = "NUMBER:ROOT"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, str]:
        with suppress(ValueError):
            return offline.known_head(value)
        self.fail(f"{value} is not a head's number, a colon and its root.", param, ctx)


@click.group()
def ledger() -> None:
    """The append-only record."""


@ledger.command("verify")
@click.argument("export", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--key", "given", multiple=True, help="A public key known from elsewhere.")
@click.option("--head", type=PublishedHead(), help="A head that was published.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify_command(
    export: Path | None, given: tuple[str, ...], head: tuple[int, str] | None, as_json: bool
) -> None:
    """Check the database, or the file EXPORT: chains, seal and signatures; exit 1 and name what does not fit.

    The database is held against the keys of this machine, which are not in it, unless others are given.
    """
    if export:
        try:
            found = offline.check_file(str(export), keys=given, head=head)
        except (offline.Unreadable, OSError, EOFError, KeyError, TypeError) as problem:
            raise click.ClickException(f"{export}: {problem}") from None
    else:
        with database_at_hand():
            found = queries.verify(keys=given or _keys_in_use(), head=head)
    click.echo(json.dumps(found.as_json()) if as_json else "\n".join(offline.said(found)))
    if not found.is_sound:
        sys.exit(1)


@ledger.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@needs_database
def export_command(file: Path) -> None:
    """Write entries, leaves, heads and public keys into FILE (packed if it ends in .gz)."""
    if file.exists():
        raise click.UsageError(f"{file} exists already.")
    opened: Any = gzip.open if file.suffix == ".gz" else open
    fresh = file.with_name(f".{file.name}")
    try:
        with opened(fresh, "wt", encoding="utf-8") as target:
            entries = queries.export(target)
        fresh.rename(file)
    finally:
        fresh.unlink(missing_ok=True)
    click.echo(f"{entries} entries. Check anywhere: python -m bihuan.ledger.offline {file} --key PUBLIC")


@ledger.command("proof")
@click.argument("digest")
@needs_database
def proof_command(digest: str) -> None:
    """Print the proof that the entry with this DIGEST is under the latest head."""
    proof = queries.inclusion_proof(digest) if len(digest) == 64 else None
    if proof is None:
        raise click.ClickException(f"no sealed entry has the digest {digest}")
    click.echo(json.dumps(proof))


@ledger.command("seal")
@needs_database
def seal_command() -> None:
    """Seal now what the worker would seal within the minute."""
    sealed = 0
    while some := actions.seal(actor=system("command")):
        sealed += some
    click.echo(f"{sealed} entries sealed.")


@ledger.command("keys")
@needs_database
def keys_command() -> None:
    """List the public keys, the one in force last; a star marks those whose private half is here."""
    held = keys.held()
    for key in SigningKey.objects.order_by("pk"):
        click.echo(f"{'*' if key.public in held else ' '} {key.public}  from {key.from_at:%Y-%m-%d}")


@ledger.command("new-key")
def new_key_command() -> None:
    """Print a fresh private key for BIHUAN_SEAL_KEYS."""
    click.echo(keys.fresh_text())


@ledger.command("change-key")
@click.option("--lost", is_flag=True, help="The old key is gone: begin anew without its word.")
@needs_database
def change_key_command(lost: bool) -> None:
    """Let a new key sign from now on, named in the last head the old one signs."""
    known = actions.change_key(actor=system("command"), lost=lost)
    click.echo(f"In force: {known.public}")


@ledger.command("trail")
@click.argument("subject")
@needs_database
def trail_command(subject: str) -> None:
    """Show every line of a SUBJECT such as supervision.assignment:17, one JSON object a line."""
    lines = queries.trail(subject)
    if not lines:
        raise click.ClickException(f"no entries for {subject}")
    for line in lines:
        click.echo(json.dumps(line, ensure_ascii=False))


def _keys_in_use() -> list[str]:
    """The keys of this machine that the database says were used; a spare one vouches for nothing."""
    used = set(SigningKey.objects.values_list("public", flat=True))
    return [public for public in keys.held() if public in used]
