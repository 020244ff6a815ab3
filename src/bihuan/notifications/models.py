from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.ledger.models import Entry
from bihuan.org.models import Person


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def of(self, person_id: int | None) -> Self:
        return self.filter(person=person_id)


class Notice(models.Model):
    """A message to one person about one ledger entry (消息): at most one for each, however it is delivered."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息")
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["person", "entry"], name="notice_once")]
        indexes = [
            models.Index(
                fields=["person", "-created_at"],
                name="notice_unread",
                condition=models.Q(read_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.entry_id}"


class Preference(models.Model):
    """How a person wants to be told outside the program (提醒方式), and what they were sent today.

    Of the mails only today's are known, so that a cap can hold; nothing is kept about former days.
    """

    person = models.OneToOneField(Person, models.CASCADE, related_name="preference")
    digest = models.BooleanField(_("每天一封邮件摘要"), default=True)
    digested_on = models.DateField(null=True)
    mailed_on = models.DateField(null=True)
    mails = models.PositiveSmallIntegerField(default=0)  # on that day

    class Meta:
        verbose_name = _("提醒方式")

    def __str__(self) -> str:
        return f"{self.person_id}"
