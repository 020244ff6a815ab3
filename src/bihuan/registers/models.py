from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, standing_of


class SavedViewQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """To read: one's own and those shared with one's unit. To change: one's own, whatever the capability."""
        mine = Q(owner_id=actor.person_id)
        if actor.is_system:
            return self.none()
        if cap != Cap.VIEW:
            return self.filter(mine)
        unit = standing_of(actor).unit_id
        above = Lineage.objects.filter(descendant=unit).values("ancestor")
        shared = Q(shared=SavedView.Shared.UNIT, unit=unit) | Q(shared=SavedView.Shared.BELOW, unit__in=above)
        return self.filter(mine | shared)


class SavedView(models.Model):
    """A filter, columns and an order of a register under a name (视图).

    It holds no rows: whoever opens a shared one sees what lies in their own scope.
    """

    class Shared(models.TextChoices):
        NOBODY = "nobody", _("只有自己")
        UNIT = "unit", _("本单位")
        BELOW = "below", _("本单位及下级")

    register = models.CharField(max_length=40, db_collation="C")
    name = models.CharField(_("视图名称"), max_length=40)
    owner_id = models.BigIntegerField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")  # of the post in which it was kept
    shared = models.CharField(_("共享给"), max_length=8, choices=Shared, default=Shared.NOBODY)
    query = models.TextField(blank=True)  # the filter as it stands in an address
    columns = ArrayField(models.CharField(max_length=40), default=list)
    order = models.CharField(max_length=40, blank=True)
    saved_at = models.DateTimeField()
    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("视图")
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "register", "name"], name="view_name_once"),
            models.CheckConstraint(
                condition=Q(shared__in=["nobody", "unit", "below"]), name="view_shared_known"
            ),
        ]
        indexes = [models.Index(fields=["unit", "register"], name="view_of_unit")]

    def __str__(self) -> str:
        return self.name


class ExportQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """Those that the actor asked for in this very post; nobody else's, of whatever rank."""
        if actor.is_system or not standing_of(actor).role:
            return self.none()
        return self.filter(asked_by=actor.person_id, appointment_id=actor.appointment_id)

    def unfinished(self) -> Self:
        return self.filter(state__in=(Export.State.WAITING, Export.State.RUNNING))

    def over(self, at: datetime) -> Self:
        """Whose file is to be removed."""
        return self.filter(state=Export.State.DONE, expires_at__lte=at)


class Export(models.Model):
    """A list on its way into a file (导出): asked for once, written by a job, there to be fetched until it expires.

    Scope is that of the asker's post at the moment of writing.
    """

    class Form(models.TextChoices):
        XLSX = "xlsx", _("Excel（xlsx）")
        CSV = "csv", _("文本（csv）")

    class Paper(models.TextChoices):
        AUTO = "", _("按列宽自动")
        A4 = "a4", _("A4 横向")
        A3 = "a3", _("A3 横向")

    class State(models.TextChoices):
        WAITING = "waiting", _("排队中")
        RUNNING = "running", _("正在生成")
        DONE = "done", _("可以下载")
        FAILED = "failed", _("未成功")
        EXPIRED = "expired", _("已到期删除")

    register = models.CharField(max_length=40, db_collation="C")
    title = models.CharField(_("标题"), max_length=80)
    query = models.TextField(blank=True)
    columns = ArrayField(models.CharField(max_length=40), default=list)
    order = models.CharField(max_length=40, blank=True)
    form = models.CharField(_("格式"), max_length=4, choices=Form, default=Form.XLSX)
    paper = models.CharField(_("纸张"), max_length=2, choices=Paper, blank=True, default=Paper.AUTO)
    language = models.CharField(max_length=10, default="zh-hans")
    asked_by = models.BigIntegerField()
    appointment_id = models.BigIntegerField()
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField(null=True)  # rows there will be, once counted
    written = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)  # the writer's last sign of life
    fault = models.CharField(max_length=200, blank=True)
    stored = models.CharField(max_length=100, blank=True)  # its name in the storage
    size = models.PositiveBigIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True, db_collation="C")
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("导出")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", expires_at__isnull=False) & ~Q(stored="")
                | ~Q(state="done") & Q(stored=""),
                name="export_done_has_file",
            )
        ]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at"], name="export_of_person"),
            models.Index(fields=["expires_at"], name="export_expiry", condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        return min(99, 100 * self.written // self.total) if self.total else 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state not in (self.State.WAITING, self.State.RUNNING)
