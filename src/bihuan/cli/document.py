"""`bihuan document check`: a docx held against GB/T 9704-2012.

Exit codes: 0 nothing deviates, 1 something does, 2 the file is no docx that can be measured.
"""

import json
from dataclasses import asdict
from pathlib import Path

import click

from bihuan.documents.checking.checks import check
from bihuan.documents.checking.ooxml import Unreadable


class NotMeasured(click.ClickException):
    exit_code = 2


@click.group()
def document() -> None:
    """Official documents as files."""


@document.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every deviation.")
@click.pass_context
def check_command(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Measure an official document (docx) against GB/T 9704-2012 and name each deviation."""
    try:
        found = check(file.read_bytes())
    except Unreadable as problem:
        raise NotMeasured(f"{file}: {problem}") from problem
    if as_json:
        said = {"file": str(file), "ok": not found, "deviations": [asdict(one) for one in found]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        for one in found:
            click.echo(str(one))
        click.echo(f"{file}: {len(found)} deviations" if found else f"{file}: conforms to GB/T 9704-2012")
    ctx.exit(1 if found else 0)
