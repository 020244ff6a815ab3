"""Wrong use, wrong settings and wrong surroundings end in one sentence and the right exit code."""

import json
import subprocess

import pytest

from tests.cli.conftest import COMMAND


def test_help_lists_every_command_without_a_database(site):
    helped = site.run("--help", DATABASE_URL="postgresql://127.0.0.1:1/nowhere", PORT="nonsense")
    assert helped.returncode == 0
    for name in ("serve", "doctor", "backup", "restore", "manage", "shell"):
        assert name in helped.stdout


@pytest.mark.parametrize(
    "arguments, settings, code, sentence",
    [
        (["nonsense"], {}, 2, "No such command 'nonsense'"),
        (["doctor", "--nonsense"], {}, 2, "No such option"),
        (["serve"], {"PORT": "eighty"}, 2, '"PORT" invalid: Not a valid integer'),
        (["serve"], {"BIHUAN_BIND": "no.such.host.invalid"}, 2, "set PORT or BIHUAN_BIND to another one"),
        (["serve"], {"BIHUAN_OFFICE_HOURS": "all day"}, 2, "BIHUAN_OFFICE_HOURS cannot be read"),
        (["backup"], {"BIHUAN_COLOUR": "red"}, 2, "There is no setting BIHUAN_COLOUR"),
        (["backup"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, 2, "The database is out of reach"),
        (["shell"], {"DATABASE_URL": "mysql://127.0.0.1/x"}, 2, "DATABASE_URL must begin with postgresql://"),
        (["manage", "nonsense"], {}, 1, "Unknown command: 'nonsense'"),
        (["restore", "/nonexistent"], {}, 2, "does not exist"),
    ],
)
def test_what_an_operator_can_put_right_is_one_sentence(site, arguments, settings, code, sentence):
    refused = site.run(*arguments, **settings)
    assert refused.returncode == code
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_reader_that_goes_away_is_not_complained_about(site):
    environment = site.environment()
    listing = subprocess.Popen(
        [*COMMAND, "manage", "sqlflush"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    listing.stdout.close()
    said = listing.stderr.read()
    assert (listing.wait(), said) == (1, "")


def test_the_doctor_tells_a_machine_what_fails(site):
    told = site.run("doctor", "--json", DATABASE_URL="postgresql://127.0.0.1:1/nowhere")
    report = json.loads(told.stdout)
    findings = {finding["name"]: finding["state"] for finding in report["findings"]}
    assert (told.returncode, report["ok"]) == (1, False)
    assert findings["database"] == "failed"
    assert findings["python"] == findings["secret key"] == "ok"


def test_the_doctor_finds_a_site_without_static_files_and_a_secret_open_to_others(bare_site):
    bare_site.run("doctor")
    (bare_site.var / "secret-key").chmod(0o644)
    told = bare_site.run("doctor")
    states = {line[9:20].strip(): line[:8].strip() for line in told.stdout.splitlines()}
    assert told.returncode == 1
    assert states["secret key"] == states["front end"] == states["migrations"] == "failed"
    assert states["database"] == states["clocks"] == "ok"
