"""One assignment as its page shows it: the situation of the reader, the requirements, the trail, the family."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.translation import gettext as _

from bihuan.documents.models import File
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.ledger.models import Entry
from bihuan.ledger.rules import stream_of
from bihuan.org.models import Appointment, Lineage, Person, Unit
from bihuan.org.queries import successors_on
from bihuan.org.roles import Cap
from bihuan.supervision import operations
from bihuan.supervision.models import (
    Assignment,
    Criterion,
    Extension,
    Milestone,
    Report,
    Review,
    Slot,
    Source,
    Submission,
    Term,
)
from bihuan.supervision.operations import Operation, Situation
from bihuan.supervision.queries.evidence import files_of, proofs_of
from bihuan.supervision.queries.presses import Press, presses_on
from bihuan.supervision.queries.reasons import Reason, reason_of, why_date
from bihuan.supervision.queries.regimes import Regime, regime_of
from bihuan.supervision.remarks import Remark, remarks_on
from bihuan.supervision.rules import OPEN, SETTABLE, Duty, Light, Stage

ASKED = [cap for cap in Cap if any(cap in rule.caps for rule in operations.RULES.values())]
LOOK_AHEAD = timedelta(days=3)  # a suspension comes up for review so long before its date
ANSWERED = (Submission.State.SIGNED, Submission.State.PASSED)


def sheet_of(assignment_id: int, actor: Actor) -> "Sheet":
    """The assignment with everything its page needs. Raises DoesNotExist for what the actor may not know of."""
    asked = {
        f"may_{cap.value}": Exists(Assignment.objects.within(actor, cap).filter(pk=OuterRef("pk")))
        for cap in ASKED
    }
    assignment = (
        Assignment.objects.within(actor, Cap.VIEW)
        .select_related(
            "unit",
            "issued_by",
            "office",
            "reviewer",
            "original_unit",
            "lead__unit",
            "relapsed_from",
            "reassigned_from__unit",
            "item__plan",
            "item__source",
            "item__area",
            "item__parent",
            "item__parent_assignment__unit",
        )
        .prefetch_related(
            "item__criteria",
            "item__milestones",
            Prefetch("reports", Report.objects.order_by("-reported_at", "-id")),
            Prefetch("submissions", Submission.objects.prefetch_related("reviews", "checks")),
            "extensions",
            "suspensions",
            "explanations",
            "terms",
            "overrides",
            "reached",
        )
        .annotate(**asked)
        .get(pk=assignment_id)
    )
    caps = frozenset(cap.value for cap in ASKED if getattr(assignment, f"may_{cap.value}"))
    return Sheet(assignment, actor, caps)


@dataclass(frozen=True)
class Node:
    """A milestone of the item as one unit stands to it; `late` if it was, or is, past its day."""

    milestone: Milestone
    reached_on: date | None
    late: bool


@dataclass
class Sheet:
    """An assignment read by one actor (办件单)."""

    assignment: Assignment
    actor: Actor
    caps: frozenset[str]

    @cached_property
    def now(self) -> datetime:
        return clock.now()

    @cached_property
    def regime(self) -> Regime:
        return regime_of(self.assignment.issued_by)

    @property
    def item(self):
        return self.assignment.item

    @property
    def light(self) -> Light:
        return self.assignment.light(self.now)

    # What is under way

    @cached_property
    def submission(self) -> Submission | None:
        """The latest submission, whatever became of it."""
        return next(iter(self.assignment.submissions.all()), None)

    @cached_property
    def awaited(self) -> Submission | None:
        """The submission that awaits the reviewer's word."""
        latest = self.submission
        if self.assignment.stage == Stage.COMPLETED and latest and latest.state in ANSWERED:
            return latest
        return None

    @cached_property
    def draft(self) -> Submission | None:
        """The submission that awaits the unit's own signature."""
        latest = self.submission
        return latest if latest and latest.state == Submission.State.DRAFT else None

    @cached_property
    def extension(self) -> Extension | None:
        """The request for more time that is not decided yet."""
        pending = (Extension.State.ASKED, Extension.State.ENDORSED)
        return next((one for one in self.assignment.extensions.all() if one.state in pending), None)

    @cached_property
    def granted(self) -> list[Extension]:
        return [one for one in self.assignment.extensions.all() if one.state == Extension.State.GRANTED]

    @cached_property
    def unread_report(self) -> Report | None:
        """The latest report, if nobody has taken note of it."""
        latest = next(iter(self.assignment.reports.all()), None)
        return latest if latest and not latest.verdict else None

    @cached_property
    def explanation(self):
        return next((one for one in self.assignment.explanations.all() if one.accepted is None), None)

    @cached_property
    def suspension(self):
        return next((one for one in self.assignment.suspensions.all() if one.resumed_at is None), None)

    @cached_property
    def returned_with(self) -> Review | None:
        """The review that sent the last submission back, while it has not been answered."""
        latest = self.submission
        if latest is None or latest.state != Submission.State.RETURNED:
            return None
        return next((one for one in reversed(list(latest.reviews.all())) if not one.passed), None)

    # Who may do what

    @cached_property
    def authors(self) -> set[int]:
        """Everybody who reported, drafted or signed: none of them may judge it."""
        people = {report.person_id for report in self.assignment.reports.all()}
        for one in self.assignment.submissions.all():
            people |= {one.drafted_by, one.signed_by}
        return people - {None}

    @cached_property
    def situation(self) -> Situation:
        one, at = self.assignment, self.now
        plan, computed = self.item.plan, one.computed_light(at)
        return Situation(
            stage=one.stage,
            caps=self.caps,
            overdue=one.is_overdue(at),
            suspended=one.suspended_at is not None,
            review_near=bool(one.review_on and one.review_on <= at + LOOK_AHEAD),
            insisted=one.insisted,
            returned=self.returned_with is not None,
            progress=one.progress,
            reported=one.reported_at is not None,
            slot_open=slot_is_open(one),
            pressing=computed in (Light.STRONG, Light.RED),
            light_settable=computed in SETTABLE,
            submission_drafted=self.draft is not None,
            extension=self.extension.state if self.extension else "",
            extensions_left=self.regime["extension.max_times"] - len(self.granted),
            explained=self.explanation is not None,
            report_unread=self.unread_report is not None,
            author=self.actor.person_id in self.authors,
            reviewer=self.review_step is not None,
            publicises=bool(plan and plan.publicises and one.duty == Duty.LEAD),
            publicity_over=bool(one.publicised_until and one.publicised_until <= at),
            relapsed=self.has_relapsed,
            above=one.unit.parent_id is not None,
            external=one.unit.is_external,
            unit_ended=self.unit_ended,
            twins=bool(self.twins),
        )

    @cached_property
    def has_relapsed(self) -> bool:
        return self.assignment.stage == Stage.WRITTEN_OFF and self.assignment.relapses.exists()

    @cached_property
    def operations(self) -> list[Operation]:
        return operations.open_operations(self.situation)

    @property
    def recommended(self) -> Operation | None:
        return operations.recommended(self.situation)

    # Whose word is awaited

    @cached_property
    def review_step(self) -> str | None:
        """What the actor would do by passing the submission: pre-review, approval, or None if not their turn."""
        return self._review[0]

    @property
    def review_refusal(self) -> str:
        """Why it is not the actor's turn to review, in one sentence."""
        return self._review[1]

    @cached_property
    def _review(self) -> tuple[str | None, str]:
        submission = self.awaited
        if submission is None or not self.caps & {Cap.PRE_REVIEW, Cap.APPROVE}:
            return None, ""
        if self.actor.person_id in self.authors:
            return None, _("您填报或签批过这件办件，须由他人审核")
        first = next((one for one in submission.reviews.all() if one.passed), None)
        if submission.state == Submission.State.PASSED and first is not None:
            if Cap.APPROVE not in self.caps:
                return None, _("初审已通过，待审定")
            if first.person_id == self.actor.person_id:
                return None, _("您已初审通过，须由另一人审定")
            return Review.Step.APPROVAL, ""
        if Cap.APPROVE in self.caps and (self.assignment.duty == Duty.ASSIST or not self.other_reviewers):
            return Review.Step.APPROVAL, ""
        if Cap.PRE_REVIEW in self.caps:
            return Review.Step.PRE_REVIEW, ""
        return None, _("待督查员初审后，再请您审定")

    @cached_property
    def other_reviewers(self) -> list[Appointment]:
        """The posts, besides the actor's and those of the authors, that may review this."""
        one = self.assignment
        units = [one.reviewer_id]
        if one.office_id and one.reviewer_id == one.issued_by_id:
            units.append(one.office_id)
        posts = Appointment.objects.current(clock.today()).granting(Cap.APPROVE).filter(unit__in=units)
        return list(
            posts.exclude(person__in=self.authors | {self.actor.person_id}).select_related("person", "unit")
        )

    # Why

    @cached_property
    def reason(self) -> Reason:
        return reason_of(self.assignment, self.now, self.regime)

    @property
    def why(self) -> str:
        return self.reason.sentence

    @cached_property
    def term(self) -> Term | None:
        """The deadline in force."""
        return next(reversed(list(self.assignment.terms.all())), None)

    @property
    def why_date(self) -> str:
        return why_date(self.term) if self.term else ""

    # Requirements and figures

    @cached_property
    def criteria(self) -> list[tuple[Criterion, str]]:
        """Each criterion with the verdict on it in the latest submission that was checked."""
        checked = next((one for one in self.assignment.submissions.all() if one.checks.all()), None)
        verdicts = {check.criterion_id: check.verdict for check in checked.checks.all()} if checked else {}
        return [(criterion, verdicts.get(criterion.pk, "")) for criterion in self.item.criteria.all()]

    @cached_property
    def proofs(self) -> dict[int, list[File]]:
        """The files shown for each criterion."""
        asked = any(criterion.asks_for_evidence for criterion in self.item.criteria.all())
        return proofs_of(self.assignment) if asked else {}

    @cached_property
    def milestones(self) -> list["Node"]:
        """The dated nodes on the way (节点), and how far this unit is with each."""
        reached = {one.milestone_id: one.reached_on for one in self.assignment.reached.all()}
        today = clock.office_day(self.assignment.ended_at or self.now)
        return [
            Node(
                milestone, reached.get(milestone.pk), (reached.get(milestone.pk) or today) > milestone.due_on
            )
            for milestone in self.item.milestones.all()
        ]

    @property
    def ancestors(self) -> list[str]:
        """The numbers of the nodes above the item in its plan, from the top."""
        return [self.item.parent.number or self.item.parent.title] if self.item.parent else []

    @cached_property
    def urged(self) -> int:
        return sum(one.verb == "urged" for one in self.trail.happenings)

    @cached_property
    def remarks(self) -> list[Remark]:
        """What contexts above have to say about it to this reader."""
        return remarks_on(self)

    @cached_property
    def presses(self) -> list[Press]:
        """What pressed for it, the latest first (催办记录)."""
        return presses_on(self.assignment)

    @cached_property
    def slots(self) -> list[tuple[Slot, str]]:
        """The places that the feedback cycle kept for reports, each with how it stands, newest first."""
        if self.item.plan is None or self.item.long_term:
            return []
        return [(slot, slot.state(self.now)) for slot in self.assignment.slots.select_related("report")]

    @property
    def slot_counts(self) -> dict[str, int]:
        return dict(Counter(state for _slot, state in self.slots))

    @property
    def elapsed(self) -> int:
        """How much of the time has gone, in per cent."""
        one = self.assignment
        whole = (one.due_at - one.dispatched_at).total_seconds()
        gone = (min(self.now, one.due_at) - one.dispatched_at).total_seconds()
        return round(100 * gone / whole) if whole > 0 else 100

    @property
    def declined_reason(self) -> str:
        return next((one.text for one in self.trail.happenings if one.verb == "declined"), "")

    # The family

    @cached_property
    def parts(self) -> list[Assignment]:
        """The assignments of the parts into which this one was broken down.

        Everybody of the unit that broke it down sees how far each is, because the whole waits for them; whether
        one may be opened (`visible`) is the scope's decision, as for everybody else.
        """
        visible = Assignment.objects.within(self.actor, Cap.VIEW).filter(pk=OuterRef("pk"))
        rows = Assignment.objects.filter(item__parent_assignment=self.assignment).annotate(
            visible=Exists(visible)
        )
        if self.actor.unit_id != self.assignment.unit_id:
            rows = rows.filter(visible=True)
        return list(rows.select_related("unit", "item").order_by("item_id", "due_at", "pk"))

    @cached_property
    def companions(self) -> list[Assignment]:
        """The other units' assignments of the same item, round and period: lead first."""
        one = self.assignment
        same = Assignment.objects.within(self.actor, Cap.VIEW).filter(
            item=one.item_id, round=one.round, period=one.period
        )
        related = Q(lead=one) if one.duty == Duty.LEAD else Q(pk=one.lead_id) | Q(lead=one.lead_id)
        return list(
            same.filter(related)
            .exclude(pk=one.pk)
            .select_related("unit")
            .order_by("-duty", "unit__sort_order", "unit__pinyin")
        )

    @cached_property
    def rounds(self) -> list[Assignment]:
        """All rounds of the matter with this unit, the present one included, oldest first."""
        one = self.assignment
        if one.round == 1 and not self.has_relapsed:
            return []
        same = Assignment.objects.within(self.actor, Cap.VIEW).filter(
            item=one.item_id, unit=one.unit_id, period=one.period
        )
        return list(same.order_by("round"))

    @cached_property
    def obstacles(self) -> list:
        return list(self.assignment.obstacles.select_related("answer__unit", "answer__item").order_by("-pk"))

    @cached_property
    def helped(self) -> Assignment | None:
        """Of what a unit above is asked for (请上级协调) the duty that is stuck, if the actor may know of it."""
        if self.item.source.kind != Source.Kind.OBSTACLE:
            return None
        stuck = Assignment.objects.within(self.actor, Cap.VIEW).filter(obstacles__answer=self.assignment)
        return stuck.select_related("item", "unit").first()

    @cached_property
    def units_above(self) -> list[Unit]:
        """Whom the unit may ask to remove an obstacle, the nearest first."""
        up = Lineage.objects.filter(descendant=self.assignment.unit_id, depth__gt=0).order_by("depth")
        units = Unit.objects.current(clock.today()).in_bulk([line.ancestor_id for line in up])
        return [units[line.ancestor_id] for line in up if line.ancestor_id in units]

    @property
    def unit_ended(self) -> bool:
        """Whether the unit has merged or closed and the duty has stayed with it (待定承接单位)."""
        ends_on = self.assignment.unit.ends_on
        return ends_on is not None and ends_on <= clock.today()

    @cached_property
    def successors(self) -> list[Unit]:
        """The units that took the place of one that ended."""
        return successors_on(self.assignment.unit, clock.today()) if self.unit_ended else []

    @cached_property
    def twins(self) -> list[Assignment]:
        """The same matter at the same unit, into which this one may be joined: a lead only into a lead."""
        one = self.assignment
        if one.stage not in OPEN:
            return []
        twins = one.twins() if one.duty == Duty.ASSIST else one.twins().filter(duty=Duty.LEAD)
        return list(twins.select_related("unit", "original_unit").order_by("pk"))

    @cached_property
    def unfinished(self) -> list[Assignment]:
        """Parts and mandatory assisting duties that hold the whole back."""
        done = (Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF, Stage.REASSIGNED, Stage.CANCELLED)
        waiting = Q(item__parent_assignment=self.assignment) | Q(lead=self.assignment, mandatory=True)
        rows = Assignment.objects.filter(waiting).exclude(stage__in=done)
        return list(rows.select_related("unit", "item").order_by("due_at"))

    @cached_property
    def trail(self) -> "Trail":
        return trail_of(self)


def slot_is_open(assignment: Assignment) -> bool:
    """Whether the feedback cycle awaits a report."""
    opened = assignment.slot_opened_at
    return opened is not None and (assignment.reported_at is None or assignment.reported_at < opened)


# The trail


@dataclass(frozen=True)
class Happening:
    """One line of the trail with the words that belong to it."""

    entry: Entry
    verb: str  # the last part of the verb: signed, reported …
    who: str
    unit: str
    text: str = ""
    report: Report | None = None
    submission: Submission | None = None
    extension: Extension | None = None
    files: Sequence[File] = ()
    folded: int = 0  # how many of the same kind before it this line stands for

    @property
    def is_report(self) -> bool:
        return self.verb in ("reported", "completed", "submission_drafted")


@dataclass(frozen=True)
class Trail:
    """What happened to an assignment, newest first (办理过程)."""

    happenings: list[Happening]
    units: dict[int, str]  # names of the units that appear in it

    def of(self, kind: str) -> list[Happening]:
        if kind == "reports":
            return [one for one in self.happenings if one.is_report]
        if kind == "files":
            return [one for one in self.happenings if one.files]
        return self.happenings

    @property
    def length(self) -> int:
        return self.last.position if self.happenings else 0

    @property
    def last(self) -> Entry:
        return self.happenings[0].entry


def trail_of(sheet: Sheet) -> Trail:
    """The ledger's lines about the assignment, each with its words, its person and its row."""
    one = sheet.assignment
    entries = list(Entry.objects.of(one).select_related("remark").order_by("-position"))
    people = Person.objects.in_bulk({entry.actor_id for entry in entries} - {None})
    named = {entry.facts["unit"] for entry in entries if "unit" in entry.facts}
    units = Unit.objects.in_bulk({entry.unit_id for entry in entries} - {None} | named)
    rows = {
        "report": {row.pk: row for row in one.reports.all()},
        "submission": {row.pk: row for row in one.submissions.all()},
        "extension": {row.pk: row for row in one.extensions.all()},
    }
    files = files_of([*rows["report"].values(), *rows["submission"].values()])
    told = []
    for entry in entries:
        person = people.get(entry.actor_id)
        unit = units.get(entry.unit_id)
        remark = getattr(entry, "remark", None)
        linked = {name: known.get(entry.facts.get(name)) for name, known in rows.items()}
        told.append(
            Happening(
                entry=entry,
                verb=entry.verb.rsplit(".", 1)[1],
                who=person.name if person else "",
                unit=unit.short_name if unit else "",
                text=remark.text if remark else "",
                files=_shown_with(entry, linked, files),
                **linked,
            )
        )
    return Trail(list(_folded(told)), {pk: unit.short_name for pk, unit in units.items()})


def _shown_with(entry: Entry, linked: dict, files: dict[str, list[File]]) -> list[File]:
    """The files that belong to a line: a submission's stand where it was signed, before that where it was drafted."""
    verb, submission = entry.verb.rsplit(".", 1)[1], linked["submission"]
    if verb == "reported":
        return files.get(stream_of(linked["report"]), [])
    signed = submission is not None and submission.signed_at is not None
    if submission and verb == ("completed" if signed else "submission_drafted"):
        return files.get(stream_of(submission), [])
    return []


def _folded(happenings: Iterable[Happening]) -> Iterable[Happening]:
    """Verdicts on criteria are saved one by one; neighbouring ones of one person read as one line."""
    kept: Happening | None = None
    for one in happenings:
        if (
            kept is not None
            and kept.verb == one.verb == "criteria_checked"
            and kept.entry.actor_id == one.entry.actor_id
        ):
            kept = Happening(**{**kept.__dict__, "folded": kept.folded + 1})
            continue
        if kept is not None:
            yield kept
        kept = one
    if kept is not None:
        yield kept
