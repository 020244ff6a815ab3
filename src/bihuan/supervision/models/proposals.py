from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import Paper
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import ScopedQuerySet, standing_of
from bihuan.supervision.models.assignments import Assignment
from bihuan.supervision.models.exchanges import Effect
from bihuan.supervision.rules import RUNNING, Stage
from bihuan.supervision.rungs import PROPOSALS, Step, Wait

STILL_WAITED = (
    Q(wait=Wait.DUE, assignment__stage__in=[*RUNNING, Stage.DECLINED, Stage.COMPLETED])
    & Q(assignment__due_at=F("base_at"))
    | Q(wait=Wait.DECISION, assignment__stage=Stage.DECLINED)
    | Q(wait=Wait.REVIEW, assignment__stage=Stage.COMPLETED)
    | Q(wait=Wait.STRIKE, assignment__stage=Stage.ACCEPTED)
    | Q(wait=Wait.PUBLICITY, assignment__stage=Stage.PUBLICISED)
    | Q(wait=Wait.EXTENSION, assignment__answer_by=F("base_at"))
    | Q(wait=Wait.SUSPENSION, assignment__review_on=F("base_at"))
)
"""Where what a proposal is about is waited for to this day: the same date, in a stage that still waits for it."""


class ProposalQuerySet(ScopedQuerySet):
    def within(self, actor: Actor, cap: Cap | str) -> Self:
        """Those that the actor's authority or office decides; nobody else knows what might be done."""
        where = standing_of(actor).where(Cap.URGE if cap == Cap.VIEW else cap)
        return self.filter(Q(issuer__in=where) | Q(office__in=where))

    def pending(self) -> Self:
        """What waits for a person to decide."""
        return self.filter(STILL_WAITED | Q(stands=True), state=Proposal.State.PENDING)

    def moot(self) -> Self:
        """Nobody decided, and what it was about has meanwhile moved on."""
        return self.filter(state=Proposal.State.PENDING).exclude(STILL_WAITED | Q(stands=True))

    def settled_or_open(self) -> Self:
        """What a person has to decide or has accepted: nobody is asked the same about the same date again."""
        return self.filter(state__in=[Proposal.State.PENDING, Proposal.State.ACCEPTED])

    def listed(self, until: datetime, since: datetime | None = None) -> Self:
        """What people decided to name in a circular up to a moment, after another one (列入通报)."""
        rows = self.filter(state=Proposal.State.ACCEPTED, step=Step.CIRCULAR, decided_at__lte=until)
        return rows.filter(decided_at__gt=since) if since else rows


class Proposal(models.Model):
    """What a rung proposes and a person decides (拟办待签): a slip, a circular, an interview, accountability.

    `unit` is the one that is late: of its own deadline the unit that was given the matter, decided by the giver;
    of a review or an answer the giver itself, decided by the authority above it.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("待处理")
        ACCEPTED = "accepted", _("已采纳")
        DISMISSED = "dismissed", _("不采纳")

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="proposals")
    effect = models.OneToOneField(Effect, models.CASCADE, related_name="proposal")
    step = models.CharField(_("拟办"), max_length=14, choices=[(one.value, one.label) for one in PROPOSALS])
    wait = models.CharField(max_length=10, choices=Wait)
    base_at = models.DateTimeField()  # the date that passed
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)  # who decides
    office = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    stands = models.BooleanField(
        default=False
    )  # it is about the unit, so it waits whatever becomes of the assignment
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    reason = models.TextField(_("理由"), blank=True)
    paper = models.ForeignKey(Paper, models.SET_NULL, null=True, related_name="+")  # drafted on acceptance
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("拟办")
        ordering = ["proposed_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True)
                | ~Q(state="pending") & Q(decided_at__isnull=False),
                name="proposal_decided_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="dismissed") | ~Q(reason=""), name="proposal_dismissed_with_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["issuer", "state", "proposed_at"], name="proposal_queue"),
            models.Index(
                fields=["assignment", "decided_at"],
                name="proposal_listed",
                condition=Q(state="accepted", step="circular"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.step}"

    @property
    def is_own(self) -> bool:
        """Whether the unit that was given the matter is the late one."""
        return self.wait == Wait.DUE
