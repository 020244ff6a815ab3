"""The only place that writes the ledger. Entries join the caller's transaction: all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import Any

from django.db import connection, models
from django.db.models import Exists
from procrastinate.contrib.django import app as jobs

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone
from bihuan.kernel.rows import insert_alike, insert_one
from bihuan.kernel.statements import REQUEST, TEXT, Written
from bihuan.kernel.transactions import notes, step
from bihuan.ledger.catalogue import FOLLOWERS, HEARERS, VERBS
from bihuan.ledger.models import Entry, Remark
from bihuan.ledger.rules import Subject, digest, stream_of

DELIVER = "notifications.deliver"  # by name: the ledger knows nobody above


@dataclass(frozen=True)
class Line:
    """An entry to be, for a subject that has none yet; see `append_many`."""

    subject: Subject
    facts: dict[str, Any] = field(default_factory=dict)


@step
def append(verb: str, *, actor: Actor, subject: models.Model, text: str = "", **facts: object) -> Entry:
    """Add one entry to the end of the subject's stream.

    `text` is kept beside the entry as a remark; the entry itself stores its salted digest only. Raises KeyError
    for a verb that is not in the catalogue and FactError for facts of another shape.
    """
    salt = token_hex(16)
    if text:
        facts["text"] = digest(text, salt)
    stream = stream_of(subject)
    last = _ends().pop(stream, None) or _end_of(stream, actor)[:2]
    entry = _entry(verb, actor, stream, VERBS[verb].checked(facts), *last)
    insert_one(entry)
    _ends()[stream] = (entry.position, entry.digest)
    if text:
        Remark.objects.create(entry=entry, text=text, salt=salt)
    _tell(verb, [entry.pk])
    return entry


@step
def append_many(verb: str, *, actor: Actor, lines: Sequence[Line]) -> list[int]:
    """Open many streams at once, one first entry each, with a single job for all who hear of them.

    Returns the ids. Refused by the database (unique stream and position) if a subject has a trail already.
    """
    check, blank = VERBS[verb].checked, _entry(verb, actor, "", {}, 0, "")
    streams = [stream_of(one.subject) for one in lines]
    facts = [check(one.facts) for one in lines]
    digests = [blank.digest_as(stream, fact) for stream, fact in zip(streams, facts, strict=True)]
    keys = insert_alike(blank, stream=streams, facts=facts, digest=digests)
    _tell(verb, keys)
    return keys


@step
def append_each(verb: str, *, actor: Actor, lines: Sequence[Line], text: str = "") -> list[Entry]:
    """Add one entry to the end of each subject's stream, whether or not it has a trail, in a few statements.

    Each subject appears once, and the caller holds what keeps others from appending to it meanwhile. The same
    `text` goes with every one of them.
    """
    check = VERBS[verb].checked
    salts = [token_hex(16) for _line in lines] if text else []
    words = [{"text": digest(text, salt)} for salt in salts] or [{} for _line in lines]
    streams = [stream_of(one.subject) for one in lines]
    for stream in streams:
        _ends().pop(stream, None)
    ends = Entry.objects.filter(stream__in=streams).order_by("stream", "-position").distinct("stream")
    last = {end.stream: (end.position, end.digest) for end in ends.only("stream", "position", "digest")}
    entries = [
        _entry(verb, actor, stream, check({**one.facts, **word}), *last.get(stream, (0, "")))
        for stream, one, word in zip(streams, lines, words, strict=True)
    ]
    Entry.objects.bulk_create(entries, batch_size=2000)
    Remark.objects.bulk_create(
        [Remark(entry=entry, text=text, salt=salt) for entry, salt in zip(entries, salts, strict=False)],
        batch_size=2000,
    )
    _tell(verb, [entry.pk for entry in entries])
    return entries


@step
def once(verb: str, *, actor: Actor) -> None:
    """Let an intention that creates something through the first time only.

    Two arrivals at once wait for each other on the intention's id; the later one raises AlreadyDone, whose
    `stream` fact names what the first one made.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [actor.request_id.int >> 65])
    made = Entry.objects.filter(request_id=actor.request_id, verb=verb).order_by("id").first()
    if made is not None:
        raise AlreadyDone(stream=made.stream)


def is_repeat(subject: models.Model, actor: Actor) -> bool:
    """Whether this very intention has already left its entry on the subject, which the caller has locked."""
    stream = stream_of(subject)
    position, last, repeated = _end_of(stream, actor)
    _ends()[stream] = (position, last)
    return repeated


def _end_of(stream: str, actor: Actor) -> tuple[int, str, bool]:
    """Position and digest of a stream's last entry, and whether the actor's intention has left one in it."""
    ends = _last_of_stream().fetch(text=stream, request=actor.request_id)
    return ends[0] if ends else (0, "", False)


@lru_cache(maxsize=1)
def _last_of_stream() -> Written:
    trail = Entry.objects.filter(stream=TEXT)
    last = trail.order_by("-position").annotate(repeated=Exists(trail.filter(request_id=REQUEST)))
    return Written(last.values_list("position", "digest", "repeated")[:1])


def _ends() -> dict[str, tuple[int, str]]:
    """Where streams end whose subject the running action holds."""
    ends: dict[str, tuple[int, str]] = notes().setdefault("ledger.ends", {})
    return ends


def _entry(
    verb: str, actor: Actor, stream: str, facts: dict[str, Any], position: int, previous: str
) -> Entry:
    entry = Entry(
        stream=stream,
        position=position + 1,
        verb=verb,
        facts=facts,
        actor_id=actor.person_id,
        actor_post=actor.post,
        appointment_id=actor.appointment_id,
        unit_id=actor.unit_id,
        at=clock.now(),
        request_id=actor.request_id,
        previous=previous,
    )
    entry.digest = entry.compute_digest()
    return entry


def _tell(verb: str, entry_ids: list[int]) -> None:
    """Queue what follows from entries of a verb: the delivery, and the jobs of contexts that follow it."""
    if not entry_ids:
        return
    if verb in HEARERS:
        jobs.configure_task(DELIVER).defer(entry_ids=[*entry_ids])
    for job in FOLLOWERS.get(verb, ()):
        jobs.configure_task(job).defer(entry_ids=[*entry_ids])
