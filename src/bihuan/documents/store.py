"""Where the bytes of contents lie (文件库): any Django storage, each content under its digest.

Whoever stores or removes a content holds the lock of its digest until the end of the transaction.
"""

import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection, transaction

from bihuan.documents import incoming
from bihuan.documents.models import Content
from bihuan.kernel.transactions import step

ROOT = "evidence"
_CHUNK = 1024 * 1024


@step
def lock(name: str) -> None:
    """Wait until nobody else holds the lock of this digest or upload id (hexadecimal)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(name[:15], 16)])


def digest_of(stream: IO[bytes]) -> str:
    """SHA-256 of the whole stream, a little at a time."""
    stream.seek(0)
    sha = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        sha.update(chunk)
    return sha.hexdigest()


def put(stream: IO[bytes], digest: str) -> str:
    """Store bytes under their digest, on disk for good when this returns; gives their name in the storage.

    An upload on the same disk is renamed, anything else copied. What a process left behind that died before
    its transaction was over is replaced.
    """
    path = f"{ROOT}/{digest[:2]}/{digest}"
    default_storage.delete(path)
    content: Any = File(stream)
    if own_path := _path_of(stream):
        content.temporary_file_path = lambda: own_path  # Django's word for: may be moved
    stored = default_storage.save(path, content)
    _settle(stored)
    return stored


def orphans(before: datetime) -> Iterator[str]:
    """Names of stored bytes older than `before` that no content has."""
    if not default_storage.exists(ROOT):
        return
    for folder in default_storage.listdir(ROOT)[0]:
        names = default_storage.listdir(f"{ROOT}/{folder}")[1]
        kept = set(Content.objects.filter(digest__in=names).values_list("digest", flat=True))
        for name in names:
            if name not in kept and default_storage.get_modified_time(f"{ROOT}/{folder}/{name}") < before:
                yield f"{ROOT}/{folder}/{name}"


def remove_orphan(path: str) -> None:
    """Remove stored bytes, unless a content has meanwhile come to them."""
    digest = path.rsplit("/", 1)[-1]
    with transaction.atomic():
        lock(digest)
        if not Content.objects.filter(digest=digest).exists():
            default_storage.delete(path)


def damaged() -> Iterator[Content]:
    """The contents whose bytes are gone or no longer what they were: for `bihuan doctor`."""
    for content in Content.objects.order_by("pk").iterator(chunk_size=500):
        try:
            with content.stored.open("rb") as stream:
                intact = digest_of(stream) == content.digest
        except FileNotFoundError:
            intact = False
        if not intact:
            yield content


def _path_of(stream: IO[bytes]) -> str | None:
    """Where a stream lies that may be moved away: an upload, never a file of ours or a name a sender gave."""
    if isinstance(stream, TemporaryUploadedFile):
        return stream.temporary_file_path()
    if isinstance(stream, BufferedReader) and Path(stream.name).is_relative_to(incoming.root()):
        return str(stream.name)
    return None


def _settle(stored: str) -> None:
    """Have the bytes and their name written to the disk itself, where the storage is one."""
    try:
        path = Path(default_storage.path(stored))
    except NotImplementedError:
        return
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
