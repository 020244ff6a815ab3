from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DayKind(models.TextChoices):
    OFF = "off", _("放假")
    WORK = "work", _("调休上班")
    ORDINARY = "ordinary", _("按全国安排")  # withdraws what the region said before


class Notice(models.Model):
    """An announcement of days off (放假通知): the State Council's for a year, or a region's own days.

    Notices are added, never changed, so a calendar version can always be made again. For a year the notice
    published last stands as a whole; for a region's day the one recorded last.
    """

    region_code = models.CharField(_("行政区划代码"), max_length=6, blank=True, db_collation="C")
    year = models.PositiveSmallIntegerField(_("年份"), null=True)  # null: a region's own days
    title = models.CharField(_("通知标题"), max_length=200)
    number = models.CharField(_("文号"), max_length=50, blank=True)
    published_on = models.DateField(_("成文日期"))
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("放假通知")
        constraints = [
            models.CheckConstraint(
                condition=Q(year__isnull=False, region_code="") | Q(year__isnull=True) & ~Q(region_code=""),
                name="notice_of_a_year_or_a_region",
            )
        ]

    def __str__(self) -> str:
        return self.number or self.title


class DayRule(models.Model):
    """What a notice says about one day."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="days")
    day = models.DateField()
    kind = models.CharField(max_length=8, choices=DayKind)
    name = models.CharField(_("节日"), max_length=30)

    class Meta:
        verbose_name = _("放假安排")
        constraints = [
            models.UniqueConstraint(fields=["notice", "day"], name="day_rule_once_a_notice"),
            models.CheckConstraint(condition=Q(kind__in=DayKind.values), name="day_rule_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


class Vacation(models.Model):
    """A school vacation in a region (寒暑假). It moves no deadline; who sets one inside is warned."""

    region_code = models.CharField(_("行政区划代码"), max_length=6, blank=True, db_collation="C")
    name = models.CharField(_("名称"), max_length=30)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))  # the last day of it

    class Meta:
        verbose_name = _("寒暑假")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="vacation_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["ends_on", "region_code"], name="vacation_ends")]

    def __str__(self) -> str:
        return self.name
