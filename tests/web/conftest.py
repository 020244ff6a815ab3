from collections.abc import Callable

import pytest
from django.conf import settings

from tests.town import Town


@pytest.fixture
def desk(visit, live_server, client, office_hours) -> Callable:
    """A browser window of a supervisor of 东市局, as wide as wanted and shown as they chose."""

    people = Town()

    def sit(width: int = 1280, *, signed_in: bool = True, scripts: bool = True, **display: str):
        page = visit(width, 800, java_script_enabled=scripts)
        cookies = {f"bh-{name}": value for name, value in display.items()}
        if signed_in:
            client.force_login(people.person("东市局"))
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        return page

    return sit
