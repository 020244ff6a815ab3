"""After a notice on days off: derive again what rests on the calendar, and tell the units (重算时限)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.rows import update_each
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import Line, append, append_each
from bihuan.ledger.rules import Key
from bihuan.org.models import Unit
from bihuan.supervision.actions.steps import light_term, note_term, turn_light
from bihuan.supervision.models import Assignment, Extension, Rederivation, Term
from bihuan.supervision.queries.calendars import DERIVED, changes_in, rule_under, under
from bihuan.supervision.queries.dues import regions_among
from bihuan.supervision.queries.history import last_terms
from bihuan.supervision.queries.pauses import load_pauses
from bihuan.supervision.queries.regimes import Regime, Regimes
from bihuan.workdays.queries import calendar_as_of, calendar_for, latest_notice
from bihuan.workdays.rules import Calendar

CHUNK, TOLD = 500, 200
WATCHED = (
    "due_at",
    "record_due_at",
    "sign_by",
    "decide_by",
    "answer_by",
    "amber_at",
    "strong_at",
    "next_alarm_at",
)


@dataclass(frozen=True)
class Here:
    """The calendar where a unit lies, before and after; and what the calendar made of its lead's deadline."""

    was: Calendar
    now: Calendar
    lead_due: datetime | None


@action
def begin_rederivation(*, actor: Actor) -> Rederivation | None:
    """Note that the calendar changed (日历变动登记); the passage that is still to be finished, None if there is none.

    The first time there is nothing to compare with, so the state of the calendar is only noted down.
    """
    running = Rederivation.objects.filter(finished_at__isnull=True).order_by("pk").first()
    version = calendar_for().version
    if running or Rederivation.objects.filter(version=version).exists():
        return running
    first = not Rederivation.objects.exists()
    fresh = Rederivation(version=version, notice=latest_notice(), began_at=clock.now())
    fresh.finished_at = clock.now() if first else None
    fresh.save(force_insert=True)
    append("supervision.calendar.changed", actor=actor, subject=fresh, notice=fresh.notice)
    return None if first else fresh


@action
def rederive_chunk(*, rederivation_id: int, actor: Actor) -> bool:
    """Go through the next running clocks (分批重算时限), then tell the next units; False once everything is done."""
    passage = Rederivation.objects.select_for_update().get(pk=rederivation_id)
    if passage.finished_at is not None:
        return False
    open_ones = Assignment.objects.open().filter(pk__gt=passage.reached).order_by("pk")
    chunk = list(
        open_ones.select_related("item__source", "lead").select_for_update(of=("self",), no_key=True)[:CHUNK]
    )
    if chunk:
        _rederive(chunk, passage, actor)
        passage.reached, passage.checked = chunk[-1].pk, passage.checked + len(chunk)
    elif passage.to_tell:
        _tell(passage, actor)
    else:
        passage.finished_at = clock.now()
        facts = {"checked": passage.checked, "moved": passage.moved}
        append("supervision.calendar.rederived", actor=actor, subject=passage, **facts)
    passage.save()
    return passage.finished_at is None


@step
def _rederive(chunk: list[Assignment], passage: Rederivation, actor: Actor) -> None:
    by_key = {one.pk: one for one in chunk}
    terms = last_terms({*by_key, *(one.lead_id for one in chunk if one.lead_id)})
    load_pauses(chunk)
    regimes, earlier, latest = Regimes(), _before(passage), latest_notice()
    regions = regions_among({one.unit_id for one in chunk})
    touched, moved, fresh = [], [], []
    for one in chunk:
        after = regimes[one.issued_by_id]
        before = under(after, calendar_as_of(earlier, after.region))
        region = regions.get(one.unit_id)
        here = Here(
            calendar_as_of(earlier, region), calendar_as_of(latest, region), _lead_due(one, by_key, terms)
        )
        was = {name: getattr(one, name) for name in WATCHED}
        if new := _apply(one, terms.get(one.pk), before, after, here):
            fresh.append(new)
            terms[one.pk] = new
        if any(getattr(one, name) != value for name, value in was.items()):
            touched.append(one)
        if one.answer_by != was["answer_by"]:
            one.extensions.filter(state=Extension.State.ENDORSED).update(decide_by=one.answer_by)
        if any(getattr(one, name) != was[name] for name in ("due_at", "sign_by", "decide_by", "answer_by")):
            one.version += 1
            moved.append((one, was))
    update_each(touched, [*WATCHED, "version"])
    Term.objects.bulk_create(fresh, batch_size=2000)
    lines = [Line(one, {"was": was["due_at"], "due": one.due_at}) for one, was in moved]
    append_each("supervision.assignment.rederived", actor=actor, lines=lines)
    counts = Counter(str(one.unit_id) for one, was in moved if one.due_at != was["due_at"])
    passage.moved += sum(counts.values())
    passage.to_tell = dict(Counter(passage.to_tell) + counts)


def _apply(one: Assignment, last: Term | None, before: Regime, after: Regime, here: Here) -> Term | None:
    """Set what changes, in memory; the new term where deadline or light moved."""
    reach = _reach(one)
    local = here.was.changed_days(here.now, *reach)
    if not local and not before.calendar.changed_days(after.calendar, *reach):
        return None
    now, term = clock.now(), None
    found = changes_in(one, last, before, after, here=here.now, lead_due=here.lead_due)
    changes = {name: at for name, at in found.items() if at > now}
    due_at = changes.pop("due_at", None)
    for name, at in changes.items():
        setattr(one, name, at)
    if due_at is not None and one.due_at > now and last is not None:
        kind = Term.Kind.REMEDY if last.kind == Term.Kind.REMEDY else Term.Kind.CALENDAR
        rule = rule_under(last, due_at, here.now, here.lead_due)
        term = note_term(one, kind, due_at, regime=after, rule=rule)
    elif last is not None and one.due_at > now and turn_light(one, regime=after):
        term = light_term(one, last)
    one.set_alarm(after.ladder_for(one), swept_at=one.swept_at)
    return term


def _lead_due(
    one: Assignment, by_key: Mapping[int, Assignment], terms: Mapping[int, Term]
) -> datetime | None:
    """The lead's deadline where nobody but the calendar has moved it: that of an assisting unit goes with it."""
    last = terms.get(one.lead_id) if one.lead_id else None
    if last is None or last.kind not in DERIVED:
        return None
    return by_key.get(one.lead_id, one.lead).due_at


def _reach(one: Assignment) -> tuple:
    """The days on which this clock can rest: from its start to well after its last date."""
    others = (one.sign_by, one.decide_by, one.answer_by)
    dates: list[datetime] = [one.due_at, *(at for at in others if at)]
    return clock.office_day(one.dispatched_at), clock.office_day(max(dates)) + timedelta(days=60)


def _before(passage: Rederivation) -> int:
    """The latest notice that the passage before this one knew."""
    earlier = Rederivation.objects.filter(pk__lt=passage.pk).order_by("-pk").first()
    return earlier.notice if earlier else 0


@step
def _tell(passage: Rederivation, actor: Actor) -> None:
    """One line to a unit however many of its deadlines moved; its people hear of it once."""
    told = sorted(passage.to_tell, key=int)[:TOLD]
    for unit in Unit.objects.filter(pk__in=told).select_for_update().order_by("pk"):
        count = passage.to_tell[str(unit.pk)]
        words = _("放假安排有变动，本单位在办事项中有%(n)d件的时限随之调整，请在“我的办件”核对。") % {
            "n": count
        }
        append(
            "supervision.unit.deadlines_moved",
            actor=actor,
            subject=Key(Unit, unit.pk),
            text=words,
            moved=count,
        )
    passage.to_tell = {unit: n for unit, n in passage.to_tell.items() if unit not in told}
