from datetime import date
from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.documents.kinds import FileKind
from bihuan.kernel.actor import Actor
from bihuan.ledger.rules import canonical, digest
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, standing_of


class Content(models.Model):
    """A sequence of bytes, kept once however often it is uploaded, under its SHA-256 digest."""

    digest = models.CharField(max_length=64, unique=True, db_collation="C")
    size = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=8, choices=FileKind)
    stored = models.FileField(max_length=100)
    stored_at = models.DateTimeField()

    class Meta:
        verbose_name = _("文件内容")
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="content_digest_is_sha256"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="content_not_empty"),
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class File(models.Model):
    """One uploaded piece of evidence (佐证材料).

    `received_at` is when it came in; `evidence_on`, to `evidence_until` for a period, is what it is about, as
    people say (features.md R20). What was received never changes; once cited nothing does (`frozen_at`): the
    database refuses it.
    """

    content = models.ForeignKey(Content, models.PROTECT, related_name="files")
    name = models.CharField(_("文件名"), max_length=200)
    uploaded_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    upload_id = models.UUIDField()  # the sender's own: a repeated upload is the same file
    received_at = models.DateTimeField()
    evidence_on = models.DateField(_("材料日期"), null=True, blank=True)
    evidence_until = models.DateField(_("材料截止日期"), null=True, blank=True)
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("佐证材料")
        constraints = [
            models.UniqueConstraint(fields=["uploaded_by", "upload_id"], name="file_once_an_upload"),
            models.CheckConstraint(
                condition=Q(evidence_until__isnull=True) | Q(evidence_until__gte=F("evidence_on")),
                name="file_evidence_period",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> FileKind:
        return FileKind(self.content.kind)

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None

    @property
    def evidence_period(self) -> tuple[date, date] | None:
        """From when to when the evidence is about, both included, if anybody has said."""
        if self.evidence_on is None:
            return None
        return self.evidence_on, self.evidence_until or self.evidence_on


class Citation(models.Model):
    """That a subject of another context rests on a file (引用), by the name of the subject's ledger stream.

    No foreign key leads upwards; the rows are added and never changed.
    """

    file = models.ForeignKey(File, models.PROTECT, related_name="citations")
    subject = models.CharField(max_length=64, db_collation="C")  # "supervision.report:17"
    cited_at = models.DateTimeField()

    class Meta:
        verbose_name = _("引用")
        constraints = [models.UniqueConstraint(fields=["subject", "file"], name="citation_once")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.file_id}"


class PaperQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """Papers of the actor's authority or office; to view also issued ones served on one's units.

        Whoever signs off for an office that is asked to countersign sees the draft.
        """
        standing = standing_of(actor)
        where = standing.where(cap)
        own = Q(issuer__in=where) | Q(office__in=where)
        if cap != Cap.VIEW:
            return self.filter(own)
        writing = standing.where(Cap.ISSUE)
        drafted = Q(issuer__in=writing) | Q(office__in=writing)
        served = Service.objects.filter(paper=OuterRef("pk"), unit__in=where)
        asked = Countersign.objects.filter(paper=OuterRef("pk"), unit__in=standing.where(Cap.SIGN_OFF))
        return self.filter(drafted | Exists(asked) | Q(stage=Paper.Stage.ISSUED) & (own | Exists(served)))


PAPER_WORDS = (
    "title",
    "addressees",
    Func("code", "year", "serial", function="documents_number"),
    Func("sections", function="documents_texts"),
    Func("tables", function="documents_texts"),
)
"""What a search looks through in a paper: also its number, and the words of its text and tables."""


class Paper(models.Model):
    """An official document (文书): drafted, reviewed by a second person, countersigned, numbered, issued, served.

    Once issued nothing in it changes; `digest` stands in the ledger. `closed_at` is when all it asked for was done
    with (办结归档).
    """

    class Kind(models.TextChoices):
        CIRCULAR = "circular", _("通报")
        SLIP = "slip", _("督办通知单")
        RECTIFICATION = "rectification", _("整改通知书")
        RECOMMENDATION = "recommendation", _("监察建议书")
        INTERVIEW = "interview", _("约谈通知书")
        HANDOVER = "handover", _("交办函")
        BRIEF = "brief", _("简报")
        REPORT = "report", _("督查专报")

    class Urgency(models.TextChoices):
        NONE = "", _("平件")
        URGENT = "加急", pgettext_lazy("紧急程度", "加急")
        MOST = "特急", _("特急")

    class Stage(models.TextChoices):
        DRAFT = "draft", _("拟稿")
        REVIEWED = "reviewed", _("待签发")
        ISSUED = "issued", _("已印发")

    kind = models.CharField(_("文种"), max_length=16, choices=Kind)
    issuer = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", verbose_name=_("发文机关"))
    office = models.ForeignKey("org.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.DRAFT)
    version = models.PositiveIntegerField(default=0)
    code = models.CharField(_("机关代字"), max_length=20)
    year = models.PositiveSmallIntegerField(null=True)
    serial = models.PositiveIntegerField(null=True)
    title = models.CharField(_("标题"), max_length=200)
    addressees = models.CharField(_("主送"), max_length=300)
    cc = models.CharField(_("抄送"), max_length=300, blank=True)
    urgency = models.CharField(_("紧急程度"), max_length=2, choices=Urgency, blank=True)
    signer = models.CharField(_("签发人"), max_length=50, blank=True)  # printed on what goes upward
    note = models.CharField(_("附注"), max_length=100, blank=True)
    # [{"heading": str, "paragraphs": [str, …]}, …]; one that the program fills in has a "key" too
    sections = models.JSONField(default=list)
    tables = models.JSONField(default=list)  # [{"title": str, "head": [str, …], "rows": [[…], …]}, …]
    drafted_by = models.BigIntegerField()
    drafted_at = models.DateTimeField()
    reviewed_by = models.BigIntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    signed_by = models.BigIntegerField(null=True)
    issued_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True, db_collation="C")
    closed_at = models.DateTimeField(null=True)
    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("文书")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "kind", "year", "serial"], name="paper_number_once"),
            models.CheckConstraint(
                condition=Q(stage="issued", serial__isnull=False, year__isnull=False, issued_at__isnull=False)
                | ~Q(stage="issued") & Q(serial__isnull=True),
                name="paper_issued_has_number",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(stage="issued"), name="paper_closed_after_issue"
            ),
        ]
        indexes = [GinIndex(Func(*PAPER_WORDS, function="bihuan_bigrams"), name="paper_words")]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def number(self) -> str:
        """The document number (文号): hexagonal brackets, no leading zero, no 第 (domain.md §8)."""
        return f"{self.code}〔{self.year}〕{self.serial}号" if self.serial else ""

    def content_digest(self) -> str:
        """SHA-256 over all that is read: number, title, addressees, text, tables, files, and what else it has."""
        content = {
            "number": self.number,
            "title": self.title,
            "addressees": self.addressees,
            "sections": self.sections,
            "tables": self.tables,
        }
        more: dict[str, Any] = {name: getattr(self, name) for name in ("cc", "urgency", "signer", "note")}
        attached = self.attachments.values_list("title", "file__content__digest")
        more["attachments"] = [list(one) for one in attached]
        return digest(canonical(content | {name: said for name, said in more.items() if said}))


class Attachment(models.Model):
    """A file that goes with a document (附件), listed below its text; changed while it is a draft, then never.

    Whoever reads the document reads the file. Its digest is part of the document's.
    """

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="attachments")
    file = models.ForeignKey(File, models.PROTECT, related_name="attachments")
    title = models.CharField(_("附件名称"), max_length=100)  # as the note below the text calls it

    class Meta:
        verbose_name = _("附件")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["paper", "file"], name="attachment_once")]

    def __str__(self) -> str:
        return self.title


class Series(models.Model):
    """The last number given, per issuer, kind and year (编号): taken under lock, so never skipped or repeated."""

    issuer = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Paper.Kind)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("编号")
        constraints = [models.UniqueConstraint(fields=["issuer", "kind", "year"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class Service(models.Model):
    """A paper served on a unit (送达), with the receipt of whoever read it there."""

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="services")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    served_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("送达")
        constraints = [models.UniqueConstraint(fields=["paper", "unit"], name="service_once")]

    def __str__(self) -> str:
        return f"{self.paper_id} → {self.unit_id}"


class Countersign(models.Model):
    """An office that is asked to countersign a reviewed text (会签), and its answer.

    One that was asked about a text that has changed since, or was taken back, has lapsed: it is asked anew.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待会签")
        AGREED = "agreed", _("同意")
        REFUSED = "refused", _("不同意")
        LAPSED = "lapsed", _("已失效")

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="countersigns")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", verbose_name=_("会签处室"))
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField()
    opinion = models.TextField(_("会签意见"), blank=True)
    answered_by = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("会签")
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "unit"],
                condition=Q(state__in=["open", "agreed"]),
                name="countersign_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "lapsed"]) | Q(answered_at__isnull=False),
                name="countersign_answered_at",
            ),
        ]
        indexes = [models.Index(fields=["unit", "state"], name="countersign_queue")]

    def __str__(self) -> str:
        return f"{self.paper_id} ← {self.unit_id}"
