"""Comparing what was handed in (比对), after it was handed in: nobody waits for it."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bihuan.alike import pictures
from bihuan.alike.actions import EXAMINE, find_likenesses, keep_print, take_marks
from bihuan.alike.queries import handed_in, is_watched, unprinted
from bihuan.documents.models import Content
from bihuan.kernel.actor import system
from bihuan.ledger.models import Entry

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=5)


@app.task(name=EXAMINE, retry=AGAIN)
def examine_job(entry_ids: list[int]) -> None:
    """Take the marks of what these entries handed in, then look for what it repeats; twice does no harm."""
    for entry in Entry.objects.filter(pk__in=entry_ids).order_by("pk"):
        subject = handed_in(entry)
        if subject is None or not is_watched(subject.assignment):
            continue
        for content in unprinted(subject):
            keep_print(content_id=content.pk, look=look_at(content), actor=system("alike"))
        piece = take_marks(subject=subject, actor=system("alike"))
        find_likenesses(piece_id=piece.pk, actor=system("alike"))


def look_at(content: Content):
    """The small copy of a picture, or the word for why there is none; outside any transaction."""
    try:
        with content.stored.open("rb") as stream:
            return pictures.small_copy(stream)
    except pictures.Unreadable as fault:
        return str(fault)
