"""`bihuan bench`: how fast, and against what."""

import json

import click

from bihuan.bench.alike import alike
from bihuan.bench.board import board
from bihuan.bench.dispatch import dispatch
from bihuan.bench.exporting import exporting
from bihuan.bench.ground import ground
from bihuan.bench.listing import listing
from bihuan.bench.measuring import Finding
from bihuan.bench.search import search
from bihuan.bench.sweep import sweep
from bihuan.bench.transition import transition
from bihuan.cli.database import database_at_hand

BENCHES = {
    "dispatch": dispatch,
    "list": listing,
    "search": search,
    "board": board,
    "transition": transition,
    "export": exporting,
    "sweep": sweep,
    "alike": alike,
}


@click.command()
@click.argument("name", type=click.Choice([*BENCHES, "all"]))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--rows", type=click.IntRange(min=100), default=100_000, help="Assignments; 100,000 if not said."
)
def bench(name: str, as_json: bool, rows: int) -> None:
    """Measure against hand-written SQL, in a throw-away database beside the real one."""
    with database_at_hand(migrated=False), ground(rows) as prepared:
        if not as_json:
            click.echo(HEAD)
        for chosen in BENCHES if name == "all" else [name]:
            for found in BENCHES[chosen](prepared):
                click.echo(json.dumps(found.as_json()) if as_json else _line(found))


HEAD = f"{'bench':<11}{'case':<22}{'rows':>10}{'median ms':>12}{'p95 ms':>11}{'SQL ms':>11}{'ratio':>8}{'per s':>8}"


def _line(found: Finding) -> str:
    times = (found.seconds, found.p95, found.sql_seconds)
    shown = "".join(f"{1000 * one:>{width},.2f}" for one, width in zip(times, (12, 11, 11), strict=True))
    speed = f"{found.per_second:>8,.0f}" if found.per_second else ""
    if found.resident_mb:
        speed += f"   {found.resident_mb:,.0f} MB resident"
    return f"{found.bench:<11}{found.case:<22}{found.rows:>10,}{shown}{found.ratio:>8.2f}{speed}"
