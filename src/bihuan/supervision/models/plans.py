from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.org.models import BusinessLine, Unit, UnitGroup
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, standing_of
from bihuan.supervision.dues import DueRule
from bihuan.supervision.rules import Cycle, Duty, Mode, Priority


class Setting(models.Model):
    """A parameter's value for a unit and everything below it (参数), where it differs from the default."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="settings")
    key = models.CharField(max_length=40)  # of `PARAMETERS`
    value = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("参数")
        constraints = [models.UniqueConstraint(fields=["unit", "key"], name="setting_once")]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class Source(models.Model):
    """Where a matter comes from (来源). Every item has one; a plan is optional."""

    class Kind(models.TextChoices):
        PLAN = "plan", _("方案")
        INSTRUCTION = "instruction", _("领导批示")
        MEETING = "meeting", _("会议纪要")
        DOCUMENT = "document", _("上级文件")
        INSPECTION = "inspection", _("督查检查")
        PROBLEM = "problem", _("问题台账")
        PETITION = "petition", _("群众监督")
        RECOMMENDATION = "recommendation", _("监察建议")
        OBSTACLE = "obstacle", _("请上级协调")
        BREAKDOWN = "breakdown", _("上级办件分解")

    kind = models.CharField(_("来源类别"), max_length=16, choices=Kind)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    title = models.CharField(_("标题"), max_length=200)
    issued_on = models.DateField(_("成文日期"), null=True, blank=True)
    text = models.TextField(_("原文"), blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")  # whose register it stands in

    class Meta:
        verbose_name = _("来源")
        indexes = [
            GinIndex(Func("number", "title", function="bihuan_bigrams"), name="source_words"),
            GinIndex(Func("text", function="bihuan_bigrams"), name="source_text_words"),
        ]

    def __str__(self) -> str:
        return self.number or self.title


class PlanQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """Plans of the actor's authority or office; to view also those under which the actor's unit has duties."""
        from bihuan.supervision.models.assignments import Assignment

        standing = standing_of(actor)
        where, drafters = standing.where(cap), standing.where(Cap.DRAFT)
        own = Q(issuer__in=where) | Q(office__in=where)
        if cap != Cap.VIEW:
            return self.filter(own)
        duties = Assignment.objects.within(actor, cap).filter(item__plan=models.OuterRef("pk"))
        not_draft = ~Q(stage=Plan.Stage.DRAFT)
        drafted = Q(issuer__in=drafters) | Q(office__in=drafters)
        return self.filter(drafted | not_draft & (own | models.Exists(duties)))


class Plan(models.Model):
    """A document that carries a list (方案): issuer, leading group, areas, period, names of its levels.

    Draft → issued ⇄ amended → closed. `edition` counts recorded amendments after issue.
    """

    class Stage(models.TextChoices):
        DRAFT = "draft", _("拟订中")
        ISSUED = "issued", _("执行中")
        CLOSED = "closed", _("已结束")

    source = models.OneToOneField(Source, models.PROTECT, related_name="plan")
    title = models.CharField(_("名称"), max_length=200)
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="plans", verbose_name=_("发文机关"))
    office = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("牵头处室")
    )
    line = models.ForeignKey(
        BusinessLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("业务条线")
    )
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.DRAFT)
    starts_on = models.DateField(_("起始日期"), null=True, blank=True)
    ends_on = models.DateField(_("截止日期"), null=True, blank=True)
    level_names = ArrayField(models.CharField(max_length=10), default=list, verbose_name=_("层级名称"))
    cycle = models.CharField(_("反馈周期"), max_length=12, choices=Cycle, default=Cycle.NONE)
    publicises = models.BooleanField(_("销号前公示"), default=False)
    needs_evidence = models.BooleanField(_("办结须附佐证"), default=False)
    edition = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=0)
    issued_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="followed_by"
    )  # rolled forward
    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("方案")
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=["draft", "issued", "closed"]), name="plan_stage_known"
            )
        ]
        indexes = [GinIndex(Func("title", function="bihuan_bigrams"), name="plan_words")]

    def __str__(self) -> str:
        return self.title


class LeadingMember(models.Model):
    """A member of a plan's leading group (领导小组成员)."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="leading_group")
    name = models.CharField(_("姓名"), max_length=50)
    duty = models.CharField(_("组内职务"), max_length=20)  # 组长、副组长、成员
    post = models.CharField(_("职务"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("领导小组成员")
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Area(models.Model):
    """A field of a plan (领域), such as the seven key areas of a special action."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="areas")
    name = models.CharField(_("名称"), max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("领域")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["plan", "name"], name="area_once")]

    def __str__(self) -> str:
        return self.name


class ItemQuerySet(models.QuerySet["Item"]):
    def leaves(self) -> Self:
        """Items without parts of their own plan below them: the ones that are dispatched."""
        parts = Item.objects.filter(parent=models.OuterRef("pk"), withdrawn_on__isnull=True)
        return self.filter(~models.Exists(parts), withdrawn_on__isnull=True)


class Item(models.Model):
    """A node of a list (清单条目): 任务 → 措施 → 着力点. A leaf carries exactly one matter.

    Items outside a plan come from an instruction, a meeting or the like; items with a `parent_assignment` are
    the parts into which a unit broke its own duty down (分解).
    """

    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="items")
    source = models.ForeignKey(Source, models.PROTECT, related_name="items")
    owner = models.ForeignKey(Unit, models.PROTECT, related_name="+")  # the authority whose item it is
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    parent_assignment = models.ForeignKey(
        "supervision.Assignment", models.PROTECT, null=True, related_name="part_items"
    )
    position = models.PositiveIntegerField(default=0)  # order in the whole plan, parents before children
    depth = models.PositiveSmallIntegerField(default=1)
    number = models.CharField(_("序号"), max_length=20, blank=True)
    title = models.CharField(_("事项"), max_length=200)
    text = models.TextField(_("内容"), blank=True)
    objective = models.TextField(_("目标"), blank=True)
    # Who answers for it among the leaders, as the document names them: a name, a post, or both. No right follows.
    leader = models.CharField(_("责任领导"), max_length=100, blank=True)
    person = models.CharField(_("责任人"), max_length=100, blank=True)  # who does the work, likewise
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="items", verbose_name=_("领域"))
    priority = models.CharField(_("缓急"), max_length=10, choices=Priority, default=Priority.NORMAL)
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.EACH)
    due_on = models.DateField(_("完成时限"), null=True, blank=True)
    due_rule = models.CharField(
        _("限时"), max_length=40, blank=True
    )  # the code of a `DueRule`, in place of a date
    long_term = models.BooleanField(_("长期坚持"), default=False)
    cycle = models.CharField(_("反馈周期"), max_length=12, choices=Cycle, blank=True)  # else the plan's
    next_cycle = models.CharField(max_length=12, choices=Cycle, blank=True)  # of an amendment, see `cycle_on`
    next_cycle_on = models.DateField(null=True)
    target_value = models.DecimalField(_("量化目标"), max_digits=14, decimal_places=2, null=True, blank=True)
    target_unit = models.CharField(_("计量单位"), max_length=20, blank=True)
    span_start = models.PositiveIntegerField(null=True)  # where in the source's text it was read
    span_end = models.PositiveIntegerField(null=True)
    withdrawn_on = models.DateField(null=True)  # taken off the list by an amendment
    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("清单条目")
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["plan", "position"], name="item_plan_order"),
            GinIndex(
                Func("number", "title", "text", "objective", function="bihuan_bigrams"), name="item_words"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_rule="") | Q(due_on__isnull=True, long_term=False), name="item_one_deadline"
            ),
            models.CheckConstraint(
                condition=Q(next_cycle="", next_cycle_on__isnull=True)
                | ~Q(next_cycle="") & Q(next_cycle_on__isnull=False),
                name="item_next_cycle_has_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    @property
    def lasts(self) -> DueRule | None:
        """The deadline as a span (限时), where it is one."""
        return DueRule.parse(self.due_rule) if self.due_rule else None

    def cycle_on(self, day: date) -> str:
        """The feedback cycle (反馈周期) that holds on a day: an amended one from its first whole period on."""
        if self.next_cycle_on is not None and day >= self.next_cycle_on:
            return self.next_cycle
        return self.cycle or (self.plan.cycle if self.plan else "") or Cycle.NONE


EVIDENCE_MARKS = ("（附佐证）", "（须附佐证）", "(附佐证)", "(须附佐证)", "(evidence)")


class Criterion(models.Model):
    """What must be shown for an item to be accepted (验收标准)."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="criteria")
    text = models.CharField(_("验收标准"), max_length=300)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("验收标准")
        ordering = ["position", "id"]
        indexes = [GinIndex(Func("text", function="bihuan_bigrams"), name="criterion_words")]

    def __str__(self) -> str:
        return self.text

    @property
    def asks_for_evidence(self) -> bool:
        """Whether it is written so that it cannot be met without evidence (附佐证; features.md C6)."""
        return self.text.endswith(EVIDENCE_MARKS)


class Milestone(models.Model):
    """A dated node on the way to an item's end (节点)."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="milestones")
    name = models.CharField(_("节点"), max_length=100)
    due_on = models.DateField(_("节点时限"))
    share = models.PositiveSmallIntegerField(_("应达进度（%）"), null=True, blank=True)  # 序时进度

    class Meta:
        verbose_name = _("节点")
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return self.name


class Target(models.Model):
    """A unit, or a group of units, that an item is meant for (责任单位), as long as it is not dispatched.

    `written` keeps the name as the document has it, also when no unit matches yet.
    """

    item = models.ForeignKey(Item, models.CASCADE, related_name="targets")
    duty = models.CharField(max_length=6, choices=Duty, default=Duty.LEAD)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(UnitGroup, models.PROTECT, null=True, blank=True, related_name="+")
    written = models.CharField(_("原文写法"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("责任单位")
        constraints = [
            models.UniqueConstraint(fields=["item", "unit"], name="target_unit_once"),
            models.UniqueConstraint(fields=["item", "group"], name="target_group_once"),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(group__isnull=True), name="target_unit_or_group"
            ),
        ]

    def __str__(self) -> str:
        return self.written or str(self.unit or self.group)


class Dispatch(models.Model):
    """A dispatch on its way (交办批次): one item's chunk of units at a time, resumable, with progress.

    `pending` are the unit ids not yet served; a chunk's transaction creates the assignments and removes its
    units from here, so a worker killed in between leaves none missing and none twice.
    """

    item = models.ForeignKey(Item, models.PROTECT, related_name="dispatches")
    office = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField()  # of a `due_rule` what it gives on the issuer's days
    due_rule = models.CharField(max_length=40, blank=True)
    period = models.CharField(max_length=10, blank=True)
    rule = models.JSONField()
    asked_by = models.BigIntegerField(null=True)  # the appointment that issued it; null: the calendar
    request_id = models.UUIDField()
    asked_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    pending = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("交办批次")

    def __str__(self) -> str:
        return f"{self.item_id}: {self.total - len(self.pending)}/{self.total}"
