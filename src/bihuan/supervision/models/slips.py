from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import Paper
from bihuan.supervision.models.assignments import Assignment


class Slip(models.Model):
    """A supervision slip on one assignment (督办通知单): drafted from what is on record, decided by people."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="slips")
    paper = models.OneToOneField(Paper, models.CASCADE, related_name="slip")
    reply_by = models.DateField(_("答复时限"))

    class Meta:
        verbose_name = _("督办通知单")

    def __str__(self) -> str:
        return str(self.paper)
