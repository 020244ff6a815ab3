"""After a notice on days off every running clock is derived again, and each unit hears of it once."""

from datetime import date, timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.notifications.actions import deliver
from bihuan.notifications.models import Notice
from bihuan.org.roles import Role
from bihuan.supervision.actions import rederiving
from bihuan.supervision.jobs import rederive_job
from bihuan.supervision.models import Assignment, Rederivation, Term
from bihuan.supervision.queries.assignments import why_date
from bihuan.supervision.queries.regimes import regime_of
from bihuan.workdays.rules import Span, deadline
from tests.supervision import scenes
from tests.workdays.test_notices import publish

DECEMBER = clock.end_of(date(2026, 12, 20)) - timedelta(hours=8)
FAR = clock.end_of(date(2027, 3, 1))


def counted(town, unit, days):
    """A duty whose deadline is so many workdays from now, with the rule that gave it."""
    found = deadline(clock.now(), Span(days, "workday"), regime_of(town.unit("省厅")).calendar)
    one = scenes.working(town, unit, title=f"{days}个工作日内办结", due_at=found.due_at)
    Term.objects.filter(assignment=one).update(rule=found.rule)
    return one


@pytest.fixture
def year_end(town):
    """Clocks that run into 2027, whose arrangement is not published, and one that does not."""
    with clock.frozen(DECEMBER):
        rederive_job(0)
        duties = {
            "counted": counted(town, "东市局", 40),
            "again": counted(town, "东市局", 45),
            "elsewhere": counted(town, "西市局", 41),
            "dated": scenes.working(town, "西市局", title="三月一日前办结", due_at=FAR),
            "near": scenes.working(town, "学院", due_at=clock.end_of(date(2026, 12, 23))),
        }
        yield duties


def publication():
    return publish(published_on=date(2026, 12, 18))


def fresh(one):
    return Assignment.objects.get(pk=one.pk)


def told():
    return Entry.objects.filter(verb="supervision.unit.deadlines_moved")


def test_only_what_the_calendar_gave_moves_and_comes_out_as_if_the_year_had_been_known(town, year_end):
    publication()
    rederive_job(0)
    calendar = regime_of(town.unit("省厅")).calendar
    for name, days in (("counted", 40), ("again", 45), ("elsewhere", 41)):
        was, now = year_end[name], fresh(year_end[name])
        known = deadline(was.dispatched_at, Span(days, "workday"), calendar)
        assert now.due_at == now.record_due_at == known.due_at != was.due_at
        assert now.original_due_at == was.original_due_at
        last = now.terms.order_by("pk").last()
        assert (last.kind, last.rule) == (Term.Kind.CALENDAR, known.rule)
        assert "2027年放假安排尚未公布" not in why_date(last)
    assert fresh(year_end["dated"]).due_at == FAR
    assert fresh(year_end["near"]).version == year_end["near"].version


def test_an_assisting_unit_follows_what_the_calendar_made_of_its_lead(town, year_end):
    regime = regime_of(town.unit("省厅"))
    found = deadline(clock.now(), Span(40, "workday"), regime.calendar)
    lead = scenes.working(town, due_at=found.due_at, assist_ids=[town.unit("西市局").pk])
    Term.objects.filter(assignment=lead).update(rule=found.rule)
    assisting = lead.assisting.get()
    last = scenes.working(town, "学院", due_at=FAR)
    Term.objects.filter(assignment=last).update(kind=Term.Kind.EXTENSION)
    publication()
    rederive_job(0)
    moved = fresh(lead).due_at
    assert moved != lead.due_at
    expected = regime_of(town.unit("省厅")).assist_due(assisting.dispatched_at, moved)
    assert fresh(assisting).due_at == expected != assisting.due_at


def test_lights_and_alarms_are_those_of_the_rule_computed_from_scratch(town, year_end):
    publication()
    rederive_job(0)
    regime = regime_of(town.unit("省厅"))
    for one in map(fresh, year_end.values()):
        assert (one.amber_at, one.strong_at) == regime.lights(one.dispatched_at, one.due_at)
        assert one.next_alarm_at == regime.ladder_for(one).next_alarm(one.stage, one.marks, one.swept_at)
    assert fresh(year_end["dated"]).amber_at != year_end["dated"].amber_at
    assert verify().is_sound


def test_a_unit_hears_once_however_many_of_its_deadlines_moved(town, year_end):
    publication()
    rederive_job(0)
    east, west = town.unit("东市局"), town.unit("西市局")
    assert {entry.stream: entry.facts["moved"] for entry in told()} == {
        f"org.unit:{east.pk}": 2,
        f"org.unit:{west.pk}": 1,
    }
    deliver(entry_ids=[entry.pk for entry in told()])
    handler = town.person("东市局", Role.HANDLER)
    [notice] = Notice.objects.filter(person=handler, entry__verb="supervision.unit.deadlines_moved")
    assert "2件" in notice.entry.remark.text


@pytest.mark.parametrize("chunk", [1, 2])
def test_a_passage_that_was_cut_off_goes_on_where_it_stopped(town, year_end, monkeypatch, chunk):
    monkeypatch.setattr(rederiving, "CHUNK", chunk)
    monkeypatch.setattr(rederiving, "TOLD", 1)
    publication()
    passage = rederiving.begin_rederivation(actor=system("calendar"))
    assert rederiving.rederive_chunk(rederivation_id=passage.pk, actor=system("calendar"))
    for _turn in range(2):  # the next worker, and once more for nothing
        rederive_job(0)
    assert told().count() == 2
    assert Entry.objects.filter(verb="supervision.assignment.rederived").count() == 3
    passage.refresh_from_db()
    assert (passage.moved, passage.checked, passage.to_tell) == (3, len(year_end), {})
    assert Rederivation.objects.filter(finished_at__isnull=True).count() == 0


def test_a_deadline_that_has_passed_is_left_alone(town, year_end):
    with clock.frozen(clock.end_of(date(2027, 6, 1))):
        publication()
        rederive_job(0)
        assert all(fresh(one).due_at == one.due_at for one in year_end.values())


def test_signing_and_review_terms_follow_the_days_as_well(town):
    with clock.frozen(clock.end_of(date(2026, 12, 31)) - timedelta(hours=8)):
        rederive_job(0)
        given = scenes.given(town, "东市局", due_at=FAR)
        done = scenes.completed(town, "西市局", title="已办结的", due_at=FAR)
        publish(
            off={date(2027, 1, day): "元旦" for day in (1, 4, 5)}, work={}, published_on=date(2026, 12, 30)
        )
        rederive_job(0)
        regime = regime_of(town.unit("省厅"))
        assert fresh(given).sign_by == regime.sign_by(given.dispatched_at, "normal") != given.sign_by
        assert fresh(done).decide_by == regime.workdays_from(done.completed_at, "review.workdays")
        assert fresh(done).decide_by != done.decide_by
