"""Random histories: whatever people do in whatever order, what must always hold holds after each step."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import DomainError
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.ledger.rules import stream_of
from bihuan.org.roles import Role
from bihuan.supervision import counting, themes
from bihuan.supervision.actions.amending import amend_plan
from bihuan.supervision.actions.closing import cancel_assignment, look_back, write_off_assignment
from bihuan.supervision.actions.counting import count_presses
from bihuan.supervision.actions.dispatching import (
    Part,
    break_down_assignment,
    insist_on_assignment,
    reassign_assignment,
)
from bihuan.supervision.actions.handling import (
    decline_assignment,
    explain_assignment,
    report_progress,
    send_back_submission,
    sign_assignment,
    sign_submission,
    submit_completion,
)
from bihuan.supervision.actions.laddering import draft_ladder, put_ladder_in_force, rederive_alarms
from bihuan.supervision.actions.reviewing import (
    approve_submission,
    pre_review_submission,
    return_report,
    return_submission,
)
from bihuan.supervision.actions.slotting import turn_slots
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.actions.terms import (
    ask_extension,
    endorse_extension,
    grant_extension,
    refuse_extension,
    resume_assignment,
    suspend_assignment,
    urge_assignment,
    withdraw_extension,
)
from bihuan.supervision.actions.theming import draft_theme, put_theme_in_force, relight
from bihuan.supervision.counting import as_rows as as_count_rows
from bihuan.supervision.models import Assignment, Effect, Plan, Proposal, Slot, Tally, Term
from bihuan.supervision.queries.history import clock_at
from bihuan.supervision.queries.regimes import Regimes
from bihuan.supervision.queries.slots import items_asking
from bihuan.supervision.rules import ENDED, Cycle, Stage, light_of
from bihuan.supervision.rungs import DEFAULT, as_rows
from tests.supervision.worlds import BELOW, NEIGHBOUR, RECEIVER, found
from tests.town import MORNING, Town

# What people do, by the name of the act: to any assignment there is, with whatever right they have.
ACTS = {
    "sign": lambda m, one: sign_assignment(assignment_id=one.pk, actor=m.doer(one)),
    "report": lambda m, one: report_progress(
        assignment_id=one.pk, actor=m.doer(one), text="进展", progress=50
    ),
    "return a report": lambda m, one: return_report(
        report_id=max(one.reports.values_list("pk", flat=True), default=0), actor=m.giver(one), opinion="补充"
    ),
    "explain": lambda m, one: explain_assignment(assignment_id=one.pk, actor=m.doer(one), text="说明"),
    "decline": lambda m, one: decline_assignment(assignment_id=one.pk, actor=m.doer(one), reason="不属于"),
    "insist": lambda m, one: insist_on_assignment(assignment_id=one.pk, actor=m.giver(one), reason="属于"),
    "reassign": lambda m, one: reassign_assignment(
        assignment_id=one.pk, actor=m.giver(one), unit_id=m.town.unit(NEIGHBOUR).pk, reason="分工"
    ),
    "draft": lambda m, one: submit_completion(
        assignment_id=one.pk, actor=m.doer(one), text="完成", override="先行"
    ),
    "sign off": lambda m, one: sign_submission(assignment_id=one.pk, actor=m.leader(one), override="先行"),
    "send back": lambda m, one: send_back_submission(
        assignment_id=one.pk, actor=m.leader(one), reason="补充"
    ),
    "pre-review": lambda m, one: pre_review_submission(assignment_id=one.pk, actor=m.giver(one)),
    "approve": lambda m, one: approve_submission(
        assignment_id=one.pk, actor=m.giver(one, Role.LEADER), override="先行"
    ),
    "return": lambda m, one: return_submission(assignment_id=one.pk, actor=m.giver(one), opinion="补充"),
    "write off": lambda m, one: write_off_assignment(
        assignment_id=one.pk, actor=m.giver(one), outcome="done", basis="现场复核"
    ),
    "relapse": lambda m, one: look_back(
        assignment_id=one.pk,
        actor=m.giver(one),
        verdict="relapsed",
        finding="反弹",
        early="抽查",
        due_at=clock.end_of(clock.today() + timedelta(days=20)),
    ),
    "ask": lambda m, one: ask_extension(
        assignment_id=one.pk,
        actor=m.doer(one),
        due_at=one.due_at + timedelta(days=10),
        reason="降雪封路",
        progress="已完成七成",
    ),
    "endorse": lambda m, one: endorse_extension(assignment_id=one.pk, actor=m.leader(one)),
    "withdraw": lambda m, one: withdraw_extension(assignment_id=one.pk, actor=m.doer(one)),
    "grant": lambda m, one: grant_extension(assignment_id=one.pk, actor=m.giver(one)),
    "refuse": lambda m, one: refuse_extension(
        assignment_id=one.pk, actor=m.giver(one), opinion="应当按期完成"
    ),
    "suspend": lambda m, one: suspend_assignment(
        assignment_id=one.pk,
        actor=m.giver(one),
        reason="等待上级批复",
        review_on=clock.now() + timedelta(days=20),
    ),
    "resume": lambda m, one: resume_assignment(assignment_id=one.pk, actor=m.giver(one)),
    "urge": lambda m, one: urge_assignment(assignment_id=one.pk, actor=m.giver(one), text="请抓紧"),
    "break down": lambda m, one: break_down_assignment(
        assignment_id=one.pk,
        actor=m.leader(one),
        parts=[Part("逐校核查", [m.town.unit(BELOW).pk], one.due_at)],
    ),
    "cancel": lambda m, one: cancel_assignment(assignment_id=one.pk, actor=m.giver(one), reason="取消"),
}
RARE = {"cancel", "reassign", "decline"}
COMMON = [act for act in ACTS if act not in RARE]
AT_WORK = (
    "report", "return a report", "explain", "draft", "sign off", "send back", "ask", "endorse", "withdraw",
    "grant", "refuse", "suspend", "resume", "urge", "break down",
)  # fmt: skip
LIKELY = {
    Stage.DISPATCHED: ("sign", "urge", "ask", "suspend", "report"),
    Stage.DECLINED: ("insist", "reassign"),
    Stage.WORKING: AT_WORK,
    Stage.COMPLETED: ("pre-review", "approve", "approve", "return", "refuse", "grant"),
    Stage.ACCEPTED: ("write off",),
    Stage.PUBLICISED: ("write off",),
    Stage.WRITTEN_OFF: ("relapse",),
}
"""What may well be done in a stage: acts at random are nearly all refused, and a refusal changes nothing."""


class History(RuleBasedStateMachine):
    """One plan with a lead and an assisting unit, a calendar that only goes forward, and a sweep now and then."""

    town: Town

    def __init__(self):
        super().__init__()
        self.now = MORNING
        self.point = transaction.savepoint()
        self.checked: tuple = ()
        self.sound: tuple = ()
        with clock.frozen(self.now):
            self.world = found(self.town, assists=[NEIGHBOUR])
            Plan.objects.update(cycle=Cycle.WEEKLY)

    def teardown(self):
        assert verify().is_sound
        transaction.savepoint_rollback(self.point)

    def doer(self, one):
        return self.town.actor(one.unit.name, Role.HANDLER)

    def leader(self, one):
        return self.town.actor(one.unit.name, Role.LEADER)

    def giver(self, one, role=Role.SUPERVISOR):
        return self.town.actor(one.issued_by.name, role)

    @rule(days=st.sampled_from([0.1, 1, 3, 10, 25]))
    def time_passes(self, days):
        self.now += timedelta(days=days)

    @rule(act=st.sampled_from(COMMON), which=st.integers(0, 5))
    def somebody_acts(self, act, which):
        self.try_to(act, which)

    @rule(turns=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 29)), min_size=1, max_size=4))
    def work_goes_on(self, turns):
        """Several acts that suit the stage, one after the other; what must hold is asked after each."""
        for which, turn in turns:
            one = self.picked(which)
            likely = LIKELY.get(one.stage, ("report",))
            self.try_to(likely[turn % len(likely)], which)
            self.everything_holds()

    @rule(act=st.sampled_from(sorted(RARE)), which=st.integers(0, 5), really=st.integers(0, 3))
    @precondition(lambda self: self.now > MORNING)
    def something_rare_happens(self, act, which, really):
        if really == 0:
            self.try_to(act, which)

    @rule(days=st.sampled_from([-5, 5, 30]), pull=st.booleans())
    def the_list_is_amended(self, days, pull):
        item = self.world.fresh().item
        with clock.frozen(self.now), suppress(DomainError):
            amend_plan(
                plan_id=item.plan_id,
                actor=self.world.giver(),
                reason="调整",
                redated={item.pk: item.due_on + timedelta(days=days)},
                pull_parts=pull,
            )

    @rule(cycle=st.sampled_from([Cycle.WEEKLY, Cycle.MONTHLY, Cycle.NONE]))
    def the_cycle_is_amended(self, cycle):
        item = self.world.fresh().item
        with clock.frozen(self.now), suppress(DomainError):
            amend_plan(
                plan_id=item.plan_id, actor=self.world.giver(), reason="调整", recycled={item.pk: cycle}
            )

    @rule()
    def the_sweep_runs(self):
        with clock.frozen(self.now):
            while sound_alarms(actor=system("sweep")):
                pass
        assert not Assignment.objects.filter(next_alarm_at__lte=self.now).exists()

    @rule(hours=st.sampled_from([1, 30]))
    def the_clock_is_put_back(self, hours):
        """A server's clock that was wrong: what has sounded stays, and nothing sounds again."""
        before = set(Effect.objects.values_list("assignment", "rung", "base_at"))
        with clock.frozen(self.now - timedelta(hours=hours)):
            while sound_alarms(actor=system("sweep")):
                pass
            count_presses(actor=system("sweep"))
        assert before <= set(Effect.objects.values_list("assignment", "rung", "base_at"))

    @rule(limit=st.sampled_from([1, 2]))
    def a_worker_dies_and_others_share_the_work(self, limit):
        """Whatever a dying worker did is undone with it; the others do it, each a part."""
        point = transaction.savepoint()
        with clock.frozen(self.now):
            sound_alarms(actor=system("sweep"), limit=limit)
            transaction.savepoint_rollback(point)
            while sound_alarms(actor=system("sweep"), limit=limit):
                pass
        assert not Assignment.objects.filter(next_alarm_at__lte=self.now).exists()

    @rule()
    def what_pressed_is_counted(self):
        with clock.frozen(self.now):
            while count_presses(actor=system("sweep")):
                pass
            again = Tally.objects.count()
            count_presses(actor=system("sweep"))
        assert Tally.objects.count() == again

    @rule(times=st.sampled_from([2, 3]), counted=st.sampled_from([["urge", "hand"], ["remind"]]))
    def the_rules_that_count_are_settled_anew(self, times, counted):
        rules = [{**as_count_rows(counting.DEFAULT)[0], "times": times, "counted": counted}]
        with clock.frozen(self.now):
            actor = self.town.actor(self.world.assignment.issued_by.name)
            edition = draft_ladder(actor=actor, rows=as_rows(DEFAULT), counts=rules)
            put_ladder_in_force(
                edition_id=edition.pk, actor=replace(actor, request_id=uuid4()), reason="按新规则"
            )
            while rederive_alarms(edition_id=edition.pk, actor=system("calendar")):
                pass

    @rule(amount=st.sampled_from([20, 40]))
    def the_lights_are_settled_anew(self, amount):
        theme = replace(themes.DEFAULT, amber=replace(themes.DEFAULT.amber, amount=amount))
        with clock.frozen(self.now):
            actor = self.town.actor(self.world.assignment.issued_by.name)
            edition = draft_theme(actor=actor, rows=themes.as_rows(theme))
            put_theme_in_force(
                edition_id=edition.pk, actor=replace(actor, request_id=uuid4()), reason="按新办法"
            )
            while relight(edition_id=edition.pk, actor=system("calendar"), limit=2):
                pass

    @rule(days=st.sampled_from([2, 4]))
    def the_ladder_is_settled_anew(self, days):
        rows = [
            {**row, "offset": days} if (row["wait"], row["code"]) == ("due", "urge") else row
            for row in as_rows(DEFAULT)
            if (row["wait"], row["code"]) != ("due", "slip")
        ]
        with clock.frozen(self.now):
            actor = self.town.actor(self.world.assignment.issued_by.name)
            edition = draft_ladder(actor=actor, rows=rows)
            put_ladder_in_force(
                edition_id=edition.pk, actor=replace(actor, request_id=uuid4()), reason="按新办法"
            )
            while rederive_alarms(edition_id=edition.pk, actor=system("calendar"), limit=2):
                pass

    @rule()
    def the_feedback_cycle_turns(self):
        with clock.frozen(self.now):
            for item in items_asking(clock.today()):
                while turn_slots(item_id=item.pk, actor=system("calendar"), limit=1):
                    pass
            assert not Slot.objects.open().filter(window_until__lt=self.now).exists()

    def picked(self, which):
        rows = list(Assignment.objects.select_related("unit", "issued_by").order_by("pk"))
        return rows[which % len(rows)]

    def try_to(self, act, which):
        one = self.picked(which)
        before = Entry.objects.count()
        point = transaction.savepoint()
        with clock.frozen(self.now):
            try:
                ACTS[act](self, one)
            except (DomainError, ObjectDoesNotExist):
                transaction.savepoint_rollback(point)
                assert Entry.objects.count() == before

    @invariant()
    def everything_holds(self):
        """Looked at anew whenever the hour or a row has changed; what nothing has touched still holds."""
        rows, entries = fingerprint("supervision"), fingerprint("ledger")
        if self.checked == (self.now, rows, entries):
            return
        self.checked = self.now, rows, entries
        regimes, trails, terms = Regimes(), grouped(Entry, "stream"), grouped(Term, "assignment_id")
        for one in Assignment.objects.select_related("item__parent_assignment", "item__source", "lead"):
            if one.is_open and one.next_alarm_at > self.now:
                ladder = regimes[one.issued_by_id].ladder_for(one)
                assert one.next_alarm_at == ladder.next_alarm(one.stage, one.marks, one.swept_at)
            assert one.is_open == (one.next_alarm_at is not None)
            assert (one.stage in ENDED) == (one.ended_at is not None)
            trail = trails[stream_of(one)]
            assert [entry.position for entry in trail] == list(range(1, len(trail) + 1))
            assert one.version == len(trail) - 1
            past = clock_at(one, self.now)
            assert past.stage == one.stage
            assert light_of(past, self.now) == one.light(self.now)
            self.dates_agree(one, terms[one.pk])
            if one.is_open and one.suspended_at is None:  # no light disagrees with the rule worked out anew
                anew = regimes[one.issued_by_id].lights_for(one, one.due_at)
                assert (one.amber_at, one.strong_at) == anew
        rungs = list(Effect.objects.values_list("assignment", "rung", "base_at"))
        assert len(rungs) == len(set(rungs))
        self.nothing_is_counted_or_proposed_twice()
        if self.sound != entries:
            assert verify().is_sound
            self.sound = entries

    def dates_agree(self, one, terms):
        assert one.due_at == terms[-1].due_at
        assert all(early.from_at <= late.from_at for early, late in pairwise(terms))
        if all(term.kind != Term.Kind.REMEDY for term in terms):
            assert one.record_due_at == one.due_at
        assert (one.suspended_at is None) == (one.review_on is None)
        self.parts_end_in_time(one, terms)

    def nothing_is_counted_or_proposed_twice(self):
        tallies = list(Tally.objects.all())
        counted = [(one.code, *press) for one in tallies for press in one.presses]
        assert len(counted) == len(set(counted))
        assert Proposal.objects.filter(effect__tally__isnull=False).count() == len(tallies)
        asked = Proposal.objects.settled_or_open().values_list(
            "assignment", "wait", "step", "base_at", "stands"
        )
        assert len(asked) == len(set(asked))

    def parts_end_in_time(self, one, terms):
        parent = one.item.parent_assignment
        running = parent is not None and one.is_open and parent.is_open and one.completed_at is None
        if running and terms[-1].kind != Term.Kind.REMEDY:
            assert one.due_at <= parent.due_at


def fingerprint(label):
    """What stands in the tables of an app, as one digest of all their rows: a change of any column changes it."""
    tables = [
        model._meta.db_table for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    parts = [
        f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {name} t"
        for name in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return tuple(row[0] for row in cursor.fetchall())


def grouped(model, field):
    """The rows of a table by one of its columns, in their order."""
    found = defaultdict(list)
    order = ("position",) if model is Entry else ("from_at", "pk")
    for row in model.objects.order_by(*order):
        found[getattr(row, field)].append(row)
    return found


def play(town, examples, steps):
    for name in (RECEIVER, NEIGHBOUR, BELOW):
        for role in (Role.HANDLER, Role.LEADER):
            town.post(name, role)
    machine = type("TownHistory", (History,), {"town": town})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_histories(town):
    play(town, 6, 20)


@pytest.mark.slow
def test_many_long_random_histories(town):
    play(town, 24, 50)
