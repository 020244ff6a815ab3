"""What the rules that count have before them: the presses on record, how far each count has come, and a dry run."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.counting import SOUNDED, Counted, CountRule, Press, Scope, Standing, replay, standing
from bihuan.supervision.models import Assignment, Count, Effect, LadderEdition, Matter, Proposal, Tally, Urge
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rungs import Step, Wait

LOOKED_BACK = timedelta(days=90)
SHOWN = 20
MOST_SUBJECTS = 20_000  # of a dry run; beyond it the figures are those of the latest presses

Subject = tuple[int, ...]


def presses(
    kinds: Iterable[Counted], about: Q | None = None, *, after: datetime | None, until: datetime | None = None
) -> list[Press]:
    """The recorded presses of these kinds about assignments that `about` names, after one moment and up to another.

    Only those on a unit's own deadline: a late review is not the unit's. A query for each kind of row.
    """
    found: list[Press] = []
    for kind, rows, at in _rows(set(kinds)):
        if about is not None:
            rows = rows.filter(assignment__in=Assignment.objects.filter(about).values("pk"))
        if after is not None:
            rows = rows.filter(**{f"{at}__gt": after})
        if until is not None:
            rows = rows.filter(**{f"{at}__lte": until})
        columns = ("pk", "assignment_id", "assignment__unit_id", "assignment__issued_by_id", at)
        found += [Press(kind, *row) for row in rows.order_by().values_list(*columns)]
    return found


def _rows(kinds: Collection[Counted]) -> list[tuple[Counted, QuerySet[Any], str]]:
    sounded = Effect.objects.sounded()
    rows: list[tuple[Counted, QuerySet[Any], str]] = [
        (kind, sounded.filter(rung__startswith=f"{Wait.DUE}.{kind}"), "at") for kind in SOUNDED & set(kinds)
    ]
    if Counted.HAND in kinds:
        rows.append((Counted.HAND, Urge.objects.filter(kind=Urge.Kind.URGE), "urged_at"))
    if Counted.SLIP in kinds:
        slips = Matter.objects.filter(
            letter__paper__kind=Paper.Kind.SLIP, letter__paper__issued_at__isnull=False
        )
        rows.append((Counted.SLIP, slips, "letter__paper__issued_at"))
    accepted = Proposal.objects.filter(state=Proposal.State.ACCEPTED, wait=Wait.DUE)
    for kind, step in ((Counted.CIRCULAR, Step.CIRCULAR), (Counted.INTERVIEW, Step.INTERVIEW)):
        if kind in kinds:
            rows.append((kind, accepted.filter(step=step), "decided_at"))
    return rows


def about_subjects(rule: CountRule, subjects: Collection[Subject]) -> Q:
    """The assignments whose presses count for these subjects."""
    if rule.scope == Scope.MATTER:
        return Q(pk__in=[one[0] for one in subjects])
    about = Q(issued_by__in={issuer for issuer, _unit in subjects}) & Q(
        unit__in={unit for _issuer, unit in subjects}
    )
    return about & Q(item__source__kind=rule.kind) if rule.kind else about


def standings(rule: CountRule, subjects: Collection[Subject], *, now: datetime) -> dict[Subject, Standing]:
    """How far the count of each subject has come, in a few queries however many; those at nothing are left out."""
    wanted = set(subjects)
    by_subject: dict[Subject, list[Press]] = defaultdict(list)
    after = rule.since
    if rule.within_days:
        window = now - timedelta(days=rule.within_days)
        after = max(after, window) if after else window
    for press in presses(rule.counted, about_subjects(rule, wanted), after=after, until=now):
        if (subject := rule.subject(press)) in wanted:
            by_subject[subject].append(press)
    spent: dict[Subject, set[tuple[str, int]]] = defaultdict(set)
    for tally in Tally.objects.about(rule.code, wanted).select_related("effect"):
        spent[_subject_of(rule, tally)] |= {(kind, key) for kind, key in tally.presses}
    breaks = _on_time(by_subject) if rule.in_row else {}
    return {
        subject: reached
        for subject, some in by_subject.items()
        if (
            reached := standing(rule, some, spent=spent[subject], breaks=breaks.get(subject, ()), now=now)
        ).times
    }


def _subject_of(rule: CountRule, tally: Tally) -> Subject:
    if rule.scope == Scope.MATTER:
        return (tally.effect.assignment_id,)
    return tally.issuer_id, tally.unit_id


def _on_time(subjects: Iterable[Subject]) -> Mapping[Subject, Sequence[datetime]]:
    """When each unit finished something on time for the authority: there a row ends."""
    pairs = {one for one in subjects if len(one) == 2}
    finished: dict[Subject, list[datetime]] = defaultdict(list)
    rows = Assignment.objects.finished_on_time().filter(
        issued_by__in={issuer for issuer, _unit in pairs},
        unit__in={unit for _issuer, unit in pairs},
        accepted_at__isnull=False,
    )
    for issuer, unit, at in rows.order_by().values_list("issued_by", "unit", "accepted_at"):
        finished[issuer, unit].append(at)
    return finished


def counting_since() -> datetime | None:
    """When counting began here; what pressed before counts for no rule that every authority starts with."""
    return Count.objects.values_list("began_at", flat=True).first()


def as_counted_here(rule: CountRule) -> CountRule:
    """The rule with the moment from which it counts here."""
    return rule if rule.since else replace(rule, since=counting_since() or clock.now())


# --- the dry run ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """A rule played over the recent past: what it would have proposed, and about whom the last ones."""

    rule: CountRule
    proposals: int
    subjects: int
    latest: list[tuple[Assignment, Standing]]


def try_rules(edition: LadderEdition, rows: QuerySet[Assignment], actor: Actor) -> list[Tried]:
    """The rules of a version over what pressed in the last ninety days about these assignments (计次预演).

    The figures are of all; one by one are listed those that the actor may see.
    """
    now = clock.now()
    after = now - LOOKED_BACK
    about = Q(pk__in=rows.values("pk"))
    found = []
    for rule in edition.count_rules:
        by_subject: dict[Subject, list[Press]] = defaultdict(list)
        recent = sorted(presses(rule.counted, about, after=after), key=lambda one: one.at)
        for press in recent:
            by_subject[rule.subject(press)].append(press)
        subjects = {subject for subject, some in by_subject.items() if len(some) >= rule.times}
        breaks = _on_time(subjects) if rule.in_row else {}
        played = replace(rule, since=after)
        reached = [
            one
            for subject in sorted(subjects)[:MOST_SUBJECTS]
            for one in replay(played, by_subject[subject], breaks.get(subject, ()))
        ]
        reached.sort(key=lambda one: one.times[-1].at, reverse=True)
        visible = Assignment.objects.within(actor, Cap.VIEW).select_related("item", "unit")
        shown = visible.filter(pk__in=[one.times[-1].assignment for one in reached[:SHOWN]]).in_bulk()
        found.append(
            Tried(
                rule,
                len(reached),
                len({rule.subject(one.times[-1]) for one in reached}),
                [
                    (shown[one.times[-1].assignment], one)
                    for one in reached[:SHOWN]
                    if one.times[-1].assignment in shown
                ],
            )
        )
    return found


# --- the explanation ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A press that was counted, in words."""

    kind: Any
    at: datetime
    assignment: Assignment


def counted_by(tallies: Iterable[Tally]) -> dict[int, list[Told]]:
    """The presses that each count rested on, by the effect it left, in a few queries however many."""
    tallies = list(tallies)
    keys: dict[str, set[int]] = defaultdict(set)
    for tally in tallies:
        for kind, key in tally.presses:
            keys[kind].add(key)
    known: dict[tuple[str, int], Press] = {}
    for kind, rows, at in _rows({Counted(kind) for kind in keys}):
        columns = ("pk", "assignment_id", "assignment__unit_id", "assignment__issued_by_id", at)
        found = rows.filter(pk__in=keys[kind]).order_by().values_list(*columns)
        known |= {(str(kind.value), row[0]): Press(kind, *row) for row in found}
    about = Assignment.objects.select_related("item").in_bulk({one.assignment for one in known.values()})
    return {
        tally.effect_id: [
            Told(press.kind.label, press.at, about[press.assignment])
            for name in tally.presses
            if (press := known.get((name[0], name[1]))) is not None
        ]
        for tally in tallies
    }


@dataclass(frozen=True)
class Come:
    """How far a rule's count has come (计次), with the presses it rests on so far."""

    rule: CountRule
    times: int
    told: Sequence[Told]

    @property
    def left(self) -> int:
        return max(0, self.rule.times - self.times)


def counts_on(assignment: Assignment, actor: Actor) -> list[Come]:
    """How far each rule in force has come with this matter, or with its unit, as far as the reader may know.

    A count of a unit's matters is for the unit itself and for those who gave the matter; of the matters counted
    only those are named that the reader may see.
    """
    _edition, rules = regime_of(assignment.issued_by_id).counting_of(assignment.item.source.kind)
    gave = Assignment.objects.within(actor, Cap.DECIDE).filter(pk=assignment.pk).exists()
    found, now = [], clock.now()
    for rule in rules:
        if rule.scope == Scope.UNIT and not gave and actor.unit_id != assignment.unit_id:
            continue
        matter = rule.scope == Scope.MATTER
        subject = (assignment.pk,) if matter else (assignment.issued_by_id, assignment.unit_id)
        rule = as_counted_here(rule)
        reached = standings(rule, {subject}, now=now).get(subject)
        times = reached.times if reached else []
        about = Assignment.objects.within(actor, Cap.VIEW).select_related("item")
        known = about.in_bulk({one.assignment for one in times})
        told = [
            Told(one.kind.label, one.at, known[one.assignment]) for one in times if one.assignment in known
        ]
        found.append(Come(rule, len(times), told))
    return found


def reached_on(assignment: Assignment, actor: Actor) -> list[tuple[Proposal, list[Told]]]:
    """What counts that were reached have proposed about it, for those who decide such proposals."""
    rows = Proposal.objects.within(actor, Cap.VIEW).filter(effect__tally__isnull=False, assignment=assignment)
    made = list(rows.select_related("effect__tally").order_by("-proposed_at", "-pk"))
    counted = counted_by([one.effect.tally for one in made])
    return [(one, counted[one.effect_id]) for one in made]


def units_counted(edition: LadderEdition) -> list[tuple[CountRule, list[tuple[Unit, int]]]]:
    """How far the units under the authority have come by its rules that go by units, the nearest first."""
    found = []
    for rule in edition.count_rules:
        if rule.scope != Scope.UNIT:
            continue
        rule = as_counted_here(rule)
        recent = presses(rule.counted, Q(issued_by=edition.unit_id), after=rule.since)
        reached = standings(rule, {rule.subject(one) for one in recent}, now=clock.now())
        order = sorted(reached, key=lambda one: (-len(reached[one].times), one))[:SHOWN]
        units = Unit.objects.in_bulk([unit for _issuer, unit in order])
        found.append((rule, [(units[one[1]], len(reached[one].times)) for one in order]))
    return found
