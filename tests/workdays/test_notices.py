"""Arrangements and local days that administrators record."""

from contextlib import nullcontext
from datetime import date

import pytest
from django.test import override_settings

from bihuan.kernel.actor import Actor, system
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused
from bihuan.ledger.models import Entry
from bihuan.workdays import rights
from bihuan.workdays.actions import add_local_day, publish_arrangement, set_vacation
from bihuan.workdays.almanac import shipped_calendar
from bihuan.workdays.checks import office_hours_can_be_read
from bihuan.workdays.models import DayRule, Notice
from bihuan.workdays.queries import calendar_for, office_hours, warnings
from bihuan.workdays.rules import OfficeHours

PREFECTURE, COUNTY, ELSEWHERE = "622900", "622921", "620100"
FEAST = date(2026, 5, 27)


def d(text):
    return date.fromisoformat(text)


def publish(actor=None, **changes):
    given = {
        "year": 2027,
        "title": "国务院办公厅关于2027年部分节假日安排的通知",
        "number": "国办发明电〔2026〕9号",
        "published_on": d("2026-11-10"),
        "off": {d("2027-01-01"): "元旦", d("2027-02-10"): "春节", d("2027-10-07"): "国庆节"},
        "work": {d("2027-02-20"): "春节"},
    }
    return publish_arrangement(actor=actor or system("tests"), **given | changes)


def local_day(actor=None, **changes):
    given = {
        "region_code": PREFECTURE,
        "kind": "off",
        "name": "古尔邦节",
        "first_on": FEAST,
        "title": "关于古尔邦节放假的通知",
        "published_on": d("2026-04-20"),
    }
    return add_local_day(actor=actor or system("tests"), **given | changes)


@pytest.fixture
def _at_work(db, at_work):
    return at_work


pytestmark = pytest.mark.usefixtures("_at_work")


def test_the_shipped_calendar_is_in_force_while_nothing_is_recorded():
    assert calendar_for() == calendar_for(COUNTY) == shipped_calendar()
    assert calendar_for().version == "2026"


def test_a_published_year_is_no_longer_provisional_and_its_shifts_count():
    before = calendar_for()
    publish()
    after = calendar_for()
    assert before.is_provisional(d("2027-02-10"))
    assert before.is_workday(d("2027-02-10"))
    assert not after.is_provisional(d("2027-02-10"))
    assert not after.is_workday(d("2027-02-10"))
    assert after.is_workday(d("2027-02-20"))
    assert d("2027-02-10") in before.changed_days(after, d("2027-01-01"), d("2027-12-31"))


def test_a_later_notice_for_a_year_replaces_the_earlier_as_a_whole():
    publish()
    publish(off={d("2027-02-11"): "春节"}, work={}, published_on=d("2026-11-20"))
    assert calendar_for().is_workday(d("2027-02-10"))
    assert not calendar_for().is_workday(d("2027-02-11"))
    publish(published_on=d("2026-11-01"))  # recorded last, but published before: it does not stand
    assert not calendar_for().is_workday(d("2027-02-11"))


def test_a_notice_may_speak_about_the_december_before():
    publish(work={d("2026-12-26"): "元旦"}, off={d("2026-12-31"): "元旦", d("2027-01-01"): "元旦"})
    assert calendar_for().is_workday(d("2026-12-26"))
    assert not calendar_for().is_workday(d("2026-12-31"))


def test_every_notice_makes_a_new_version():
    versions = [calendar_for().version]
    for _turn in range(2):
        local_day()
        versions.append(calendar_for().version)
    assert len(set(versions)) == 3
    assert calendar_for(COUNTY).version == f"{calendar_for().version}/{COUNTY}"


@pytest.mark.parametrize(
    ("region", "worked"),
    [(PREFECTURE, False), (COUNTY, False), (ELSEWHERE, True), ("620000", True), (None, True)],
)
def test_a_local_day_holds_in_the_region_and_below(region, worked):
    local_day()
    assert calendar_for(region).is_workday(FEAST) is worked


def test_a_local_day_can_be_taken_back():
    local_day()
    local_day(kind="ordinary")
    assert calendar_for(PREFECTURE).is_workday(FEAST)


def test_a_county_may_take_back_for_itself_what_its_prefecture_gave():
    local_day(region_code=COUNTY, kind="ordinary")
    local_day()
    assert calendar_for(COUNTY).is_workday(FEAST)
    assert not calendar_for("622927").is_workday(FEAST)


def test_a_local_workday_goes_before_the_national_day_off():
    local_day(kind="work", name="补班", first_on=d("2026-10-07"))
    assert calendar_for(PREFECTURE).is_workday(d("2026-10-07"))
    assert not calendar_for(PREFECTURE).is_workday(d("2026-10-06"))


def test_a_local_holiday_may_last_several_days():
    local_day(last_on=d("2026-05-29"))
    assert calendar_for(PREFECTURE).workdays_between(d("2026-05-25"), d("2026-05-29")) == 1


@pytest.mark.parametrize(
    ("do", "changes", "field"),
    [
        (publish, {"year": 2127}, "year"),
        (publish, {"off": {}}, "off"),
        (publish, {"off": {d("2026-11-30"): "元旦"}}, "off"),
        (publish, {"off": {d("2028-01-01"): "元旦"}}, "off"),
        (publish, {"work": {d("2027-01-01"): "元旦"}}, "work"),
        (publish, {"work": {d("2027-01-06"): "元旦"}}, "work"),  # a Wednesday
        (publish, {"published_on": d("2026-11-24")}, "published_on"),  # tomorrow
        (local_day, {"region_code": "6229"}, "region_code"),
        (local_day, {"region_code": ""}, "region_code"),
        (local_day, {"last_on": d("2026-05-26")}, "last_on"),
        (local_day, {"last_on": d("2026-07-26")}, "last_on"),
        (local_day, {"published_on": d("2030-01-01")}, "published_on"),
    ],
)
def test_a_notice_that_cannot_be_right_is_refused_at_its_field(do, changes, field):
    with pytest.raises(Refused) as refusal:
        do(**changes)
    assert refusal.value.field == field
    assert not Notice.objects.exists()


@pytest.mark.parametrize("do", [publish, local_day])
def test_recording_leaves_one_entry_and_the_same_intention_twice_one_notice(do):
    actor = system("tests")
    notice = do(actor)
    with pytest.raises(AlreadyDone):
        do(actor)
    assert Notice.objects.count() == 1
    assert Entry.objects.of(notice).count() == Entry.objects.count() == 1
    assert DayRule.objects.filter(notice=notice).exists()


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize(("do", "region"), [(publish, ""), (local_day, PREFECTURE)])
def test_who_may_edit_is_asked_of_the_registered_rule(monkeypatch, do, region, allowed):
    monkeypatch.setattr(rights, "_rule", None)
    monkeypatch.setattr(rights, "_places", list)
    person = Actor(1, 1, 1, "系统管理员")
    with pytest.raises(NotPermitted):
        do(person)
    rights.decide_by(lambda actor, code: allowed and (actor, code) == (person, region), list)
    with nullcontext() if allowed else pytest.raises(NotPermitted):
        do(person)
    assert Notice.objects.exists() is allowed


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        ("2026-03-09", []),
        ("2026-10-01", ["day_off"]),
        ("2026-03-08", ["day_off"]),
        ("2027-03-09", ["provisional"]),
        ("2026-07-13", ["usual_vacation"]),
        ("2026-02-06", ["usual_vacation"]),
    ],
)
def test_a_day_is_warned_about_for_what_speaks_against_it(day, codes):
    assert [caution.code for caution in warnings(d(day), COUNTY)] == codes


def test_a_recorded_vacation_goes_before_the_usual_one():
    set_vacation(
        actor=system("tests"),
        region_code=PREFECTURE,
        name="暑假",
        starts_on=d("2026-07-18"),
        ends_on=d("2026-08-23"),
    )
    codes = {
        (region, day): [caution.code for caution in warnings(d(day), region)]
        for region in (COUNTY, ELSEWHERE)
        for day in ("2026-07-13", "2026-07-20")
    }
    assert codes == {
        (COUNTY, "2026-07-13"): [],
        (COUNTY, "2026-07-20"): ["vacation"],
        (ELSEWHERE, "2026-07-13"): ["usual_vacation"],
        (ELSEWHERE, "2026-07-20"): ["usual_vacation"],
    }


def test_a_vacation_that_ends_before_it_begins_is_refused():
    with pytest.raises(Refused) as refusal:
        set_vacation(actor=system("tests"), name="暑假", starts_on=d("2026-07-18"), ends_on=d("2026-07-17"))
    assert refusal.value.field == "ends_on"


@pytest.mark.parametrize(("hours", "faults"), [("08:00-12:00,14:00-18:00", 0), ("9 to 5", 1)])
def test_office_hours_that_cannot_be_read_are_found_at_start(hours, faults):
    with override_settings(OFFICE_HOURS=hours):
        assert len(office_hours_can_be_read()) == faults
        if not faults:
            assert office_hours() == OfficeHours.parse(hours)


def test_the_calendar_costs_one_query_once_its_version_is_known(django_assert_num_queries):
    local_day()
    calendar_for(COUNTY)
    with django_assert_num_queries(1):
        calendar_for(COUNTY)
