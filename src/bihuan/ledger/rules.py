"""How an entry is written down and hashed. Pure: the offline verifier needs nothing else."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID


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
    return _spell(facts)


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
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        str(request_id),
        previous,
    ]
    return hashlib.sha256(_spell(line).encode()).hexdigest()


# Made once: `json.dumps` with these options makes an encoder for every line.
_spell = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Line(Protocol):
    pk: Any
    stream: str
    position: int
    previous: str
    digest: str

    def compute_digest(self) -> str: ...


@dataclass(frozen=True)
class Flaw:
    """The first place in a chain that does not fit, and why."""

    stream: str
    position: int
    code: str  # altered, missing, inserted, unchained; remark_altered for words kept beside a line


def flaws(lines: Iterable[Line]) -> Iterator[Flaw]:
    """The first flaw of each chain; `lines` come ordered by stream and position.

    Numbers are given in the order of writing, so a line that is numbered after its successor was slipped in
    before it.
    """
    for _stream, chain in groupby(lines, key=lambda line: line.stream):
        flaw = _first_flaw(chain)
        if flaw is not None:
            yield flaw


def _first_flaw(chain: Iterable[Line]) -> Flaw | None:
    before: Line | None = None
    for expected, line in enumerate(chain, start=1):
        if line.position != expected:
            return Flaw(line.stream, expected, "missing")
        if before is not None and line.pk < before.pk:
            return Flaw(line.stream, before.position, "inserted")
        if line.digest != line.compute_digest():
            return Flaw(line.stream, expected, "altered")
        if line.previous != (before.digest if before else ""):
            return Flaw(line.stream, expected, "unchained")
        before = line
    return None
