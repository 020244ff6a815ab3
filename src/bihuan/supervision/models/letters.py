from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import Paper
from bihuan.org.models import Unit
from bihuan.supervision import letters as rules_of_letters
from bihuan.supervision.models.assignments import Assignment
from bihuan.supervision.models.editions import Edition
from bihuan.supervision.models.plans import Item, Plan

BULLETIN = "bulletin", _("综合通报")  # a circular of its own words, though of the same kind of paper


class TemplateEdition(Edition):
    """A version of the words in which an authority begins a kind of document (文书式样), see `letters.as_rows`."""

    kind = models.CharField(_("文种"), max_length=16, choices=[*Paper.Kind.choices, BULLETIN])

    class Meta(Edition.Meta):
        verbose_name = _("文书式样")

    @cached_property
    def template(self) -> rules_of_letters.Template:
        return rules_of_letters.from_rows(self.kind, self.rows)


class Letter(models.Model):
    """What a document of the loop (督办文书) is about and asks for; how it reads and stands is its `Paper`'s.

    A document that demands a reply (`reply_by`) gives `item` on issue: one assignment per addressee, in which reply
    and promises run. It has no clock of its own.
    """

    paper = models.OneToOneField(Paper, models.CASCADE, related_name="letter")
    template = models.ForeignKey(  # the version whose words it began with; none: those that ship
        TemplateEdition, models.PROTECT, null=True, related_name="letters"
    )
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="letters")
    reply_by = models.DateField(_("答复时限"), null=True, blank=True)
    objection_workdays = models.PositiveSmallIntegerField(_("异议期（工作日）"), default=0)
    meets_at = models.DateTimeField(_("约谈时间"), null=True, blank=True)
    place = models.CharField(_("约谈地点"), max_length=100, blank=True)
    item = models.OneToOneField(Item, models.PROTECT, null=True, related_name="letter")

    class Meta:
        verbose_name = _("督办文书")

    def __str__(self) -> str:
        return str(self.paper)

    @property
    def rule(self) -> rules_of_letters.Letter:
        return rules_of_letters.LETTERS[self.paper.kind]


class Matter(models.Model):
    """An assignment that a document is about (所涉办件)."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="matters")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="matters")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("所涉办件")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["letter", "assignment"], name="matter_once")]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.assignment_id}"


class Addressee(models.Model):
    """A unit to which a document goes (主送单位), and whether it adopts what is recommended."""

    class Adoption(models.TextChoices):
        NONE = "", _("未答复")
        FULL = "full", _("全部采纳")
        PARTIAL = "partial", _("部分采纳")
        REFUSED = "refused", _("不予采纳")

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="addressed")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    adoption = models.CharField(_("采纳情况"), max_length=8, choices=Adoption, blank=True)

    class Meta:
        verbose_name = _("主送单位")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["letter", "unit"], name="addressee_once")]

    def __str__(self) -> str:
        return f"{self.letter_id} → {self.unit_id}"


class Promise(models.Model):
    """A measure that a unit promises in its reply, with its date (承诺措施).

    Once the reply is accepted it is an assignment like any other, given by whoever issued the document.
    """

    addressee = models.ForeignKey(Addressee, models.CASCADE, related_name="promises")
    text = models.CharField(_("措施"), max_length=200)
    due_on = models.DateField(_("完成时限"))
    position = models.PositiveSmallIntegerField(default=0)
    assignment = models.OneToOneField(Assignment, models.PROTECT, null=True, related_name="promise")

    class Meta:
        verbose_name = _("承诺措施")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text


class LetterObjection(models.Model):
    """An addressee's objection to a document (异议), once, within its time.

    `duty` is the issuer's own assignment to decide it: its date and its alarms are those of the loop.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待复核")
        UPHELD = "upheld", _("异议成立")
        REJECTED = "rejected", _("异议不成立")

    addressee = models.OneToOneField(Addressee, models.CASCADE, related_name="objection")
    reason = models.TextField(_("异议理由"))
    raised_at = models.DateTimeField()
    raised_by = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    answer = models.TextField(_("复核意见"), blank=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    duty = models.OneToOneField(Assignment, models.PROTECT, related_name="letter_objection")

    class Meta:
        verbose_name = _("文书异议")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | ~Q(state="open") & Q(decided_at__isnull=False),
                name="letter_objection_decided_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.addressee_id} {self.state}"
