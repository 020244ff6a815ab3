"""The search in a browser: it fits, axe finds nothing, and the jump box is used by keyboard alone."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from bihuan.org.roles import Role
from tests.supervision import scenes
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signed_in(visit, live_server, office_hours, client):
    town = Town()
    one = scenes.reported(
        town, title="校园食品安全排查", number="甘教督办〔2026〕37号", criteria=["食品台账齐全"]
    )
    client.force_login(town.person("省厅", Role.LEADER))

    def open_page(path: str, width: int):
        page = visit(width)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page.goto(path)
        return page

    open_page.one = one
    return open_page


@pytest.mark.parametrize("width", [390, 1440])
def test_the_results_fit_and_can_be_read_by_everybody(signed_in, axe, width):
    page = signed_in("/search/?q=食品 状态:在办 颜色:红", width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    page.goto("/search/?q=食品&kind=assignment")
    expect(page.locator("[data-hit] mark").first).to_have_text("食品")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    page.goto("/search/")
    assert axe(page) == []


def test_the_jump_box_is_used_by_keyboard(signed_in, axe):
    page = signed_in("/board/", 1440)
    page.keyboard.press("/")
    page.keyboard.type("食品")
    expect(page.locator("#jump [data-group=assignment]")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#jump")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.locator("#jump a", has_text="校园食品").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('assignment', args=[signed_in.one.pk])}")


def test_a_filter_is_filled_in_and_enter_searches(signed_in):
    page = signed_in("/board/", 1440)
    page.locator("#search").fill("食品 状")
    page.locator("[data-fill='食品 状态:']").click()
    expect(page.locator("#search")).to_have_value("食品 状态:")
    page.locator("#search").press_sequentially("办理")
    page.locator("[data-fill='食品 状态:办理中 ']").click()
    page.locator("#search").press("Enter")
    expect(page.locator("[data-group=assignment] [data-hit]")).to_have_count(1)
    page.get_by_role("link", name="去掉条件：状态:办理中").click()
    expect(page.locator("[data-group=assignment] [data-hit]")).to_have_count(1)


def test_without_scripts_the_box_is_a_form(signed_in, browser, live_server, client):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto("/board/")
    page.locator("#search").fill("食品")
    page.locator("#search").press("Enter")
    expect(page.locator("[data-group=assignment] [data-hit]")).to_have_count(1)
    context.close()
