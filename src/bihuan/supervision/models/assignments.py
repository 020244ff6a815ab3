from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import StaleVersion
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, Standing, standing_of
from bihuan.supervision import rules
from bihuan.supervision.models.plans import Item
from bihuan.supervision.rules import OPEN, RING, RUNNING, Clock, Duty, Light, Move, Outcome, Stage

RECEIVING = {Cap.SIGN_FOR, Cap.HANDLE, Cap.SIGN_OFF, Cap.BREAK_DOWN}
REVIEWING = {Cap.PRE_REVIEW, Cap.APPROVE}


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
            return self.filter(Q(unit__in=where) | Q(unit__kind=UnitKind.EXTERNAL, lead__unit__in=where))
        if cap == Cap.VIEW:
            return self.filter(self._visible(standing))
        if cap in REVIEWING:
            leading = Q(duty=Duty.ASSIST, reviewer__in=standing.where(Cap.HANDLE))
            office = Q(office__in=where, reviewer=F("issued_by"))
            return self.filter(Q(duty=Duty.LEAD) & (Q(reviewer__in=where) | office) | leading)
        gave = Q(issued_by__in=where) | Q(office__in=where)
        if cap == Cap.INSTRUCT:
            return self.filter(gave | Q(unit__in=where))
        return self.filter(gave)

    def _visible(self, standing: Standing) -> Q:
        given = standing.where(Cap.APPROVE)
        visible = (
            Q(unit__in=standing.where(Cap.VIEW))
            | Q(issued_by__in=given)
            | Q(office__in=given)
            | Q(reviewer__in=given)
            | Q(duty=Duty.ASSIST, reviewer__in=standing.where(Cap.HANDLE))
        )
        if standing.grants(Cap.VIEW):
            siblings = Assignment.objects.filter(
                item=OuterRef("item"),
                round=OuterRef("round"),
                period=OuterRef("period"),
                unit=standing.unit_id,
            )
            visible |= Q(Exists(siblings))
        return visible

    def open(self) -> Self:
        return self.filter(stage__in=OPEN)

    def running(self) -> Self:
        """Those whose receiving unit's clock runs."""
        return self.filter(stage__in=RUNNING, suspended_at__isnull=True)

    def overdue(self, at: datetime) -> Self:
        """Running and past the deadline. Never stored (DESIGN §3)."""
        return self.running().filter(due_at__lt=at)

    def near(self, at: datetime) -> Self:
        """Running and inside the amber part of their time, not overdue, without a report since (临期)."""
        unreported = (
            Q(reported_at__isnull=True)
            | Q(slot_opened_at__isnull=True, reported_at__lt=F("amber_at"))
            | Q(slot_opened_at__isnull=False, reported_at__lt=F("slot_opened_at"))
        )
        return self.running().filter(Q(strong_at__lte=at) | Q(amber_at__lte=at) & unreported, due_at__gte=at)

    def on_track(self, at: datetime) -> Self:
        """Running, neither overdue nor near (正常推进)."""
        return self.running().filter(due_at__gte=at).exclude(pk__in=Assignment.objects.near(at).values("pk"))

    def late(self, at: datetime) -> Self:
        """Late for ever: finished after the deadline, or past it and still running (R7)."""
        return self.exclude(stage__in=[Stage.REASSIGNED, Stage.CANCELLED]).filter(
            Q(completed_at__gt=F("due_at")) | Q(completed_at__isnull=True, stage__in=RUNNING, due_at__lt=at)
        )

    def finished_on_time(self) -> Self:
        """The submission finally accepted was signed by the deadline (DESIGN §3.1)."""
        return self.filter(
            stage__in=[Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF], completed_at__lte=F("due_at")
        )


class Assignment(models.Model):
    """An item given to one unit (办件), as lead or assisting: the thing that has a stage and a clock.

    `stage` and the dates move only inside actions. A written-off record is never opened again: a relapse is
    a new row, one `round` up, linked by `relapsed_from`. A recurring duty is one row per `period`.
    """

    item = models.ForeignKey(Item, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    duty = models.CharField(max_length=6, choices=Duty, default=Duty.LEAD)
    round = models.PositiveSmallIntegerField(default=1)
    period = models.CharField(max_length=10, blank=True, db_collation="C")  # "2026-11", of a recurring duty
    issued_by = models.ForeignKey(Unit, models.PROTECT, related_name="+")  # the authority
    office = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")  # which acted for it
    reviewer = models.ForeignKey(Unit, models.PROTECT, related_name="+")
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
    amber_at = models.DateTimeField()
    strong_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    slot_opened_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    review_on = models.DateTimeField(null=True)  # of the suspension
    completed_at = models.DateTimeField(null=True)  # the signature on the submission that stands
    decide_by = models.DateTimeField(null=True)  # the clock of whoever gave or reviews it
    answer_by = models.DateTimeField(null=True)  # set while an extension asked in time awaits its decision
    accepted_at = models.DateTimeField(null=True)
    publicised_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    next_alarm_at = models.DateTimeField(null=True)

    relapsed_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="relapses")
    reassigned_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="reassigned_to")
    original_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("办件")
        constraints = [
            models.UniqueConstraint(fields=["item", "unit", "round", "period"], name="assignment_once"),
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
                condition=~Q(stage=Stage.WRITTEN_OFF) | ~Q(outcome=""),
                name="assignment_written_off_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(duty=Duty.LEAD) | Q(lead__isnull=False), name="assignment_assist_has_lead"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "stage", "due_at"], name="assignment_unit_queue"),
            models.Index(fields=["issued_by", "stage", "due_at"], name="assignment_issuer_queue"),
            models.Index(fields=["due_at"], name="assignment_running_due", condition=Q(stage__in=RUNNING)),
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
        )

    def light(self, at: datetime) -> Light:
        return rules.light_of(self.clock, at)

    def is_overdue(self, at: datetime) -> bool:
        return self.stage in RUNNING and self.suspended_at is None and self.due_at < at

    def check_version(self, seen: int | None) -> None:
        """Refuse to act on what the actor has not seen. Raises StaleVersion."""
        if seen is not None and seen != self.version:
            raise StaleVersion(seen=seen, now=self.version)

    def move(self, move: Move) -> None:
        """Advance in memory if the rule allows it; the action saves."""
        self.stage = rules.stage_after(self.stage, move)

    def set_alarm(self) -> None:
        """Set the next alarm from the stage and the dates; ended assignments have none."""
        self.next_alarm_at = rules.next_alarm(
            self.stage,
            rules.Marks(
                sign_by=self.sign_by,
                due_at=self.due_at,
                decide_by=self.decide_by,
                answer_by=self.answer_by,
                review_on=self.review_on,
                publicised_until=self.publicised_until,
            ),
        )


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

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=10, choices=Kind)
    from_at = models.DateTimeField()
    due_at = models.DateTimeField()
    rule = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("时限")
        ordering = ["from_at", "id"]
        indexes = [models.Index(fields=["assignment", "from_at"], name="term_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d}"
