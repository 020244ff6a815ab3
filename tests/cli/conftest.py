"""Commands are tried as an operator runs them: as processes, on a site of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
COMMAND = [sys.executable, "-m", "bihuan.cli.main"]


class Site:
    """A folder with a database of its own, and the commands run on it."""

    def __init__(self, var: Path):
        self.var = var

    def environment(self, **changes: str) -> dict[str, str]:
        foreign = ("BIHUAN_", "DATABASE_URL", "DJANGO_", "PORT")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        ours = {"PYTHONPATH": str(SOURCE), "BIHUAN_VAR": str(self.var), "BIHUAN_DEMO": "off"}
        return clean | ours | changes

    def run(self, *arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment(**changes), capture_output=True, text=True, timeout=300
        )


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """A folder that an unprivileged database server can reach, unlike pytest's own."""
    ground = Path(tempfile.mkdtemp(prefix="bihuan-test-"))
    ground.chmod(0o755)
    yield ground
    shutil.rmtree(ground)


@pytest.fixture(scope="session")
def site(ground) -> Site:
    """A site with an empty, migrated database; tests leave it so."""
    site = Site(ground / "site")
    done = site.run("manage", "migrate", "--verbosity=0")
    assert done.returncode == 0, done.stderr
    return site


@pytest.fixture
def bare_site(ground, tmp_path) -> Site:
    """A site that nothing was ever run on."""
    return Site(ground / tmp_path.name)


@pytest.fixture
def furnished(site, ground, tmp_path) -> Site:
    """A site with one session and one file."""
    furnished = Site(ground / f"furnished-{tmp_path.name}")
    subprocess.run(["cp", "-a", site.var, furnished.var], check=True)
    code = "from bihuan.kernel.sessions import SessionStore; SessionStore().save()"
    assert furnished.run("manage", "shell", "-c", code).returncode == 0
    (furnished.var / "files").mkdir(exist_ok=True)
    (furnished.var / "files/evidence.txt").write_text("证据")
    return furnished
