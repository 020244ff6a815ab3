"""Scores of units: rules as data, what is counted, a published period that stays, objections, and who sees what."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from bihuan.documents.actions import review_paper
from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError, NotPermitted, Refused
from bihuan.ledger.queries import verify
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision.actions.closing import look_back
from bihuan.supervision.actions.letters import draft_slip, issue_letter
from bihuan.supervision.actions.scoring import (
    contest_score,
    decide_score_objection,
    discard_scoring_draft,
    draft_scoring,
    publish_scores,
    put_scoring_in_force,
    retire_scoring,
)
from bihuan.supervision.models import ScoreEdition, ScoreLine, ScoreSheet, Slot
from bihuan.supervision.queries.scores import computed, published, rules_of, trial
from bihuan.supervision.rules import Duty
from bihuan.supervision.scoring import (
    DEFAULT,
    Event,
    Occurrence,
    ScoreRule,
    Scoring,
    as_rows,
    flaws,
    from_rows,
    score,
)
from tests.supervision.worlds import DUE, GIVER, RECEIVER, TOP, morning, world_of
from tests.town import MORNING

FIRST, LAST = date(2026, 11, 1), date(2027, 1, 10)
AFTER = clock.end_of(LAST) + timedelta(hours=10)
LEAD = Duty.LEAD


def rule(event, points, cap=0):
    return ScoreRule(event, LEAD, Decimal(points), Decimal(cap))


def test_the_default_has_no_flaw_a_ground_for_each_rule_and_survives_being_kept():
    assert [str(flaw) for flaw in flaws(DEFAULT)] == []
    assert all(one.ground for one in DEFAULT.rules)
    kept = from_rows(as_rows(DEFAULT))
    assert [(r.event, r.duty, r.points, r.cap) for r in kept.rules] == [
        (r.event, r.duty, r.points, r.cap) for r in DEFAULT.rules
    ]


@pytest.mark.parametrize(
    "scoring",
    [
        Scoring(Decimal(100), []),
        Scoring(Decimal(101), [rule(Event.OVERDUE, -1)]),
        Scoring(Decimal(100), [rule(Event.OVERDUE, "-0.25")]),
        Scoring(Decimal(100), [rule(Event.OVERDUE, "NaN")]),
        Scoring(Decimal(100), [rule(Event.OVERDUE, 1)]),  # nobody gains by being late
        Scoring(Decimal(100), [rule(Event.ON_TIME, 1, -3)]),
        Scoring(Decimal(100), [rule(Event.OVERDUE, -1), rule(Event.OVERDUE, -2)]),
    ],
)
def test_rules_that_make_no_sense_are_not_put_in_force(town, scoring):
    edition = draft_scoring(actor=town.actor(GIVER), rows=as_rows(scoring))
    with pytest.raises(Refused) as refusal:
        put_scoring_in_force(edition_id=edition.pk, actor=town.actor(GIVER), reason="试试")
    assert refusal.value.code == "flawed"


def test_a_line_is_capped_and_an_assignment_counts_once_in_a_group():
    scoring = Scoring(
        Decimal(100), [rule(Event.ON_TIME, 1, 2), rule(Event.SLIP, -1), rule(Event.CIRCULAR, -2)]
    )
    at = {unit: [Occurrence(unit, pk, LEAD) for pk in (1, 2, 3)] for unit in (7, 8)}
    happened = {Event.ON_TIME: at[7], Event.SLIP: at[8], Event.CIRCULAR: at[8][:1], Event.OVERDUE: at[7]}
    lines = {unit: [(one.rule.event, one.counted, one.points) for one in found] for unit, found in
             score(scoring, happened).items()}  # fmt: skip
    assert lines == {
        7: [(Event.ON_TIME, (1, 2, 3), Decimal(2))],
        8: [(Event.SLIP, (2, 3), Decimal(-2)), (Event.CIRCULAR, (1,), Decimal(-2))],
    }


def _late(world):
    pass


def _twice_returned(world):
    for _time in range(2):
        world.submit()
        world.send_back()


def _slipped(world):
    slip = draft_slip(assignment_id=world.pk, actor=world.giver(), requirement="限期办结", reply_by=LAST)
    review_paper(paper_id=slip.paper_id, actor=world.giver(name="乙"))
    issue_letter(paper_id=slip.paper_id, actor=world.giver(Role.LEADER))


def _missed(world):
    moments = {"opened_at": MORNING, "due_at": MORNING, "window_until": MORNING + timedelta(days=3)}
    Slot.objects.create(
        assignment=world.assignment, period="2026-W48", outcome="missing", closed_at=MORNING, **moments
    )


def _relapsed(world):
    world.accept()
    world.write_off()
    look_back(
        assignment_id=world.pk,
        actor=world.giver(),
        verdict="relapsed",
        finding="现场又见违规",
        early="群众反映强烈",
        due_at=clock.end_of(LAST + timedelta(days=60)),
    )


HAPPENINGS = {
    "on time": (lambda world: world.accept(), {Event.ON_TIME: 1}),
    "late": (_late, {Event.OVERDUE: 1}),
    "sent back twice and late": (_twice_returned, {Event.RETURNED: 2, Event.OVERDUE: 1}),
    "a slip, and late": (_slipped, {Event.SLIP: 1, Event.OVERDUE: 1}),
    "a report missing, and late": (_missed, {Event.MISSING: 1, Event.OVERDUE: 1}),
    "relapsed": (_relapsed, {Event.ON_TIME: 1, Event.RELAPSE: 1}),
}


@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_a_unit_is_scored_for(town, name):
    happens, expected = HAPPENINGS[name]
    world = world_of(town, "working")
    with morning(5):
        happens(world)
    with clock.frozen(AFTER):
        found = computed(town.unit(GIVER), DEFAULT, FIRST, LAST)
        lines = found[town.unit(RECEIVER).pk]
        assert {one.rule.event: len(one.counted) for one in lines} == expected
        # nobody else is scored, and nothing twice in a period beside it
        assert list(found) == [town.unit(RECEIVER).pk]
        assert computed(town.unit(TOP), DEFAULT, FIRST, LAST) == {}
        assert computed(town.unit(GIVER), DEFAULT, date(2026, 1, 1), date(2026, 10, 31)) == {}


def overdue_sheet(town):
    """The published sheet of a period in which one duty of the county bureau became overdue."""
    world = world_of(town, "working")
    with clock.frozen(AFTER):
        return world, publish_scores(actor=town.actor(GIVER), first_on=FIRST, last_on=LAST)


def test_a_published_period_stays_as_it_was_whatever_happens_later(town):
    world, sheet = overdue_sheet(town)
    with clock.frozen(AFTER):
        assert DUE < AFTER
        world.accept()
        edition = draft_scoring(
            actor=town.actor(GIVER), rows=as_rows(Scoring(Decimal(60), [rule(Event.OVERDUE, -5)]))
        )
        put_scoring_in_force(edition_id=edition.pk, actor=town.actor(GIVER), reason="按新办法")
        (own,) = published(sheet, town.actor(GIVER))
        assert (own.base, own.total) == (100, 99)
        assert [(row.event, row.count, row.points) for row in own.rows] == [(Event.OVERDUE, 1, -1)]
        assert own.rows[0].line.counted == [world.pk]
        (now,) = trial(town.unit(GIVER), FIRST, LAST)
        assert now.total == 55
        for first, last in ((FIRST, LAST), (LAST, LAST), (FIRST - timedelta(days=9), FIRST)):
            with pytest.raises(Refused) as refusal:
                publish_scores(actor=town.actor(GIVER), first_on=first, last_on=last)
            assert refusal.value.code == "overlaps"
        retire_scoring(edition_id=edition.pk, actor=town.actor(GIVER), reason="恢复")
        assert rules_of(town.unit(GIVER)) == (DEFAULT, None)
    assert verify().is_sound


def test_a_period_under_way_is_not_published(town):
    world_of(town, "working")
    with pytest.raises(Refused) as refusal:
        publish_scores(actor=town.actor(GIVER), first_on=FIRST, last_on=LAST)
    assert refusal.value.code == "not_over"
    with clock.frozen(AFTER), pytest.raises(Unit.DoesNotExist):
        publish_scores(actor=town.actor(GIVER, Role.HANDLER), first_on=FIRST, last_on=LAST)
    assert not ScoreSheet.objects.exists()


@pytest.mark.parametrize(
    ("upheld", "points", "refusal", "total"),
    [
        (True, Decimal(0), None, 100),
        (False, None, None, 99),
        (True, None, Refused, 99),
        (True, Decimal(-1), Refused, 99),  # nothing would change
    ],
)
def test_an_objection_is_answered_beside_the_line(town, upheld, points, refusal, total):
    _world, sheet = overdue_sheet(town)
    line = ScoreLine.objects.get()
    with clock.frozen(AFTER + timedelta(days=2)):
        contest_score(line_id=line.pk, actor=town.actor(RECEIVER, Role.HANDLER), reason="当日已线下报送")
        with pytest.raises(Refused):
            contest_score(line_id=line.pk, actor=town.actor(RECEIVER, Role.HANDLER), reason="再提一次")
        said = {"line_id": line.pk, "upheld": upheld, "points": points, "answer": "经核对"}
        with pytest.raises(NotPermitted):
            decide_score_objection(actor=town.actor(RECEIVER, Role.LEADER), **said)
        if refusal:
            with pytest.raises(refusal):
                decide_score_objection(actor=town.actor(GIVER), **said)
        else:
            decide_score_objection(actor=town.actor(GIVER), **said)
        (own,) = published(sheet, town.actor(RECEIVER))
    assert own.total == total
    assert own.contested == (refusal is not None)
    line.refresh_from_db()
    assert line.points == -1  # what was published stays
    assert verify().is_sound


def test_an_objection_comes_in_time_and_from_the_unit_itself(town):
    overdue_sheet(town)
    line = ScoreLine.objects.get()
    for unit, refusal in (
        (GIVER, NotPermitted),
        ("东二县局", ScoreLine.DoesNotExist),
        (TOP, ScoreLine.DoesNotExist),
    ):
        with clock.frozen(AFTER), pytest.raises(refusal):
            contest_score(line_id=line.pk, actor=town.actor(unit), reason="不服")
    with clock.frozen(AFTER + timedelta(days=11)), pytest.raises(DomainError) as late:
        contest_score(line_id=line.pk, actor=town.actor(RECEIVER), reason="不服")
    assert late.value.code == "too_late"


@pytest.mark.parametrize(
    ("unit", "role", "sheet", "line", "sees_trial"),
    [
        (GIVER, Role.SUPERVISOR, 200, 200, True),
        (GIVER, Role.LEADER, 200, 200, True),
        (GIVER, Role.HANDLER, 200, 200, False),
        (RECEIVER, Role.HANDLER, 200, 200, False),
        ("东二县局", Role.HANDLER, 404, 404, False),  # a neighbour
        (TOP, Role.HANDLER, 404, 404, False),  # not even further up
        ("一中", Role.HANDLER, 404, 404, False),
        (GIVER, Role.SYSTEM_ADMIN, 404, 404, None),
    ],
)
def test_who_may_open_which_page(client, town, unit, role, sheet, line, sees_trial):
    _world, made = overdue_sheet(town)
    one = ScoreLine.objects.get()
    with clock.frozen(AFTER):
        client.force_login(town.person(unit, role))
        overview = client.get(reverse("scores"))
        assert overview.status_code == (404 if sees_trial is None else 200)
        if sees_trial is not None:
            assert ("units" in overview.context) is sees_trial
        assert client.get(reverse("score-sheet", args=[made.pk])).status_code == sheet
        assert client.get(reverse("score-unit", args=[made.pk, one.unit_id])).status_code == sheet
        assert client.get(reverse("score-line", args=[one.pk])).status_code == line
        assert client.get(reverse("scoring")).status_code == (404 if sees_trial is None else 200)
        told = client.get("/api/v1/score-lines").json()
        assert bool(told) is (line == 200)
        allowed = unit == RECEIVER
        status = client.post(reverse("score-contest", args=[one.pk]), {"reason": "不服"}).status_code
        assert (status == 302) is allowed
        decided = client.post(
            reverse("score-decide", args=[one.pk]), {"upheld": "no", "answer": "维持"}
        ).status_code
        assert decided != 302 or unit == GIVER
        published_again = client.post(
            reverse("scores-publish"), {"first_on": "2026-01-01", "last_on": "2026-02-01"}
        )
        assert published_again.status_code in (404, 409)


def test_the_pages_lead_from_rules_to_a_published_sheet_and_back_to_the_rows(client, town):
    world = world_of(town, "working")
    with clock.frozen(AFTER):
        client.force_login(town.person(GIVER))
        form = client.get(reverse("scoring-draft")).context["form"]
        data = {name: form[name].value() for name in form.fields}
        data = {name: value for name, value in data.items() if value is not None}
        assert client.post(reverse("scoring-draft"), {**data, "overdue-lead-points": "3"}).status_code == 422
        client.post(reverse("scoring-draft"), {**data, "overdue-lead-points": "-4"})
        edition = ScoreEdition.objects.get()
        assert client.get(reverse("scoring-edition", args=[edition.pk])).status_code == 200
        client.post(reverse("scoring-force", args=[edition.pk]), {"reason": "按新办法", "seen_version": 1})
        span = {"first_on": FIRST.isoformat(), "last_on": LAST.isoformat()}
        tried = client.get(reverse("scores"), span)
        assert [one.total for one in tried.context["units"]] == [96]
        shown = client.post(reverse("scores-publish"), span, follow=True)
        assert 'data-total="96.0"' in shown.content.decode()
        line = ScoreLine.objects.get()
        page = client.get(reverse("score-line", args=[line.pk])).content.decode()
        assert f'data-counted="{world.pk}"' in page
        assert f'{reverse("assignment", args=[world.pk])}"' in page
        draft_scoring(actor=town.actor(GIVER), rows=as_rows(DEFAULT))
        draft = ScoreEdition.objects.get(state="draft")
        client.post(reverse("scoring-discard", args=[draft.pk]))
        assert not ScoreEdition.objects.filter(state="draft").exists()
        client.post(reverse("scoring-retire", args=[edition.pk]), {"reason": "恢复"})
        edition.refresh_from_db()
        assert edition.state == "superseded"


def test_only_the_authoritys_supervisor_settles_the_rules(town):
    edition = draft_scoring(actor=town.actor(GIVER), rows=as_rows(DEFAULT))
    with pytest.raises((Refused, Unit.DoesNotExist)):
        draft_scoring(actor=town.actor(GIVER, Role.LEADER), rows=as_rows(DEFAULT))
    with pytest.raises(ScoreEdition.DoesNotExist):
        discard_scoring_draft(edition_id=edition.pk, actor=town.actor(RECEIVER))
    with pytest.raises(Refused):
        draft_scoring(actor=town.actor(GIVER), rows={"base": "x", "rules": []})
