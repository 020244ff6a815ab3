from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import Content, File
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet
from bihuan.supervision.models import Assignment, Report, Submission

REVIEWING = (Cap.PRE_REVIEW, Cap.APPROVE)
HANDING_IN = (Cap.HANDLE, Cap.SIGN_OFF)


class Piece(models.Model):
    """A report or a submission as it is compared with others (报送件): one row for what a unit handed in once."""

    report = models.OneToOneField(Report, models.CASCADE, null=True, related_name="piece")
    submission = models.OneToOneField(Submission, models.CASCADE, null=True, related_name="piece")
    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    handed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("报送件")
        constraints = [
            models.CheckConstraint(
                condition=Q(report__isnull=False, submission__isnull=True)
                | Q(report__isnull=True, submission__isnull=False),
                name="piece_of_one_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.handed_at:%Y-%m-%d}"

    @property
    def subject(self) -> Report | Submission:
        found = self.report or self.submission
        if found is None:
            raise ValueError("neither a report nor a submission")
        return found

    @property
    def words(self) -> str:
        """All that was written in it."""
        if self.report:
            return "\n".join(filter(None, [self.report.text, self.report.problems, self.report.next_steps]))
        return self.submission.text if self.submission else ""


class Mark(models.Model):
    """A mark of a piece's words (文本指纹), by which pieces with words in common are found.

    The key is the index that is asked: a mark under one authority, then a mark anywhere.
    """

    pk = models.CompositePrimaryKey("mark", "issuer", "piece")
    mark = models.IntegerField()
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    piece = models.ForeignKey(Piece, models.CASCADE, related_name="marks", db_index=False)

    class Meta:
        verbose_name = _("文本指纹")

    def __str__(self) -> str:
        return str(self.mark)


class Print(models.Model):
    """What is kept of a picture to know it again (图像指纹): a small grey copy, for each content once.

    `fault` says why a picture cannot be looked at; then only the very same file is recognised.
    """

    class Fault(models.TextChoices):
        NONE = "", _("无")
        BROKEN = "broken", _("图片损坏或格式不支持")
        TOO_LARGE = "too_large", _("像素过多，未比对")
        TOO_SMALL = "too_small", _("图片过小，未比对")

    content = models.OneToOneField(Content, models.CASCADE, related_name="print")
    small = models.BinaryField()
    fault = models.CharField(max_length=9, choices=Fault, blank=True)

    class Meta:
        verbose_name = _("图像指纹")

    def __str__(self) -> str:
        return str(self.content)


class PrintMark(models.Model):
    """A part of a picture's key (图像索引): looked up by `band`, then measured by `signs`."""

    pk = models.CompositePrimaryKey("band", "print")
    band = models.IntegerField()
    print = models.ForeignKey(Print, models.CASCADE, related_name="marks", db_index=False)
    signs = models.BigIntegerField()

    class Meta:
        verbose_name = _("图像索引")

    def __str__(self) -> str:
        return str(self.band)


class LikenessQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """For whoever reviews the later piece and may see both; for the unit that handed it in, by its own piece.

        A piece of a unit that lies out of the reviewer's sight is never hinted at.
        """
        if cap == Cap.VIEW:
            reviewed = self.within(actor, Cap.PRE_REVIEW).values("pk")
            approved = self.within(actor, Cap.APPROVE).values("pk")
            handed_in = [self.within(actor, one).values("pk") for one in HANDING_IN]
            return self.filter(
                Q(pk__in=reviewed) | Q(pk__in=approved) | Q(pk__in=handed_in[0]) | Q(pk__in=handed_in[1])
            )
        mine = Assignment.objects.within(actor, cap)
        rows = self.filter(later__assignment__in=mine.values("pk"))
        if cap in REVIEWING:
            return rows.filter(
                earlier__assignment__in=Assignment.objects.within(actor, Cap.VIEW).values("pk")
            )
        return rows if cap in HANDING_IN else self.none()

    def pending(self) -> Self:
        """Those nobody has dismissed."""
        return self.filter(state=Likeness.State.PENDING)


class Likeness(models.Model):
    """A hint that a piece repeats an earlier one (雷同提示): for a person to look at, never a verdict.

    Nothing but the pages that show it reads it: no stage, no light, no score, no ranking. Once dismissed it stays so.
    """

    class How(models.TextChoices):
        WORDS = "words", _("文字重复")
        SAME_FILE = "same_file", _("同一文件")
        RESAVED = "resaved", _("同一图片重新保存")
        CROPPED = "cropped", _("同一图片裁剪")

    class State(models.TextChoices):
        PENDING = "pending", _("待核")
        DISMISSED = "dismissed", _("不采用")

    class Ground(models.TextChoices):
        SHARED = "shared", _("共同开展的工作，内容本应一致")
        TEMPLATE = "template", _("统一下发的模板或口径")
        OWN = "own", _("本单位延续性报告")
        CHECKED = "checked", _("已核实，情况属实")
        OTHER = "other", _("其他")

    later = models.ForeignKey(Piece, models.CASCADE, related_name="likenesses", db_index=False)
    earlier = models.ForeignKey(Piece, models.CASCADE, related_name="+")
    how = models.CharField(_("方式"), max_length=9, choices=How)
    share = (
        models.PositiveSmallIntegerField()
    )  # per cent: of the later words repeated, or of agreement of pictures
    own = models.BooleanField()  # both of the same unit: the softer hint
    later_file = models.ForeignKey(File, models.PROTECT, null=True, related_name="+", db_index=False)
    earlier_file = models.ForeignKey(File, models.PROTECT, null=True, related_name="+", db_index=False)
    frame = ArrayField(
        models.FloatField(), size=4, null=True
    )  # where the earlier picture lies in the later one
    found_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    ground = models.CharField(_("不采用的理由"), max_length=8, choices=Ground, blank=True)
    reason = models.TextField(_("补充说明"), blank=True)
    dismissed_by = models.BigIntegerField(null=True)
    dismissed_at = models.DateTimeField(null=True)
    objects = LikenessQuerySet.as_manager()

    class Meta:
        verbose_name = _("雷同提示")
        ordering = ["own", "-share", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["later", "earlier", "later_file", "earlier_file"],
                nulls_distinct=False,
                name="likeness_once",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", dismissed_at__isnull=True, ground="")
                | Q(state="dismissed", dismissed_at__isnull=False) & ~Q(ground=""),
                name="likeness_dismissed_with_ground",
            ),
            models.CheckConstraint(condition=Q(share__lte=100), name="likeness_share_percent"),
        ]
        indexes = [
            models.Index(fields=["found_at"], name="likeness_pending", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.later_id}~{self.earlier_id}"

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING

    @property
    def is_picture(self) -> bool:
        return self.later_file_id is not None


class Comment(models.Model):
    """What the unit says to a hint about its piece (单位说明). Rows are added and never changed."""

    likeness = models.ForeignKey(Likeness, models.CASCADE, related_name="comments")
    text = models.TextField(_("说明"))
    person_id = models.BigIntegerField()
    commented_at = models.DateTimeField()

    class Meta:
        verbose_name = _("单位说明")
        ordering = ["commented_at", "id"]

    def __str__(self) -> str:
        return self.text[:40]
