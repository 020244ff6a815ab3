"""Who may read a file. The contexts whose subjects cite files know; without a word of theirs nobody may."""

from collections.abc import Callable
from dataclasses import dataclass

from bihuan.documents.models import File
from bihuan.kernel.actor import Actor

MayRead = Callable[[Actor, File], bool]
IsSensitive = Callable[[File], bool]


@dataclass(frozen=True)
class Reader:
    may_read: MayRead
    is_sensitive: IsSensitive


_readers: dict[str, Reader] = {}


def register(context: str, may_read: MayRead, *, is_sensitive: IsSensitive = lambda file: False) -> None:
    """Let a context open the files its subjects cite; every reading of a sensitive one is ledgered.

    `may_read` looks at `file.citations` for subjects of its own and asks its own scope about them.
    """
    _readers[context] = Reader(may_read, is_sensitive)


def may_read(actor: Actor, file: File) -> bool:
    """Whether some context lets the actor read; a file nobody cites yet is its uploader's alone."""
    if not file.is_frozen and (file.uploaded_by_id, file.unit_id) == (actor.person_id, actor.unit_id):
        return True
    return any(reader.may_read(actor, file) for reader in _readers.values())


def is_sensitive(file: File) -> bool:
    """Whether any context wants every reading of the file on record."""
    return any(reader.is_sensitive(file) for reader in _readers.values())
