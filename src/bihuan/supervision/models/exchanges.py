"""What units and authorities say to each other about an assignment. The words stand here, digests in the ledger."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import File
from bihuan.supervision.models.assignments import Assignment
from bihuan.supervision.models.ladders import LadderEdition
from bihuan.supervision.models.plans import Criterion, Milestone


class Report(models.Model):
    """A progress report (进展反馈): what was done, what is in the way, what comes next."""

    class Verdict(models.TextChoices):
        NONE = "", _("未审")
        ACCEPTED = "accepted", _("已认可")
        RETURNED = "returned", _("已退回")

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="reports")
    text = models.TextField(_("本期进展"))
    problems = models.TextField(_("存在问题"), blank=True)
    next_steps = models.TextField(_("下步打算"), blank=True)
    progress = models.PositiveSmallIntegerField(_("自评进度（%）"), null=True, blank=True)
    value = models.DecimalField(_("量化完成值"), max_digits=14, decimal_places=2, null=True, blank=True)
    reported_at = models.DateTimeField()
    person_id = models.BigIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True)
    opinion = models.TextField(_("审核意见"), blank=True)

    class Meta:
        verbose_name = _("进展反馈")
        ordering = ["-reported_at", "-id"]
        indexes = [
            GinIndex(Func("text", "problems", "next_steps", function="bihuan_bigrams"), name="report_words")
        ]

    def __str__(self) -> str:
        return self.text[:40]


class Submission(models.Model):
    """The unit's claim to be done (办结申报): drafted, signed off inside the unit, then reviewed."""

    class State(models.TextChoices):
        DRAFT = "draft", _("待本单位审签")
        SENT_BACK = "sent_back", _("本单位退改")
        SIGNED = "signed", _("待审核")
        PASSED = "passed", _("初审通过")
        RETURNED = "returned", _("已退回")
        ACCEPTED = "accepted", _("已认可")
        WITHDRAWN = "withdrawn", _("已撤回")

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="submissions")
    text = models.TextField(_("办结情况"))
    override = models.TextField(_("先行申报理由"), blank=True)  # although parts or assisting units are open
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    drafted_by = models.BigIntegerField()
    drafted_at = models.DateTimeField()
    signed_by = models.BigIntegerField(null=True)
    signed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)  # returned or accepted

    class Meta:
        verbose_name = _("办结申报")
        ordering = ["-drafted_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(state__in=["draft", "signed", "passed"]),
                name="submission_one_at_a_time",
            )
        ]
        indexes = [GinIndex(Func("text", function="bihuan_bigrams"), name="submission_words")]

    def __str__(self) -> str:
        return self.text[:40]


class Review(models.Model):
    """A reviewer's word on a submission (审核): pre-review or approval, by two different people."""

    class Step(models.TextChoices):
        PRE_REVIEW = "pre_review", _("初审")
        APPROVAL = "approval", _("审定")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="reviews")
    step = models.CharField(max_length=10, choices=Step)
    passed = models.BooleanField()
    single = models.BooleanField(default=False)  # only one qualified person: recorded as single review
    overridden = models.BooleanField(default=False)  # accepted although something was open
    override = models.TextField(_("先行认定理由"), blank=True)
    opinion = models.TextField(_("审核意见"), blank=True)
    person_id = models.BigIntegerField()
    reviewed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("审核")
        ordering = ["reviewed_at", "id"]
        indexes = [GinIndex(Func("opinion", function="bihuan_bigrams"), name="review_words")]

    def __str__(self) -> str:
        return f"{self.step} {'+' if self.passed else '-'}"


class CriterionCheck(models.Model):
    """A reviewer's finding on one acceptance criterion of a submission."""

    class Verdict(models.TextChoices):
        MET = "met", _("达到")
        UNMET = "unmet", _("未达到")
        PENDING = "pending", _("待核")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="checks")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)

    class Meta:
        verbose_name = _("标准核对")
        constraints = [
            models.UniqueConstraint(fields=["submission", "criterion"], name="criterion_check_once")
        ]

    def __str__(self) -> str:
        return self.verdict


class Proof(models.Model):
    """A file by which a submission shows that one criterion is met (对应佐证)."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="proofs")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    file = models.ForeignKey(File, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("对应佐证")
        constraints = [models.UniqueConstraint(fields=["submission", "criterion", "file"], name="proof_once")]

    def __str__(self) -> str:
        return f"{self.criterion_id} {self.file_id}"


class Extension(models.Model):
    """A request to move the deadline (延期), valid only if asked before it passed (domain.md §4.5)."""

    class State(models.TextChoices):
        ASKED = "asked", _("待本单位审签")
        ENDORSED = "endorsed", _("待审批")
        GRANTED = "granted", _("已同意")
        REFUSED = "refused", _("未同意")
        MET = "met", _("已由清单调整满足")
        WITHDRAWN = "withdrawn", _("已撤回")
        LAPSED = "lapsed", _("已失效")  # the assignment ended, or was finished in time, before the answer

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="extensions")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    due_before = models.DateTimeField()
    due_asked = models.DateTimeField()
    due_granted = models.DateTimeField(null=True)
    reason = models.TextField(_("延期理由"))
    progress = models.TextField(_("目前进展"))
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    endorsed_by = models.BigIntegerField(null=True)
    endorsed_at = models.DateTimeField(null=True)
    decide_by = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    opinion = models.TextField(_("审批意见"), blank=True)
    obstacle = models.ForeignKey(  # the one that grounds the request
        "supervision.Obstacle", models.PROTECT, null=True, related_name="extensions"
    )

    class Meta:
        verbose_name = _("延期")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(state__in=["asked", "endorsed"]),
                name="extension_one_at_a_time",
            )
        ]
        indexes = [GinIndex(Func("reason", "opinion", function="bihuan_bigrams"), name="extension_words")]

    def __str__(self) -> str:
        return f"{self.due_before:%Y-%m-%d}→{self.due_asked:%Y-%m-%d}"


class Suspension(models.Model):
    """A stop of the clock with a reason and a review date (暂停)."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="suspensions")
    reason = models.TextField(_("暂停理由"))
    from_at = models.DateTimeField()
    review_on = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("暂停")
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(resumed_at__isnull=True), name="suspension_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_at:%Y-%m-%d}"


class Urge(models.Model):
    """Pressure by hand, on record (催办、批示): an urge or a leader's instruction. The ladder leaves an `Effect`."""

    class Kind(models.TextChoices):
        REMIND = "remind", _("提醒")
        URGE = "urge", _("催办")
        INSTRUCTION = "instruction", _("批示")

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="urges")
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField(_("内容"))
    person_id = models.BigIntegerField(null=True)
    urged_at = models.DateTimeField()

    class Meta:
        verbose_name = _("催办")
        ordering = ["-urged_at", "-id"]
        indexes = [GinIndex(Func("text", function="bihuan_bigrams"), name="urge_words")]

    def __str__(self) -> str:
        return self.text[:40]


class Explanation(models.Model):
    """A unit's explanation (说明情况); an accepted one holds circular and interview, never the light.

    `urge` or `effect` is the press that it answers: the latest before it, by hand or of the ladder.
    """

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="explanations")
    urge = models.ForeignKey(Urge, models.SET_NULL, null=True, related_name="answers")
    effect = models.ForeignKey("supervision.Effect", models.SET_NULL, null=True, related_name="answers")
    text = models.TextField(_("说明"))
    explained_at = models.DateTimeField()
    person_id = models.BigIntegerField()
    accepted = models.BooleanField(null=True)
    holds_until = models.DateField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("说明情况")
        ordering = ["-explained_at"]
        indexes = [GinIndex(Func("text", function="bihuan_bigrams"), name="explanation_words")]

    def __str__(self) -> str:
        return self.text[:40]


class Objection(models.Model):
    """An objection raised while a result was publicised (公示异议), founded or not."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="objections")
    text = models.TextField(_("异议内容"))
    founded = models.BooleanField()
    raised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("公示异议")

    def __str__(self) -> str:
        return self.text[:40]


class LookBack(models.Model):
    """A re-inspection after write-off (回头看): held, or relapsed into a new linked round."""

    class Verdict(models.TextChoices):
        HELD = "held", _("整改稳固")
        RELAPSED = "relapsed", _("出现反弹")

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="look_backs")
    verdict = models.CharField(max_length=8, choices=Verdict)
    finding = models.TextField(_("核查情况"))
    early = models.TextField(_("提前回头看的理由"), blank=True)
    held_at = models.DateTimeField()
    person_id = models.BigIntegerField()
    new_round = models.OneToOneField(Assignment, models.PROTECT, null=True, related_name="from_look_back")

    class Meta:
        verbose_name = _("回头看")
        ordering = ["-held_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="held", new_round__isnull=True)
                | Q(verdict="relapsed", new_round__isnull=False),
                name="look_back_relapse_has_round",
            )
        ]
        indexes = [GinIndex(Func("finding", function="bihuan_bigrams"), name="look_back_words")]

    def __str__(self) -> str:
        return self.verdict


class Obstacle(models.Model):
    """What only a unit above can remove (请上级协调): runs in the same loop as `answer`, upward."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="obstacles")
    power = models.CharField(_("需上级行使的职权"), max_length=100)
    text = models.TextField(_("具体困难"))
    answer = models.OneToOneField(Assignment, models.PROTECT, related_name="obstacle_answered")

    class Meta:
        verbose_name = _("请上级协调")

    def __str__(self) -> str:
        return self.power


class Reached(models.Model):
    """A milestone that the unit reports as reached (节点完成)."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="reached")
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, models.CASCADE, related_name="reached")
    reached_on = models.DateField(_("完成日期"))

    class Meta:
        verbose_name = _("节点完成")
        constraints = [
            models.UniqueConstraint(fields=["assignment", "milestone"], name="milestone_reached_once")
        ]

    def __str__(self) -> str:
        return f"{self.milestone_id} {self.reached_on}"


class EffectQuerySet(models.QuerySet["Effect"]):
    def sounded(self) -> Self:
        """Those that somebody was told of; the others were missed and folded into a higher one."""
        return self.filter(folded=False)

    def proposals(self) -> Self:
        """What waits for a person to decide (拟办)."""
        return self.sounded().filter(proposes=True)


class Effect(models.Model):
    """A rung of the ladder that was climbed (催办阶梯): exactly one for each assignment, rung and date counted from.

    These, not lights, are what is counted later. After an outage the lower rungs that were missed are `folded`
    into the highest due: on record, but nobody was told of them (DESIGN §3.1).
    """

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="effects")
    edition = models.ForeignKey(LadderEdition, models.PROTECT, null=True, related_name="+", db_index=False)
    rung = models.CharField(max_length=32, db_collation="C")  # "due.urge", see `ladder`
    base_at = (
        models.DateTimeField()
    )  # the date the rung is counted from; a new one is a new run up the ladder
    called_at = models.DateTimeField()  # when it was due
    at = models.DateTimeField()
    proposes = models.BooleanField()
    folded = models.BooleanField(default=False)
    objects = EffectQuerySet.as_manager()

    class Meta:
        verbose_name = _("催办阶梯")
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["assignment", "rung", "base_at"], name="effect_once")]
        indexes = [
            models.Index(fields=["at"], name="effect_proposals", condition=Q(proposes=True, folded=False)),
            models.Index(fields=["at"], name="effect_sounded", condition=Q(folded=False)),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.rung}"
