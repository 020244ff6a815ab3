"""The real site over the benchmark's database: gunicorn as `bihuan serve` runs it, and clients that call it."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from threading import local
from typing import BinaryIO, cast
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connections
from django.test import Client

from bihuan.bench.measuring import timed
from bihuan.kernel.actor import Actor
from bihuan.org.models import Person

CLIENTS = 8
READY_SECONDS = 60


@dataclass(frozen=True)
class Call:
    """A request in the name of an appointment, by its token, or of whoever signed in to a session."""

    method: str
    path: str
    appointment_id: int
    body: str | None = None
    session: str = ""

    @cached_property
    def sent(self) -> bytes:
        """The request as it goes over the wire."""
        body = (self.body or "").encode()
        who = (
            f"Cookie: {settings.SESSION_COOKIE_NAME}={self.session}"
            if self.session
            else f"Authorization: Bearer bh_bench_{self.appointment_id}"
        )
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1", who]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
        return "\r\n".join([*lines, "", ""]).encode() + body


def page_for(actor: Actor, path: str) -> Call:
    """A page as a browser asks for it in which this person signed in."""
    door = Client()
    door.force_login(Person.objects.get(pk=actor.person_id or 0))
    session = door.cookies[settings.SESSION_COOKIE_NAME].value
    return Call("GET", path, actor.appointment_id or 0, session=session)


class Site:
    """A running site; each thread that calls keeps one connection, as a browser would.

    Client and site share the processors, so the client reads what it must of an answer and no more.
    """

    def __init__(self, port: int):
        self.port = port
        self.threads = local()

    def time_of(self, call: Call) -> float:
        wire, request = self._wire(), call.sent
        with timed() as watch:
            wire.write(request)
            wire.flush()
            status, text = _answer(wire)
        if status != 200:
            raise RuntimeError(f"{call.path} answered {status}: {text[:300]!r}")
        return watch.seconds

    def one_by_one(self, calls: Iterable[Call]) -> list[float]:
        return [self.time_of(call) for call in calls]

    def all_at_once(self, calls: list[Call]) -> float:
        """How many calls a second `CLIENTS` clients get through together."""
        with ThreadPoolExecutor(CLIENTS) as clients, timed() as watch:
            list(clients.map(self.time_of, calls))
        return len(calls) / watch.seconds

    def _wire(self) -> BinaryIO:
        if not hasattr(self.threads, "wire"):
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.threads.wire = connection.makefile("rwb")
        return cast(BinaryIO, self.threads.wire)


def _answer(wire: BinaryIO) -> tuple[int, bytes]:
    """Status and body of an answer; gunicorn says the length of whatever it does not send in chunks."""
    status = int(wire.readline().split(maxsplit=2)[1])
    length = 0
    while (line := wire.readline().lower()) not in (b"\r\n", b""):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
        elif line.startswith(b"transfer-encoding:"):
            return status, b"".join(_chunks(wire))
    return status, wire.read(length)


def _chunks(wire: BinaryIO) -> Iterator[bytes]:
    while size := int(wire.readline(), 16):
        yield wire.read(size)
        wire.readline()
    wire.readline()


@contextmanager
def site() -> Iterator[Site]:
    """Start the site on a free port and stop it at the end."""
    port = _free_port()
    bind = [
        "--bind",
        f"127.0.0.1:{port}",
        "--keep-alive",
        "60",
        "--no-control-socket",
        "--log-level",
        "warning",
    ]
    hands = [
        "--workers",
        settings.WEB_PROCESSES,
        "--threads",
        settings.WEB_THREADS,
        "--worker-class",
        "gthread",
    ]
    command = [sys.executable, "-m", "gunicorn", "bihuan.bench.plain", "--preload", *bind, *map(str, hands)]
    child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": _database_url()})
    try:
        _wait_until(lambda: _answers(port), child)
        yield Site(port)
    finally:
        child.terminate()
        child.wait()


def _database_url() -> str:
    """The address of the database that connections lead to now."""
    one = connections.settings["default"]
    password = f":{quote(one['PASSWORD'], safe='')}" if one.get("PASSWORD") else ""
    host = {"host": one["HOST"]} if str(one["HOST"]).startswith("/") else {}
    place = "" if host else one["HOST"]
    port = f":{one['PORT']}" if one.get("PORT") else ""
    options = {key: value for key, value in one["OPTIONS"].items() if isinstance(value, str)} | host
    return f"postgresql://{one['USER']}{password}@{place}{port}/{one['NAME']}?{urlencode(options)}"


def _free_port() -> int:
    with closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _answers(port: int) -> bool:
    with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def _wait_until(ready: Callable[[], bool], child: subprocess.Popen) -> None:
    deadline = time.monotonic() + READY_SECONDS
    for _try in repeat(None):
        if ready():
            return
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the site did not start")
        time.sleep(0.1)
