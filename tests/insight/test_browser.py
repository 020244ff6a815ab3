"""The board in a browser: charts are drawn, nothing overflows, axe finds nothing, a bar leads further down."""

from datetime import timedelta

import pytest
from django.conf import settings
from playwright.sync_api import expect

from bihuan.kernel import clock
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


@pytest.mark.parametrize("width", [390, 1440])
def test_the_board_fits_and_its_charts_are_drawn(signed_in, axe, width):
    page = signed_in("/board/", width)
    expect(page.locator("[data-chart] svg")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    page.goto("/board/screen/")
    expect(page.locator("[data-chart] svg")).to_have_count(2)
    assert axe(page) == []


def test_a_unit_of_the_table_leads_to_its_own_board(signed_in):
    page = signed_in("/board/", 1440)
    page.locator("details summary").first.click()
    page.get_by_role("link", name="东市局").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("东市局")
