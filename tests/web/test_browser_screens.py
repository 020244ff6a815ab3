"""Our own pages on every screen: nothing sticks out, nothing is kept from anybody."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INSIDE = ["/_ui/", "/me/", "/nowhere/"]


def pages(desk, width: int, **display: str):
    """Each of our pages opened in turn, the last one before signing in."""
    page = desk(width, **display)
    for path in INSIDE:
        page.goto(path)
        yield path, page
    page = desk(width, signed_in=False, **display)
    page.goto("/sign-in/")
    yield "/sign-in/", page


@pytest.mark.parametrize("type", ["normal", "large"])
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_no_page_scrolls_sideways(desk, width, type):
    for path, page in pages(desk, width, type=type):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(desk, axe, width, theme):
    found = {path: axe(page) for path, page in pages(desk, width, theme=theme)}
    assert {path: violations for path, violations in found.items() if violations} == {}


def test_what_was_chosen_for_the_display_is_there_before_the_first_paint(desk):
    page = desk(theme="dark", type="large")
    page.goto("/me/")
    root = page.locator("html")
    assert root.get_attribute("data-bs-theme") == "dark"
    assert root.evaluate("e => getComputedStyle(e).fontSize") == "19px"
    page.get_by_role("button", name="浅色", exact=True).click()
    page.locator("html[data-bs-theme=light]").wait_for()
    page.reload()
    assert root.get_attribute("data-bs-theme") == "light"


def test_a_reader_who_chose_nothing_gets_what_the_system_asks_for(visit):
    page = visit(color_scheme="dark")
    page.goto("/sign-in/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


@pytest.mark.parametrize(
    ("width", "side", "tabs"), [(1280, True, False), (991, False, True), (390, False, True)]
)
def test_the_sidebar_gives_way_to_a_bottom_bar(desk, width, side, tabs):
    page = desk(width)
    page.goto("/me/")
    assert page.locator(".bh-side").is_visible() is side
    assert page.locator(".bh-tabbar").is_visible() is tabs


def test_the_first_tab_stop_leads_past_the_navigation(desk):
    page = desk()
    page.goto("/me/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_language_is_switched_and_stays(desk):
    page = desk()
    page.goto("/me/")
    page.locator(".bh-lang button").click()
    page.wait_for_selector("html[lang=en]")
    page.goto("/_ui/")
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator(".bh-lang button").click()
    page.wait_for_selector("html[lang=zh-CN]")
