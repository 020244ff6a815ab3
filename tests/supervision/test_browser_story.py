"""The main story in a browser: sign, report, declare done, sign off, review by two people, write off."""

from datetime import timedelta

import pytest
from django.conf import settings

from bihuan.kernel import clock
from bihuan.org.roles import Role
from bihuan.supervision.models import Assignment
from bihuan.supervision.rules import Stage
from tests.supervision import scenes
from tests.town import MORNING, Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HANDLER, LEADER = ("东市局", Role.HANDLER), ("东市局", Role.LEADER)
SUPERVISOR, APPROVER = ("省厅", Role.SUPERVISOR), ("省厅", Role.LEADER)


@pytest.fixture
def world(live_server, office_hours) -> Town:
    """The town, on the database that the live server reads."""
    return Town()


@pytest.fixture
def seat(visit, live_server, client, world):
    """A browser window of somebody in some unit."""

    def sit(who, width=1280, scripts=True):
        page = visit(width, 800, java_script_enabled=scripts)
        client.force_login(world.person(*who))
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        return page

    return sit


def now(one: Assignment) -> str:
    one.refresh_from_db()
    return one.stage


def test_a_duty_is_handled_from_the_workbench_and_reviewed_by_two(seat, world):
    for who in (HANDLER, LEADER, SUPERVISOR, APPROVER):
        world.post(*who)
    soon = clock.end_of(MORNING.date() + timedelta(days=3))
    one = scenes.given(world, criteria=["覆盖全部学校"], due_at=soon)

    page = seat(HANDLER)
    page.goto("/workbench/")
    page.get_by_role("button", name="签收", exact=True).click()
    page.locator("[data-done]").wait_for()
    assert now(one) == Stage.WORKING
    page.goto("/workbench/")
    page.get_by_role("link", name="填报进展").first.click()
    page.get_by_label("本期新进展").fill("已核查三县")
    page.locator(".bh-q-x").get_by_role("button", name="填报进展").click()
    page.locator("[data-done]").wait_for()
    page.goto(f"/assignments/{one.pk}/")
    page.locator("#panel").get_by_role("link", name="申请办结").click()
    page.get_by_label("办结情况").fill("全部核查完毕")
    page.locator("#panel").get_by_role("button", name="申请办结").click()
    page.locator("#sheet [data-focus]").wait_for()

    page = seat(LEADER)
    page.goto("/workbench/")
    page.get_by_role("link", name="审签", exact=True).click()
    page.locator(".bh-q-x").get_by_role("button", name="审签申报").click()
    page.locator("[data-done]").wait_for()
    assert now(one) == Stage.COMPLETED

    page = seat(SUPERVISOR)
    page.goto(f"/assignments/{one.pk}/review/")
    assert page.locator("#conclusion-pass").is_disabled()
    page.locator("input[value=met]").check()
    page.locator("#conclusion-pass:not([disabled])").wait_for()
    page.locator("#conclusion-pass").check()
    page.locator("[data-conclude]").click()
    page.wait_for_url("**/reviews/")

    page = seat(APPROVER)
    page.goto(f"/assignments/{one.pk}/review/")
    page.locator("#conclusion-pass").check()
    page.locator("[data-conclude]").click()
    page.wait_for_url("**/reviews/")
    assert now(one) == Stage.ACCEPTED


def test_it_works_without_javascript(seat, world):
    world.post(*HANDLER)
    one = scenes.given(world)
    page = seat(HANDLER, scripts=False)
    page.goto("/workbench/")
    page.get_by_role("button", name="签收", exact=True).click()
    assert now(one) == Stage.WORKING
    page.goto(f"/assignments/{one.pk}/report/")
    page.get_by_label("本期新进展").fill("已核查三县")
    page.locator("#panel").get_by_role("button", name="填报进展").click()
    assert one.reports.count() == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_fits_and_axe_finds_nothing(seat, axe, width, world):
    world.post(*APPROVER)
    one = scenes.completed(world, criteria=["覆盖全部学校"])
    working = scenes.reported(world, title="取暖锅炉检修")
    places = {
        SUPERVISOR: [
            "/workbench/",
            "/workbench/given/",
            "/assignments/",
            "/assignments/register/",
            f"/assignments/{one.pk}/",
            f"/assignments/{one.pk}/review/",
            "/reviews/",
            "/search/?q=核查",
            "/assignments/many/urge/?whose=given",
        ],
        HANDLER: ["/workbench/", f"/assignments/{working.pk}/", f"/assignments/{working.pk}/print/"],
    }
    for who, paths in places.items():
        page = seat(who, width)
        for path in paths:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert axe(page) == [], path
