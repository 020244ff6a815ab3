"""The pages of circulars in a browser: all fit a telephone and a screen, and axe finds nothing."""

import pytest
from django.conf import settings
from django.urls import reverse

from bihuan.circulars.actions import draft_bulletin, issue_circular, publish_circular
from bihuan.documents.actions import review_paper
from bihuan.kernel import clock
from bihuan.org.roles import Role
from tests.circulars.scenes import LATER, checked, history_of
from tests.town import TODAY, Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def circular(office_hours):
    town = Town()
    history_of(town)
    with clock.frozen(LATER):
        made = draft_bulletin(actor=town.actor("省厅"), first_on=TODAY, last_on=LATER.date())
        checked(town, made)
        review_paper(paper_id=made.paper_id, actor=town.actor("省厅", Role.SUPERVISOR, "乙"))
        issue_circular(paper_id=made.paper_id, actor=town.actor("省厅", Role.LEADER))
    made.town = town
    return made


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_fit_and_axe_finds_nothing(visit, live_server, client, axe, circular, width):
    client.force_login(circular.town.person("省厅"))
    inside = [reverse("bulletin-new"), reverse("circular", args=[circular.pk])]
    inside.append(reverse("circular-publish", args=[circular.pk]))
    page = visit(width)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )

    def looked_at(path):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert axe(page) == [], path

    for path in inside:
        looked_at(path)
    with clock.frozen(LATER):
        shown = publish_circular(circular_id=circular.pk, actor=circular.town.actor("省厅"))
    page.context.clear_cookies()
    for path in (reverse("publications"), reverse("publication", args=[shown.pk])):
        looked_at(path)
