"""What people decide about what the ladder proposes (拟办待签), once a week, as an office does."""

from datetime import datetime, timedelta

from bihuan.demo import papers, scripts
from bihuan.demo.history import Script, Stage, office_hour
from bihuan.demo.papers import Desk
from bihuan.demo.world import PROVINCE
from bihuan.kernel import clock
from bihuan.org.roles import Cap, Role
from bihuan.supervision.actions.proposing import accept_proposal, dismiss_proposal, drafts_slip
from bihuan.supervision.models import Letter, Plan, Proposal
from bihuan.supervision.rungs import Step

WEEKS = 8
UNDECIDED = timedelta(days=4)  # what came since the last sitting still waits

DISMISSED = {
    Step.SLIP: "责任处室已当面督促，单位报来了完成日期，暂不发督办单。",
    Step.INTERVIEW: "单位负责人已说明情况并提出补办措施，先看整改，暂不约谈。",
    Step.ACCOUNTABILITY: "未发现不担当、不作为的情形，不提请问责，继续督办。",
}


def sittings(stage: Stage, plan: Plan, place: str) -> None:
    """Let an authority decide every week; the first slip of a sitting is sent and answered, circulars name the rest."""
    desk = Desk(stage.world, plan)
    last = clock.office_day(scripts.now() - UNDECIDED)
    for weeks in range(WEEKS):
        stage.add(_sitting(desk, place, office_hour(last - timedelta(weeks=weeks), 15)))


def _sitting(desk: Desk, place: str, moment: datetime) -> Script:
    yield moment
    reader = desk.world.actor(place, Role.SUPERVISOR)
    waiting = Proposal.objects.within(reader, Cap.URGE).pending().select_related("effect", "unit")
    slip = None
    for one in waiting.order_by("pk"):
        actor = desk.world.actor(place, Role.SUPERVISOR)
        if (
            slip is None
            and place == PROVINCE
            and drafts_slip(one)
            and desk.world.holds(one.unit.name, Role.HANDLER)
        ):
            requirement = "请说明未按时限完成的原因，明确补办措施和完成日期。"
            reply_by = (moment + timedelta(days=7)).date()
            slip = accept_proposal(
                proposal_id=one.pk, actor=actor, requirement=requirement, reply_by=reply_by
            )
        elif one.step == Step.CIRCULAR:
            accept_proposal(proposal_id=one.pk, actor=actor)
        else:
            dismiss_proposal(proposal_id=one.pk, actor=actor, reason=DISMISSED[Step(one.step)])
    if slip is None:
        return
    letter = Letter.objects.get(paper=slip.paper_id)
    yield moment + timedelta(hours=1)
    papers.review(desk, letter)
    yield moment + timedelta(hours=2)
    papers.issue(desk, letter)
    yield moment + timedelta(days=2)
    said = "因人员调整，工作一度中断；现已明确专人负责，两周内办结并申报。"
    papers.answer(desk, letter, slip.unit.name, text=said)
    yield moment + timedelta(days=3)
    papers.accept(desk, letter, slip.unit.name)
