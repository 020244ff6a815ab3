from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.org.models import Unit


class Reckoning(models.Model):
    """What was counted of one unit's assignments (单位计数), and until when that holds if nobody writes.

    Never shown without being asked whether it holds: `counted_at` ≤ now < `changes_at`, counted by the present
    `edition` of the figures, and nothing of the unit `Touched` since. Else the unit is counted anew (docs/adr/0009).
    """

    unit = models.OneToOneField(Unit, models.CASCADE, primary_key=True, related_name="+")
    parent = models.ForeignKey(
        Unit, models.CASCADE, null=True, related_name="+", db_index=False
    )  # as it was counted
    edition = models.CharField(
        max_length=16, db_collation="C"
    )  # of `queries.figures`: which numbers, in which order
    numbers = ArrayField(models.IntegerField())
    counted_at = models.DateTimeField()
    changes_at = models.DateTimeField()  # the next moment at which time alone changes a figure

    class Meta:
        verbose_name = _("单位计数")
        indexes = [  # to find what does not hold without reading all
            models.Index(fields=["changes_at"], name="reckoning_changes"),
            models.Index(fields=["counted_at"], name="reckoning_counted"),
            models.Index(fields=["edition"], name="reckoning_edition"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.counted_at:%Y-%m-%d %H:%M}"


class Subtotal(models.Model):
    """The sum of the reckonings of the units directly below one (下级小计), whether they hold or not.

    Written with the reckonings, in the same transaction, so the sum is always right of what is stored.
    """

    parent = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False)
    edition = models.CharField(max_length=16, db_collation="C")
    numbers = ArrayField(models.IntegerField())

    class Meta:
        verbose_name = _("下级小计")
        constraints = [models.UniqueConstraint(fields=["parent", "edition"], name="subtotal_once")]

    def __str__(self) -> str:
        return f"{self.parent_id}"


class Touched(models.Model):
    """A unit of whose assignments something was written since it was counted (待重计).

    The database itself writes these, by triggers, in the transaction that writes the assignment: whatever way that
    takes, and without a lock that two could wait for.
    """

    unit = models.ForeignKey(Unit, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)

    class Meta:
        verbose_name = _("待重计单位")

    def __str__(self) -> str:
        return str(self.unit_id)
