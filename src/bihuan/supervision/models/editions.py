"""What an authority settles version by version: the common part (版本)."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, standing_of
from bihuan.supervision.models.plans import Source


class EditionState(models.TextChoices):
    DRAFT = "draft", _("草案")
    IN_FORCE = "in_force", _("现行")
    SUPERSEDED = "superseded", _("已停用")


class EditionQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """As for the ladder: those of one's authority, to see also those above it, a draft only where one settles."""
        standing = standing_of(actor)
        if cap == Cap.VIEW and standing.grants(cap):
            above = Lineage.objects.filter(descendant=standing.unit_id).values("ancestor")
            return self.filter(unit__in=above).exclude(state=EditionState.DRAFT)
        return self.filter(unit__in=standing.where(cap))

    def in_force(self) -> Self:
        return self.filter(state=EditionState.IN_FORCE)


class Edition(models.Model):
    """A numbered version of something an authority settles for itself and everything below it.

    `kind` narrows it to matters from one kind of source. One that was in force is never changed, so what was
    computed under it can always be explained by it.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(_("适用来源"), max_length=16, choices=Source.Kind, blank=True)
    number = models.PositiveSmallIntegerField(null=True)  # of those that were put in force
    state = models.CharField(max_length=10, choices=EditionState, default=EditionState.DRAFT)
    rows = models.JSONField()
    reason = models.TextField(_("调整理由"), blank=True)
    version = models.PositiveIntegerField(default=0)
    drafted_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    objects = EditionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-number", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "state"],
                condition=Q(state__in=["draft", "in_force"]),
                name="%(class)s_one_draft_one_in_force",
            ),
            models.UniqueConstraint(fields=["unit", "kind", "number"], name="%(class)s_number_once"),
            models.CheckConstraint(
                condition=Q(state="draft", number__isnull=True) | ~Q(state="draft") & Q(number__isnull=False),
                name="%(class)s_numbered_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.kind or '*'} {self.number or '-'}"

    @property
    def content(self) -> dict[str, Any]:
        """What was settled, for its digest in the ledger."""
        return {"rows": self.rows}
