"""Reading the ledger: verification over the whole database or one subject, and the trail of a subject."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db import models

from bihuan.kernel.clock import OFFICE_TZ
from bihuan.ledger.models import Entry, Remark
from bihuan.ledger.rules import Flaw, digest, flaws, stream_of


@dataclass(frozen=True)
class Verification:
    """What a check of the ledger came to (留痕校验)."""

    entries: int
    streams: int
    flaws: list[Flaw]

    @property
    def is_sound(self) -> bool:
        return not self.flaws

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "sound": self.is_sound}


def verify() -> Verification:
    """Check every chain from its first line to its last, and the words kept beside them."""
    figures = Entry.objects.aggregate(
        entries=models.Count("pk"), streams=models.Count("stream", distinct=True)
    )
    return Verification(figures["entries"], figures["streams"], list(flaws_in_ledger()))


def flaws_in_ledger() -> Iterator[Flaw]:
    """The first flaw of every chain that has one: altered, missing or inserted lines, changed remarks."""
    yield from flaws(Entry.objects.order_by("stream", "position").iterator(chunk_size=5000))
    yield from _changed_remarks()


def flaws_of(subject: models.Model) -> list[Flaw]:
    """The flaws in one subject's trail."""
    return list(flaws(Entry.objects.filter(stream=stream_of(subject)).order_by("position")))


def trail(stream: str) -> list[dict[str, Any]]:
    """Every line of a subject such as `supervision.assignment:17`, oldest first, as plain values."""
    lines = Entry.objects.filter(stream=stream).select_related("remark").order_by("position")
    return [
        {
            "position": line.position,
            "at": line.at.astimezone(OFFICE_TZ).isoformat(timespec="seconds"),
            "verb": line.verb,
            "label": str(line.label),
            "post": line.actor_post,
            "unit": line.unit_id,
            "facts": line.facts,
            "text": line.remark.text if hasattr(line, "remark") else "",
            "digest": line.digest,
        }
        for line in lines
    ]


def _changed_remarks() -> Iterator[Flaw]:
    remarks = Remark.objects.select_related("entry").order_by("entry__stream", "entry__position")
    for remark in remarks.iterator(chunk_size=5000):
        if remark.entry.facts.get("text") != digest(remark.text, remark.salt):
            yield Flaw(remark.entry.stream, remark.entry.position, "remark_altered")
