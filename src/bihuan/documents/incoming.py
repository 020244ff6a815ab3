"""Where the pieces of an upload wait until it is complete (暂存区): one file for each person and upload.

What has arrived is a true beginning of the file, whenever the line broke: the size on disk is the offset to
go on from. Nothing here is evidence yet, and what nobody completes is removed.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from bihuan.documents.names import refuse_secrecy_mark
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, NotPermitted, Refused

OPEN_UPLOADS = 50  # of one person at a time


class OutOfPlace(DomainError):
    """The piece does not continue what has arrived; `offset` says from where to go on."""

    code = "out_of_place"

    def __init__(self, offset: int):
        super().__init__(_("上传位置不一致，请从断点继续"), field="file", offset=offset)
        self.offset = offset


def offset_of(actor: Actor, upload_id: UUID) -> int:
    """How much of an upload has arrived."""
    try:
        return _path(actor, upload_id).stat().st_size
    except FileNotFoundError:
        return 0


def receive_piece(
    actor: Actor, upload_id: UUID, *, name: str, offset: int, length: int, pieces: Iterable[bytes]
) -> int:
    """Append one piece of a file of `length` bytes; gives the offset to go on from.

    Raises OutOfPlace for a gap or a piece that has arrived before, Refused for a file that could not be
    accepted anyway, before any of it is stored. A line that breaks keeps what has arrived.
    """
    sender(actor)
    refuse_unwelcome(name, length)
    path = _path(actor, upload_id)
    if not path.exists() and sum(1 for _path_ in path.parent.glob(f"{actor.person_id}-*")) >= OPEN_UPLOADS:
        raise Refused(_("未完成的上传过多，请先完成或稍后再试"), code="too_many", field="file")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("ab") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        arrived = part.seek(0, os.SEEK_END)
        if not _is(path, part) or offset != arrived:
            raise OutOfPlace(offset_of(actor, upload_id))
        try:
            for piece in pieces:
                if arrived + len(piece) > length:
                    path.unlink()
                    raise Refused(_("文件大小与申报的不一致，请重新上传"), code="length", field="file")
                part.write(piece)
                arrived += len(piece)
        finally:
            part.flush()
            os.fsync(part.fileno())
    return arrived


@contextmanager
def complete(actor: Actor, upload_id: UUID) -> Iterator[IO[bytes] | None]:
    """The whole upload, held so that nobody else completes it; None where nothing has arrived.

    Afterwards the waiting file is gone, whether it was accepted or refused; an unforeseen error before it was
    stored keeps it for another try.
    """
    path = _path(actor, upload_id)
    try:
        part = path.open("rb")
    except FileNotFoundError:
        yield None
        return
    with part:
        fcntl.flock(part, fcntl.LOCK_EX)
        if not _is(path, part):  # completed while we waited for it
            yield None
            return
        try:
            yield part
        except DomainError:
            path.unlink(missing_ok=True)
            raise
        path.unlink(missing_ok=True)


def sender(actor: Actor) -> tuple[int, int]:
    """The person and the unit evidence comes from. Raises NotPermitted for who acts for no unit."""
    if actor.person_id is None or actor.unit_id is None:
        raise NotPermitted(_("您目前没有任职岗位，不能上传文件"))
    return actor.person_id, actor.unit_id


def refuse_unwelcome(name: str, length: int) -> None:
    """Raises Refused for what can be known before any content: the size and a mark of secrecy in the name."""
    refuse_secrecy_mark(name)
    if length <= 0:
        raise Refused(_("文件是空的，请核对后重新上传"), code="empty", field="file")
    if length > settings.MAX_FILE_BYTES:
        message = _("文件超过%dMB的大小限制，请压缩或拆分后上传") % (settings.MAX_FILE_BYTES // 1024**2)
        raise Refused(message, code="too_large", field="file")


def remove_abandoned(before: datetime) -> None:
    """Remove the uploads nobody has continued since then."""
    for path in root().glob("*.part"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)


def _path(actor: Actor, upload_id: UUID) -> Path:
    return root() / f"{actor.person_id}-{upload_id}.part"


def root() -> Path:
    """The waiting place, beside the evidence: a complete upload gets there by renaming."""
    return Path(settings.MEDIA_ROOT) / "incoming"


def _is(path: Path, part: IO[bytes]) -> bool:
    """Whether the path still names the open file."""
    try:
        return path.stat().st_ino == os.fstat(part.fileno()).st_ino
    except FileNotFoundError:
        return False
