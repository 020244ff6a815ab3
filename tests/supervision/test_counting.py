"""Rules that count presses, never lights: so many about a matter, or matters of a unit in a row, propose once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bihuan.documents.actions import review_paper
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.notifications.actions import deliver
from bihuan.notifications.models import Notice
from bihuan.notifications.queries import messages_of
from bihuan.org.roles import Role
from bihuan.supervision import counting
from bihuan.supervision.actions import counting as acting
from bihuan.supervision.actions.counting import count_presses
from bihuan.supervision.actions.laddering import draft_ladder, put_ladder_in_force
from bihuan.supervision.actions.letters import draft_slip, issue_letter
from bihuan.supervision.actions.proposing import accept_proposal, dismiss_proposal
from bihuan.supervision.actions.terms import urge_assignment
from bihuan.supervision.counting import DEFAULT, Counted, CountRule, Press, Scope, as_rows, from_rows
from bihuan.supervision.models import Assignment, Count, Effect, LadderEdition, Proposal, Tally
from bihuan.supervision.queries.counting import counts_on, try_rules, units_counted
from bihuan.supervision.queries.ladders import open_below
from bihuan.supervision.queries.presses import presses_on
from bihuan.supervision.queries.proposals import proposals, whys
from bihuan.supervision.rungs import DEFAULT as RUNGS
from bihuan.supervision.rungs import Told
from bihuan.supervision.rungs import as_rows as rungs_as_rows
from tests.supervision.scenes import accepted, working
from tests.supervision.test_ladder import sweep
from tests.together import meet, processes, together
from tests.town import MORNING, Town

TWICE, ROW = DEFAULT


def at(day, hours=0):
    return MORNING + timedelta(days=day, hours=hours)


def counted(moment=MORNING):
    """Count whatever there is to count until then."""
    with clock.frozen(moment):
        while count_presses(actor=system("sweep")):
            pass


def urged(town, one, day):
    with clock.frozen(at(day)):
        urge_assignment(assignment_id=one.pk, actor=town.actor("省厅"), text="请抓紧")


def slipped(town, one, day):
    """A slip drafted, reviewed by another and issued."""
    with clock.frozen(at(day)):
        slip = draft_slip(
            assignment_id=one.pk,
            actor=town.actor("省厅"),
            requirement="限期办结",
            reply_by=at(day + 5).date(),
        )
        review_paper(paper_id=slip.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        issue_letter(paper_id=slip.paper_id, actor=town.actor("省厅", Role.LEADER))


def begun(town):
    """A town in which counting has begun."""
    counted()
    for role in (Role.SUPERVISOR, Role.LEADER):
        town.post("省厅", role)
    return town


# --- the rule, without a database -----------------------------------------------------------------------------


def press(key, day, kind=Counted.URGE, assignment=1):
    return Press(kind, key, assignment, 7, 3, at(day))


ROWS = [
    # rule, presses, spent, breaks, how far the count has come
    (TWICE, [(1, 1)], [], [], 1),
    (TWICE, [(1, 1), (2, 2)], [], [], 2),
    (TWICE, [(1, 1), (2, 2)], [("urge", 1)], [], 1),  # a press counts once
    (TWICE, [(1, 1), (2, 40)], [], [], 1),  # one that is yet to come does not
    (TWICE, [(1, 1, Counted.HAND), (2, 2)], [], [], 2),
    (TWICE, [(1, 1, Counted.REMIND), (2, 2, Counted.SLIP)], [], [], 0),
    (replace(TWICE, since=at(1)), [(1, 1), (2, 2)], [], [], 1),  # from a moment on, not at it
    (replace(TWICE, within_days=10), [(1, 1), (2, 25)], [], [], 1),
    (ROW, [(1, 1, Counted.SLIP, 1), (2, 2, Counted.SLIP, 1)], [], [], 1),  # a unit's count goes by matters
    (ROW, [(1, 1, Counted.SLIP, 1), (2, 2, Counted.SLIP, 2), (3, 3, Counted.SLIP, 3)], [], [], 3),
    (ROW, [(1, 1, Counted.SLIP, 1), (2, 2, Counted.SLIP, 2), (3, 3, Counted.SLIP, 3)], [], [2], 1),
    (replace(ROW, in_row=False), [(1, 1, Counted.SLIP, 1), (2, 3, Counted.SLIP, 2)], [], [2], 2),
]


@pytest.mark.parametrize(("rule", "some", "spent", "breaks", "times"), ROWS)
def test_how_far_a_count_has_come(rule, some, spent, breaks, times):
    reached = counting.standing(
        rule, [press(*one) for one in some], spent=spent, breaks=[at(day) for day in breaks], now=at(30)
    )
    assert len(reached.times) == times


def test_a_past_is_played_press_by_press_and_counts_none_twice():
    some = [press(key, key) for key in range(1, 8)]
    played = counting.replay(TWICE, some)
    assert [[one.key for one in reached.times] for reached in played] == [[1, 2], [3, 4], [5, 6]]


def test_rules_survive_being_kept_as_rows_and_odd_rows_are_refused():
    kept = from_rows(as_rows(DEFAULT))
    assert all(a.same_as(b) for a, b in zip(kept, DEFAULT, strict=True))
    assert as_rows(kept) == as_rows(DEFAULT)
    for wrong in ({"code": "urge_c1"}, {"code": "猫"}, {"counted": ["light"]}, {"scope": "person"}):
        with pytest.raises(ValueError):  # noqa: PT011
            from_rows([{**as_rows(DEFAULT)[0], **wrong}])


@pytest.mark.parametrize(
    "wrong",
    [
        {"times": 1},
        {"times": 99},
        {"counted": frozenset()},
        {"told": ()},
        {"in_row": True},
        {"scope": Scope.UNIT},  # a slip is about one matter
        {"counted": frozenset({Counted.SLIP})},  # slips that bring slips
        {"within_days": 5000},
        {"text": "{谁}"},
    ],
)
def test_a_rule_with_a_flaw_is_not_put_in_force(town, wrong):
    actor, rows = town.actor("省厅"), as_rows([replace(TWICE, **wrong)])
    edition = draft_ladder(actor=actor, rows=rungs_as_rows(RUNGS), counts=rows)
    with pytest.raises(Refused) as refusal:
        put_ladder_in_force(edition_id=edition.pk, actor=town.actor("省厅"), reason="试试")
    assert refusal.value.code == "flawed"


# --- what it does ---------------------------------------------------------------------------------------------


def test_the_second_urge_on_a_matter_proposes_a_slip_once_and_says_why(town):
    one = working(begun(town))
    urged(town, one, 1)
    counted(at(1, 1))
    assert not Proposal.objects.exists()
    urged(town, one, 2)
    for hours in (1, 2, 30):
        counted(at(2, hours))
    proposal = Proposal.objects.get()
    assert (proposal.step, proposal.effect.rung, proposal.issuer.name) == ("slip", "due.slip_c1", "省厅")
    with clock.frozen(at(4)):
        (why,) = whys(list(proposals(town.actor("省厅"))))
        assert [(press.kind, press.at) for press in why.counted] == [
            (Counted.HAND.label, at(1)),
            (Counted.HAND.label, at(2)),
        ]
        assert str(why.rung) == str(TWICE.label)
        assert str(TWICE.label) in {str(press.label) for press in presses_on(one)}
    entry = Entry.objects.of(one).last()
    assert (entry.verb, entry.facts["counted"]) == ("supervision.assignment.proposed", 2)
    one.refresh_from_db()
    assert one.version == Entry.objects.of(one).count() - 1
    assert verify().is_sound


def test_those_whom_the_rule_names_are_told_in_its_words(town):
    one = working(begun(town))
    for day in (1, 2):
        urged(town, one, day)
    counted(at(2, 1))
    entry = Entry.objects.get(verb="supervision.assignment.proposed")
    deliver(entry_ids=[entry.pk])
    notices = list(Notice.objects.select_related("entry"))
    assert town.person("省厅").pk in {notice.person_id for notice in notices}
    said = {message.text for message in messages_of(notices)}
    assert said == {f"东市局：{TWICE.label}，请审定。最近一件：“{one.item.title}”。"}


def test_urges_of_the_ladder_and_by_hand_count_together_and_reminders_do_not(town):
    one = working(begun(town))
    sweep(at(19))  # reminders only
    counted(at(19))
    urged(town, one, 19)
    counted(at(19, 1))
    assert not Tally.objects.exists()
    sweep(one.due_at + timedelta(hours=12))  # the ladder's own urge
    counted(one.due_at + timedelta(hours=13))
    assert [kind for kind, _key in Tally.objects.get().presses] == ["hand", "urge"]


@pytest.mark.parametrize("first", ["count", "ladder"])
def test_nobody_is_asked_twice_about_one_step_and_date(town, first):
    one = working(begun(town))
    if first == "count":
        urged(town, one, 1)
        urged(town, one, 2)
        counted(at(2, 1))
    for day in range(1, 7):
        sweep(one.due_at + timedelta(days=day, hours=12))
    if first == "ladder":
        day = (one.due_at - MORNING).days + 8
        urged(town, one, day)
        urged(town, one, day + 1)
        counted(at(day + 1, 1))
    assert list(Proposal.objects.filter(step="slip").values_list("effect__rung", flat=True)) == [
        "due.slip_c1" if first == "count" else "due.slip"
    ]


def test_a_dismissed_count_comes_again_only_after_as_many_new_presses(town):
    one = working(begun(town))
    for day in (1, 2):
        urged(town, one, day)
    counted(at(2, 1))
    with clock.frozen(at(3)):
        dismiss_proposal(proposal_id=Proposal.objects.get().pk, actor=town.actor("省厅"), reason="已约定")
    urged(town, one, 4)
    counted(at(4, 1))
    assert Proposal.objects.count() == 1
    urged(town, one, 5)
    counted(at(5, 1))
    assert Proposal.objects.count() == 2


def test_three_slips_in_a_row_propose_an_interview_that_outlives_the_matter(town):
    begun(town)
    rows = [working(town, title=f"第{n}件") for n in range(3)]
    for day, one in enumerate(rows, 1):
        slipped(town, one, day)
        counted(at(day, 1))
    proposal = Proposal.objects.get(step="interview")
    assert proposal.assignment == rows[-1]
    Assignment.objects.filter(pk=rows[-1].pk).update(stage="accepted")
    with clock.frozen(at(5)):
        (why,) = whys(list(proposals(town.actor("省厅")).filter(step="interview")))
        assert [press.assignment for press in why.counted] == rows
        decided = accept_proposal(proposal_id=proposal.pk, actor=town.actor("省厅"))
    assert decided.state == "accepted"


def test_something_finished_on_time_begins_the_row_anew(town):
    begun(town)
    first, second, third, fourth, fifth = (working(town, title=f"第{n}件") for n in range(5))
    slipped(town, first, 1)
    slipped(town, second, 2)
    with clock.frozen(at(3)):
        accepted(town, title="按期的")
    slipped(town, third, 4)
    slipped(town, fourth, 5)
    counted(at(5, 1))
    assert not Proposal.objects.filter(step="interview").exists()
    slipped(town, fifth, 6)
    counted(at(6, 1))
    assert Proposal.objects.filter(step="interview").count() == 1


def test_what_pressed_before_counting_began_or_before_a_rule_was_in_force_counts_not(town):
    one = working(town)
    urged(town, one, 1)
    with clock.frozen(at(1, 1)):
        begun_at = clock.now()
    counted(begun_at)
    assert Count.objects.get().began_at == begun_at
    urged(town, one, 2)
    counted(at(2, 1))
    assert not Proposal.objects.exists()
    with clock.frozen(at(3)):
        stricter = as_rows([replace(TWICE, times=3)])
        edition = draft_ladder(actor=town.actor("省厅"), rows=rungs_as_rows(RUNGS), counts=stricter)
        put_ladder_in_force(edition_id=edition.pk, actor=town.actor("省厅"), reason="从严")
    for day in (4, 5):
        urged(town, one, day)
    counted(at(5, 1))
    assert not Proposal.objects.exists()  # two since then, the rule says three
    urged(town, one, 6)
    counted(at(6, 1))
    effect = Effect.objects.get(proposes=True)
    assert effect.edition_id == edition.pk


def test_a_rule_that_stays_alike_goes_on_counting_across_versions(town):
    one = working(begun(town))
    urged(town, one, 1)
    with clock.frozen(at(2)):
        same = [{**row, "label": "两次催办"} for row in as_rows([TWICE])]
        edition = draft_ladder(actor=town.actor("省厅"), rows=rungs_as_rows(RUNGS), counts=same)
        put_ladder_in_force(edition_id=edition.pk, actor=town.actor("省厅"), reason="改名")
    urged(town, one, 3)
    counted(at(3, 1))
    assert Proposal.objects.count() == 1


def test_an_authority_without_rules_counts_nothing(town):
    one = working(begun(town))
    with clock.frozen(at(0, 1)):
        edition = draft_ladder(actor=town.actor("省厅"), rows=rungs_as_rows(RUNGS), counts=[])
        put_ladder_in_force(edition_id=edition.pk, actor=town.actor("省厅"), reason="不计次")
    for day in (1, 2, 3):
        urged(town, one, day)
    counted(at(3, 1))
    assert not Tally.objects.exists()


def test_an_outage_of_days_is_counted_up_for_and_the_clock_put_back_counts_nothing_again(town):
    one = working(begun(town))
    for day in (1, 2):
        urged(town, one, day)
    counted(at(5))
    assert Proposal.objects.count() == 1
    assert Count.objects.get().until == at(5)
    counted(at(4))
    assert (Proposal.objects.count(), Count.objects.get().until) == (1, at(5))


def test_the_same_count_cannot_be_recorded_twice(town):
    one = working(begun(town))
    for day in (1, 2):
        urged(town, one, day)
    counted(at(2, 1))
    effect = Effect.objects.get(rung="due.slip_c1")
    effect.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        effect.save()


def test_the_dry_run_says_what_the_count_then_did(town):
    one = working(begun(town))
    for day in (1, 2, 3):
        urged(town, one, day)
    with clock.frozen(at(4)):
        rules = as_rows([TWICE, replace(ROW, counted=frozenset({Counted.HAND}), times=2)])
        edition = draft_ladder(actor=town.actor("省厅"), rows=rungs_as_rows(RUNGS), counts=rules)
        tried = try_rules(edition, open_below(edition, ended=True), town.actor("省厅"))
    assert [(each.rule.code, each.proposals, each.subjects) for each in tried] == [
        ("slip_c1", 1, 1),
        ("interview_c1", 0, 0),
    ]
    assert [assignment.pk for assignment, _reached in tried[0].latest] == [one.pk]
    counted(at(4))
    assert Proposal.objects.count() == 1


def test_counting_many_takes_no_more_queries_than_counting_one(town):
    begun(town)

    def queries(day, n):
        for _each in range(n):
            one = working(town, title="一件")
            for hours in (0, 1):
                with clock.frozen(at(day, hours)):
                    urge_assignment(assignment_id=one.pk, actor=town.actor("省厅"), text="请抓紧")
        counted(at(day, -1))
        before = Proposal.objects.count()
        with clock.frozen(at(day, 2)), CaptureQueriesContext(connection) as asked:
            count_presses(actor=system("sweep"))
        assert Proposal.objects.count() == before + n
        return len(asked)

    assert queries(2, 1) == queries(3, 6) <= 30


def test_the_pages_take_a_rule_try_it_and_show_how_far_units_have_come(client, town):
    one = working(begun(town))
    for day in (1, 2):
        urged(town, one, day)
    counted(at(2, 1))
    with clock.frozen(at(3)):
        client.force_login(town.person("省厅"))
        page = client.get(reverse("ladder-draft"))
        data = {}
        for forms in (page.context["forms"], page.context["counts"]):
            data |= {f"{form.prefix}-{name}": form[name].value() for form in forms for name in form.fields}
            data |= {
                f"{forms.prefix}-TOTAL_FORMS": len(forms.forms),
                f"{forms.prefix}-INITIAL_FORMS": len(forms.forms),
            }
        data = {name: value for name, value in data.items() if value is not None and value is not False}
        blank = {"count-2-step": "circular", "count-2-label": "三次催办列入通报", "count-2-scope": "unit"}
        wrong = client.post(reverse("ladder-draft"), {**data, **blank})
        assert (wrong.status_code, b"count-2-times" in wrong.content) == (422, True)
        more = {"count-2-times": 2, "count-2-counted": ["hand"], "count-2-within_days": 30}
        kept = client.post(reverse("ladder-draft"), {**data, **blank, **more}, follow=True)
        assert b'data-tried="slip_c1" data-proposals="1"' in kept.content
        edition = LadderEdition.objects.get()
        assert [row["code"] for row in edition.counts] == ["slip_c1", "interview_c1", "circular_c1"]
        assert edition.counts[2] | {"since": None} == {
            "code": "circular_c1",
            "label": "三次催办列入通报",
            "counted": ["hand"],
            "scope": "unit",
            "times": 2,
            "in_row": False,
            "within_days": 30,
            "told": [Told.GIVER.value],
            "text": counting.PROPOSED,
            "since": None,
        }
        force = {"reason": "按新办法", "seen_version": edition.version}
        assert client.post(reverse("ladder-force", args=[edition.pk]), force).status_code == 302
    urged(town, one, 4)
    with clock.frozen(at(5)):
        shown = client.get(reverse("ladder", args=[edition.pk])).content
        assert f'data-counted="{one.unit_id}"'.encode() in shown
        edition.refresh_from_db()
        assert [[n for _unit, n in units] for _rule, units in units_counted(LadderEdition.objects.get())] == [
            [],
            [1],
        ]
        client.force_login(town.person("东市局"))
        assert b"data-counted=" not in client.get(reverse("ladder", args=[edition.pk])).content


# --- races ----------------------------------------------------------------------------------------------------


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_workers_who_count_at_once_propose_once(at_work, guarded, monkeypatch):
    town = begun(Town())
    one = working(town)
    for day in (1, 2):
        urged(town, one, day)
    barrier, reach = processes.Barrier(2), acting._reached

    def reach_together(*given, **named):
        found = reach(*given, **named)
        meet(barrier)
        return found

    monkeypatch.setattr(acting, "_reached", reach_together)
    if not guarded:
        monkeypatch.setattr(type(Count.objects.all()), "select_for_update", lambda rows, **how: rows)

    def count():
        with clock.frozen(at(2, 1)):
            rounds = 0
            while count_presses(actor=system("sweep")):
                rounds += 1
            return rounds

    outcomes = together(count, count)
    assert Proposal.objects.count() == 1
    assert outcomes.count("IntegrityError") == (0 if guarded else 1)


def test_a_rule_is_a_plain_value():
    assert isinstance(TWICE, CountRule)
    assert len({TWICE, replace(TWICE)}) == 1


# --- the page that says how it is counted ---------------------------------------------------------------------


def test_the_page_says_how_many_counted_and_how_many_are_missing(client, town):
    one = working(begun(town))
    urged(town, one, 1)
    with clock.frozen(at(1, 1)):
        client.force_login(town.person("东市局", Role.HANDLER))
        page = client.get(reverse("assignment-counts", args=[one.pk])).content.decode()
        assert 'data-count="slip_c1" data-times="1"' in page
        assert 'data-count="interview_c1" data-times="0"' in page  # of the reader's own unit
        assert (
            reverse("assignment-counts", args=[one.pk])
            in client.get(reverse("assignment", args=[one.pk])).content.decode()
        )
    urged(town, one, 2)
    counted(at(2, 1))
    with clock.frozen(at(2, 2)):
        page = client.get(reverse("assignment-counts", args=[one.pk])).content.decode()
        assert 'data-count="slip_c1" data-times="0"' in page  # counted once, begins anew
        assert "data-reached" not in page  # what is proposed is for those who decide
        client.force_login(town.person("省厅"))
        page = client.get(reverse("assignment-counts", args=[one.pk])).content.decode()
        assert f'data-reached="{Proposal.objects.get().pk}"' in page


def test_a_units_count_is_nobody_elses_and_names_only_what_the_reader_sees(client, town):
    begun(town)
    rows = [working(town, title=f"第{n}件") for n in range(2)]
    slipped(town, rows[0], 1)
    with clock.frozen(at(2)):
        for who, seen in ((("省厅", Role.SUPERVISOR), True), (("东市局", Role.LEADER), True)):
            come = {one.rule.code: one for one in counts_on(rows[1], town.actor(*who))}
            assert ("interview_c1" in come) is seen
            assert [told.assignment for told in come["interview_c1"].told] == [rows[0]]
        neighbour = town.actor("西市局", Role.HANDLER)
        assert "interview_c1" not in {one.rule.code for one in counts_on(rows[1], neighbour)}
