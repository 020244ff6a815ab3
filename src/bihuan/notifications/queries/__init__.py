"""Reading messages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.circulars.models import Inquiry
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.statements import PERSON, Written
from bihuan.ledger.catalogue import HEARERS
from bihuan.ledger.models import Entry
from bihuan.notifications.models import Channel, Notice, NoticeQuerySet
from bihuan.org.models import Person, Unit
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.ladders import sayings
from bihuan.supervision.queries.regimes import Regime, Regimes
from bihuan.supervision.rules import Priority

ASSIGNMENTS = "supervision.assignment:"
PAPERS = "documents.paper:"
NAMED = 3  # units, of more how many there are


def inbox(person_id: int) -> NoticeQuerySet:
    """A person's messages, newest first."""
    return Notice.objects.of(person_id).select_related("entry", "entry__remark")


def unread_count(request: HttpRequest) -> int:
    told = _unread_of_one().fetch(person=request.user.pk)
    return told[0][0] if told else 0


@lru_cache(maxsize=1)
def _unread_of_one() -> Written:
    unread = Notice.objects.of(PERSON).unread().order_by().values("person")
    return Written(unread.annotate(n=Count("pk")).values_list("n"))


def reachable() -> QuerySet[Person]:
    """People who have an address and have not switched mail off."""
    wants = Q(preference__isnull=True) | Q(preference__digest=True)
    return Person.objects.filter(wants, is_active=True).exclude(email="")


def due_for_digest() -> list[Person]:
    """People with something unread and unmailed whose unit is open now, and who had no digest today (R8, R47)."""
    now, today = clock.now(), clock.today()
    waiting = Notice.objects.unread().filter(mailed_at__isnull=True).values("person")
    people = reachable().filter(pk__in=waiting).exclude(preference__digested_on=today)
    found = list(people.select_related("preference"))
    regimes = Regimes({home_of(one) for one in found})
    return [one for one in found if is_open(regimes[home_of(one)], now)]


def home_of(person: Person) -> int:
    """The unit by whose hours a person is written to; who is at home nowhere by those of the topmost."""
    return person.home_id or Unit.objects.filter(parent__isnull=True).values_list("pk", flat=True)[0]


def owner_unit(channel: Channel) -> int:
    """The unit by whose hours and rules a channel speaks."""
    return channel.unit_id or home_of(channel.person)  # type: ignore[arg-type]  # one of the two is there


def is_open(regime: Regime, at: datetime) -> bool:
    """Whether messages may be sent (免打扰以外): a workday, from one hour to another, as the authority has settled."""
    local = at.astimezone(clock.OFFICE_TZ)
    if not regime.calendar.is_workday(local.date()):
        return False
    return regime["message.from_hour"] <= local.hour < regime["message.to_hour"]


def urgent_among(entries: Iterable[tuple[int, str]]) -> set[int]:
    """Which of these entries, by id and stream, are about a matter marked urgent, or a document marked 特急."""
    streams = list(entries)
    duties, papers = numbered(streams, ASSIGNMENTS), numbered(streams, PAPERS)
    matters = Assignment.objects.filter(pk__among=duties.values(), item__priority=Priority.URGENT)
    pressing = Paper.objects.filter(pk__in=set(papers.values()), urgency=Paper.Urgency.MOST)
    urgent = set(matters.values_list("pk", flat=True)) if duties else set()
    at_once = set(pressing.values_list("pk", flat=True)) if papers else set()
    return {pk for pk, number in duties.items() if number in urgent} | {
        pk for pk, number in papers.items() if number in at_once
    }


def numbered(entries: Iterable[tuple[int, str]], kind: str) -> dict[int, int]:
    """Of the entries about one kind of thing: its number, by the entry's id."""
    return {pk: int(stream.removeprefix(kind)) for pk, stream in entries if stream.startswith(kind)}


@dataclass(frozen=True)
class Message:
    """A notice with what it is about, ready to show."""

    notice: Notice
    assignment: Assignment | None
    sender: Unit | None
    said: str = ""  # by a rung of the ladder
    may_answer: bool = False  # the reader handles the matter that this presses for
    title: str = ""
    address: str = ""  # where it leads; "" where there is nothing to open
    whom: str = ""  # the unit whose assignment it tells of, unless it is the reader's own

    @property
    def is_read(self) -> bool:
        return self.notice.read_at is not None

    @property
    def text(self) -> str:
        remark = getattr(self.notice.entry, "remark", None)
        return remark.text if remark else self.said


@dataclass(frozen=True)
class Bundle:
    """What a person is told on one day of one matter in one word (汇总), newest first: shown as one line."""

    messages: Sequence[Message]

    @property
    def latest(self) -> Message:
        return self.messages[0]

    @property
    def unread(self) -> list[int]:
        """The ids of the notices in it that were not read yet."""
        return [one.notice.pk for one in self.messages if not one.is_read]

    @property
    def is_read(self) -> bool:
        return not self.unread

    @property
    def whom(self) -> str:
        """The units whose assignments it tells of: the first few by name, of more how many there are."""
        units = list(dict.fromkeys(one.whom for one in self.messages if one.whom))
        named = _("、").join(units[:NAMED])
        return named if len(units) <= NAMED else _("%(names)s等 %(n)d 家") % {"names": named, "n": len(units)}


def bundled(messages: Iterable[Message]) -> list[Bundle]:
    """Messages, newest first, put together by day, verb, sender and matter (one digest instead of ten, R47)."""
    found: dict[tuple[Any, ...], list[Message]] = defaultdict(list)
    for one in messages:
        entry, day = one.notice.entry, clock.office_day(one.notice.created_at)
        matter = one.assignment.item_id if one.assignment else entry.stream
        found[day, entry.verb, entry.facts.get("rung"), entry.unit_id, matter].append(one)
    return [Bundle(together) for together in found.values()]


def heard_of(entry_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Who hears of these entries as things stand now (posts, units, duties), as pairs of entry and person."""
    by_verb: dict[str, list[Any]] = defaultdict(list)
    told = Entry.objects.filter(pk__among=list(entry_ids))
    for entry in told.values_list("pk", "stream", "verb", "facts", "actor_id", "unit_id", named=True):
        by_verb[entry.verb].append(entry)
    pairs = {
        pair
        for verb, entries in by_verb.items()
        for audience in HEARERS.get(verb, ())
        for pair in audience(entries)
    }
    return sorted(pairs)


PRESSING = {f"supervision.assignment.{name}" for name in ("urged", "instructed", "pressed", "proposed")}


def messages_of(notices: Sequence[Notice], reader: Actor | None = None) -> list[Message]:
    """Notices with their assignments and senders, in a few queries however many."""
    about = {one.pk: _subject(one.entry.stream) for one in notices}

    def of(kind: str) -> list[int]:
        return [pk for known, pk in about.values() if known == kind]

    wanted = of("supervision.assignment")
    assignments = Assignment.objects.select_related("item__source", "unit").in_bulk(wanted)
    papers = Paper.objects.only("title").in_bulk(of("documents.paper"))
    inquiries = Inquiry.objects.select_related("circular__paper").in_bulk(of("circulars.inquiry"))
    senders = Unit.objects.in_bulk([one.entry.unit_id for one in notices if one.entry.unit_id])
    handled = _handled(reader, wanted)
    said = sayings([one.entry for one in notices])
    found = []
    for one in notices:
        kind, pk = about[one.pk]
        assignment = assignments.get(pk) if kind == "supervision.assignment" else None
        title = address = whom = ""
        if assignment is not None:
            title, address = assignment.item.title, reverse("assignment", args=[pk])
            whom = "" if reader and reader.unit_id == assignment.unit_id else assignment.unit.short_name
        elif kind == "documents.paper" and pk in papers:
            title, address = papers[pk].title, reverse("paper", args=[pk])
        elif kind == "circulars.inquiry" and pk in inquiries:
            circular = inquiries[pk].circular
            issuer = one.entry.verb == "circulars.inquiry.contested"  # it is asked, the unit is not
            address = reverse("circular", args=[circular.pk]) if issuer else reverse("inquiry", args=[pk])
            title = circular.paper.title
        found.append(
            Message(
                one,
                assignment,
                senders.get(one.entry.unit_id),
                said.get(one.entry_id, ""),
                assignment is not None and one.entry.verb in PRESSING and pk in handled,
                title,
                address,
                whom,
            )
        )
    return found


def _subject(stream: str) -> tuple[str, int]:
    kind, _colon, pk = stream.partition(":")
    return kind, int(pk)


def _handled(reader: Actor | None, assignment_ids: Sequence[int]) -> set[int]:
    """Which of these open assignments the reader may answer for."""
    if reader is None or not assignment_ids:
        return set()
    own = Assignment.objects.within(reader, Cap.HANDLE).open().filter(pk__in=assignment_ids)
    return set(own.values_list("pk", flat=True))
