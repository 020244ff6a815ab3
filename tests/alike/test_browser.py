"""The hint in a browser: both sides next to each other, axe finds nothing, one click dismisses."""

from datetime import timedelta

import pytest
from django.conf import settings
from playwright.sync_api import expect

from bihuan.alike.models import Likeness
from bihuan.kernel import clock
from bihuan.org.roles import Role
from tests.alike.drawing import Change, saved, scene
from tests.alike.story import COPIED, HONEST, OURS, Story
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sign_in(visit, live_server, office_hours, client, examined):
    town = Town()
    story = Story(town, due_at=clock.end_of(clock.today() + timedelta(days=20)))
    story.report("东一县局", OURS)
    story.report("东二县局", COPIED)
    story.report("东一县局", HONEST, saved(scene(1)), title="校园安全检查")
    story.report(
        "东二县局", HONEST[::-1], Change(crop=(0.1, 0.08, 0.95, 0.9)).of(scene(1)), title="校园安全检查"
    )
    examined()

    def open_page(unit: str, role: Role, width: int, path: str):
        client.force_login(town.person(unit, role))
        page = visit(width)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page.goto(path)
        return page

    return open_page


@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_fits_and_is_accessible(sign_in, axe, width):
    page = sign_in("东市局", Role.SUPERVISOR, width, "/likenesses/")
    words, picture = Likeness.objects.get(how="words"), Likeness.objects.get(how="cropped")
    for path in (
        "/likenesses/",
        f"/likenesses/{words.pk}/",
        f"/likenesses/{picture.pk}/",
        f"/assignments/{words.later.assignment_id}/",
        "/likenesses/settings/",
    ):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert axe(page) == [], path
    page = sign_in("东二县局", Role.HANDLER, width, f"/likenesses/{words.pk}/")
    assert axe(page) == []


def test_from_the_assignment_to_the_hint_and_one_click(sign_in):
    words = Likeness.objects.get(how="words")
    page = sign_in("东市局", Role.SUPERVISOR, 1440, f"/assignments/{words.later.assignment_id}/")
    page.locator("[data-remark] a").click()
    expect(page.locator("[data-text]")).to_have_count(2)
    expect(page.locator("mark[data-passage='1']")).to_have_count(2)
    page.get_by_role("button", name="共同开展的工作").click()
    expect(page.locator("[data-likeness]")).to_have_attribute("data-state", "dismissed")
    page.goto(f"/assignments/{words.later.assignment_id}/")
    expect(page.locator("[data-remark]")).to_have_count(0)
