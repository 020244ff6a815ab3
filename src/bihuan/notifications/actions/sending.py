"""Sending through channels: what a channel tells of, when a message is put together, and what became of it.

The message itself is posted outside any transaction (`notifications.posting`). A worker that dies between posting
and noting posts once more: at least once, so the delivery's number goes with it.
"""

from collections.abc import Sequence

from procrastinate.contrib.django import app as jobs

from bihuan.kernel import clock
from bihuan.kernel.rows import insert_alike
from bihuan.kernel.transactions import action, step
from bihuan.notifications.models import Channel, Delivery, Telling
from bihuan.notifications.queries import is_open, owner_unit, urgent_among
from bihuan.notifications.queries.channels import pairs_for, read_by_owner, untold
from bihuan.notifications.rules import PRESSING, Takes
from bihuan.supervision.queries.regimes import regime_of

SEND = "notifications.send"
GATHER = "notifications.gather"
ATTEMPTS = 5


@step
def tell_channels(heard: Sequence[tuple[int, int]]) -> None:
    """Let channels tell of entries, given with the people who hear of them; each channel of each entry once."""
    pairs, urgent = pairs_for(heard)
    if not pairs:
        return
    blank = Telling(created_at=clock.now())
    insert_alike(
        blank,
        unless_there=True,
        channel=[channel for channel, _entry in pairs],
        entry=[entry for _channel, entry in pairs],
    )
    for channel in sorted({channel for channel, entry in pairs if entry in urgent}):
        jobs.configure_task(GATHER).defer(channel_id=channel)


@action
def gather(*, channel_id: int) -> Delivery | None:
    """Put together what a channel may say now (quiet hours, digest and cap as for mail), and queue it; None: nothing.

    What is marked urgent goes at any hour, what presses when offices are open, the rest once a day.
    """
    channel = Channel.objects.in_use().select_for_update(of=("self",)).filter(pk=channel_id).first()
    if channel is None:
        return None
    waiting = list(
        channel.tellings.filter(delivery__isnull=True).select_related("entry").select_for_update(of=("self",))
    )
    known = read_by_owner(channel, [one.entry_id for one in waiting])
    waiting = [one for one in waiting if one.entry_id not in known]
    regime, today, now = regime_of(owner_unit(channel)), clock.today(), clock.now()
    sent = channel.sent if channel.sent_on == today else 0
    now_open, may_more = is_open(regime, now), sent < regime["message.daily_cap"]
    chosen: list[Telling] = []
    at_once = True
    if now_open and channel.digested_on != today and (channel.takes != Takes.URGENT or not may_more):
        chosen, at_once = waiting, False
    elif may_more and channel.takes != Takes.DIGEST:
        urgent = urgent_among((one.entry_id, one.entry.stream) for one in waiting)
        hurried = regime["message.urgent_at_once"]
        chosen = [
            one
            for one in waiting
            if (hurried and one.entry_id in urgent)
            or (now_open and channel.takes == Takes.PRESSING and one.entry.verb in PRESSING)
        ]
    if not chosen:
        return None
    delivery = Delivery.objects.create(channel=channel, at_once=at_once, told=len(chosen), created_at=now)
    Telling.objects.filter(pk__in=[one.pk for one in chosen]).update(delivery=delivery)
    if at_once:
        channel.sent_on, channel.sent = today, sent + 1
    else:
        channel.digested_on = today
    channel.save(update_fields=["digested_on", "sent_on", "sent"])
    jobs.configure_task(SEND).defer(delivery_id=delivery.pk)
    return delivery


@action
def withhold(*, delivery_id: int) -> bool:
    """Take out of a queued message what its channel may not tell of any more; whether nothing is left to send.

    What is left alone is sent; a message with nothing left stays on the channel's page, with the reason.
    """
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("channel").get(pk=delivery_id)
    if delivery.is_test or delivery.state != Delivery.State.QUEUED:
        return False
    gone = untold(delivery)
    if not gone:
        return False
    delivery.tellings.filter(entry__in=gone).delete()
    delivery.told -= len(gone)
    if delivery.told:
        delivery.save(update_fields=["told"])
        return False
    delivery.told, delivery.state, delivery.error = len(gone), Delivery.State.UNSENT, "not_theirs"
    delivery.save(update_fields=["told", "state", "error"])
    return True


@action
def note_sent(*, delivery_id: int) -> None:
    """Keep that a message was taken."""
    Delivery.objects.filter(pk=delivery_id).exclude(state=Delivery.State.SENT).update(
        state=Delivery.State.SENT, sent_at=clock.now(), error=""
    )


@action
def note_failed(*, delivery_id: int, error: str) -> bool:
    """Keep that a message was not taken, and why; whether it is tried again."""
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None or delivery.state != Delivery.State.QUEUED:
        return False  # removed with its channel, or taken meanwhile
    delivery.attempts += 1
    delivery.error = error[:40]
    is_over = delivery.attempts >= ATTEMPTS or delivery.is_test
    if is_over:
        delivery.state = Delivery.State.FAILED
    delivery.save(update_fields=["attempts", "error", "state"])
    return not is_over
