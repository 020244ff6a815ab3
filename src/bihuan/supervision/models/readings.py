"""What reading a document left behind beside the list: why it says so, and what went into no item."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.models.plans import Item, Source


class Ground(models.Model):
    """Why a draft says what it says about an item (读取依据), and where in the source's text that stands.

    `reason` is a code of `bihuan.reading.reasons`. A person who looks at the item confirms it.
    """

    class About(models.TextChoices):
        ITEM = "item", _("条目")
        UNIT = "unit", _("责任单位")
        MODE = "mode", _("牵头方式")
        DEADLINE = "deadline", _("完成时限")

    item = models.ForeignKey(Item, models.CASCADE, related_name="grounds")
    about = models.CharField(max_length=8, choices=About)
    reason = models.CharField(max_length=32, db_collation="C")
    written = models.CharField(max_length=200, blank=True)
    span_start = models.PositiveIntegerField(null=True)
    span_end = models.PositiveIntegerField(null=True)
    confirmed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("读取依据")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.about} {self.reason}"


class Passage(models.Model):
    """A passage of a source that went into no item (未读段落), so that nothing is lost silently."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="passages")
    reason = models.CharField(max_length=32, db_collation="C")
    span_start = models.PositiveIntegerField()
    span_end = models.PositiveIntegerField()
    settled = models.BooleanField(default=False)  # somebody decided that it is no item, or made it one

    class Meta:
        verbose_name = _("未读段落")
        ordering = ["span_start"]
        constraints = [
            models.CheckConstraint(condition=Q(span_end__gt=F("span_start")), name="passage_has_text")
        ]

    def __str__(self) -> str:
        return f"{self.span_start}–{self.span_end}"
