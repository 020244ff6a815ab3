"""How an entry is written down and hashed. Pure: the offline verifier needs nothing else."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID


class Subject(Protocol):
    pk: Any
    _meta: ClassVar[Any]


def stream_of(subject: Subject) -> str:
    """The name of a subject's chain of entries, such as `supervision.assignment:17`."""
    return f"{subject._meta.label_lower}:{subject.pk}"


def digest(text: str) -> str:
    """SHA-256 of a text that stays in its own row."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(facts: Mapping[str, Any]) -> str:
    """One spelling per set of facts: sorted keys, no spaces, characters as they are."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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
    text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Line(Protocol):
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
    code: str  # altered, missing, inserted, unchained


def flaws(lines: Iterable[Line]) -> Iterator[Flaw]:
    """The first flaw of each chain; `lines` come ordered by stream and position."""
    stream, expected, previous, broken = None, 1, "", False
    for line in lines:
        if line.stream != stream:
            stream, expected, previous, broken = line.stream, 1, "", False
        if broken:
            continue
        if line.position != expected:
            code = "missing" if line.position > expected else "inserted"
            yield Flaw(line.stream, expected if code == "missing" else line.position, code)
            broken = True
        elif line.digest != line.compute_digest():
            yield Flaw(line.stream, line.position, "altered")
            broken = True
        elif line.previous != previous:
            yield Flaw(line.stream, line.position, "unchained")
            broken = True
        expected, previous = line.position + 1, line.digest
