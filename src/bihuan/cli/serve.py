"""`bihuan serve`: everything one machine needs, started and stopped together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import click
from django.conf import settings
from django.core.checks import run_checks

from bihuan import __version__
from bihuan.cli import demo
from bihuan.cli.database import database_at_hand, migrate, pending_migrations
from bihuan.cli.main import Surroundings

READY_SECONDS = 60
GRACE_SECONDS = 15  # a job in hand may finish; one cut off is taken up again by the next worker


@click.command()
def serve() -> None:
    """Run the site: database, web and worker, until Ctrl-C."""
    _refuse_failed_checks()
    _refuse_busy_port()
    with database_at_hand(migrated=False):
        if pending_migrations():
            click.echo("Preparing the database")
            migrate()
        _load_demo()
        with _children() as children:
            _wait_until_ready(children)
            _announce()
            _watch(children)


def _load_demo() -> None:
    """Fill an empty database, unless it is to stay empty for real work (BIHUAN_DEMO)."""
    if settings.BIHUAN_DEMO:
        demo.clear_unfinished()
        if demo.is_empty():
            demo.fill()


def web_command() -> list[str]:
    options = ["--workers", settings.WEB_PROCESSES, "--threads", settings.WEB_THREADS]
    options += ["--bind", _address(), "--worker-class", "gthread", "--graceful-timeout", GRACE_SECONDS - 5]
    # No control socket: its place is shared by every gunicorn of this account.
    options += ["--log-level", "warning", "--no-control-socket"]
    if os.path.isdir("/dev/shm"):  # a heartbeat file on a slow disk would look like a hanging worker
        options += ["--worker-tmp-dir", "/dev/shm"]
    return ["gunicorn", "bihuan.wsgi", "--preload", *map(str, options)]  # loaded once, then forked


def worker_command() -> list[str]:
    options = ["--concurrency", settings.WORKER_JOBS, "--shutdown-graceful-timeout", GRACE_SECONDS - 5]
    return ["django", "procrastinate", "worker", *map(str, options)]


@contextmanager
def _children() -> Iterator[dict[str, subprocess.Popen]]:
    """Web and worker, each out of reach of the terminal's Ctrl-C: we stop them, in order."""
    children: dict[str, subprocess.Popen] = {}
    with ExitStack() as pipes:
        reading, writing = os.pipe()
        pipes.callback(os.close, writing)
        try:
            for name, command in (("web", web_command()), ("worker", worker_command())):
                children[name] = subprocess.Popen(
                    [sys.executable, "-m", "bihuan.cli.child", str(reading), *command],
                    pass_fds=[reading],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
            yield children
        finally:
            os.close(reading)
            _stop(children)


def _stop(children: dict[str, subprocess.Popen]) -> None:
    """Ask all to end, wait for them, and end by force what does not."""
    for child in children.values():
        child.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children.values():
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):  # a second Ctrl-C: at once, then
            child.wait(max(0.1, deadline - time.monotonic()))
        with suppress(ProcessLookupError):  # its own children too, if it could not end them
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _watch(children: dict[str, subprocess.Popen]) -> None:
    """Return never: leave by a signal, or because something died."""
    server = settings.EMBEDDED_SERVER
    while True:
        _refuse_dead(children)
        if server and server.postmaster() is None:
            raise click.ClickException(f"The database server has stopped; its log is {server.log}.")
        time.sleep(0.5)


def _refuse_dead(children: dict[str, subprocess.Popen]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise click.ClickException(f"The {name} process has ended with status {child.returncode}.")


def _wait_until_ready(children: dict[str, subprocess.Popen]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        _refuse_dead(children)
        try:
            connection = http.client.HTTPConnection(_reachable_host(), settings.PORT, timeout=10)
            connection.request("GET", "/healthz")
            connection.getresponse()
            return
        except OSError:
            time.sleep(0.1)
    raise click.ClickException(f"The web process did not answer within {READY_SECONDS} seconds.")


def _announce() -> None:
    click.echo(f"\n闭环 Bihuan {__version__} is ready:  http://{_reachable_host()}:{settings.PORT}\n")
    demo.list_accounts()
    click.echo("Ctrl-C stops everything.")


def _refuse_failed_checks() -> None:
    """What a setting means is judged by the context it belongs to, in Django's system checks."""
    if serious := [check.msg for check in run_checks() if check.is_serious()]:
        raise Surroundings("; ".join(serious))


def _refuse_busy_port() -> None:
    family = socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.BIND, settings.PORT))
        except OSError as refusal:
            raise Surroundings(
                f"{_address()} cannot be used ({refusal.strerror}); set PORT or BIHUAN_BIND to another one."
            ) from None


def _address() -> str:
    host = f"[{settings.BIND}]" if ":" in settings.BIND else settings.BIND
    return f"{host}:{settings.PORT}"


def _reachable_host() -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.BIND, settings.BIND)
