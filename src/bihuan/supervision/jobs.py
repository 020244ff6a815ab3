"""Jobs of the loop: a few lines that call an action."""

from contextlib import suppress

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor, system
from bihuan.kernel.errors import AlreadyDone
from bihuan.kernel.rows import refresh_statistics
from bihuan.org.actors import actor_in
from bihuan.org.models import Appointment, Lineage, Unit
from bihuan.supervision.actions.counting import count_presses
from bihuan.supervision.actions.dispatching import SERVE, serve_dispatch
from bihuan.supervision.actions.laddering import REDERIVE, rederive_alarms
from bihuan.supervision.actions.reckoning import settle_reckonings
from bihuan.supervision.actions.recurring import open_period
from bihuan.supervision.actions.rederiving import begin_rederivation, rederive_chunk
from bihuan.supervision.actions.slotting import turn_slots
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.actions.theming import RELIGHT, relight
from bihuan.supervision.models import Assignment, Dispatch, LadderEdition, ThemeEdition
from bihuan.supervision.queries.recurrence import items_to_open
from bihuan.supervision.queries.slots import items_asking

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=5)


@app.task(name=SERVE, retry=AGAIN)
def serve_dispatch_job(dispatch_id: int) -> None:
    """Serve a dispatch chunk by chunk until nobody is pending; a restart goes on where the last one stopped."""
    actor = _asker(Dispatch.objects.get(pk=dispatch_id))
    while serve_dispatch(dispatch_id=dispatch_id, actor=actor):
        pass
    refresh_statistics(Assignment, Unit, Lineage)  # before the first of them opens the list


@app.periodic(cron="*/5 * * * *")
@app.task(name="supervision.resume_dispatches", queueing_lock="resume_dispatches")
def resume_dispatches_job(timestamp: int) -> None:
    """Take up what a worker that died left behind."""
    for dispatch in Dispatch.objects.exclude(pending=[]).order_by("pk"):
        serve_dispatch_job(dispatch_id=dispatch.pk)


@app.periodic(cron="* * * * *")
@app.task(name="supervision.sound_alarms", queueing_lock="sound_alarms")
def sound_alarms_job(timestamp: int) -> None:
    """The sweep: what is due this minute, and whatever an outage left behind."""
    while sound_alarms(actor=system("sweep")):
        pass


@app.periodic(cron="* * * * *")
@app.task(name="supervision.count_presses", queueing_lock="count_presses")
def count_presses_job(timestamp: int) -> None:
    """Count what pressed this minute, and whatever an outage left behind."""
    while count_presses(actor=system("sweep")):
        pass


@app.periodic(cron="* * * * *")
@app.task(name="supervision.settle_reckonings", queueing_lock="settle_reckonings")
def settle_reckonings_job(timestamp: int) -> None:
    """Count what was touched in the last minute, and what a deadline that passed has changed."""
    while settle_reckonings(actor=system("reckoning")):
        pass


@app.task(name=REDERIVE, retry=AGAIN)
def rederive_alarms_job(edition_id: int) -> None:
    """Set the alarms of what is open by a ladder that was put in force, chunk by chunk."""
    while rederive_alarms(edition_id=edition_id, actor=system("calendar")):
        pass


@app.periodic(cron="*/5 * * * *")
@app.task(name="supervision.resume_rederiving", queueing_lock="resume_rederiving")
def resume_rederiving_job(timestamp: int) -> None:
    """Take up what a worker that died left behind."""
    for edition in LadderEdition.objects.filter(rederived_to__isnull=False).order_by("pk"):
        rederive_alarms_job(edition_id=edition.pk)


@app.task(name=RELIGHT, retry=AGAIN)
def relight_job(edition_id: int) -> None:
    """Compute anew when the lights of what is open change, by rules that were put in force, chunk by chunk."""
    while relight(edition_id=edition_id, actor=system("calendar")):
        pass


@app.periodic(cron="*/5 * * * *")
@app.task(name="supervision.resume_relighting", queueing_lock="resume_relighting")
def resume_relighting_job(timestamp: int) -> None:
    """Take up what a worker that died left behind."""
    for edition in ThemeEdition.objects.filter(rederived_to__isnull=False).order_by("pk"):
        relight_job(edition_id=edition.pk)


@app.periodic(cron="5 16 * * *")  # 00:05 in the office
@app.task(name="supervision.open_periods", queueing_lock="open_periods")
def open_periods_job(timestamp: int) -> None:
    """Open the periods that begin today; run again, it opens none twice."""
    for item in items_to_open(clock.today()):
        with suppress(AlreadyDone):
            open_period(item_id=item.pk, actor=system("calendar"))


@app.periodic(cron="*/5 * * * *")
@app.task(name="supervision.rederive", queueing_lock="rederive")
def rederive_job(timestamp: int) -> None:
    """After a notice on days off: go through the running clocks chunk by chunk, where the last one stopped."""
    passage = begin_rederivation(actor=system("calendar"))
    while passage and rederive_chunk(rederivation_id=passage.pk, actor=system("calendar")):
        pass


@app.periodic(cron="10 * * * *")  # at ten past midnight, and hourly for what an outage left behind
@app.task(name="supervision.turn_slots", queueing_lock="turn_slots")
def turn_slots_job(timestamp: int) -> None:
    """Open the report slots of the periods that have begun and close those that are over."""
    for item in items_asking(clock.today()):
        while turn_slots(item_id=item.pk, actor=system("calendar")):
            pass


def _asker(dispatch: Dispatch) -> Actor:
    if dispatch.asked_by is None:
        return system("calendar", request_id=dispatch.request_id)
    return actor_in(Appointment.objects.get(pk=dispatch.asked_by), dispatch.request_id)
