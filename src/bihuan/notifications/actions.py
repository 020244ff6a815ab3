"""Writing messages. They follow from ledger entries alone, so they leave no entries of their own."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.rows import insert_alike
from bihuan.kernel.transactions import action
from bihuan.ledger.catalogue import HEARERS
from bihuan.ledger.models import Entry
from bihuan.notifications.models import Notice, Preference


@action
def deliver(*, entry_ids: Sequence[int]) -> int:
    """Write a message to everybody who hears of these entries; a second run writes nothing twice."""
    by_verb: dict[str, list[Any]] = defaultdict(list)
    told = Entry.objects.filter(pk__among=entry_ids)
    for entry in told.values_list("pk", "stream", "verb", "facts", "actor_id", "unit_id", named=True):
        by_verb[entry.verb].append(entry)
    pairs = {
        pair
        for verb, entries in by_verb.items()
        for audience in HEARERS.get(verb, ())
        for pair in audience(entries)
    }
    blank, heard = Notice(created_at=clock.now()), sorted(pairs)
    insert_alike(
        blank,
        unless_there=True,
        entry=[entry for entry, _person in heard],
        person=[person for _entry, person in heard],
    )
    return len(heard)


@action
def mark_read(*, person_id: int, notice_ids: Sequence[int] | None = None) -> int:
    """Mark a person's own messages read: these, or all."""
    notices = Notice.objects.of(person_id).unread()
    if notice_ids is not None:
        notices = notices.filter(pk__in=notice_ids)
    return notices.update(read_at=clock.now())


@action
def mail_digest(*, person_id: int) -> int:
    """Send one mail with everything unread that was not mailed yet (R47); returns how many it tells of."""
    notices = list(
        Notice.objects.of(person_id)
        .unread()
        .filter(mailed_at__isnull=True)
        .select_related("entry", "person")
        .select_for_update(of=("self",))
        .order_by("-created_at")
    )
    if not notices:
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("督查督办：%(n)d 条新消息") % {"n": len(notices)}
        body = render_to_string(
            "notifications/digest.txt",
            {"notices": notices[:50], "total": len(notices), "url": settings.BIHUAN_URL},
        )
    Notice.objects.filter(pk__in=[one.pk for one in notices]).update(mailed_at=clock.now())
    send_mail(subject, body, None, [notices[0].person.email])
    return len(notices)


@action
def set_preference(*, person_id: int, digest: bool) -> Preference:
    """Keep how a person wants to be told (提醒方式): their own business, so the ledger does not hear of it."""
    preference, _made = Preference.objects.update_or_create(person_id=person_id, defaults={"digest": digest})
    return preference
