"""The calendar as pages: everybody looks, its keepers publish after a look at what would change."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.ledger.models import Entry
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision.jobs import rederive_job
from bihuan.workdays.models import Notice, Vacation
from bihuan.workdays.queries import calendar_for
from tests.supervision.test_rederiving import DECEMBER, counted, fresh

EAST = "622900"
OFF = "元旦 2027-01-01 至 2027-01-03\n春节：2027-02-05/2027-02-11"
WORK = "春节 2027-02-20、2027-02-28"
ARRANGEMENT = {
    "year": 2027,
    "title": "2027年部分节假日安排",
    "published_on": "2026-11-20",
    "off": OFF,
    "work": WORK,
}
LOCAL = {
    "region_code": EAST,
    "kind": "off",
    "name": "古尔邦节",
    "first_on": "2027-05-17",
    "title": "关于放假的通知",
    "published_on": "2026-11-20",
}
VACATION = {"region_code": EAST, "name": "寒假", "starts_on": "2027-01-15", "ends_on": "2027-02-20"}
PAGES = {"arrangement-new": ARRANGEMENT, "local-days-new": LOCAL, "vacation-new": VACATION}
READERS = {
    "top": ("省厅", Role.SYSTEM_ADMIN),
    "east": ("东市局", Role.SYSTEM_ADMIN),
    "west": ("西市局", Role.SYSTEM_ADMIN),
    "supervisor": ("省厅", Role.SUPERVISOR),
    "handler": ("一中", Role.HANDLER),
}
MAY = {"arrangement-new": {"top"}, "local-days-new": {"top", "east"}, "vacation-new": {"top", "east"}}


@pytest.fixture
def regions(town):
    for name, code in (("省厅", "620000"), ("东市局", EAST), ("西市局", "620100")):
        town.unit(name)
        Unit.objects.filter(pk=town.unit(name).pk).update(region_code=code)
    town.unit("一中")
    return town


@pytest.fixture
def enter(regions, client):
    def as_(who):
        client.force_login(regions.person(*READERS[who]))
        return client

    return as_


def sent(data, do="preview"):
    return data | {"request_key": str(uuid4()), "do": do}


@pytest.mark.parametrize("who", READERS)
def test_everybody_looks_and_only_keepers_publish(enter, who):
    client = enter(who)
    assert client.get(reverse("calendar")).status_code == 200
    for name, given in PAGES.items():
        shown, acted = client.get(reverse(name)), client.post(reverse(name), sent(given, "confirm"))
        keeper = who in MAY[name] or (who == "west" and name != "arrangement-new")
        assert shown.status_code == (200 if keeper else 403), name
        # A region that is not theirs is not offered.
        expected = 302 if who in MAY[name] else 422 if keeper else 403
        assert acted.status_code == expected, (name, acted.content.decode()[:200])
    assert Entry.objects.filter(verb__startswith="workdays.").count() == sum(
        who in some for some in MAY.values()
    )


def test_the_calendar_is_not_shown_to_strangers(client, town):
    assert client.get(reverse("calendar")).url.startswith("/sign-in/")


def test_a_year_shows_its_days_and_says_when_it_is_not_published(enter):
    client = enter("handler")
    page = client.get(reverse("calendar"), {"year": "2026"}).content.decode()
    assert 'data-day="2026-10-01" data-worked="no"' in page
    assert 'data-day="2026-10-10" data-worked="yes"' in page  # a Saturday that is worked instead
    assert "data-provisional" in page  # the last days of December
    unknown = client.get(reverse("calendar"), {"year": "2027"}).content.decode()
    assert unknown.count("data-provisional") == 365
    assert client.get(reverse("calendar"), {"year": "x", "region": "<"}).status_code == 200


def test_an_arrangement_is_previewed_with_its_effect_and_then_published(regions, enter):
    with clock.frozen(DECEMBER):
        rederive_job(0)
        one, _other = counted(regions, "东市局", 40), counted(regions, "西市局", 5)
        client = enter("top")
        preview = client.post(reverse("arrangement-new"), sent(ARRANGEMENT))
        assert (preview.status_code, Notice.objects.count()) == (200, 0)
        assert re.search(rb'data-running="1"\s+data-moving="1"', preview.content)
        assert "2027-02-20" in preview.content.decode()
        done = client.post(reverse("arrangement-new"), sent(ARRANGEMENT, "confirm"))
        assert done.url == "/calendar/?year=2027&region="
        assert calendar_for().days_off[date(2027, 2, 11)] == "春节"
        rederive_job(0)
        assert fresh(one).due_at != one.due_at


def test_a_region_s_day_counts_only_clocks_in_that_region(regions, enter):
    with clock.frozen(DECEMBER):
        rederive_job(0)
        counted(regions, "西市局", 40)  # the day off is not theirs
        local = LOCAL | {"first_on": "2027-01-20"}
        preview = enter("east").post(reverse("local-days-new"), sent(local)).content
    assert re.search(rb'data-changed="1"\s+data-running="0"\s+data-moving="0"', preview)


@pytest.mark.parametrize(
    ("name", "changes", "field"),
    [
        ("arrangement-new", {"off": "春节"}, "off"),
        ("arrangement-new", {"off": "春节 2027-02-30"}, "off"),
        ("arrangement-new", {"off": "2027-02-11"}, "off"),
        ("arrangement-new", {"off": "春节 2027-02-11 至 2027-02-05"}, "off"),
        ("arrangement-new", {"work": "春节 2027-02-19"}, "work"),  # a Friday
        ("local-days-new", {"last_on": "2027-05-16"}, "last_on"),
        ("local-days-new", {"region_code": "999999"}, "region_code"),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field(enter, name, changes, field):
    answer = enter("top").post(reverse(name), sent(PAGES[name] | changes, "confirm"))
    assert (answer.status_code, field in answer.context["form"].errors) == (422, True)
    assert not Notice.objects.exists()


def test_what_the_rule_refuses_is_said_at_its_field_too(enter):
    answer = enter("top").post(
        reverse("arrangement-new"), sent(ARRANGEMENT | {"published_on": "2099-01-01"}, "confirm")
    )
    assert (answer.status_code, "published_on" in answer.context["form"].errors) == (409, True)


def test_a_form_sent_twice_records_once(enter):
    client, once = enter("east"), sent(VACATION, "confirm")
    for _turn in range(2):
        assert client.post(reverse("vacation-new"), once).status_code == 302
    assert Vacation.objects.count() == 1
    page = client.get(reverse("calendar"), {"year": "2027", "region": EAST}).content.decode()
    assert "2027-01-15" in page
