from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.org.models import Unit
from bihuan.supervision.counting import Scope
from bihuan.supervision.models.exchanges import Effect


class TallyQuerySet(models.QuerySet["Tally"]):
    def about(self, code: str, subjects: set[tuple[int, ...]]) -> Self:
        """What a rule has proposed about these assignments, or units under an authority."""
        if all(len(one) == 1 for one in subjects):
            return self.filter(
                scope=Scope.MATTER, code=code, effect__assignment__in=[one[0] for one in subjects]
            )
        known = self.filter(scope=Scope.UNIT, code=code)
        return known.filter(
            issuer__in={issuer for issuer, _unit in subjects}, unit__in={unit for _issuer, unit in subjects}
        )


class Tally(models.Model):
    """A count that was reached (计次): which presses were counted when a rule proposed something.

    They stay here for the explanation, and no later proposal of the rule counts them again. What it proposed is the
    effect's.
    """

    effect = models.OneToOneField(Effect, models.CASCADE, related_name="tally")
    code = models.CharField(max_length=32, db_collation="C")
    scope = models.CharField(max_length=6, choices=Scope)
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    times = models.PositiveSmallIntegerField()
    presses = models.JSONField()  # [kind, key] of each, the first first
    at = models.DateTimeField()
    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("计次")
        ordering = ["at", "id"]
        indexes = [
            models.Index(
                fields=["issuer", "unit", "code"], name="tally_of_a_unit", condition=Q(scope=Scope.UNIT)
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.times}"


class Count(models.Model):
    """How far the presses have been looked at by the rules that count; one row.

    `began_at` is when counting began here: the rules that every authority starts with count nothing from before, so
    that putting the program in use sets nothing off (features.md R10).
    """

    began_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("计次进度")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="count_is_one")]

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M}"
