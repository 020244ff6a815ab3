"""The board in a browser: charts are drawn, nothing overflows, axe finds nothing, a bar leads further down."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from playwright.sync_api import expect

from bihuan.kernel import clock
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from tests.supervision import scenes
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signed_in(visit, live_server, office_hours, client):
    town = Town()
    for unit, scene in [("东市局", scenes.working), ("西市局", scenes.completed), ("学院", scenes.accepted)]:
        scene(town, unit, due_at=clock.end_of(clock.today() + timedelta(days=20)))
    client.force_login(town.person("省厅", Role.LEADER))

    def open_page(path: str, width: int):
        page = visit(width)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page.goto(path)
        return page

    return open_page


CHARTS = {"leader": 2, "supervisor": 2, "unit": 1}


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("view", CHARTS)
def test_the_board_fits_and_its_charts_are_drawn(signed_in, axe, width, view):
    unit = Unit.objects.get(name="东市局" if view == "unit" else "省厅")
    page = signed_in(f"/board/?view={view}&unit={unit.pk}", width)
    expect(page.locator("[data-chart] svg")).to_have_count(CHARTS[view])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []


def test_the_large_screen_is_one_page_without_what_needs_a_mouse(signed_in, axe):
    page = signed_in("/board/screen/", 1920)
    page.set_viewport_size({"width": 1920, "height": 1080})
    expect(page.locator("[data-chart] svg")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    assert page.evaluate("document.documentElement.scrollWidth") <= 1920
    expect(page.locator("details")).to_have_count(2)
    expect(page.locator("details").first).to_be_hidden()
    assert axe(page) == []


def test_in_the_dark_the_charts_are_drawn_anew(signed_in, axe):
    page = signed_in("/board/", 1440)
    expect(page.locator("[data-chart] svg")).to_have_count(2)
    before = page.locator("[data-chart=trend] svg").inner_html()
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    page.wait_for_function(
        "before => document.querySelector('[data-chart=trend] svg')?.innerHTML !== before", arg=before
    )
    assert axe(page) == []


def test_on_paper_the_tables_take_the_place_of_the_charts(signed_in):
    page = signed_in("/board/", 1440)
    expect(page.locator("[data-chart] svg")).to_have_count(2)
    expect(page.locator(".bh-behind table").first).to_be_hidden()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("[data-chart]").first).to_be_hidden()
    for table in page.locator(".bh-behind table").all():
        expect(table).to_be_visible()


def test_without_the_charts_the_tables_are_open(signed_in):
    """As on a poor line, or where scripts are blocked."""
    page = signed_in("/board/", 1440)
    page.context.route("**/echarts*", lambda route: route.abort())
    page.reload()
    for table in page.locator(".bh-behind table").all():
        expect(table).to_be_visible()
    assert page.locator("[data-chart=trend]").evaluate("place => place.offsetHeight") == 0


def test_a_point_of_the_trend_leads_to_the_rows_of_that_day(signed_in):
    page = signed_in("/board/", 1440)
    expect(page.locator("[data-chart] svg")).to_have_count(2)
    page.locator("section", has_text="逾期走势").locator("summary").last.click()
    page.locator("section", has_text="逾期走势").locator("tbody a").last.click()
    expect(page).to_have_url(re.compile("late_on=2026-11-23"))


def test_a_unit_of_the_table_leads_to_its_own_board(signed_in):
    page = signed_in("/board/", 1440)
    page.locator("details summary").first.click()
    page.get_by_role("link", name="东市局").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("东市局")
