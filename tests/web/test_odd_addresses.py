"""Every page, asked with what no page of ours would ask: it answers or refuses, and never breaks."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.urls import URLPattern, get_resolver
from django.utils.datastructures import MultiValueDict

from bihuan.circulars.actions import draft_circular
from bihuan.kernel import clock
from bihuan.kernel.numbers import as_whole, as_wholes
from bihuan.org import actions as org
from bihuan.org.roles import Role
from bihuan.supervision.actions.letters import draft_letter
from bihuan.supervision.actions.planning import draft_plan, issue_plan
from bihuan.supervision.nodes import Aim, Header, Node
from tests.town import MORNING, TODAY

pytestmark = pytest.mark.django_db
ANSWERS = {200, 302, 400, 401, 403, 404, 405, 409, 422}
VALUES = ("0001-01-01", "²")
ROLES = {Role.SUPERVISOR: 60, Role.SYSTEM_ADMIN: 10, None: 5}
"""Who asks, and how many pages open for them at least."""
NUMBER = re.compile(r"<int:\w+>|\(\?P<pk>[^)]*\)")


def routes(resolver=None, start: str = "") -> list[str]:
    """The patterns of the URLconf, each with everything before it."""
    found = []
    for one in (resolver or get_resolver()).url_patterns:
        route = start + str(one.pattern).lstrip("^").rstrip("$").replace("\\.", ".")
        found += [route] if isinstance(one, URLPattern) else routes(one, route)
    return found


def addresses(route: str, known: dict[str, int]) -> list[str]:
    """The route filled with a thing that exists, with none, and with more digits than a number has."""
    route = route.replace("[0-9a-f]{64}", "").replace("(?P<digest>)", "a" * 64)
    route = re.sub(r"\(\?P<\w+>(\w+)[^)]*\)", lambda m: m[1] if "pk" not in m[0] else m[0], route)
    route = route.replace("<slug:kind>", "rectification")
    route = re.sub(r"<str:\w+>", "xlsx", re.sub(r"<uuid:\w+>", "00000000-0000-0000-0000-000000000000", route))
    if not NUMBER.search(route):
        return [route]
    kind = max((one for one in known if route.startswith(one)), key=len, default="")
    digits = [str(known.get(kind, 1))]
    if route.endswith(">/"):
        digits.append("9" * 20)
    return [NUMBER.sub(one, route) for one in digits]


@pytest.fixture
def known(town) -> dict[str, int]:
    """One of each thing that addresses lead to, by how these begin."""
    actor, unit = town.actor("省厅"), town.unit("东市局")
    plan, draft = (
        draft_plan(
            actor=town.actor("省厅"),
            header=Header(title),
            tree=[Node("核查", due_on=TODAY + timedelta(days=9), leads=[Aim(unit_id=unit.pk)])],
        )
        for title in ("方案", "草案")
    )
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    with clock.frozen(MORNING + timedelta(days=1)):
        circular = draft_circular(actor=town.actor("省厅"), plan_id=plan.pk, first_on=TODAY, last_on=TODAY)
    letter = draft_letter(actor=town.actor("省厅"), kind="handover", unit_ids=[unit.pk])
    group = org.set_group(actor=actor, name="各市局", owner_id=town.unit("省厅").pk, member_ids=[unit.pk])
    return {
        "assignments/": plan.items.get().assignments.get().pk,
        "plans/": plan.pk,
        "plans/<int:plan_id>/draft/": draft.pk,
        "circulars/": circular.pk,
        "papers/": circular.paper_id,
        "letters/": letter.paper_id,
        "org/units/": unit.pk,
        "org/units/groups/": group.pk,
        "org/people/": town.person("省厅").pk,
    }


@pytest.fixture
def asked(monkeypatch) -> set[str]:
    """The names under which the page looks into its address."""
    names: set[str] = set()

    def noted(look):
        def noting(self, name, *more):
            if isinstance(self, QueryDict):
                names.add(name)
            return look(self, name, *more)

        return noting

    monkeypatch.setattr(MultiValueDict, "__getitem__", noted(MultiValueDict.__getitem__))
    monkeypatch.setattr(MultiValueDict, "getlist", noted(MultiValueDict.getlist))
    return names


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "stranger")
def test_no_address_breaks_a_page(client, town, known, asked, role):
    client.raise_request_exception = False
    values = VALUES if role == Role.SUPERVISOR else ()
    if role:
        client.force_login(town.person("省厅", role))
    assert client.get("/org/units/?q=%00").status_code == 400
    broken, opened = [], 0
    for route in routes():
        for address in addresses(route, known):
            asked.clear()
            status = client.get(f"/{address}").status_code
            queries = []
            if status in (200, 422):
                opened, names = opened + 1, sorted(asked)
                queries = [urlencode(dict.fromkeys(names, one), errors="surrogateescape") for one in values]
            tried = [(status, "")] + [
                (client.get(f"/{address}?{query}").status_code, query) for query in queries if names
            ]
            broken += [(address, query[:60], got) for got, query in tried if got not in ANSWERS]
    assert broken == []
    assert opened >= ROLES[role]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("7", 7),
        (7, 7),
        ("9" * 18, 10**18 - 1),
        *((odd, None) for odd in ("9" * 19, "9" * 5000, "²", "٣", "-1", "", " 7", "7\n", None)),
    ],
)
def test_a_number_is_plain_digits_that_fit(written, number):
    assert as_whole(written) == number
    assert as_wholes([written, "5"]) == ([5] if number is None else [number, 5])
