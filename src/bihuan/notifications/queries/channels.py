"""Which channels tell of what, and how they do."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from bihuan.documents.models import Paper, Service
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.ledger.models import Entry
from bihuan.notifications.models import Channel, Delivery, Notice
from bihuan.notifications.queries import ASSIGNMENTS, PAPERS, heard_of, numbered, owner_unit, urgent_among
from bihuan.notifications.rules import Kind, Line, Said, Takes, why_not_to
from bihuan.notifications.secrecy import unseal
from bihuan.org.models import Appointment
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.regimes import regime_of

UNITS = "supervision.unit:"
SHOWN = 30  # deliveries on a channel's page


def pairs_for(heard: Sequence[tuple[int, int]]) -> tuple[list[tuple[int, int]], set[int]]:
    """Which channels tell of which entries, as pairs, and which of the entries are urgent.

    A person's channels tell of what the person hears. A unit's tell of what somebody with a post there hears, where the
    matter is the unit's own: given to it, by it, or reviewed by it; of documents, those served on it.
    """
    people = {person for _entry, person in heard}
    channels = (
        list(Channel.objects.in_use().filter(Q(person__among=people) | Q(unit__isnull=False)))
        if people
        else []
    )
    if not channels:
        return [], set()
    entries = {
        one.pk: one
        for one in Entry.objects.filter(pk__among={entry for entry, _person in heard}).only("pk", "stream")
    }
    urgent = urgent_among((pk, one.stream) for pk, one in entries.items())
    by_person: dict[int, list[Channel]] = defaultdict(list)
    by_unit: dict[int, list[Channel]] = defaultdict(list)
    for channel in channels:
        if channel.person_id:
            by_person[channel.person_id].append(channel)
        elif channel.unit_id:
            by_unit[channel.unit_id].append(channel)
    posts = _posts(people, by_unit) if by_unit else {}
    places = _places(entries.values()) if posts else {}
    found = set()
    for entry, person in heard:
        shared = posts.get(person, set()) & places.get(entry, set())
        for channel in (*by_person.get(person, ()), *(one for unit in shared for one in by_unit[unit])):
            if channel.takes != Takes.URGENT or entry in urgent:
                found.add((channel.pk, entry))
    return sorted(found), urgent


def _posts(people: Iterable[int], units: Iterable[int]) -> dict[int, set[int]]:
    held: dict[int, set[int]] = defaultdict(set)
    rows = Appointment.objects.current(clock.today()).filter(person__among=people, unit__in=list(units))
    for person, unit in rows.values_list("person", "unit"):
        held[person].add(unit)
    return held


def _places(entries: Iterable[Entry]) -> dict[int, set[int]]:
    """The units whose own matter each entry is."""
    places: dict[int, set[int]] = defaultdict(set)
    about: dict[int, list[int]] = defaultdict(list)
    papers: dict[int, list[int]] = defaultdict(list)
    for entry in entries:
        kind, _colon, key = entry.stream.rpartition(":")
        if f"{kind}:" == ASSIGNMENTS:
            about[int(key)].append(entry.pk)
        elif f"{kind}:" == PAPERS:
            papers[int(key)].append(entry.pk)
        elif f"{kind}:" == UNITS:
            places[entry.pk].add(int(key))
    columns = ("pk", "unit", "issued_by", "office", "reviewer")
    for pk, *units in Assignment.objects.filter(pk__in=about).values_list(*columns):
        for entry_id in about[pk]:
            places[entry_id] |= {unit for unit in units if unit}
    served = Service.objects.filter(paper__in=list(papers)).values_list("paper", "unit") if papers else ()
    for paper_id, unit in served:
        for entry_id in papers[paper_id]:
            places[entry_id].add(unit)
    return places


def read_by_owner(channel: Channel, entry_ids: Sequence[int]) -> set[int]:
    """What a person has read by now need not be sent after them."""
    if not channel.person_id:
        return set()
    read = Notice.objects.of(channel.person_id).filter(entry__in=entry_ids, read_at__isnull=False)
    return set(read.values_list("entry_id", flat=True))


def untold(delivery: Delivery) -> set[int]:
    """The entries of a queued message that its channel may not tell of any more, asked again at sending.

    Its owner has left the post, the matter went elsewhere, or the channel was switched off meanwhile.
    """
    entries = set(delivery.tellings.values_list("entry_id", flat=True))
    pairs, _urgent = pairs_for(heard_of(entries))
    return entries - {entry for channel, entry in pairs if channel == delivery.channel_id}


def waiting_channels() -> QuerySet[Channel]:
    """The channels that have something to say."""
    return Channel.objects.in_use().filter(tellings__delivery__isnull=True, tellings__isnull=False).distinct()


def said_by(delivery: Delivery) -> Said:
    """The message of a delivery, in the site's language; titles only where the owner's authority lets them out."""
    with translation.override(settings.LANGUAGE_CODE):
        if delivery.is_test:
            said = _("督查督办测试消息：通道“%(name)s”已接通。") % {"name": delivery.channel.name}
            return Said(said, [], settings.BIHUAN_URL)
        entries = [one.entry for one in delivery.tellings.select_related("entry").order_by("entry")]
        streams = [(one.pk, one.stream) for one in entries]
        keys, papers = numbered(streams, ASSIGNMENTS), numbered(streams, PAPERS)
        titles = dict(Assignment.objects.filter(pk__in=set(keys.values())).values_list("pk", "item__title"))
        called = dict(Paper.objects.filter(pk__in=set(papers.values())).values_list("pk", "title"))
        open_titles = regime_of(owner_unit(delivery.channel))["message.titles_outside"]
        lines = [
            Line(str(one.label), titles.get(keys.get(one.pk, 0)) or called.get(papers.get(one.pk, 0), ""))
            for one in entries
        ]
        said = _("督查督办：%(n)d 条消息") % {"n": len(entries)}
        about = set(keys.values())
        path = reverse("notices")
        if open_titles and len(about) == 1 and len(keys) == len(entries):
            path = reverse("assignment", args=[about.pop()])
        return Said(said, lines if open_titles else [], settings.BIHUAN_URL.rstrip("/") + path)


@dataclass(frozen=True)
class Shown:
    """A channel on the page, with how it fares."""

    channel: Channel
    waiting: int
    failed: int
    last: Delivery | None

    @property
    def fails(self) -> bool:
        return self.last is not None and self.last.state == Delivery.State.FAILED


def channels_of(actor: Actor) -> list[Shown]:
    """The channels that the actor settles, their own first, in three queries."""
    rows = list(Channel.objects.within(actor).select_related("unit").order_by("unit_id", "pk"))
    rows.sort(key=lambda one: (one.unit_id is not None, one.pk))
    keys = [one.pk for one in rows]
    waiting = dict(
        Channel.objects.filter(pk__in=keys, tellings__delivery__isnull=True)
        .order_by()
        .values_list("pk")
        .annotate(n=Count("tellings"))
    )
    tried = Delivery.objects.filter(channel__in=keys, attempts__gt=0) | Delivery.objects.filter(
        channel__in=keys, state=Delivery.State.SENT
    )
    numbers = dict(tried.order_by().values_list("channel").annotate(last=Max("pk")))
    failed = dict(
        Delivery.objects.filter(channel__in=keys, state=Delivery.State.FAILED)
        .order_by()
        .values_list("channel")
        .annotate(n=Count("pk"))
    )
    last = Delivery.objects.in_bulk(list(numbers.values()))
    return [
        Shown(one, waiting.get(one.pk, 0), failed.get(one.pk, 0), last.get(numbers.get(one.pk, 0)))
        for one in rows
    ]


def is_any_failing(actor: Actor) -> bool:
    """Whether the last message of a channel that the actor settles did not arrive; one query."""
    tried = Delivery.objects.filter(channel=OuterRef("pk")).exclude(state=Delivery.State.QUEUED, attempts=0)
    last = Subquery(tried.order_by("-pk").values("state")[:1])
    return Channel.objects.within(actor).annotate(last=last).filter(last=Delivery.State.FAILED).exists()


def why_not_sending(channel: Channel) -> str:
    """Why a channel in use sends nothing, as a sentence for an operator; empty where nothing is known against it."""
    try:
        address = unseal(channel.sealed_address)
    except ValueError:
        return f"channel {channel.pk} was sealed with another BIHUAN_SECRET_KEY; its address must be entered anew"
    if channel.kind != Kind.MAIL and why_not_to(address, settings.CHANNEL_HOSTS):
        return f"channel {channel.pk} leads to a host that BIHUAN_CHANNEL_HOSTS does not name"
    last = channel.deliveries.exclude(state__in=[Delivery.State.QUEUED, Delivery.State.UNSENT]).first()
    if last is not None and last.state == Delivery.State.FAILED:
        return f"channel {channel.pk}, last message: {last.error}"
    return ""


def deliveries_of(channel: Channel) -> list[Delivery]:
    """The latest messages of a channel."""
    return list(channel.deliveries.all()[:SHOWN])


def said_of(error: str) -> str:
    """Why a message was not taken, in words."""
    words: dict[str, Any] = {
        "unreachable": _("对方没有响应"),
        "unreadable": _("对方的答复读不懂"),
        "not_theirs": _("收件人已离岗或事项已转出，未发送"),
        "sealed": _("系统密钥已更换，请重新填写地址"),
        "host": _("系统没有放行这个地址的主机"),
        "redirect": _("对方要求转到别处，未照办"),
    }
    return words.get(error) or (
        _("对方拒绝（%(code)s）") % {"code": error.partition("_")[2]} if error else ""
    )
