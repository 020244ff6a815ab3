"""How an entry is written down and hashed; the spelling itself is in `offline`, for the verifier's sake."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from bihuan.ledger.offline import line_digest, spell


class Subject(Protocol):
    @property
    def pk(self) -> Any: ...
    @property
    def _meta(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Key:
    """A subject known by its key alone, where thousands need not be loaded to be written about."""

    model: Any
    pk: Any

    @property
    def _meta(self) -> Any:
        return self.model._meta


def stream_of(subject: Subject) -> str:
    """The name of a subject's chain of entries, such as `supervision.assignment:17`."""
    return f"{subject._meta.label_lower}:{subject.pk}"


def digest(text: str, salt: str = "") -> str:
    """SHA-256 of a text that stays in its own row, after a salt where the text may speak of people.

    Without the salt, which is erased with the text, the digest tells nothing about a short text.
    """
    return hashlib.sha256((salt + text).encode()).hexdigest()


def canonical(facts: Mapping[str, Any]) -> str:
    """One spelling per set of facts: sorted keys, no spaces, characters as they are."""
    return spell(facts)


def entry_digest(
    *,
    stream: str,
    position: int,
    verb: str,
    facts: Mapping[str, Any],
    actor_id: int | None,
    actor_post: str,
    appointment_id: int | None,
    unit_id: int | None,
    at: datetime,
    request_id: UUID,
    previous: str,
) -> str:
    """SHA-256 over every column of the entry and the digest of the one before."""
    line = [
        stream,
        position,
        verb,
        facts,
        actor_id,
        actor_post,
        appointment_id,
        unit_id,
        spelt(at),
        str(request_id),
        previous,
    ]
    return line_digest(line)


def spelt(moment: datetime) -> str:
    """A moment as a line's digest and a head's signature cover it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
