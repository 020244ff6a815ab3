"""The pages of the clock in a browser: readable by assistive technology, and no wider than a phone."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.notifications.actions import open_channel
from bihuan.notifications.models import Delivery
from bihuan.org.roles import Role
from bihuan.supervision import themes
from bihuan.supervision.actions.counting import count_presses
from bihuan.supervision.actions.laddering import draft_ladder, put_ladder_in_force
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.actions.terms import urge_assignment
from bihuan.supervision.actions.theming import draft_theme
from bihuan.supervision.counting import DEFAULT, Counted, Scope, as_rows
from bihuan.supervision.models import Proposal
from bihuan.supervision.rungs import DEFAULT as RUNGS
from bihuan.supervision.rungs import as_rows as rungs_as_rows
from tests.supervision import scenes
from tests.town import MORNING, Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

UNIT = replace(DEFAULT[1], code="circular_c1", label="三件被催办列入通报", counted=frozenset({Counted.HAND}))


@pytest.fixture
def pages(live_server, office_hours, settings) -> tuple[Town, list[str]]:
    """A town a week before, in which much has been pressed for; the addresses to look at."""
    town = Town()
    actor = town.actor("省厅")
    town.post("省厅", Role.LEADER)
    settings.CHANNEL_HOSTS = ["oapi.dingtalk.com"]
    with clock.frozen(MORNING - timedelta(days=12)):
        count_presses(actor=system("sweep"))
        unit_rule = replace(UNIT, scope=Scope.UNIT, in_row=False)
        edition = draft_ladder(
            actor=actor, rows=rungs_as_rows(RUNGS), counts=as_rows([DEFAULT[0], unit_rule])
        )
        put_ladder_in_force(edition_id=edition.pk, actor=town.actor("省厅"), reason="按新办法执行")
        due = clock.end_of(MORNING.date() - timedelta(days=8))
        rows = [
            scenes.working(town, title=f"核查第{n}批学前教育减免保教费发放情况", due_at=due) for n in range(3)
        ]
    for day in range(10, 0, -1):
        with clock.frozen(MORNING - timedelta(days=day)):
            sound_alarms(actor=system("sweep"))
            if day in (9, 6):
                for one in rows[:2]:
                    urge_assignment(assignment_id=one.pk, actor=town.actor("省厅"), text="请抓紧报送")
            count_presses(actor=system("sweep"))
    draft = draft_ladder(actor=town.actor("省厅"), rows=rungs_as_rows(RUNGS), counts=as_rows(DEFAULT))
    theme = draft_theme(actor=town.actor("省厅"), rows=themes.as_rows(themes.SHIPPED["warnings"]))
    channel = open_channel(
        actor=town.actor("省厅"),
        name="督查室钉钉群",
        kind="dingtalk",
        address="https://oapi.dingtalk.com/robot/send?access_token=0123456789",
        shared=True,
    )
    Delivery.objects.create(
        channel=channel, state="failed", attempts=5, error="code_310000", created_at=MORNING, told=3
    )
    proposal = Proposal.objects.filter(effect__tally__isnull=False).first()
    return town, [
        reverse("ladders"),
        reverse("ladder-draft"),
        reverse("ladder", args=[draft.pk]),
        reverse("ladder", args=[edition.pk]),
        reverse("proposals"),
        f"{reverse('proposals-decide')}?selected={proposal.pk}",
        reverse("presses"),
        reverse("assignment-counts", args=[rows[0].pk]),
        reverse("themes"),
        reverse("theme", args=[theme.pk]),
        reverse("scores"),
        reverse("calendar"),
        reverse("channels"),
        reverse("channel", args=[channel.pk]),
        reverse("notices"),
    ]


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_of_the_clock_is_readable_and_fits(visit, live_server, client, pages, axe, width):
    page = visit(width, 900)
    town, addresses = pages
    client.force_login(town.person("省厅"))
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    wrong = []
    for n, address in enumerate(addresses):
        answer = page.goto(address)
        assert answer.status == 200, address
        assert page.url.endswith(address), f"{address} led to {page.url}"
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=Path(shots) / f"{width}-{n:02}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{address}: {wide} px too wide"] if wide > 0 else []
        wrong += [f"{address}: {found}" for found in axe(page)]
    assert wrong == []
