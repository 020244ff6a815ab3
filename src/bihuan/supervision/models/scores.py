from functools import cached_property
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, standing_of
from bihuan.supervision.models.editions import Edition
from bihuan.supervision.rules import Duty
from bihuan.supervision.scoring import Event, Scoring, from_rows


class ScoreEdition(Edition):
    """A version of the scoring rules (计分规则), see `scoring.as_rows`."""

    class Meta(Edition.Meta):
        verbose_name = _("计分规则")

    @cached_property
    def scoring(self) -> Scoring:
        return from_rows(self.rows)


class ScoreSheet(models.Model):
    """The scores of a period as an authority published them (计分公布); never changed afterwards.

    `rows` are the rules they were computed by. A change by an objection stands beside a line, not in it.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    first_on = models.DateField(_("起始日期"))
    last_on = models.DateField(_("截止日期"))
    rows = models.JSONField()
    edition = models.ForeignKey(ScoreEdition, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("计分公布")
        ordering = ["-last_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "first_on", "last_on"], name="score_sheet_once"),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="score_sheet_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.first_on}–{self.last_on}"

    @cached_property
    def scoring(self) -> Scoring:
        return from_rows(self.rows)


class ScoreLineQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """A unit's own lines, and for reading and deciding all that one's authority published.

        Nobody else sees them, not even further up: a score is between a unit and who gave it its duties.
        """
        standing = standing_of(actor)
        if not standing.grants(cap):
            return self.none()
        own = Q(unit=standing.unit_id)
        if cap == Cap.HANDLE:
            return self.filter(own)
        authority = Unit.objects.filter(pk=standing.unit_id).values("authority")
        published = Q(sheet__unit__in=authority)
        return self.filter(published | own) if cap == Cap.VIEW else self.filter(published)


class ScoreLine(models.Model):
    """One line of a unit's sheet: how often something happened, what it counts, and the very assignments."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="lines")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    event = models.CharField(max_length=10, choices=Event)
    duty = models.CharField(max_length=6, choices=Duty)
    points = models.DecimalField(max_digits=6, decimal_places=1)
    counted = ArrayField(models.BigIntegerField())  # ids of assignments, one for each time
    objects = ScoreLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("计分明细")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "unit", "event", "duty"], name="score_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.event} {self.points}"

    @property
    def count(self) -> int:
        return len(self.counted)


class ScoreObjection(models.Model):
    """A unit's objection to a line (计分异议) and how it was decided; `points` is what the line counts since then."""

    line = models.ForeignKey(ScoreLine, models.CASCADE, related_name="objections")
    reason = models.TextField(_("异议理由"))
    raised_at = models.DateTimeField()
    person_id = models.BigIntegerField()
    upheld = models.BooleanField(null=True)
    points = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    answer = models.TextField(_("答复"), blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("计分异议")
        ordering = ["raised_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["line"], name="score_objection_once"),
            models.CheckConstraint(
                condition=Q(upheld__isnull=True, answered_at__isnull=True)
                | Q(upheld__isnull=False, answered_at__isnull=False),
                name="score_objection_answered_once",
            ),
            models.CheckConstraint(
                condition=Q(upheld=True, points__isnull=False) | ~Q(upheld=True) & Q(points__isnull=True),
                name="score_objection_upheld_has_points",
            ),
        ]

    def __str__(self) -> str:
        return self.reason[:40]
