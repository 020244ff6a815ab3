from functools import cached_property
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, standing_of
from bihuan.supervision import counting
from bihuan.supervision.counting import CountRule
from bihuan.supervision.models.plans import Source
from bihuan.supervision.rungs import DEFAULT, Rung, Steps, Wait, from_rows, rung_named


class LadderEditionQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """Those of the actor's authority; to see also those above it, which count where it has none.

        A draft is seen by those who may settle it, because it is played over real assignments.
        """
        standing = standing_of(actor)
        if cap == Cap.VIEW and standing.grants(cap):
            above = Lineage.objects.filter(descendant=standing.unit_id).values("ancestor")
            return self.filter(unit__in=above).exclude(state=LadderEdition.State.DRAFT)
        return self.filter(unit__in=standing.where(cap))

    def in_force(self) -> Self:
        return self.filter(state=LadderEdition.State.IN_FORCE)


class LadderEdition(models.Model):
    """A version of the ladder (催办阶梯) that an authority settles for itself and everything below it.

    `kind` narrows it to matters from one kind of source. A version that was in force is never changed: what was
    sounded under it can always be explained by it. `rederived_to` is how far the alarms of what is open were set
    anew; empty where there is nothing left to do.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草案")
        IN_FORCE = "in_force", _("现行")
        SUPERSEDED = "superseded", _("已停用")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="ladders")
    kind = models.CharField(_("适用来源"), max_length=16, choices=Source.Kind, blank=True)
    number = models.PositiveSmallIntegerField(null=True)  # of those that were put in force
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    rows = models.JSONField()  # see `rungs.as_rows`
    counts = models.JSONField(
        null=True
    )  # see `counting.as_rows`; empty: the rules that everybody starts with
    reason = models.TextField(_("调整理由"), blank=True)
    version = models.PositiveIntegerField(default=0)
    drafted_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    rederived_to = models.BigIntegerField(null=True)
    objects = LadderEditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("催办阶梯")
        ordering = ["-number", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "state"],
                condition=Q(state__in=["draft", "in_force"]),
                name="ladder_one_draft_one_in_force",
            ),
            models.UniqueConstraint(fields=["unit", "kind", "number"], name="ladder_number_once"),
            models.CheckConstraint(
                condition=Q(state="draft", number__isnull=True) | ~Q(state="draft") & Q(number__isnull=False),
                name="ladder_numbered_once_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.kind or '*'} {self.number or '-'}"

    @cached_property
    def steps(self) -> Steps:
        return from_rows(self.rows)

    @cached_property
    def count_rules(self) -> tuple[CountRule, ...]:
        return counting.DEFAULT if self.counts is None else counting.from_rows(self.counts, self.kind)


def rung_behind(edition: LadderEdition | None, wait: Wait, code: str) -> Rung | None:
    """The rung, or the rule that counts, which left an effect of this code under a version; None: the default."""
    rung = rung_named(edition.steps if edition else DEFAULT, wait, code)
    if rung is None and wait == Wait.DUE:
        rule = counting.named(edition.count_rules if edition else counting.DEFAULT, code)
        return rule.rung if rule else None
    return rung
