from datetime import datetime
from functools import cache
from typing import Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import StaleVersion
from bihuan.kernel.statements import UNIT, Condition, ConditionText
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import Breadth, ScopedQuerySet, Standing, standing_of
from bihuan.supervision import rules
from bihuan.supervision.ladder import Ladder, Marks
from bihuan.supervision.models.plans import Item
from bihuan.supervision.rules import OPEN, RING, RUNNING, SETTABLE, Clock, Duty, Light, Move, Outcome, Stage

RECEIVING = {Cap.SIGN_FOR, Cap.HANDLE, Cap.SIGN_OFF, Cap.BREAK_DOWN}
REVIEWING = {Cap.PRE_REVIEW, Cap.APPROVE}
SETTABLE_CHOICES = [(light.value, light.label) for light in SETTABLE]
CLOCK = ("stage", "due_at", "amber_at", "strong_at", "reported_at", "slot_opened_at", "suspended_at", "answer_by",
         "override", "override_until")  # fmt: skip
"""The columns that a light needs (`Assignment.clock`)."""
VOID = (Stage.REASSIGNED, Stage.CANCELLED)


def counts_as_late(at: datetime) -> Q:
    """The condition of `AssignmentQuerySet.late`."""
    until = Coalesce("completed_at", "suspended_at", Value(at, models.DateTimeField()))
    return ~Q(stage__in=VOID) & Q(answer_by__isnull=True, record_due_at__lt=until)


class AssignmentQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """The assignments on which the actor may exercise `cap` (DESIGN §5).

        Receiving capabilities reach what one's unit was given; giving ones what one's authority or office gave.
        An assisting unit's work is reviewed by those who handle the lead's. `reviewer` is one level above the
        giver where everybody there would review their own work (DESIGN §3.0).
        """
        standing = standing_of(actor)
        where = standing.where(cap)
        if cap in RECEIVING:
            # A unit outside the system has no account: the lead records its answer.
            outside = Assignment.objects.filter(unit__kind=UnitKind.EXTERNAL, lead__unit__in=where)
            return self.filter(Q(unit__in=where) | Q(pk__among=outside.values("pk")))
        if cap == Cap.VIEW:
            seen = _visible(standing.role, standing.breadth(cap))
            return self.filter(Condition(seen, standing.values(cap)))
        if cap in REVIEWING:
            assisting = Q(duty=Duty.ASSIST, reviewer__in=standing.where(Cap.HANDLE))
            office = Q(office__in=where, reviewer=F("issued_by"))
            return self.filter(Q(duty=Duty.LEAD) & (Q(reviewer__in=where) | office) | assisting)
        gave = Q(issued_by__in=where) | Q(office__in=where)
        if cap == Cap.INSTRUCT:
            return self.filter(gave | Q(unit__in=where))
        if cap == Cap.URGE:  # the lead may press those who assist it
            led = Assignment.objects.filter(duty=Duty.ASSIST, lead__unit__in=where)
            return self.filter(gave | Q(pk__among=led.values("pk")))
        return self.filter(gave)

    def open(self) -> Self:
        return self.filter(stage__in=OPEN)

    def live(self) -> Self:
        """All but those that were taken back or passed on."""
        return self.exclude(stage__in=VOID)

    def running(self) -> Self:
        """Those whose receiving unit's clock runs."""
        return self.filter(stage__in=RUNNING, suspended_at__isnull=True)

    def overdue(self, at: datetime) -> Self:
        """Running and past the deadline. Never stored (DESIGN §3)."""
        return self.running().filter(due_at__lt=at, answer_by__isnull=True)

    def provisional(self, at: datetime) -> Self:
        """Past the deadline, but an extension that was asked for in time awaits its answer (延期待批)."""
        return self.running().filter(due_at__lt=at, answer_by__isnull=False)

    def near(self, at: datetime) -> Self:
        """Running and inside the amber part of their time, not overdue, without a report since (临期)."""
        computed = ~self._set(at) & (Q(strong_at__lte=at) | self._amber(at))
        by_hand = self._set(at) & Q(override__in=[Light.AMBER, Light.STRONG])
        return self.running().filter(computed | by_hand, due_at__gte=at)

    def on_track(self, at: datetime) -> Self:
        """Running, neither overdue nor near (正常推进)."""
        computed = ~self._set(at) & ~self._amber(at) & Q(strong_at__gt=at)
        return self.running().filter(computed | self._set(at) & Q(override=Light.GREEN), due_at__gte=at)

    @staticmethod
    def _set(at: datetime) -> Q:
        """Whether a light set by hand is shown; also where negated it decides every row."""
        return Q(override_until__isnull=False, override_until__gte=at)

    @staticmethod
    def _amber(at: datetime) -> Q:
        since = Coalesce("slot_opened_at", "amber_at")
        unreported = Q(reported_at__isnull=True) | Q(reported_at__lt=since)
        return Q(amber_at__lte=at) & unreported

    def late(self, at: datetime) -> Self:
        """Late for ever (R7): finished after the deadline of record, or past it and still running.

        See `rules.is_late`, which says the same of one assignment.
        """
        return self.filter(counts_as_late(at))

    def finished_on_time(self) -> Self:
        """The submission finally accepted was signed by the deadline of record (DESIGN §3.1)."""
        return self.filter(
            stage__in=[Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF],
            completed_at__lte=F("record_due_at"),
        )


@cache
def _visible(role: str, breadth: Breadth) -> ConditionText:
    """What a role in a unit may know of: what lies in sight, what the unit gave or reviews, what goes with that.

    Lead and assisting units of one item see each other's assignments, not each other's parts; an issuer
    sees the parts into which what it gave was broken down. What few units may know of is gathered by index; of
    many each row is asked, and the answers to look up are read into memory once.
    """
    standing = Standing(role, UNIT, breadth)
    one_of = "among" if standing.is_narrow(Cap.VIEW) else "in"
    given = standing.where(Cap.APPROVE)
    mine = [standing.unit_id] if standing.grants(Cap.VIEW) else []
    own = Assignment.objects.filter(unit__in=mine)
    teams = own.filter(lead__isnull=False).values("lead")
    gave = Q(parent_assignment__issued_by__in=given) | Q(parent_assignment__office__in=given)
    # Few matters are parts of another: said twice, so that they are read and not all that the unit ever gave.
    parts = Item.objects.filter(gave, parent_assignment__isnull=False)
    seen = (
        standing.covering("unit", Cap.VIEW)
        | Q(issued_by__in=given)
        | Q(office__in=given)
        | Q(reviewer__in=given)
        | Q(duty=Duty.ASSIST, reviewer__in=standing.where(Cap.HANDLE))
        | Q(**{f"pk__{one_of}": teams})
        | Q(**{f"lead__{one_of}": teams})
        | Q(**{f"lead__{one_of}": own.values("pk")})
        | Q(**{f"item__{one_of}": parts.values("pk")})
    )
    return ConditionText(Assignment.objects.filter(seen))


class Assignment(models.Model):
    """An item given to one unit (办件), as lead or assisting: the thing that has a stage and a clock.

    `stage` and the dates move only inside actions. A written-off record is never opened again: a relapse is
    a new row, one `round` up, linked by `relapsed_from`. A recurring duty is one row per `period`.
    """

    item = models.ForeignKey(Item, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(  # each of these units has a queue below for its index
        Unit, models.PROTECT, related_name="+", db_index=False
    )
    duty = models.CharField(max_length=6, choices=Duty, default=Duty.LEAD)
    round = models.PositiveSmallIntegerField(default=1)
    period = models.CharField(max_length=10, blank=True, db_collation="C")  # "2026-11", of a recurring duty
    issued_by = models.ForeignKey(  # the authority
        Unit, models.PROTECT, related_name="+", db_index=False
    )
    office = models.ForeignKey(  # which acted for it
        Unit, models.PROTECT, null=True, related_name="+", db_index=False
    )
    reviewer = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey("self", models.PROTECT, null=True, related_name="assisting")
    mandatory = models.BooleanField(default=True)  # the lead waits for it

    stage = models.CharField(max_length=12, choices=Stage, default=Stage.DISPATCHED)
    version = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    progress = models.PositiveSmallIntegerField(null=True)  # the unit's own estimate, 0 to 100
    returns = models.PositiveSmallIntegerField(default=0)
    insisted = models.BooleanField(default=False)  # no second decline

    dispatched_at = models.DateTimeField()
    sign_by = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    original_due_at = models.DateTimeField()
    record_due_at = models.DateTimeField()  # what counts in statistics: `due_at` but for a remedy date
    amber_at = models.DateTimeField()
    strong_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    slot_opened_at = models.DateTimeField(null=True)
    override = models.CharField(max_length=2, choices=SETTABLE_CHOICES, blank=True)  # a light set by hand
    override_until = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    review_on = models.DateTimeField(null=True)  # of the suspension
    completed_at = models.DateTimeField(null=True)  # the signature on the submission that stands
    decide_by = models.DateTimeField(null=True)  # the clock of whoever gave or reviews it
    answer_by = models.DateTimeField(null=True)  # set while an extension asked in time awaits its decision
    accepted_at = models.DateTimeField(null=True)
    publicised_until = models.DateTimeField(null=True)
    held_until = models.DateField(
        null=True
    )  # an accepted explanation holds circular and interview until then
    ended_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField()  # every rung of the ladder up to here has been dealt with
    next_alarm_at = models.DateTimeField(null=True)

    relapsed_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="relapses")
    reassigned_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="reassigned_to")
    joined_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="joined")
    original_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")  # before it ended

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("办件")
        constraints = [
            models.UniqueConstraint(
                # Once for each unit, unless it inherited another one from a unit that ended (DESIGN §3.0).
                fields=["item", "unit", "round", "period"],
                condition=Q(original_unit__isnull=True) & ~Q(stage__in=VOID),
                name="assignment_once",
            ),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="assignment_stage_known"),
            models.CheckConstraint(
                # No silent lateness: the database refuses an open assignment without a next alarm.
                condition=Q(stage__in=OPEN, next_alarm_at__isnull=False)
                | ~Q(stage__in=OPEN) & Q(next_alarm_at__isnull=True),
                name="assignment_open_has_alarm",
            ),
            models.CheckConstraint(
                condition=Q(progress__isnull=True) | Q(progress__lte=100), name="assignment_progress_percent"
            ),
            models.CheckConstraint(
                condition=Q(override="", override_until__isnull=True)
                | Q(override__in=[light.value for light in SETTABLE], override_until__isnull=False),
                name="assignment_override_has_end",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.WRITTEN_OFF) | ~Q(outcome=""),
                name="assignment_written_off_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(duty=Duty.LEAD) | Q(lead__isnull=False), name="assignment_assist_has_lead"
            ),
            models.CheckConstraint(
                condition=Q(joined_into__isnull=True) | Q(stage=Stage.REASSIGNED),
                name="assignment_joined_is_over",
            ),
        ]
        indexes = [  # the included columns let scope and lists be answered from the index alone
            models.Index(
                fields=["unit", "stage", "due_at"],
                name="assignment_unit_queue",
                include=["id", "lead", "item"],
            ),
            models.Index(fields=["issued_by", "stage", "due_at"], name="assignment_issuer_queue"),
            models.Index(
                fields=["office", "stage", "due_at"],
                name="assignment_office_queue",
                condition=Q(office__isnull=False),
            ),
            models.Index(fields=["reviewer", "stage"], name="assignment_reviewer_queue"),
            models.Index(
                fields=["due_at", "id"],
                name="assignment_running_due",
                condition=Q(stage__in=RUNNING),
                include=[
                    "unit",
                    "issued_by",
                    "office",
                    "reviewer",
                    "lead",
                    "item",
                    "duty",
                    "suspended_at",
                    "answer_by",
                ],
            ),
            models.Index(
                fields=["review_on"], name="assignment_suspended", condition=Q(suspended_at__isnull=False)
            ),
            models.Index(
                fields=["next_alarm_at"], name="assignment_alarm", condition=Q(next_alarm_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}→{self.unit_id}"

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN

    @property
    def ring(self) -> int:
        """Position in 交办·签收·办理·审核·销号."""
        return RING.get(Stage(self.stage), 5)

    def twins(self) -> AssignmentQuerySet:
        """The other open assignments of the same matter at the same unit, after units merged."""
        same = Assignment.objects.open().filter(
            item=self.item_id, unit=self.unit_id, round=self.round, period=self.period
        )
        return same.exclude(pk=self.pk)

    @property
    def clock(self) -> Clock:
        return Clock(
            stage=self.stage,
            due_at=self.due_at,
            amber_at=self.amber_at,
            strong_at=self.strong_at,
            reported_at=self.reported_at,
            slot_opened_at=self.slot_opened_at,
            suspended=self.suspended_at is not None,
            extension_pending=self.answer_by is not None,
            override=self.override,
            override_until=self.override_until,
        )

    def light(self, at: datetime) -> Light:
        """The light that is shown; `computed_light` is what it would be had nobody set it."""
        return rules.light_of(self.clock, at)

    def computed_light(self, at: datetime) -> Light:
        return rules.computed_light(self.clock, at)

    def is_overridden(self, at: datetime) -> bool:
        """Whether the light shown was set by hand, be it the computed one or another."""
        runs_on = self.override_until is not None and at <= self.override_until
        return runs_on and self.computed_light(at) in SETTABLE

    def is_overdue(self, at: datetime) -> bool:
        return self.light(at) == Light.RED

    def is_late(self, at: datetime) -> bool:
        """Whether it counts as late, for ever; see `rules.is_late`."""
        return rules.is_late(
            self.stage,
            self.record_due_at,
            at,
            completed_at=self.completed_at,
            suspended_at=self.suspended_at,
            extension_pending=self.answer_by is not None,
        )

    def check_version(self, seen: int | None) -> None:
        """Refuse to act on what the actor has not seen. Raises StaleVersion."""
        if seen is not None and seen != self.version:
            raise StaleVersion(seen=seen, now=self.version)

    def move(self, move: Move) -> None:
        """Advance in memory if the rule allows it; the action saves."""
        self.stage = rules.stage_after(self.stage, move)

    @property
    def marks(self) -> Marks:
        return Marks(
            due_at=self.due_at,
            sign_by=self.sign_by,
            decide_by=self.decide_by,
            answer_by=self.answer_by,
            review_on=self.review_on,
            publicised_until=self.publicised_until,
            held_until=self.held_until,
            round=self.round,
        )

    def set_alarm(self, ladder: Ladder, *, swept_at: datetime) -> None:
        """Note up to when the ladder was climbed, and when its next rung is due; ended assignments have none."""
        self.swept_at = swept_at
        self.next_alarm_at = ladder.next_alarm(self.stage, self.marks, swept_at)


class Term(models.Model):
    """One deadline an assignment had from a moment on (时限), with the rule that gave it.

    Kept for ever, so that lateness can be recomputed for any past day and the first date is never lost.
    """

    class Kind(models.TextChoices):
        ORIGINAL = "original", _("原定时限")
        EXTENSION = "extension", _("延期")
        AMENDMENT = "amendment", _("清单调整")
        REMEDY = "remedy", _("退回补正")
        RESUMPTION = "resumption", _("恢复计时")
        CALENDAR = "calendar", _("放假安排变动")

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=10, choices=Kind)
    from_at = models.DateTimeField()
    due_at = models.DateTimeField()
    amber_at = models.DateTimeField()
    strong_at = models.DateTimeField()
    rule = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("时限")
        ordering = ["from_at", "id"]
        indexes = [models.Index(fields=["assignment", "from_at"], name="term_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d}"
