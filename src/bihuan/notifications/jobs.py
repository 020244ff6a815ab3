"""Jobs of delivery: three lines that call an action."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bihuan.ledger.book import DELIVER
from bihuan.notifications.actions import AT_ONCE, deliver, mail_at_once, mail_digest
from bihuan.notifications.queries import due_for_digest

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=5)


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
