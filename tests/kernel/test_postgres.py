"""The embedded server's life: one folder, started by the first holder, stopped by the last."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from bihuan.kernel import postgres
from bihuan.kernel.postgres import Server, ServerError

HOLD = """
import sys
import tempfile
from pathlib import Path
from bihuan.kernel.postgres import Server
with Server(Path(sys.argv[1]), durable=False).held():
    print("up", flush=True)
    sys.stdin.read()
"""


def open_ground() -> Path:
    """A folder that the server's account can reach; pytest's own are closed to all but root."""
    ground = Path(tempfile.mkdtemp(prefix="bihuan-test-"))
    ground.chmod(0o755)
    return ground


@pytest.fixture(scope="module")
def template():
    ground = open_ground()
    server = Server(ground / "postgres", durable=False)
    with server.held():
        pass
    yield server.place
    shutil.rmtree(ground)


@pytest.fixture
def ground():
    ground = open_ground()
    yield ground
    shutil.rmtree(ground)


@pytest.fixture
def server(ground, template):
    folder = ground / "postgres"
    subprocess.run(["cp", "-a", template, folder], check=True)
    server = Server(folder, durable=False)
    yield server
    server.stop()


@pytest.fixture
def holder(server):
    """Starts commands that hold the server until their input ends."""
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "-c", HOLD, str(server.folder)]
        environment = os.environ | {"PYTHONPATH": str(Path(postgres.__file__).parents[2])}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "up\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def leave(process: subprocess.Popen) -> None:
    process.communicate("")
    assert process.returncode == 0


def ask(server: Server, question: str):
    with psycopg.connect(**server.connection_parameters()) as session:
        return session.execute(question).fetchone()[0]


def test_the_server_runs_only_while_somebody_holds_it(server):
    with server.held():
        assert server.postmaster()
        assert ask(server, "SELECT current_database()") == "bihuan"
        assert ask(server, "SHOW listen_addresses") == ""
    assert server.postmaster() is None


def test_the_last_of_two_commands_stops_the_server(server, holder):
    first, second = holder(), holder()
    leave(first)
    assert ask(server, "SELECT 1") == 1
    leave(second)
    assert server.postmaster() is None


def test_a_leftover_of_a_killed_command_is_adopted_and_stopped_with_the_next(server, holder):
    victim = holder()
    victim.kill()
    victim.wait()
    leftover = server.postmaster()
    assert leftover
    with server.held():
        assert server.postmaster().pid == leftover.pid
    assert server.postmaster() is None


def test_a_killed_server_is_replaced_and_keeps_what_was_committed(server):
    server = Server(server.folder)
    with server.held():
        with psycopg.connect(**server.connection_parameters()) as session:
            session.execute("CREATE TABLE kept AS SELECT 7 AS figure")
        killed = server.postmaster()
        killed.send_signal(signal.SIGKILL)
        psutil.wait_procs([killed], timeout=10)
        with server.held():
            assert ask(server, "SELECT figure FROM kept") == 7


def test_a_pid_file_that_names_a_stranger_is_stale(server):
    (server.data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{server.data}\n1\n5432\n/nowhere\n\n 1\nready\n"
    )
    shutil.chown(server.data / "postmaster.pid", server.data.stat().st_uid)
    with server.held():
        assert ask(server, "SELECT 1") == 1


def test_a_checkout_moved_while_its_server_runs_gets_that_server_at_its_new_address(server, holder, ground):
    holder().kill()
    moved = Server(ground / "moved", durable=False)
    server.folder.rename(moved.folder)
    with moved.held():
        assert ask(moved, "SELECT 1") == 1
    assert moved.postmaster() is None


def test_two_checkouts_side_by_side_do_not_meet(server, template, ground):
    other = Server(ground / "other", durable=False)
    subprocess.run(["cp", "-a", template, other.folder], check=True)
    with server.held(), other.held():
        assert ask(server, "SHOW data_directory") != ask(other, "SHOW data_directory")
    assert server.postmaster() is other.postmaster() is None


@pytest.mark.parametrize("name", ["deep" * 30, "with, comma", "it's", 'say "hi"'])
def test_a_path_no_socket_can_have_still_works(template, ground, name):
    folder = ground / name
    subprocess.run(["cp", "-a", template, folder], check=True)
    server = Server(folder, durable=False)
    with server.held():
        assert ask(server, "SELECT 1") == 1
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(server.socket_folder)


def test_nobody_else_may_enter_the_folder(server):
    with server.held():
        assert server.place.stat().st_mode & 0o777 == 0o700
        assert server.postmaster().uids().effective != 0


def test_a_planted_socket_folder_is_refused(template, ground):
    folder = ground / ("deep" * 30)
    subprocess.run(["cp", "-a", template, folder], check=True)
    server = Server(folder, durable=False)
    server.socket_folder.symlink_to(ground)
    try:
        with pytest.raises(ServerError, match="belongs to another account"), server.held():
            pass
    finally:
        server.socket_folder.unlink()


def damage_control_file(data: Path) -> None:
    (data / "global/pg_control").write_bytes(b"\0" * 8192)


def lose_version(data: Path) -> None:
    (data / "PG_VERSION").unlink()


def age(data: Path) -> None:
    (data / "PG_VERSION").write_text("14\n")


@pytest.mark.parametrize(
    "harm, sentence",
    [
        (damage_control_file, "damaged .* bring back a backup"),
        (lose_version, "damaged .*PG_VERSION is missing"),
        (age, "made by another PostgreSQL version"),
    ],
)
def test_damaged_data_are_named_and_left_alone(server, harm, sentence):
    harm(server.data)
    precious = Server(server.folder)
    with pytest.raises(ServerError, match=sentence), precious.held():
        pass
    assert precious.data.exists()


def test_damaged_throw_away_data_are_made_anew(server):
    damage_control_file(server.data)
    with server.held():
        assert ask(server, "SELECT 1") == 1


@pytest.mark.parametrize(
    "said, sentence",
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "disk .* is full"),
        ("PANIC:  could not locate a valid checkpoint record at 0/1", r"damaged \(could not locate"),
        ("FATAL:  something unheard of", "does not start: something unheard of"),
    ],
)
def test_what_postgresql_says_becomes_one_sentence(ground, said, sentence):
    with pytest.raises(ServerError, match=sentence):
        raise ServerError(postgres._sentence(said, Server(ground)))


def test_a_full_disk_is_noticed_before_a_database_is_made(ground, monkeypatch):
    monkeypatch.setattr(postgres, "SPACE_TO_BEGIN", 2**60)
    with pytest.raises(ServerError, match="a new database needs"), Server(ground / "postgres").held():
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the server as somebody else")
def test_root_inside_a_closed_home_keeps_the_data_where_the_server_may_go(ground, monkeypatch):
    home = ground / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setattr(postgres, "REMOTE_PLACE", ground / "lib")
    server = Server(home / "var/postgres", durable=False)
    with server.held():
        assert ask(server, "SELECT 1") == 1
        assert server.place.parent == ground / "lib"
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the server as somebody else")
def test_data_moved_into_a_closed_home_are_asked_back(server, ground):
    home = ground / "home"
    home.mkdir(mode=0o700)
    moved = Server(home / "postgres")
    server.folder.rename(moved.folder)
    with pytest.raises(ServerError, match="cannot reach"), moved.held():
        pass
