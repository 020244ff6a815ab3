from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.documents.kinds import FileKind


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
