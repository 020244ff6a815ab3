"""Time-driven work of the organisation: what was decided for a day takes effect on it."""

from datetime import timedelta

from procrastinate.contrib.django import app

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org import actions
from bihuan.org.models import ImportDraft, Person, UnitChange

KEPT_FOR = timedelta(days=7)  # an upload that nobody confirmed


@app.periodic(cron="5 * * * *")
@app.task(name="org.daily_work", queueing_lock="org.daily_work", pass_context=False)
def daily_work(timestamp: int = 0) -> None:
    """Apply due changes of units, retire leavers, drop stale uploads. Hourly, so a late worker catches up."""
    for change_id in UnitChange.objects.due(clock.today()).values_list("pk", flat=True):
        apply_due_change(change_id)
    gone = Person.objects.filter(is_active=True, leaves_on__lt=clock.today())
    for person_id in gone.values_list("pk", flat=True):
        retire_due_leaver(person_id)
    stale = ImportDraft.objects.filter(content__isnull=False, uploaded_at__lt=clock.now() - KEPT_FOR)
    for draft_id in stale.values_list("pk", flat=True):
        actions.expire_import(draft_id=draft_id, actor=system("org-daily"))


def apply_due_change(change_id: int) -> None:
    """Let one change take effect; what has become impossible is noted on it and stops no other."""
    actor = system("org-daily")
    try:
        actions.apply_change(change_id=change_id, actor=actor)
    except AlreadyDone:
        return
    except DomainError as fault:
        actions.note_fault(change_id=change_id, actor=actor, fault=fault)


def retire_due_leaver(person_id: int) -> None:
    try:
        actions.retire_leaver(person_id=person_id, actor=system("org-daily"))
    except DomainError:
        return  # already retired, or appointed again in the meantime
