from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.circulars.rules import Naming, Part, label_of, shown
from bihuan.documents.models import Paper
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, standing_of
from bihuan.supervision.models import Area, Plan, TemplateEdition


class CircularQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """As the paper: the issuer's own, and for reading those served on one's units."""
        return self.filter(paper__in=Paper.objects.within(actor, cap))


class Circular(models.Model):
    """A circular on a plan's progress in a period (通报): figures frozen with it, each with the list it counts.

    Without `plan` it is a bulletin (综合通报) on the `plans` that it keeps with their titles: those chosen, or `every`
    one of its issuer, with what was given outside any plan (id 0).

    `as_of` is the moment of the count. Drawn up anew only while it is a draft; an issued one never changes.
    """

    paper = models.OneToOneField(Paper, models.CASCADE, related_name="circular")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="circulars")
    plans = models.JSONField(default=list)  # [{"id": int, "title": str}, …] of a bulletin
    every = models.BooleanField(default=False)
    first_on = models.DateField(_("起始日期"))
    last_on = models.DateField(_("截止日期"))
    as_of = models.DateTimeField()
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("领域")
    )
    region = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地区")
    )
    items = ArrayField(models.BigIntegerField(), null=True)  # of the area, as it was when they were counted
    units = ArrayField(models.BigIntegerField(), null=True)  # of the region, likewise
    called = models.TextField(default="")  # what it is about, in the words of the day on which it was counted
    template = models.ForeignKey(  # the version whose words it began with; none: those that ship
        TemplateEdition, models.PROTECT, null=True, related_name="circulars"
    )
    naming = models.JSONField(default=dict)  # the rule by which units are named, of `Naming`
    objects = CircularQuerySet.as_manager()

    class Meta:
        verbose_name = _("通报")
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="circular_period_forward")
        ]

    def __str__(self) -> str:
        return str(self.paper)

    @property
    def part(self) -> Part:
        """What it is about, as it was when the circular was drawn."""
        items = None if self.items is None else frozenset(self.items)
        units = None if self.units is None else frozenset(self.units)
        if self.plan_id is not None:
            return Part(items, units)
        owner, office = (self.paper.issuer_id, self.paper.office_id) if self.every else (None, None)
        return Part(items, units, frozenset(self.plan_ids), owner, office)

    @property
    def plan_ids(self) -> list[int]:
        """The plans of a bulletin, in its order; 0 for what has none."""
        return [one["id"] for one in self.plans]

    @property
    def titles(self) -> dict[int, str]:
        """What the plans of a bulletin were called when it was drawn."""
        return {one["id"]: one["title"] for one in self.plans}

    @property
    def about(self) -> str:
        """What it is about: a plan, with area and region where it is about a part; or some of them, or all."""
        if self.plan is not None:
            parts = [self.plan.title]
        elif self.every:
            parts = [str(_("督办事项"))]
        else:
            titles = list(self.titles.values())
            more = _("%(title)s等 %(n)d 个方案") % {"title": titles[0], "n": len(titles)}
            parts = [titles[0] if len(titles) == 1 else str(more)]
        if self.area:
            parts.append(self.area.name)
        if self.region:
            parts.append(self.region.short_name)
        return " · ".join(parts)

    @property
    def words(self) -> str:
        """By which words it begins, as `supervision.letters.WORDED` has them: a bulletin has its own."""
        return "bulletin" if self.plan_id is None else "circular"

    @property
    def rule(self) -> Naming:
        return Naming(**self.naming)


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
    def plan_key(self) -> int | None:
        """Of which plan of a bulletin it is, 0 for what has none; None if it is of no single one."""
        return int(self.key.split(":")[1]) if self.key.startswith("plan:") else None

    @property
    def is_rate(self) -> bool:
        return self.out_of is not None

    @property
    def shown(self) -> str:
        return shown(self.key, self.value)


class InquiryQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """Those of the actor's very own unit, however far down their sight reaches: a draft is nobody else's."""
        standing = standing_of(actor)
        return self.filter(unit=standing.unit_id) if standing.grants(cap) else self.none()

    def waiting(self, at: datetime) -> Self:
        """Asked, neither agreed nor over at that moment."""
        return self.filter(agreed_at__isnull=True, until_at__gt=at)


class Inquiry(models.Model):
    """One unit asked to check its own figures before the circular is signed (征求核对), until a stated moment.

    A count that changes the unit's figures asks it anew.
    """

    circular = models.ForeignKey(Circular, models.CASCADE, related_name="inquiries")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    until_at = models.DateTimeField(_("核对截止"))
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.BigIntegerField(null=True)
    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("征求核对")
        constraints = [models.UniqueConstraint(fields=["circular", "unit"], name="inquiry_once")]

    def __str__(self) -> str:
        return f"{self.circular_id} → {self.unit_id}"


class ContestQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """Those on circulars on which the actor may exercise `cap`."""
        return self.filter(inquiry__circular__in=Circular.objects.within(actor, cap))


class Contest(models.Model):
    """A unit's objection to one of its own figures (异议), with its reason, and what the issuer answered.

    `disputed` are the assignments it says should not count; `left_out` those the issuer then took out of the
    circular altogether, so that every figure still agrees with every other.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        UPHELD = "upheld", _("已采纳")
        REJECTED = "rejected", _("不予采纳")

    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="contests")
    key = models.CharField(max_length=40, db_collation="C")
    value = models.DecimalField(max_digits=12, decimal_places=1)  # as it was contested
    reason = models.CharField(_("异议理由"), max_length=300)
    disputed = ArrayField(models.BigIntegerField(), default=list)
    contested_at = models.DateTimeField()
    contested_by = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    answer = models.CharField(_("复核意见"), max_length=300, blank=True)
    left_out = ArrayField(models.BigIntegerField(), default=list)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.BigIntegerField(null=True)
    objects = ContestQuerySet.as_manager()

    class Meta:
        verbose_name = _("异议")
        constraints = [
            models.UniqueConstraint(
                fields=["inquiry", "key"], condition=Q(state="open"), name="contest_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True)
                | ~Q(state="open") & Q(answered_at__isnull=False),
                name="contest_answered_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}: {self.key}={self.value}"

    @property
    def label(self) -> Any:
        return label_of(self.key)

    @property
    def shown(self) -> str:
        """The contested value as it stands in the annex."""
        return shown(self.key, self.value)


class PublicationQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """As the circular they are of; who reads what is public, reads it without asking here."""
        return self.filter(circular__in=Circular.objects.within(actor, cap))

    def public(self) -> Self:
        """What anybody may read."""
        return self.filter(withdrawn_at__isnull=True)


class Publication(models.Model):
    """What anybody may read of an issued circular (公开件), until it is withdrawn: frozen, with people's names masked.

    `digest` is that of `content` and stands in the ledger, so an outsider can check it offline.
    """

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="publications")
    content = models.JSONField()
    digest = models.CharField(max_length=64, db_collation="C")
    published_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("公开件")
        constraints = [
            models.UniqueConstraint(
                fields=["circular"], condition=Q(withdrawn_at__isnull=True), name="publication_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["-published_at"], condition=Q(withdrawn_at__isnull=True), name="publication_newest"
            )
        ]

    def __str__(self) -> str:
        return str(self.content.get("title", ""))
