"""What the ladder proposes waits for a person (拟办待签), who decides once, with a reason, on record."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.circulars.actions import draft_circular
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, Refused
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.org.roles import Role
from bihuan.supervision.actions import planning, proposing
from bihuan.supervision.actions.handling import explain_assignment
from bihuan.supervision.actions.proposing import accept_proposal, dismiss_proposal
from bihuan.supervision.actions.reviewing import answer_explanation
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.models import Assignment, Effect, Proposal
from bihuan.supervision.models.proposals import ProposalQuerySet
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.queries.proposals import Asked, proposals, whys
from tests.supervision.worlds import DUE, GIVER, NEIGHBOUR, RECEIVER, TOP, world_of
from tests.together import meet, processes, together
from tests.town import Town


def sweep(at):
    with clock.frozen(at):
        while sound_alarms(actor=system("sweep")):
            pass


SLIP, CIRCULAR = 4, 6  # days after the deadline, a Saturday, by which the rung has sounded


def late(town, *days):
    """The world with what had sounded on these days after its deadline."""
    world = world_of(town, "working")
    for day in days:
        sweep(after(day) - timedelta(hours=1))
    return world


def after(days):
    return DUE + timedelta(days=days, hours=11)


def pending(actor):
    return sorted(proposals(actor).values_list("step", flat=True))


def test_from_the_slip_upward_the_sweep_proposes_and_the_list_says_why(town):
    world = late(town, SLIP, CIRCULAR)
    with clock.frozen(after(CIRCULAR)):
        assert pending(world.giver()) == ["circular", "slip"]
        assert pending(world.receiver(Role.SUPERVISOR)) == []
        rows = list(proposals(world.giver()).order_by("pk"))
        assert [one.late for one in whys(rows)] == [5, 5]
    assert Effect.objects.proposals().count() == Proposal.objects.count() == 2


def test_what_waits_about_one_matter_stands_together_and_decisions_come_latest_first(town):
    first = world_of(town, "working")
    leads = [Aim(NEIGHBOUR, unit_id=town.unit(NEIGHBOUR).pk)]
    tree = [Node("整治校外培训", due_on=DUE.date() + timedelta(days=1), criteria=["清零"], leads=leads)]
    plan = planning.draft_plan(actor=first.giver(), header=planning.Header("校外培训治理"), tree=tree)
    planning.issue_plan(plan_id=plan.pk, actor=first.giver())
    second = Assignment.objects.get(item__plan=plan)
    for day in (SLIP, SLIP + 1, CIRCULAR, CIRCULAR + 1):
        sweep(after(day) - timedelta(hours=1))
    giver = first.giver()
    with clock.frozen(after(CIRCULAR + 1)):
        rows = list(proposals(giver))
        order = [(one.assignment_id, one.step) for one in rows]
        assert order == [(world.pk, step) for world in (first, second) for step in ("slip", "circular")]
        for one in rows[:2]:
            dismiss_proposal(proposal_id=one.pk, actor=first.giver(), reason="已当面督促")
        decided = proposals(giver, Asked(state=Proposal.State.DISMISSED))
        assert [one.step for one in decided] == ["circular", "slip"]
        then = {one.late for one in whys(list(decided))}
    with clock.frozen(after(CIRCULAR + 20)):
        assert {one.late for one in whys(list(decided))} == then


def test_a_reviewer_that_is_late_is_for_the_authority_above_to_decide(town):
    world = world_of(town, "completed")
    town.post(TOP)
    sweep(clock.now() + timedelta(days=8, hours=2))
    with clock.frozen(clock.now() + timedelta(days=9)):
        assert pending(world.giver()) == []
        assert "slip" in pending(town.actor(TOP))
        one = proposals(town.actor(TOP)).filter(step="slip").get()
        decided = accept_proposal(proposal_id=one.pk, actor=town.actor(TOP))
    assert (decided.unit.name, decided.wait, decided.paper) == (GIVER, "review", None)


def test_an_accepted_slip_is_drafted_for_signature_and_on_record(town):
    world = late(town, SLIP)
    with clock.frozen(after(SLIP)):
        one, giver = proposals(world.giver()).get(), world.giver()
        said = {"requirement": "请说明原因", "reply_by": clock.today() + timedelta(days=5)}
        with pytest.raises(Refused) as refusal:
            accept_proposal(proposal_id=one.pk, actor=world.giver())
        assert refusal.value.field == "reply_by"
        decided = accept_proposal(proposal_id=one.pk, actor=giver, **said)
        with pytest.raises(AlreadyDone):
            accept_proposal(proposal_id=one.pk, actor=giver, **said)
        with pytest.raises(Refused) as second:
            dismiss_proposal(proposal_id=one.pk, actor=world.giver(), reason="不必")
        assert second.value.code == "decided"
    assert decided.paper.kind == "slip"
    assert world.fresh().version == Entry.objects.of(world.assignment).count() - 1
    assert (
        Entry.objects.get(verb="supervision.assignment.proposal_accepted").facts["paper"] == decided.paper_id
    )
    assert verify().is_sound


def test_what_has_moved_on_needs_no_decision_and_an_accepted_explanation_holds_one(town):
    world = late(town, SLIP, CIRCULAR)
    with clock.frozen(after(CIRCULAR)):
        rows = {one.step: one for one in proposals(world.giver())}
        said = explain_assignment(assignment_id=world.pk, actor=world.receiver(), text="道路中断")
        until = clock.today() + timedelta(days=3)
        answer_explanation(explanation_id=said.pk, actor=world.giver(), accepted=True, holds_until=until)
        with pytest.raises(Refused) as held:
            accept_proposal(proposal_id=rows["circular"].pk, actor=world.giver())
        assert held.value.code == "held"
        fresh = whys(list(proposals(world.giver())))
        assert {one.proposal.step: one.held_until for one in fresh} == {"slip": None, "circular": until}
        world.accept()
        assert pending(world.giver()) == []
        with pytest.raises(Refused) as moot:
            dismiss_proposal(proposal_id=rows["slip"].pk, actor=world.giver(), reason="已完成")
        assert moot.value.code == "moot"


def test_the_next_circular_names_what_was_decided_and_the_one_after_does_not(town):
    world = late(town, SLIP, CIRCULAR)
    with clock.frozen(after(CIRCULAR)):
        one = proposals(world.giver()).get(step="circular")
        plan = Assignment.objects.get(pk=world.pk).item.plan_id
        period = {"first_on": DUE.date(), "last_on": clock.today()}

        def named():
            drawn = draft_circular(actor=world.giver(), plan_id=plan, **period)
            return "予以通报" in str(drawn.paper.sections)

        assert not named()
        accept_proposal(proposal_id=one.pk, actor=world.giver())
        assert named()


def test_the_pages_decide_about_several_at_once_and_the_workbench_counts_them(client, town):
    late(town, SLIP, CIRCULAR)
    with clock.frozen(after(CIRCULAR)):
        client.force_login(town.person(GIVER))
        assert b'data-proposed="2"' in client.get(reverse("workbench")).content
        page = client.get(reverse("proposals"))
        assert page.content.count(b"data-proposal=") == 2
        assert client.get(reverse("proposals") + "?step=slip").content.count(b"data-proposal=") == 1
        keys = list(Proposal.objects.values_list("pk", flat=True))
        chosen = "&".join(f"selected={key}" for key in keys)
        assert client.get(f"{reverse('proposals-decide')}?{chosen}").content.count(b'data-pending="yes"') == 2
        nothing = {"selected": keys, "dismiss": "1", "reason": ""}
        assert client.post(reverse("proposals-decide"), nothing).status_code == 422
        done = client.post(reverse("proposals-decide"), {**nothing, "reason": "已电话督办"})
        assert b'data-done="2"' in done.content
        again = client.post(reverse("proposals-decide"), {**nothing, "reason": "再来"})
        assert (again.status_code, b'data-failed="2"' in again.content) == (409, True)
        assert client.get(reverse("proposals") + "?state=dismissed").content.count(b"data-proposal=") == 2


@pytest.mark.parametrize(
    ("unit", "role", "answers"),
    [
        (GIVER, Role.SUPERVISOR, (200, 200, 200)),
        (GIVER, Role.LEADER, (200, 200, 200)),
        (GIVER, Role.HANDLER, (404, 404, 404)),
        (RECEIVER, Role.SUPERVISOR, (200, 404, 200)),
        (NEIGHBOUR, Role.LEADER, (200, 404, 200)),
        (TOP, Role.SUPERVISOR, (200, 404, 200)),
        (TOP, Role.SYSTEM_ADMIN, (404, 404, 404)),
    ],
)
def test_who_may_open_them(client, town, unit, role, answers):
    late(town, SLIP)
    with clock.frozen(after(SLIP)):
        one = Proposal.objects.get()
        client.force_login(town.person(unit, role))
        decide = reverse("proposals-decide")
        pages = (reverse("proposals"), f"{decide}?selected={one.pk}", decide)
        assert tuple(client.get(page).status_code for page in pages) == answers
        rows = client.get(pages[0]).content.count(b"data-proposal=")
        assert rows == (answers[1] == 200)
        refused = client.post(decide, {"selected": one.pk, "dismiss": "1", "reason": "试试"}).status_code
        assert refused == (200 if answers[1] == 200 else 404)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_who_decide_at_once_leave_one_decision(at_work, guarded, monkeypatch):
    town = Town()
    world = late(town, SLIP)
    one = Proposal.objects.get()
    barrier, decide = processes.Barrier(2), proposing._decide

    def decide_together(*given):
        meet(barrier)
        return decide(*given)

    monkeypatch.setattr(proposing, "_decide", decide_together)
    if not guarded:
        monkeypatch.setattr(proposing, "lock_all", lambda keys: list(Assignment.objects.filter(pk__in=keys)))
        monkeypatch.setattr(ProposalQuerySet, "select_for_update", lambda rows, **how: rows)

    def at_that_time(actor):
        with clock.frozen(after(SLIP)):
            return dismiss_proposal(proposal_id=one.pk, actor=actor, reason="已督办").state

    deciders = [world.giver(), world.giver(Role.LEADER)]
    outcomes = together(*[lambda actor=actor: at_that_time(actor) for actor in deciders])
    assert sorted(outcomes) == sorted(["dismissed", "Refused" if guarded else "IntegrityError"])
