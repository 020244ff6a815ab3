"""Registers in a browser: narrow, choose columns, keep a view, take a file along; all fits, axe finds nothing."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.supervision import scenes
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signed_in(visit, live_server, office_hours, client):
    town = Town()
    for unit in ("东市局", "西市局"):
        scenes.reported(town, unit)
    client.force_login(town.person("省厅"))

    def open_page(path: str, width: int):
        page = visit(width, accept_downloads=True)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page.set_default_timeout(60_000)  # a file is written meanwhile
        page.goto(path)
        return page

    return open_page


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_fit_and_axe_finds_nothing(signed_in, axe, width):
    page = signed_in("/registers/", width)
    for path in ("/registers/", "/registers/assignments/", "/registers/items/", "/registers/units/export/"):
        page.set_default_timeout(60_000)  # a file is written meanwhile
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert axe(page) == [], path


def test_a_reader_chooses_columns_keeps_a_view_and_takes_the_file_along(signed_in, axe):
    page = signed_in("/registers/assignments/", 1440)
    page.locator("#columns > summary").click()
    page.locator("#columns").get_by_label("进展情况").uncheck()
    page.locator("#columns").get_by_role("button", name="应用").click()
    expect(page.get_by_role("columnheader", name="进展情况")).to_have_count(0)
    page.locator("#keep summary").click()
    page.get_by_label("视图名称").fill("不看进展")
    page.locator("#keep").get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("不看进展")
    assert axe(page) == []
    page.get_by_role("link", name="导出").click()
    with page.expect_download() as told:
        page.get_by_role("button", name="导出").click()
    assert told.value.suggested_filename.startswith("不看进展-")
    assert told.value.suggested_filename.endswith(".xlsx")
    expect(page.locator("[data-state=done]")).to_be_visible()
    assert axe(page) == []
