import json
import tarfile

import psycopg
import pytest

from bihuan.kernel.postgres import Server

pytestmark = pytest.mark.slow


def count_sessions_and_files(site) -> tuple[int, list[str]]:
    server = Server(site.var / "postgres")
    with server.held(), psycopg.connect(**server.connection_parameters()) as connection:
        sessions = connection.execute("SELECT count(*) FROM django_session").fetchone()[0]
    return sessions, sorted(path.name for path in (site.var / "files").glob("*"))


def test_a_backup_comes_back_whole_and_only_where_there_is_nothing_or_by_force(
    furnished, bare_site, tmp_path
):
    archive = tmp_path / "backup.tar"
    made = furnished.run("backup", archive)
    assert (made.returncode, made.stdout) == (0, f"{archive}\n")
    assert archive.stat().st_mode & 0o777 == 0o600

    assert bare_site.run("restore", archive).returncode == 0
    assert count_sessions_and_files(bare_site) == (1, ["evidence.txt"])

    (bare_site.var / "files/later.txt").write_text("")
    refused = bare_site.run("restore", archive)
    assert (refused.returncode, "--force" in refused.stderr) == (2, True)
    assert count_sessions_and_files(bare_site) == (1, ["evidence.txt", "later.txt"])
    assert bare_site.run("restore", "--force", archive).returncode == 0
    assert count_sessions_and_files(bare_site) == (1, ["evidence.txt"])


def test_a_backup_never_overwrites(site, tmp_path):
    archive = tmp_path / "backup.tar"
    archive.write_text("precious")
    assert site.run("backup", archive).returncode == 2
    assert archive.read_text() == "precious"


def cut(archive):
    archive.write_bytes(archive.read_bytes()[:-200_000])


def replace_by_text(archive):
    archive.write_text("not an archive")


def claim_another_format(archive):
    with tarfile.open(archive, "w") as content:
        manifest = archive.with_name("manifest.json")
        manifest.write_text(json.dumps({"format": 99}))
        content.add(manifest, "manifest.json")


@pytest.fixture(scope="module")
def archive(site, tmp_path_factory):
    archive = tmp_path_factory.mktemp("archive") / "backup.tar"
    assert site.run("backup", archive).returncode == 0
    return archive.read_bytes()


@pytest.mark.parametrize("harm", [cut, replace_by_text, claim_another_format])
def test_a_broken_archive_changes_nothing(furnished, archive, tmp_path, harm):
    broken = tmp_path / "broken.tar"
    broken.write_bytes(archive)
    harm(broken)
    refused = furnished.run("restore", "--force", broken)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert count_sessions_and_files(furnished) == (1, ["evidence.txt"])
