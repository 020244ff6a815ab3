from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.models.assignments import Assignment
from bihuan.supervision.models.exchanges import Report
from bihuan.supervision.rules import DUTY_STAGES


class SlotQuerySet(models.QuerySet["Slot"]):
    def open(self) -> Self:
        return self.filter(outcome="")

    def asked(self) -> Self:
        """Open ones without a report, of duties on which the unit is at work."""
        at_work = Q(assignment__stage__in=DUTY_STAGES, assignment__suspended_at__isnull=True)
        return self.open().filter(at_work, report__isnull=True)

    def due(self, at: datetime) -> Self:
        """A report is awaited, and there is time yet (应报)."""
        return self.asked().filter(due_at__gte=at)

    def late(self, at: datetime) -> Self:
        """The report should have come; it still counts until the window ends (迟报)."""
        return self.asked().filter(due_at__lt=at)

    def missing(self) -> Self:
        """The window ended without a report (缺报)."""
        return self.filter(outcome=Slot.Outcome.MISSING)

    def late_in(self) -> Self:
        """Reported, but after the day it was due."""
        return self.filter(report__reported_at__gt=F("due_at"))


class Slot(models.Model):
    """A place that the feedback cycle keeps for one report (反馈期), so that a missing one can be counted.

    It opens with its period, is filled by the first report made in it, and closes when that report is accepted
    or the period ends. One that nobody had to fill, because the work was handed in or rested, is void.
    """

    class Outcome(models.TextChoices):
        NONE = "", _("待报")
        REPORTED = "reported", _("已报")
        MISSING = "missing", _("缺报")
        VOID = "void", _("免报")

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="slots", db_index=False)
    period = models.CharField(max_length=10, db_collation="C")  # "2026-11", see `periods`
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    window_until = models.DateTimeField()
    report = models.ForeignKey(Report, models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(null=True)
    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("反馈期")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "period"], name="slot_once"),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True) | ~Q(outcome="") & Q(closed_at__isnull=False),
                name="slot_closed_has_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["window_until"], name="slot_open", condition=Q(outcome="")),
            models.Index(fields=["assignment"], name="slot_missing", condition=Q(outcome="missing")),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.period}"

    def state(self, at: datetime) -> str:
        """due, late, reported, late_in, missing or void: the same words as the querysets."""
        if self.outcome in (self.Outcome.MISSING, self.Outcome.VOID):
            return str(self.outcome)
        if self.report is not None:
            return "late_in" if self.report.reported_at > self.due_at else "reported"
        return "late" if self.due_at < at else "due"
