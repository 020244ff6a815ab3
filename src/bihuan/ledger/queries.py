"""Reading the ledger: verification over the whole database or one subject."""

from collections.abc import Iterator

from django.db import models

from bihuan.ledger.models import Entry, Remark
from bihuan.ledger.rules import Flaw, digest, flaws, stream_of


def flaws_in_ledger() -> Iterator[Flaw]:
    """The first flaw of every chain that has one: altered, missing or inserted lines, changed remarks."""
    lines = Entry.objects.order_by("stream", "position").iterator(chunk_size=5000)
    yield from flaws(lines)
    yield from _changed_remarks()


def flaws_of(subject: models.Model) -> list[Flaw]:
    """The flaws in one subject's trail."""
    return list(flaws(Entry.objects.filter(stream=stream_of(subject)).order_by("position")))


def _changed_remarks() -> Iterator[Flaw]:
    for remark in Remark.objects.select_related("entry").iterator(chunk_size=5000):
        if remark.entry.facts.get("text") != digest(remark.text):
            yield Flaw(remark.entry.stream, remark.entry.position, "remark_altered")
