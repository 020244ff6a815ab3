"""`bihuan plan read`: an official document → its list, on the terminal or as JSON."""

import json
from pathlib import Path

import click

from bihuan.reading.reader import read
from bihuan.reading.report import to_json, to_text


@click.group()
def plan() -> None:
    """Official plans as documents."""


@plan.command("read")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every span and reason.")
def read_command(file: Path, as_json: bool) -> None:
    """Read a plan (docx, xlsx, csv, txt): items, units, deadlines, and what was left unread."""
    found = read(file.read_bytes(), file.name)
    click.echo(
        json.dumps(to_json(found), ensure_ascii=False, indent=1, default=str) if as_json else to_text(found)
    )
