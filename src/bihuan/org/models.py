from datetime import date, timedelta
from typing import Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from bihuan.org import roles


class UnitKind(models.TextChoices):
    AUTHORITY = "authority", _("行政机关")  # 教育厅、教育局
    INSTITUTION = "institution", _("高等学校")
    SCHOOL = "school", _("学校")
    KINDERGARTEN = "kindergarten", _("幼儿园")
    OFFICE = "office", _("内设机构")  # acts for its nearest authority
    EXTERNAL = "external", _("系统外单位")  # may assist, has no account


class UnitQuerySet(models.QuerySet["Unit"]):
    def current(self, on: date) -> Self:
        """Units that exist on that day."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=on), starts_on__lte=on)

    def ended(self, on: date) -> Self:
        """Units that no longer exist on that day."""
        return self.filter(ends_on__lte=on)

    def below(self, *ancestors: int) -> Self:
        """These units and everything under them."""
        return self.filter(pk__in=Lineage.objects.filter(ancestor__in=ancestors).values("descendant"))


class BusinessLine(models.Model):
    """A line of business (业务条线) such as basic education or teachers' work; offices act within theirs."""

    code = models.CharField(max_length=20, unique=True, db_collation="C")
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        verbose_name = _("业务条线")

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A node of the organisation tree (单位): may be given duties, and may itself give them downward.

    Units end; they are never deleted. `authority` is the unit in whose name this one acts: itself, or for an
    office (内设机构) the nearest unit above that is not an office (DESIGN §3).
    """

    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=50)
    kind = models.CharField(_("类别"), max_length=16, choices=UnitKind)
    code = models.CharField(_("代码"), max_length=32, null=True, unique=True, db_collation="C")
    region_code = models.CharField(_("行政区划代码"), max_length=6, blank=True, db_collation="C")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name=_("上级")
    )
    authority = models.ForeignKey("self", models.PROTECT, null=True, related_name="offices")
    keeper = models.ForeignKey(  # whose list of external units it stands on; null: everybody's
        "self", models.PROTECT, null=True, blank=True, related_name="externals", verbose_name=_("登记单位")
    )
    lines = models.ManyToManyField(BusinessLine, related_name="offices", blank=True)
    sort_order = models.PositiveIntegerField(_("排序号"), default=0)
    pinyin = models.CharField(max_length=200, blank=True, db_collation="C")  # sort and search key
    starts_on = models.DateField(default=date(2000, 1, 1))
    ends_on = models.DateField(null=True)  # the first day on which it no longer exists
    version = models.PositiveIntegerField(default=0)
    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("单位")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_known"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="unit_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(kind=UnitKind.EXTERNAL) | Q(parent__isnull=True),
                name="unit_external_outside_tree",
            ),
            models.CheckConstraint(
                condition=Q(kind=UnitKind.EXTERNAL) | Q(keeper__isnull=True), name="unit_kept_if_external"
            ),
        ]
        indexes = [
            models.Index(fields=["pinyin"], name="unit_pinyin"),
            GinIndex(Func("name", "short_name", function="bihuan_bigrams"), name="unit_words"),
            models.Index(fields=["id"], name="unit_external", condition=models.Q(kind=UnitKind.EXTERNAL)),
            models.Index(fields=["ends_on"], name="unit_ended", condition=models.Q(ends_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def own_authority(self) -> "Unit":
        """The authority in whose name it acts. Raises ValueError for one outside the tree, which acts for none."""
        if self.authority is None:
            raise ValueError("a unit outside the tree acts for no authority")
        return self.authority

    @property
    def is_external(self) -> bool:
        return self.kind == UnitKind.EXTERNAL


class Lineage(models.Model):
    """The organisation tree as a closure table: a row for each unit and each of its ancestors."""

    ancestor = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    descendant = models.ForeignKey(Unit, models.CASCADE, related_name="lineage")
    depth = models.PositiveSmallIntegerField()  # 0: the unit itself

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ancestor", "descendant"], name="lineage_pair_once")]
        indexes = [models.Index(fields=["descendant", "depth"], name="lineage_up")]

    def __str__(self) -> str:
        return f"{self.ancestor_id}⊃{self.descendant_id}"


class UnitName(models.Model):
    """What a unit was called from when until when, so that old circulars read as of their day."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="names")
    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=50)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("曾用名")
        constraints = [models.UniqueConstraint(fields=["unit", "starts_on"], name="unit_name_once_a_day")]
        indexes = [GinIndex(Func("name", "short_name", function="bihuan_bigrams"), name="unit_name_words")]

    def __str__(self) -> str:
        return self.name


class ChangeKind(models.TextChoices):
    RENAME = "rename", _("更名")
    MOVE = "move", _("调整隶属")
    MERGE = "merge", _("合并")
    SPLIT = "split", _("拆分")
    CLOSE = "close", _("撤销")


class UnitChangeQuerySet(models.QuerySet["UnitChange"]):
    def planned(self) -> Self:
        """Decided, not yet in effect."""
        return self.filter(state=UnitChange.State.PLANNED)

    def due(self, on: date) -> Self:
        """Planned changes whose day has come, in the order in which they take effect."""
        return self.planned().filter(on__lte=on).order_by("on", "id")


class UnitChange(models.Model):
    """A dated change of one unit (机构变动): decided today, in effect from `on`.

    Until then it is planned and changes nothing. `name`, `parent` and `successors` say what becomes of the
    unit, according to the kind; `heir` is the successor that takes over the units below. `former_parent` is
    kept so that the tree of an earlier day can be read.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("待生效")
        APPLIED = "applied", _("已生效")
        WITHDRAWN = "withdrawn", _("已撤回")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=ChangeKind)
    on = models.DateField(_("生效日期"))
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    name = models.CharField(max_length=100, blank=True)
    short_name = models.CharField(max_length=50, blank=True)
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    former_parent = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    successors = models.ManyToManyField(Unit, related_name="+")
    heir = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    basis = models.CharField(_("依据"), max_length=200, blank=True)  # the deciding document and its number
    fault = models.CharField(max_length=200, blank=True)  # why it could not take effect on its day
    objects = UnitChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("机构变动")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="change_kind_known"),
            models.UniqueConstraint(
                fields=["unit", "kind"], condition=Q(state="planned"), name="change_planned_once_a_kind"
            ),
        ]
        indexes = [models.Index(fields=["on"], condition=Q(state="planned"), name="change_due")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.kind} {self.on}"


class Alias(models.Model):
    """Another way of writing a unit's or a group's name in documents (别称), used when a plan is read."""

    unit = models.ForeignKey(Unit, models.CASCADE, null=True, related_name="aliases")
    group = models.ForeignKey("UnitGroup", models.CASCADE, null=True, related_name="aliases")
    name = models.CharField(max_length=100, db_index=True)

    class Meta:
        verbose_name = _("别称")
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], name="alias_once"),
            models.UniqueConstraint(fields=["group", "name"], name="alias_once_a_group"),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) ^ Q(group__isnull=True), name="alias_of_a_unit_or_a_group"
            ),
        ]
        indexes = [GinIndex(Func("name", function="bihuan_bigrams"), name="alias_words")]

    def __str__(self) -> str:
        return self.name


class Succession(models.Model):
    """Which unit took over from which on what day (承继), by merging, splitting or closing."""

    kind = models.CharField(max_length=8, choices=ChangeKind)
    predecessor = models.ForeignKey(Unit, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="precessions")
    on = models.DateField()

    class Meta:
        verbose_name = _("机构承继")
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id}→{self.successor_id}"


class UnitGroup(models.Model):
    """A named group of units (单位组) such as 各市州教育局, which a plan may address as one.

    Either a fixed list of members, or a rule: all current units of `rule_kind`, `rule_depth` levels below
    `owner`, at any level when there is no depth. `bihuan.org.groups` says who belongs to it on a day;
    membership is frozen at dispatch (DESIGN §3.0). A group that was dissolved (停用) is offered no more.
    """

    owner = models.ForeignKey(Unit, models.CASCADE, related_name="groups")
    name = models.CharField(_("名称"), max_length=50)
    members = models.ManyToManyField(Unit, related_name="in_groups", blank=True)
    rule_kind = models.CharField(max_length=16, choices=UnitKind, blank=True)
    rule_depth = models.PositiveSmallIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("单位组")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(is_active=True), name="group_name_once"
            ),
            models.CheckConstraint(
                condition=Q(rule_depth__isnull=True) | ~Q(rule_kind=""), name="group_depth_of_a_rule"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(username=username)


class Person(AbstractBaseUser):
    """A person who signs in (人员). What they may do comes from their appointments, never from here."""

    username = models.CharField(_("账号"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=50)
    email = models.EmailField(_("电子邮箱"), blank=True)
    mobile = models.CharField(_("手机号"), max_length=20, blank=True)
    pinyin = models.CharField(max_length=100, blank=True, db_collation="C")
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(default=False)
    home = models.ForeignKey(  # whose security administrator keeps the account
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在单位")
    )
    leaves_on = models.DateField(null=True, blank=True)  # the last day; the account is retired after it
    version = models.PositiveIntegerField(default=0)
    post = models.ForeignKey(  # the appointment they last switched to
        "Appointment", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    USERNAME_FIELD = "username"
    objects = PersonManager()

    class Meta:
        verbose_name = _("人员")
        indexes = [GinIndex(Func("name", function="bihuan_bigrams"), name="person_words")]

    def __str__(self) -> str:
        return self.name


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def current(self, on: date) -> Self:
        """Appointments that hold on that day, of people who may sign in."""
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on, person__is_active=True
        )

    def not_over(self, on: date) -> Self:
        """Appointments that hold on that day or will, whether or not the person may sign in."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))

    def granting(self, cap: str, reach: roles.Reach | None = None) -> Self:
        return self.filter(role__in=roles.roles_with(cap, reach))


class Appointment(models.Model):
    """A person's role in a unit for a time (岗位). Its powers reach as far as `org.roles.GRANTS` says.

    `successor` names who took over when the holder left. One that was called off before it began ends on the
    day before its start and so holds on no day.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="appointments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="appointments")
    role = models.CharField(_("角色"), max_length=16, choices=roles.Role)
    title = models.CharField(_("职务"), max_length=50)
    starts_on = models.DateField(_("任职日期"))
    ends_on = models.DateField(_("离任日期"), null=True, blank=True)  # the last day it holds
    successor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("岗位")
        constraints = [
            models.CheckConstraint(condition=Q(role__in=roles.Role.values), name="appointment_role_known"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on") - timedelta(days=1)),
                name="appointment_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["person", "unit", "role"],
                condition=Q(ends_on__isnull=True),
                name="appointment_once_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["unit", "role"], name="appointment_unit_role")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.title}"

    def grants(self, cap: str) -> bool:
        return cap in roles.GRANTS[self.role]


class ImportDraft(models.Model):
    """An uploaded table that was read and shown but not yet taken over (导入预览).

    The file is kept until it is applied or discarded; afterwards only its digest and the counts remain.
    """

    class Subject(models.TextChoices):
        UNITS = "units", _("机构")
        PEOPLE = "people", _("人员")

    subject = models.CharField(max_length=8, choices=Subject)
    uploaded_by = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, db_collation="C")
    content = models.BinaryField(null=True)
    applied_at = models.DateTimeField(null=True)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("导入")

    def __str__(self) -> str:
        return self.file_name
