from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.models.assignments import SETTABLE_CHOICES, Assignment
from bihuan.supervision.models.editions import Edition
from bihuan.supervision.themes import Theme, from_rows


class LightOverride(models.Model):
    """A light set by hand (人工调灯), with a reason and an end; `light` is empty where the computed one was restored.

    Kept for ever, so that the light of any past moment can be said again. The newest one counts; the assignment
    carries a copy of its light and its end for lists.
    """

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="overrides")
    light = models.CharField(max_length=2, choices=SETTABLE_CHOICES, blank=True)
    computed = models.CharField(max_length=2)  # what it was at that moment
    until_at = models.DateTimeField(null=True)
    reason = models.TextField(_("调灯理由"))
    person_id = models.BigIntegerField()
    post = models.CharField(max_length=200)
    from_at = models.DateTimeField()

    class Meta:
        verbose_name = _("人工调灯")
        ordering = ["-from_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(light="", until_at__isnull=True) | ~Q(light="") & Q(until_at__isnull=False),
                name="light_override_has_end",
            )
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.light}"


class ThemeEdition(Edition):
    """A version of the rules by which lights change (亮灯规则), see `themes.as_rows`.

    `rederived_to` is how far the stored dates of what is open were computed anew; empty where nothing is left to do.
    """

    rederived_to = models.BigIntegerField(null=True)

    class Meta(Edition.Meta):
        verbose_name = _("亮灯规则")

    @cached_property
    def theme(self) -> Theme:
        return from_rows(self.rows)
