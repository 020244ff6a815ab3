"""Writing the files that were asked for, and removing them when their time is over."""

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from tempfile import NamedTemporaryFile
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, DomainError, IllegalMove, Refused
from bihuan.kernel.listing import Line, read_to_the_end
from bihuan.kernel.workbooks import write_csv, write_xlsx
from bihuan.org.actors import actor_in
from bihuan.org.scope import steady
from bihuan.registers.actions import (
    SERVE,
    SILENT,
    begin_export,
    expire_export,
    fail_export,
    finish_export,
    note_progress,
    poster_of,
)
from bihuan.registers.models import Export
from bihuan.registers.queries import Asked, all_lines, as_address, layout_of, register_named, understood

FOLDER = "exports"
NOTED = 1.0  # seconds between two notes of progress
WRITERS = {Export.Form.XLSX: write_xlsx, Export.Form.CSV: write_csv}

log = logging.getLogger(__name__)


@app.task(name=SERVE, retry=RetryStrategy(max_attempts=3, wait=SILENT.seconds))
def serve_export_job(export_id: int) -> None:
    serve_export(export_id)


@app.periodic(cron="*/2 * * * *")
@app.task(name="registers.resume_exports", queueing_lock="registers.resume_exports")
def resume_exports_job(timestamp: int) -> None:
    """Take up what a writer that died left behind."""
    late = clock.now() - SILENT
    for export in Export.objects.unfinished().filter(asked_at__lt=late).order_by("pk"):
        serve_export(export.pk)


@app.periodic(cron="25 * * * *")
@app.task(name="registers.expire_exports", queueing_lock="registers.expire_exports")
def expire_exports_job(timestamp: int) -> None:
    """Remove the files whose time is over, and bytes that no export has."""
    for export in Export.objects.over(clock.now()).order_by("pk"):
        with suppress(AlreadyDone):
            expire_export(export_id=export.pk, actor=system("registers"))
    sweep_files()


def serve_export(export_id: int) -> None:
    """Write one file and note it; what cannot be done is noted, and whoever asked reads why."""
    with transaction.atomic():
        export = begin_export(export_id)
    if export is None:
        return
    try:
        with translation.override(export.language):
            _write(export)
    except DomainError as refusal:
        _fail(export_id, refusal)
    except Exception:
        log.exception("export %s failed", export_id)
        _fail(export_id, Refused(_("系统没能生成文件，请稍后再试；问题已记录"), code="broken"))


def _fail(export_id: int, fault: DomainError) -> None:
    with suppress(AlreadyDone):
        fail_export(export_id=export_id, actor=system("registers"), fault=fault)


def asked_by(export: Export) -> Asked:
    """What an export shows, in the scope that its asker has now. Refused if the post is over."""
    post = poster_of(export)
    actor = actor_in(post) if post else None
    register = register_named(export.register, actor) if actor else None
    if actor is None or register is None:
        raise Refused(_("您的岗位已经变动，不能再导出这个台账"), code="not_permitted")
    given = QueryDict(as_address(export))  # type: ignore[arg-type]
    return understood(register, actor, given)


def _write(export: Export) -> None:
    with steady(), NamedTemporaryFile(suffix=f".{export.form}") as file:
        asked, post = asked_by(export), poster_of(export)
        _note(export.pk, 0, int(asked.bare.order_by().count()))
        layout = layout_of(asked, export.title, export.paper, post.unit if post else None)
        with read_to_the_end():
            rows = _noting(export.pk, all_lines(asked, clock.now()))
            written = WRITERS[Export.Form(export.form)](file, layout, rows)
        file.flush()
        size, content = file.tell(), _digest(file)
        stored = default_storage.save(f"{FOLDER}/{uuid4()}.{export.form}", File(file))
    try:
        finish_export(
            export_id=export.pk,
            actor=system("registers"),
            stored=stored,
            rows=written,
            size=size,
            content=content,
        )
    except IllegalMove:  # nobody wants it any more
        default_storage.delete(stored)


def _noting(export_id: int, rows: Iterator[Line]) -> Iterator[Line]:
    """The rows, with a note of progress every second; ends early when the file is no longer wanted."""
    noted = time.monotonic()
    for count, row in enumerate(rows, 1):
        yield row
        if count % 500 == 0 and time.monotonic() - noted > NOTED:
            noted = time.monotonic()
            if not _note(export_id, count):
                return


def _note(export_id: int, written: int, total: int | None = None) -> bool:
    with transaction.atomic():
        return note_progress(export_id, written, total)


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return found


def sweep_files() -> int:
    """Remove bytes that a writer left behind who died before they were noted; gives how many."""
    if not default_storage.exists(FOLDER):
        return 0
    known = set(Export.objects.exclude(stored="").values_list("stored", flat=True))
    before, removed = clock.now() - timedelta(hours=settings.EXPORT_HOURS), 0
    for name in default_storage.listdir(FOLDER)[1]:
        path: Any = f"{FOLDER}/{name}"
        if path not in known and default_storage.get_modified_time(path) < before:
            default_storage.delete(path)
            removed += 1
    return removed
