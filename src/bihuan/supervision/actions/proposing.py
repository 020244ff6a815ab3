"""Deciding what the ladder proposes (拟办待签): a person accepts or dismisses; the program never does (DESIGN §3.1)."""

from datetime import date

from django.utils.translation import gettext as _

from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import is_repeat
from bihuan.org.roles import Cap
from bihuan.supervision.actions.letters import draft_about
from bihuan.supervision.actions.steps import lock_all, require, settle
from bihuan.supervision.models import Assignment, Proposal
from bihuan.supervision.rungs import HELD, Step

State = Proposal.State


@action
def accept_proposal(
    *,
    proposal_id: int,
    actor: Actor,
    reason: str = "",
    requirement: str = "",
    reply_by: date | None = None,
    with_paper: bool = True,
) -> Proposal:
    """Accept a proposal (采纳拟办): its document is drafted, a circular names the matter.

    A slip needs its `requirement` and `reply_by`; the others begin with the authority's words and the kind's days.
    Without `with_paper` an interview or accountability is a decision on record alone. Refused while an accepted
    explanation holds the rung (DESIGN §3.0).
    """
    assignment, proposal = _take(proposal_id, actor)
    held_until = assignment.held_until
    if proposal.step in HELD and held_until is not None and held_until >= clock.today():
        raise Refused(
            _("说明已获认可，%(day)s前不列入通报、不约谈") % {"day": f"{held_until:%Y-%m-%d}"}, code="held"
        )
    kind = paper_kind(proposal)
    if kind and (with_paper or kind == Paper.Kind.SLIP):
        if kind == Paper.Kind.SLIP and reply_by is None:
            raise Refused(_("请写明答复时限"), code="required", field="reply_by")
        letter = draft_about(assignment, kind, actor=actor, requirement=requirement, reply_by=reply_by)
        proposal.paper = letter.paper
    _decide(proposal, State.ACCEPTED, actor, reason)
    settle(
        assignment,
        "proposal_accepted",
        actor=actor,
        text=proposal.reason,
        proposal=proposal.pk,
        rung=proposal.effect.rung,
        paper=proposal.paper_id,
    )
    return proposal


@action
def dismiss_proposal(*, proposal_id: int, actor: Actor, reason: str) -> Proposal:
    """Dismiss a proposal with a reason (不采纳拟办). The ladder goes on: the next rung proposes anew."""
    assignment, proposal = _take(proposal_id, actor)
    reason = require(reason, "reason", _("请写明不采纳的理由"))
    _decide(proposal, State.DISMISSED, actor, reason)
    settle(
        assignment,
        "proposal_dismissed",
        actor=actor,
        text=reason,
        proposal=proposal.pk,
        rung=proposal.effect.rung,
    )
    return proposal


PAPERS: dict[str, str] = {
    Step.SLIP: Paper.Kind.SLIP,
    Step.INTERVIEW: Paper.Kind.INTERVIEW,
    Step.ACCOUNTABILITY: Paper.Kind.RECOMMENDATION,
}
"""Accountability itself is the competent organ's (domain.md §4.6): what the authority can send is a recommendation."""


def paper_kind(proposal: Proposal) -> str:
    """The kind of document that acceptance drafts, "" for none: about the unit that was given the matter alone."""
    return PAPERS.get(proposal.step, "") if proposal.is_own else ""


def drafts_slip(proposal: Proposal) -> bool:
    """Whether acceptance drafts a slip, which needs its requirement and its date."""
    return paper_kind(proposal) == Paper.Kind.SLIP


@step
def _take(proposal_id: int, actor: Actor) -> tuple[Assignment, Proposal]:
    """Lock the assignment, then the proposal; of two people who decide at once the second learns of the first."""
    mine = Proposal.objects.within(actor, Cap.URGE)
    seen = mine.only("assignment_id").get(pk=proposal_id)
    (assignment,) = lock_all([seen.assignment_id])
    proposal = mine.select_for_update(of=("self",)).select_related("effect").get(pk=proposal_id)
    if is_repeat(assignment, actor):
        raise AlreadyDone()
    if proposal.state != State.PENDING:
        raise Refused(
            _("这条拟办已于 %(at)s 由他人处理：%(state)s")
            % {
                "at": f"{proposal.decided_at.astimezone(clock.OFFICE_TZ):%m-%d %H:%M}",
                "state": proposal.get_state_display(),
            },
            code="decided",
        )
    if not Proposal.objects.pending().filter(pk=proposal_id).exists():
        raise Refused(_("事项已有进展，这条拟办不再需要处理"), code="moot")
    return assignment, proposal


@step
def _decide(proposal: Proposal, state: str, actor: Actor, reason: str) -> None:
    proposal.state, proposal.reason = state, reason.strip()
    proposal.decided_by, proposal.decided_at = actor.person_id, clock.now()
    proposal.save(update_fields=["state", "reason", "paper", "decided_by", "decided_at"])
