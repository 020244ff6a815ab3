"""Every action, in every state, by every role, from every side: what is allowed and what a refusal leaves behind."""

from collections import Counter
from datetime import timedelta
from itertools import product

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction

from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError, NotPermitted
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.org.actors import actor_in
from bihuan.org.roles import Role
from bihuan.supervision import rules
from bihuan.supervision.actions import closing, dispatching, handling, reviewing, terms
from bihuan.supervision.models import Assignment
from bihuan.supervision.rules import ENDED, MOVES, OPEN, Move, Stage
from tests.supervision.worlds import BELOW, GIVER, LATER, NEIGHBOUR, RECEIVER, TOP, WORLDS, world_of

ACTORS = {
    "own handler": (RECEIVER, Role.HANDLER),
    "own liaison": (RECEIVER, Role.LIAISON),
    "own supervisor": (RECEIVER, Role.SUPERVISOR),
    "own leader": (RECEIVER, Role.LEADER),
    "giver's handler": (GIVER, Role.HANDLER),
    "giver's supervisor": (GIVER, Role.SUPERVISOR),
    "giver's second": (GIVER, Role.SUPERVISOR, "另一人"),
    "giver's leader": (GIVER, Role.LEADER),
    "inspector above": (TOP, Role.INSPECTOR),
    "supervisor above": (TOP, Role.SUPERVISOR),
    "leader above": (TOP, Role.LEADER),
    "neighbour": (NEIGHBOUR, Role.SUPERVISOR),
    "school below": (BELOW, Role.LEADER),
    "administrator": (GIVER, Role.SYSTEM_ADMIN),
    "auditor": (GIVER, Role.AUDIT_ADMIN),
}
BLIND = {"giver's handler", "neighbour", "school below", "administrator", "auditor"}
"""Who may not know that the assignment exists."""

HANDLERS = {"own handler", "own liaison", "own supervisor"}
OWN_LEADER = {"own leader"}
GIVERS = {"giver's supervisor", "giver's second"}
DECIDERS = GIVERS | {"giver's leader"}
INSTRUCTORS = {"own leader", "giver's leader", "leader above"}
AT_WORK = {"dispatched", "working", "drafted", "asked", "endorsed", "suspended"}
SIGNED_FOR = AT_WORK - {"dispatched"}
OPEN_WORLDS = AT_WORK | {"declined", "completed", "passed", "accepted", "publicised"}

# action: who may, in which worlds it succeeds, and what else it needs to be told
TABLE = {
    handling.sign_assignment: (HANDLERS, {"dispatched"}, {}),
    handling.decline_assignment: (HANDLERS, {"dispatched"}, {"reason": "不属于本单位"}),
    handling.report_progress: (HANDLERS, AT_WORK, {"text": "进展", "progress": 40}),
    handling.submit_completion: (HANDLERS, SIGNED_FOR - {"drafted"}, {"text": "完成"}),
    handling.withdraw_submission: (HANDLERS, {"drafted"}, {}),
    handling.sign_submission: (OWN_LEADER, {"drafted"}, {}),
    handling.send_back_submission: (OWN_LEADER, {"drafted"}, {"reason": "补充数据"}),
    handling.record_answer: (HANDLERS, set(), {"text": "来函答复"}),
    handling.explain_assignment: (HANDLERS, OPEN_WORLDS, {"text": "道路中断"}),
    terms.ask_extension: (
        HANDLERS,
        {"dispatched", "working", "drafted"},
        {"due_at": LATER, "reason": "降雪", "progress": "七成"},
    ),
    terms.endorse_extension: (OWN_LEADER, {"asked"}, {}),
    terms.withdraw_extension: (HANDLERS, {"asked", "endorsed"}, {}),
    terms.grant_extension: (DECIDERS, {"endorsed"}, {}),
    terms.refuse_extension: (DECIDERS, {"endorsed"}, {"opinion": "按期"}),
    terms.suspend_assignment: (
        DECIDERS,
        AT_WORK - {"suspended"},
        {"reason": "等待批复", "review_on": LATER},
    ),
    terms.resume_assignment: (DECIDERS, {"suspended"}, {}),
    terms.urge_assignment: (DECIDERS, OPEN_WORLDS, {"text": "请抓紧"}),
    terms.instruct_on_assignment: (INSTRUCTORS, OPEN_WORLDS, {"text": "请重视"}),
    reviewing.check_criteria: (GIVERS, {"completed", "passed"}, {"verdicts": {}}),
    reviewing.pre_review_submission: (GIVERS, {"completed"}, {}),
    reviewing.approve_submission: ({"giver's second", "giver's leader"}, {"passed"}, {}),
    reviewing.return_submission: (DECIDERS, {"completed", "passed"}, {"opinion": "缺佐证"}),
    dispatching.insist_on_assignment: (DECIDERS, {"declined"}, {"reason": "职责明确"}),
    dispatching.reassign_assignment: (DECIDERS, {"declined"}, {"reason": "分工", "unit_id": NEIGHBOUR}),
    dispatching.break_down_assignment: (
        HANDLERS & {"own supervisor"} | OWN_LEADER,
        AT_WORK,
        {"parts": BELOW},
    ),
    dispatching.raise_obstacle: (
        HANDLERS,
        OPEN_WORLDS,
        {"unit_id": GIVER, "power": "协调财政", "text": "缺经费"},
    ),
    closing.publicise_assignment: (GIVERS, set(), {}),
    closing.object_to_result: (GIVERS, {"publicised"}, {"text": "情况不实", "founded": True}),
    closing.write_off_assignment: (GIVERS, {"accepted"}, {"outcome": "done"}),
    closing.cancel_assignment: (DECIDERS, OPEN_WORLDS, {"reason": "取消"}),
    closing.look_back: (GIVERS, {"written_off"}, {"verdict": "held", "finding": "稳固", "early": "抽查"}),
}


def told(world, actor, given):
    """The keyword arguments of an action in this town."""
    given = dict(given)
    if isinstance(given.get("unit_id"), str):
        given["unit_id"] = world.town.unit(given["unit_id"]).pk
    if "parts" in given:
        unit = world.town.unit(given["parts"])
        given["parts"] = [dispatching.Part("逐校核查", [unit.pk], world.assignment.due_at)]
    return {"assignment_id": world.pk, "actor": actor, **given}


def outcome(action, given):
    """What comes of it, undone again: done, or the kind of the refusal."""
    point = transaction.savepoint()
    try:
        action(**given)
    except NotPermitted:
        return "not permitted"
    except DomainError:
        return "refused"
    except ObjectDoesNotExist:
        return "unknown"
    else:
        told_of = Entry.objects.filter(request_id=given["actor"].request_id)
        return "done" if told_of.exists() else "done without an entry"
    finally:
        transaction.savepoint_rollback(point)


def expected(name, who, action):
    may, worlds, _given = TABLE[action]
    if who in BLIND:
        return "unknown"
    if who not in may:
        # Who reviewed first may not approve as well: a rule, not a question of rank.
        same = action is reviewing.approve_submission and who == "giver's supervisor"
        return "refused" if same else "not permitted"
    return "done" if name in worlds else "refused"


def everything():
    """A fingerprint of all that could have changed."""
    tables = [table for table in connection.introspection.table_names() if table.startswith("supervision_")]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
                for table in [*tables, "ledger_entry"]
            )
        )
        return dict(cursor.fetchall())  # by name: a parallel plan gives them in any order


def tried(town, name, pairs):
    """What comes of each of these pairs of who and action; wrong ones are named, and nothing may have changed."""
    world = world_of(town, name)
    posts = {who: town.post(*post) for who, post in ACTORS.items()}
    before, wrong, seen = everything(), [], Counter()
    for who, action in pairs:
        got = outcome(action, told(world, actor_in(posts[who]), TABLE[action][2]))
        seen[got] += 1
        if got != expected(name, who, action):
            wrong.append(f"{who}: {action.__name__}: {got}, expected {expected(name, who, action)}")
    assert wrong == []
    assert everything() == before
    return seen


def representatives(turn):
    """For each action somebody who may, somebody who may only look and somebody who may not even know.

    In each state it is somebody else's turn, so that everybody has tried everything once.
    """
    for action, (may, _worlds, _given) in TABLE.items():
        onlookers = ACTORS.keys() - may - BLIND
        for group in (may, onlookers, BLIND):
            people = sorted(group)
            yield people[turn % len(people)], action


@pytest.mark.parametrize("name", WORLDS)
def test_who_may_do_what_in_this_state(town, name):
    seen = tried(town, name, representatives(list(WORLDS).index(name)))
    assert seen["unknown"] == len(TABLE)


def test_everybody_has_their_turn():
    pairs = {pair for turn in range(len(WORLDS)) for pair in representatives(turn)}
    assert len(pairs) == len(ACTORS) * len(TABLE)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_who_may_do_what_in_this_state_without_exception(town, name):
    tried(town, name, product(ACTORS, TABLE))


def test_the_table_covers_every_move():
    assert {move for _stage, move in MOVES} == set(Move)


@pytest.mark.parametrize("stage", OPEN)
def test_every_open_stage_leads_to_an_end(stage):
    closing_stages = set(ENDED)
    for _round in Stage:
        closing_stages |= {start for (start, _move), end in MOVES.items() if end in closing_stages}
    assert stage in closing_stages


@pytest.mark.parametrize("stage", ENDED)
def test_nothing_leads_out_of_an_end(stage):
    assert not [move for start, move in MOVES if start == stage]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("move", Move)
def test_a_move_that_is_not_in_the_table_is_refused(stage, move):
    if (stage, move) in MOVES:
        assert rules.stage_after(stage, move) == MOVES[stage, move]
    else:
        with pytest.raises(DomainError) as refusal:
            rules.stage_after(stage, move)
        assert refusal.value.code == "illegal_move"


def test_the_three_administrators_see_nothing(town):
    world_of(town, "working")
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        actor = town.actor(TOP, role)
        assert not Assignment.objects.within(actor, "view").exists()


def test_an_appointment_that_is_over_gives_nothing(town):
    world = world_of(town, "dispatched")
    former = town.actor(RECEIVER, Role.HANDLER, "前任", ends_on=clock.today() - timedelta(days=1))
    assert outcome(handling.sign_assignment, told(world, former, {})) == "unknown"


def test_the_ledger_of_a_whole_life_is_sound(town):
    world_of(town, "written_off")
    assert verify().is_sound
