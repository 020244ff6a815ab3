from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.ledger.models import Entry
from bihuan.notifications.rules import Kind, Takes
from bihuan.org.models import Person, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import standing_of


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


class ChannelQuerySet(models.QuerySet["Channel"]):
    def within(self, actor: Actor, cap: Cap | str = Cap.SET_LADDER) -> Self:
        """One's own, and those of the authority or office whose supervisor one is."""
        where = standing_of(actor).where(Cap.SET_LADDER)
        return self.filter(Q(person=actor.person_id) | Q(unit__in=where))

    def in_use(self) -> Self:
        return self.filter(is_on=True).exclude(person__is_active=False)


class Channel(models.Model):
    """A way by which messages reach people outside the program (通道): a group's robot, another system, a mailbox.

    It is one person's, or a unit's, whose people then share it. Address and key are sealed and never shown again.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, null=True, related_name="channels")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="channels")
    name = models.CharField(_("名称"), max_length=40)
    kind = models.CharField(_("类型"), max_length=8, choices=Kind)
    takes = models.CharField(_("发什么"), max_length=8, choices=Takes, default=Takes.PRESSING)
    sealed_address = models.TextField()
    sealed_secret = models.TextField(blank=True)
    hint = models.CharField(max_length=120)
    is_on = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    digested_on = models.DateField(null=True)
    sent_on = models.DateField(null=True)
    sent = models.PositiveSmallIntegerField(default=0)  # on that day, the digest apart
    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("通道")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=True, person__isnull=False)
                | Q(unit__isnull=False, person__isnull=True),
                name="channel_has_one_owner",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """A message that went, or is to go, through a channel (发送): of one entry or of many."""

    class State(models.TextChoices):
        QUEUED = "queued", _("待发送")
        SENT = "sent", _("已送达")
        FAILED = "failed", _("发送失败")
        UNSENT = "unsent", _("未发送")

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=6, choices=State, default=State.QUEUED)
    is_test = models.BooleanField(default=False)
    at_once = models.BooleanField(default=False)
    told = models.PositiveIntegerField(default=0)  # of how many entries
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)  # a code of the last attempt
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("发送")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
                name="delivery_sent_at_a_moment",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.state}"


class Telling(models.Model):
    """An entry that a channel tells of: at most once for each, waiting until `delivery` is set."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="tellings", db_index=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+")
    delivery = models.ForeignKey(Delivery, models.SET_NULL, null=True, related_name="tellings")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("待告知")
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["channel", "entry"], name="telling_once")]
        indexes = [models.Index(fields=["channel"], name="telling_waits", condition=Q(delivery__isnull=True))]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.entry_id}"
