"""`bihuan doctor`: what is missing or wrong on this machine, one line each."""

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

import click
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from bihuan.cli.database import database_at_hand, pending_migrations, server_version
from bihuan.kernel.postgres import ServerError
from bihuan.ledger import keys
from bihuan.ledger.models import SigningKey
from bihuan.ledger.queries import behind, latest_head

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEARTBEAT_SECONDS = 60  # procrastinate's workers beat every 10
LITTLE_SPACE, NO_SPACE = 2 * 2**30, 300 * 2**20
CLOCK_SECONDS = 5

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Finding:
    """What one look found; only a failed one makes the command fail."""

    name: str
    state: State
    text: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for a machine.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look for what is missing or wrong on this machine."""
    findings = list(look())
    failed = any(finding.state == "failed" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not failed, "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            click.echo(f"{finding.state:8} {finding.name:11} {finding.text}")
    ctx.exit(1 if failed else 0)


def look() -> Iterator[Finding]:
    for here in (
        python,
        system_checks,
        disk,
        secret_key,
        front_end,
        time_zone,
        chromium,
        cjk_font,
        document_fonts,
    ):
        yield here()
    with ExitStack() as stack:
        try:
            stack.enter_context(database_at_hand(migrated=False))
            version = ".".join(map(str, server_version()))
        except (ServerError, ImproperlyConfigured, OperationalError) as problem:
            yield Finding("database", "failed", str(problem).strip().replace("\n", " "))
            return
        place = "embedded" if settings.EMBEDDED_SERVER else settings.DATABASES["default"]["HOST"] or "local"
        yield Finding("database", "ok", f"PostgreSQL {version}, {place}")
        pending = pending_migrations()
        yield migrations(pending)
        yield clocks()
        if not pending:
            yield worker()
            yield sealing()
            yield channels()


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok" if sys.version_info >= (3, 11) else "failed", version)


def system_checks() -> Finding:
    serious = [check.msg for check in run_checks() if check.is_serious()]
    return Finding("settings", "failed" if serious else "ok", "; ".join(serious) or "accepted")


def disk() -> Finding:
    free = shutil.disk_usage(settings.VAR).free
    state: State = "failed" if free < NO_SPACE else "warning" if free < LITTLE_SPACE else "ok"
    return Finding("disk", state, f"{free / 2**30:.1f} GB free in {settings.VAR}")


def secret_key() -> Finding:
    path = settings.VAR / "secret-key"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding("secret key", "failed", f"others may read {path}; run: chmod 600 {path}")
    return Finding("secret key", "ok", "kept to its owner" if path.exists() else "from BIHUAN_SECRET_KEY")


def front_end() -> Finding:
    css, manifest = settings.PACKAGES / "tabler/tabler.min.css", settings.STATIC_ROOT / "staticfiles.json"
    wanted = [css, settings.ICONS, manifest]
    missing = [path.name for path in wanted if not path.exists()]
    text = (
        f"{', '.join(missing)} missing; run: make setup" if missing else "packages and static files in place"
    )
    return Finding("front end", "failed" if missing else "ok", text)


def time_zone() -> Finding:
    local = datetime.now().astimezone()
    return Finding("time zone", "ok", f"offices keep {settings.TIME_ZONE}; this machine {local:%Z (UTC%z)}")


def chromium() -> Finding:
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    return Finding("chromium", *_if_developing(path, "for browser tests: apt-get install chromium"))


def cjk_font() -> Finding:
    listing = shutil.which("fc-list")
    fonts = listing and subprocess.run([listing, ":lang=zh", "family"], capture_output=True, text=True).stdout
    first = min(fonts.splitlines(), default=None) if fonts else None
    return Finding("CJK font", *_if_developing(first, "for browser tests: apt-get install fonts-noto-cjk"))


def document_fonts() -> Finding:
    """Without them official documents come as docx only."""
    from bihuan.documents.gongwen import fonts
    from bihuan.kernel.errors import Refused

    try:
        chosen, stand_ins = fonts.chosen(), fonts.substituted()
    except Refused:
        return Finding(
            "PDF fonts", "warning", f"missing; for documents as PDF: apt-get install {fonts.FREE_PACKAGE}"
        )
    said = ", ".join(f"{face} from {chosen[face].family}" for face in stand_ins)
    return Finding("PDF fonts", "ok", f"free substitutes: {said}" if said else "as GB/T 9704 names them")


def migrations(pending: list[str]) -> Finding:
    if not pending:
        return Finding("migrations", "ok", "all applied")
    return Finding("migrations", "failed", f"{len(pending)} to apply; run: bihuan manage migrate")


def clocks() -> Finding:
    """A database whose clock is off decides deadlines differently from the web processes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        apart = abs((cursor.fetchone()[0] - datetime.now(UTC)).total_seconds())
    return Finding(
        "clocks", "ok" if apart < CLOCK_SECONDS else "failed", f"database and program {apart:.1f} s apart"
    )


def worker() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers")
        silent = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
            " AND coalesce(scheduled_at, now()) < now() - interval '5 minutes'"
        )
        waiting = cursor.fetchone()[0]
    if silent is not None and silent < HEARTBEAT_SECONDS:
        return Finding("worker", "ok", f"heard {silent:.0f} s ago")
    text = f"none is running, {waiting} jobs are overdue; run: bihuan serve"
    return Finding("worker", "failed" if waiting else "warning", text)


def sealing() -> Finding:
    """The ledger is sealed each minute, by a key whose private half must be here."""
    if exposed := keys.readable_by_others():
        return Finding("sealing", "failed", f"others may read {exposed[0]}; run: chmod 600 {exposed[0]}")
    current = SigningKey.objects.order_by("pk").last()
    if current and current.public not in keys.held():
        return Finding("sealing", "failed", f"the private half of key {current.public[:16]}… is not here")
    lag, last = behind(), latest_head()
    if lag:
        return Finding("sealing", "failed", f"entries have waited {lag.total_seconds() / 60:.0f} minutes")
    return Finding(
        "sealing", "ok", f"{last.size} entries under head {last.number}" if last else "nothing yet"
    )


def channels() -> Finding:
    """Messages go to hosts that the operator named; what does not arrive is not noticed outside the pages."""
    from bihuan.notifications.models import Channel
    from bihuan.notifications.queries.channels import why_not_sending

    used = list(Channel.objects.in_use())
    reasons = [why for one in used if (why := why_not_sending(one))]
    if reasons:
        return Finding("channels", "warning", f"{len(reasons)} of {len(used)} cannot send: {reasons[0]}")
    hosts = ", ".join(settings.CHANNEL_HOSTS) or "none; robots need BIHUAN_CHANNEL_HOSTS"
    return Finding("channels", "ok", f"{len(used)} in use; hosts allowed: {hosts}")


def _if_developing(found: str | None, advice: str) -> tuple[State, str]:
    return ("ok", found) if found else ("warning", f"missing; {advice}")
