"""Writing messages. They follow from ledger entries alone, so they leave no entries of their own."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from bihuan.kernel import clock
from bihuan.kernel.rows import insert_alike
from bihuan.kernel.transactions import action, step
from bihuan.ledger.models import Entry
from bihuan.notifications.actions.sending import tell_channels
from bihuan.notifications.models import Notice, Preference
from bihuan.notifications.queries import heard_of, home_of, reachable, urgent_among
from bihuan.supervision.queries.regimes import regime_of

AT_ONCE = "notifications.mail_at_once"


@action
def deliver(*, entry_ids: Sequence[int]) -> int:
    """Write a message to everybody who hears of these entries; a second run writes nothing twice."""
    heard = heard_of(entry_ids)
    blank = Notice(created_at=clock.now())
    insert_alike(
        blank,
        unless_there=True,
        entry=[entry for entry, _person in heard],
        person=[person for _entry, person in heard],
    )
    tell_channels(heard)
    told = Entry.objects.filter(pk__among={entry for entry, _person in heard})
    _send_urgent(heard, dict(told.values_list("pk", "stream")))
    return len(heard)


@step
def _send_urgent(heard: Sequence[tuple[int, int]], streams: Mapping[int, str]) -> None:
    """What is marked urgent is mailed at once, whatever the hour; everything else waits for the digest (R47)."""
    urgent = urgent_among(streams.items())
    for person in sorted({person for entry, person in heard if entry in urgent}):
        keys: list[Any] = sorted(entry for entry, other in heard if other == person and entry in urgent)
        jobs.configure_task(AT_ONCE).defer(person_id=person, entry_ids=keys)


@action
def mark_read(*, person_id: int, notice_ids: Sequence[int] | None = None) -> int:
    """Mark a person's own messages read: these, or all."""
    notices = Notice.objects.of(person_id).unread()
    if notice_ids is not None:
        notices = notices.filter(pk__in=notice_ids)
    return notices.update(read_at=clock.now())


@action
def mail_digest(*, person_id: int) -> int:
    """Send one mail with everything unread that was not mailed yet (R47); returns how many it tells of.

    What no longer concerns the person, who has left a post since, is not sent after them.
    """
    waiting = _unmailed(person_id)
    if not waiting:
        return 0
    preference = _preference(person_id)
    preference.digested_on = clock.today()
    notices = _concerning(person_id, waiting)
    if not notices:
        preference.save(update_fields=["digested_on"])
        return 0
    _mail(preference, notices, at_once=False)
    return len(notices)


@action
def mail_at_once(*, person_id: int, entry_ids: Sequence[int]) -> int:
    """Send what is marked urgent; beyond the day's cap, or where the authority wants none, it waits for the digest."""
    person = reachable().filter(pk=person_id).first()
    if person is None:
        return 0
    chosen = [one for one in _unmailed(person_id) if one.entry_id in set(entry_ids)]
    notices = _concerning(person_id, chosen)
    preference, regime = _preference(person_id), regime_of(home_of(person))
    sent = preference.mails if preference.mailed_on == clock.today() else 0
    if not notices or not regime["message.urgent_at_once"] or sent >= regime["message.daily_cap"]:
        return 0
    _mail(preference, notices, at_once=True)
    return len(notices)


@step
def _unmailed(person_id: int) -> list[Notice]:
    waiting = Notice.objects.of(person_id).unread().filter(mailed_at__isnull=True)
    rows = waiting.select_related("entry", "person").select_for_update(of=("self",))
    return list(rows.order_by("-created_at", "-pk"))


def _concerning(person_id: int, notices: Sequence[Notice]) -> list[Notice]:
    """Those of which the person would still hear today."""
    heard = {entry for entry, person in heard_of(one.entry_id for one in notices) if person == person_id}
    return [one for one in notices if one.entry_id in heard]


@step
def _preference(person_id: int) -> Preference:
    return Preference.objects.get_or_create(person_id=person_id)[0]


@step
def _mail(preference: Preference, notices: Sequence[Notice], *, at_once: bool) -> None:
    """One mail that tells of these, counted for the day's cap."""
    today = clock.today()
    preference.mails = preference.mails + 1 if preference.mailed_on == today else 1
    preference.mailed_on = today
    preference.save(update_fields=["digested_on", "mailed_on", "mails"])
    said = _("紧急事项：%(n)d 条新消息") if at_once else _("督查督办：%(n)d 条新消息")
    with translation.override(settings.LANGUAGE_CODE):
        body = render_to_string(
            "notifications/digest.txt",
            {
                "kinds": _by_kind(notices),
                "total": len(notices),
                "url": settings.BIHUAN_URL,
                "at_once": at_once,
            },
        )
    Notice.objects.filter(pk__in=[one.pk for one in notices]).update(mailed_at=clock.now())
    send_mail(said % {"n": len(notices)}, body, None, [notices[0].person.email])


def _by_kind(notices: Sequence[Notice]) -> list[tuple[str, int, datetime]]:
    """What is told, newest first: the kind, how many of it, when the last was written."""
    kinds = Counter(str(one.entry.label) for one in notices)
    last = {str(one.entry.label): one.created_at for one in reversed(notices)}
    return [(label, n, last[label]) for label, n in kinds.items()]


@action
def set_preference(*, person_id: int, digest: bool) -> Preference:
    """Keep how a person wants to be told (提醒方式): their own business, so the ledger does not hear of it."""
    preference, _made = Preference.objects.update_or_create(person_id=person_id, defaults={"digest": digest})
    return preference
