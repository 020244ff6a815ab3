"""Jobs of delivery: three lines that call an action."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bihuan.ledger.book import DELIVER
from bihuan.notifications.actions import (
    AT_ONCE,
    deliver,
    gather,
    mail_at_once,
    mail_digest,
    note_failed,
    note_sent,
    withhold,
)
from bihuan.notifications.actions.sending import GATHER, SEND
from bihuan.notifications.models import Delivery
from bihuan.notifications.posting import post
from bihuan.notifications.queries import due_for_digest
from bihuan.notifications.queries.channels import said_by, waiting_channels

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=5)
PATIENTLY = RetryStrategy(max_attempts=5, wait=60, linear_wait=120)


@app.task(name=DELIVER, retry=AGAIN)
def deliver_job(entry_ids: list[int]) -> None:
    deliver(entry_ids=entry_ids)


@app.periodic(cron="*/10 * * * *")  # each unit's own hours decide: no mail at night, none on days off (R8)
@app.task(name="notifications.mail_digests", queueing_lock="digests")
def mail_digests_job(timestamp: int) -> None:
    for person in due_for_digest():
        digest_job.defer(person_id=person.pk)


@app.task(name="notifications.mail_digest", retry=AGAIN)
def digest_job(person_id: int) -> None:
    mail_digest(person_id=person_id)


@app.task(name=AT_ONCE, retry=AGAIN)
def at_once_job(person_id: int, entry_ids: list[int]) -> None:
    mail_at_once(person_id=person_id, entry_ids=entry_ids)


@app.periodic(cron="*/10 * * * *")
@app.task(name="notifications.gather_all", queueing_lock="gather_all")
def gather_all_job(timestamp: int) -> None:
    for channel in waiting_channels():
        gather(channel_id=channel.pk)


@app.task(name=GATHER, retry=AGAIN)
def gather_job(channel_id: int) -> None:
    gather(channel_id=channel_id)


@app.task(name=SEND, retry=PATIENTLY)
def send_job(delivery_id: int) -> None:
    """Send a message; where the other side does not take it, try again later, five times in all."""
    if error := send(delivery_id):
        raise NotTaken(error)


class NotTaken(Exception):
    """The other side did not take a message; it is tried again."""


def send(delivery_id: int) -> str:
    """Post a queued message and keep what became of it; gives the code of the error if it is to be tried again."""
    delivery = Delivery.objects.select_related("channel__person").filter(pk=delivery_id).first()
    if delivery is None or delivery.state != Delivery.State.QUEUED:
        return ""
    if withhold(delivery_id=delivery_id):
        return ""
    channel = delivery.channel
    error = post(
        kind=channel.kind,
        sealed_address=channel.sealed_address,
        sealed_secret=channel.sealed_secret,
        said=said_by(delivery),
        number=delivery.pk,
    )
    if not error:
        note_sent(delivery_id=delivery_id)
        return ""
    return error if note_failed(delivery_id=delivery_id, error=error) else ""
