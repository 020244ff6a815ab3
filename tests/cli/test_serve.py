"""`bihuan serve` starts a whole site and leaves nothing behind."""

import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Callable

import psutil
import pytest

from bihuan.kernel.postgres import Server
from tests.cli.conftest import COMMAND

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def eventually(condition: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(condition())


class Served:
    def __init__(self, site):
        self.port = free_port()
        self.server = Server(site.var / "postgres")
        self.process = subprocess.Popen(
            [*COMMAND, "serve"],
            env=site.environment(PORT=str(self.port), BIHUAN_WEB_PROCESSES="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        lines = iter(self.process.stdout.readline, "")
        assert any(f"http://127.0.0.1:{self.port}" in line for line in lines), self.process.stderr.read()
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    def get(self, address: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", address)
        return connection.getresponse().status

    def named(self, word: str) -> psutil.Process:
        return next(child for child in self.children if word in " ".join(child.cmdline()))

    def nothing_is_left(self) -> bool:
        return not any(child.is_running() for child in self.children) and self.server.postmaster() is None


@pytest.fixture
def served(site):
    served = Served(site)
    yield served
    served.process.kill()
    served.process.communicate()
    assert eventually(lambda: not any(child.is_running() for child in served.children))
    with served.server.held():
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_that_was_started(served, number):
    assert served.get("/healthz") == 200
    assert served.server.postmaster()
    served.process.send_signal(number)
    assert served.process.wait(30) == 128 + number
    assert served.nothing_is_left()
    assert "Traceback" not in served.process.stderr.read()


@pytest.mark.parametrize("word", ["gunicorn", "procrastinate"])
def test_a_child_that_dies_stops_the_rest(served, word):
    served.named(word).kill()
    assert served.process.wait(30) == 1
    assert "process has ended" in served.process.stderr.read()
    assert eventually(served.nothing_is_left)  # web workers look every second whether their parent lives


def test_a_dead_database_server_stops_the_rest(served):
    served.server.postmaster().kill()
    assert served.process.wait(30) == 1
    assert "database server has stopped" in served.process.stderr.read()
    assert served.nothing_is_left()


def test_children_do_not_outlive_a_killed_serve_and_the_next_one_takes_over(served, site):
    served.process.kill()
    assert eventually(lambda: not any(child.is_running() for child in served.children))
    assert served.server.postmaster()
    again = Served(site)
    assert again.get("/healthz") == 200
    again.process.send_signal(signal.SIGINT)
    again.process.communicate(timeout=30)
    assert again.nothing_is_left()


def test_a_busy_port_is_named(served, site):
    refused = site.run("serve", PORT=str(served.port))
    assert refused.returncode == 2
    assert f"127.0.0.1:{served.port} cannot be used" in refused.stderr
    assert served.get("/healthz") == 200


def test_a_command_beside_a_running_site_leaves_it_running(served, site):
    assert site.run("manage", "check").returncode == 0
    assert served.get("/healthz") == 200
    refused = site.run("restore", "--force", __file__)
    assert (refused.returncode, "stop bihuan serve first" in refused.stderr) == (2, True)
