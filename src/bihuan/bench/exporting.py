"""The register of assignments as a file, as a job writes it: time, and memory of a process that does nothing else."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from django.db import connection, connections

from bihuan.bench.ground import ABOVE, PROVINCE, SQL, Ground, actor_of, run_sql, vacuum
from bihuan.bench.measuring import Finding, finding, timed
from bihuan.org.roles import Role

FORMER = (
    *(
        "id",
        "item",
        "source_kind",
        "number",
        "plan",
        "area",
        "unit",
        "duty",
        "issued_by",
        "office",
        "stage",
        "light",
    ),
    *("dispatched_on", "signed_on", "original_due_on", "due_on", "progress", "reported_on", "completed_on"),
    *("ended_on", "outcome", "round", "period"),
)  # the 23 columns of the export before there were registers
CASES = {"xlsx-23": ("xlsx", FORMER), "csv-23": ("csv", FORMER), "xlsx-45": ("xlsx", None)}
CHILD = "import django; django.setup(); from bihuan.bench import exporting; exporting.tell()"
FEW = 200_000  # rows up to which a case is repeated


def exporting(ground: Ground) -> Iterator[Finding]:
    """Write files of all rows, each in a process of its own, in turns with COPY of the same columns."""
    with ground.copied():
        run_sql("year", rows=ground.rows, schools=ground.schools, above=ABOVE)
        vacuum()
        for case, (form, keys) in CASES.items():
            times, by_hand, resident = [], [], 0.0
            chosen = list(keys or _widest())
            for _turn in range(3 if ground.rows <= FEW else 1):
                seconds, megabytes = _in_a_process(form, chosen, ground.rows)
                times.append(seconds)
                resident = max(resident, megabytes)
                by_hand.append(_copied(chosen))
            yield finding("export", case, ground.rows, times, by_hand, resident_mb=resident)


def _widest() -> list[str]:
    """All columns but two that say of others what those say, so that there are 45."""
    from bihuan.supervision.registers import ASSIGNMENTS

    return [column.key for column in ASSIGNMENTS if column.key not in ("unit_name", "id")][:45]


def _in_a_process(form: str, keys: list[str], rows: int) -> tuple[float, float]:
    """Seconds and the most memory that was resident, in megabytes. Fails unless every row was written."""
    told = json.dumps({"database": connections.settings["default"]["NAME"], "form": form, "keys": keys})
    ran = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=told,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ,
    )
    found = json.loads(ran.stdout)
    if found["state"] != "done" or found["rows"] != rows:
        raise RuntimeError(f"the file was not written in full: {found}")
    return found["seconds"], found["resident_mb"]


def _copied(keys: list[str]) -> float:
    """Seconds of COPY of the same columns, sorted as the file is."""
    statement = (SQL / "register.sql").read_text()
    names = ", ".join(f'"{key}"' for key in keys)
    with timed() as watch, connection.cursor() as cursor, open(os.devnull, "wb") as nowhere:
        query = (
            f"COPY (SELECT {names} FROM ({statement}) AS register ORDER BY due_at, id) TO STDOUT (FORMAT csv)"
        )
        with cursor.copy(query) as stream:
            for block in stream:
                nowhere.write(block)
    return watch.seconds


def tell() -> None:
    """What the process of its own does: read what to write, write it, print what it took."""
    print(json.dumps(_write(json.load(sys.stdin))))


def _write(told: dict) -> dict:
    """In the process of its own: ask for the file and write it, as page and job do."""
    from django.conf import settings

    from bihuan.registers.actions import ask_export
    from bihuan.registers.jobs import serve_export
    from bihuan.registers.models import Export

    connections.settings["default"]["NAME"] = told["database"]
    with tempfile.TemporaryDirectory() as folder:
        settings.MEDIA_ROOT = folder
        export = ask_export(
            actor=actor_of(PROVINCE, Role.SUPERVISOR),
            register_key="assignments",
            form=told["form"],
            query="stage=",
            columns=told["keys"],
        )
        began = time.perf_counter()
        serve_export(export.pk)
        seconds = time.perf_counter() - began
    export = Export.objects.get(pk=export.pk)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "state": export.state,
        "rows": export.written,
        "seconds": seconds,
        "resident_mb": round(resident, 1),
    }
