from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.circulars.rules import label_of
from bihuan.documents.models import Paper
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet
from bihuan.supervision.models import Plan


class CircularQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """As the paper: the issuer's own, and for reading those served on one's units."""
        return self.filter(paper__in=Paper.objects.within(actor, cap))


class Circular(models.Model):
    """A circular on a plan's progress in a period (通报): figures frozen with it, each with the list it counts.

    `as_of` is the moment of the count. Drawn up anew only while it is a draft; an issued one never changes.
    """

    paper = models.OneToOneField(Paper, models.CASCADE, related_name="circular")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="circulars")
    first_on = models.DateField(_("起始日期"))
    last_on = models.DateField(_("截止日期"))
    as_of = models.DateTimeField()
    objects = CircularQuerySet.as_manager()

    class Meta:
        verbose_name = _("通报")
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="circular_period_forward")
        ]

    def __str__(self) -> str:
        return str(self.paper)


class Figure(models.Model):
    """One number of a circular (通报数字) and the assignments that make it up, as they were when it was drawn."""

    circular = models.ForeignKey(Circular, models.CASCADE, related_name="figures")
    key = models.CharField(max_length=40, db_collation="C")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    value = models.DecimalField(max_digits=12, decimal_places=1)
    counted = ArrayField(models.BigIntegerField())  # ids of assignments; a rate counts its numerator
    out_of = ArrayField(models.BigIntegerField(), null=True)  # a rate's denominator

    class Meta:
        verbose_name = _("通报数字")
        constraints = [
            models.UniqueConstraint(
                fields=["circular", "key", "unit"], nulls_distinct=False, name="figure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"

    @property
    def label(self) -> Any:
        return label_of(self.key)

    @property
    def is_rate(self) -> bool:
        return self.out_of is not None
