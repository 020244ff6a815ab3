import signal
import subprocess

import psycopg
import pytest

from bihuan.kernel.postgres import Server
from tests.cli.conftest import COMMAND

pytestmark = pytest.mark.slow

FOUND_A_UNIT = """
from datetime import date
from bihuan.kernel.actor import system
from bihuan.org.actions import found_unit
found_unit(actor=system("tests"), name="省厅", kind="authority", parent_id=None, starts_on=date(2020, 1, 1))
"""


def test_the_demonstration_never_mixes_with_records_but_replaces_its_own_unfinished_ones(furnished):
    founded = furnished.run("manage", "shell", "-c", FOUND_A_UNIT)
    assert founded.returncode == 0, founded.stderr
    refused = furnished.run("demo", "load")
    assert (refused.returncode, "never mixes" in refused.stderr) == (1, True)

    server = Server(furnished.var / "postgres")
    with server.held(), psycopg.connect(**server.connection_parameters()) as connection:
        connection.execute("CREATE TABLE demo_unfinished ()")  # what a loading that was cut off leaves behind
    loading = subprocess.Popen(
        [*COMMAND, "demo", "load"],
        env=furnished.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert any("机构与人员" in line for line in iter(loading.stdout.readline, "")), loading.stderr.read()
    loading.send_signal(signal.SIGTERM)
    assert loading.wait(30) == 128 + signal.SIGTERM
    assert server.postmaster() is None
