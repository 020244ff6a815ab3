"""The benchmarks run, on few rows, on a site of their own."""

import json

import pytest

from tests.cli.conftest import bare_site, ground  # noqa: F401

pytestmark = pytest.mark.slow
FIELDS = {"bench", "case", "rows", "seconds", "p95", "sql_seconds", "ratio"}


def test_every_bench_prints_a_json_object_a_line_and_leaves_nothing_behind(bare_site):  # noqa: F811
    done = bare_site.run("bench", "all", "--rows", "200", "--json")
    assert done.returncode == 0, done.stderr
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["bench"] for one in findings} == {
        "dispatch",
        "list",
        "search",
        "board",
        "transition",
        "export",
        "sweep",
        "alike",
    }
    for one in findings:
        assert one.keys() >= FIELDS
        assert one["rows"] in ((200, 2000) if one["bench"] == "sweep" else (200,))
        assert one["ratio"] == pytest.approx(one["seconds"] / one["sql_seconds"], rel=0.01)
        assert 0 < one["seconds"] <= one["p95"]
    count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'bihuan_bench%'"
    code = (
        f"from django.db import connection as c; k = c.cursor(); k.execute({count!r}); print(k.fetchone()[0])"
    )
    left = bare_site.run("manage", "shell", "-v", "0", "-c", code)
    assert left.stdout.split() == ["0"], left.stderr


def test_an_unknown_bench_is_refused_with_the_names_there_are(bare_site):  # noqa: F811
    done = bare_site.run("bench", "speed")
    assert done.returncode == 2
    assert "dispatch" in done.stderr
