"""Registers over HTTP: the same rows, views and files as on the pages, in the caller's scope."""

import json

import pytest
from django.urls import reverse

from bihuan.api.actions import grant_token
from bihuan.org.roles import Role
from bihuan.registers.models import Export, SavedView
from tests.supervision import scenes

pytestmark = pytest.mark.django_db


class Caller:
    """A program with somebody's token."""

    def __init__(self, client, actor):
        self.client = client
        _token, text = grant_token(actor=actor, label="台账对接")
        self.headers = {"Authorization": f"Bearer {text}"}

    def get(self, path, **given):
        return self.client.get(f"/api/v1/{path}", given, headers=self.headers)

    def post(self, path, **body):
        data = json.dumps(body)
        return self.client.post(
            f"/api/v1/{path}", data, content_type="application/json", headers=self.headers
        )


@pytest.fixture
def call(client, town):
    return lambda unit, role=Role.SUPERVISOR: Caller(client, town.actor(unit, role))


@pytest.fixture
def _duties(town):
    scenes.working(town, title="东的")
    scenes.working(town, "西市局", title="西的")


@pytest.mark.usefixtures("_duties")
@pytest.mark.parametrize(
    ("unit", "role", "titles"),
    [
        ("省厅", Role.SUPERVISOR, {"东的", "西的"}),
        ("东市局", Role.HANDLER, {"东的"}),
        ("西市局", Role.SUPERVISOR, {"西的"}),
    ],
)
def test_rows_are_those_in_the_callers_scope(call, unit, role, titles):
    found = call(unit, role).get("registers/assignments", col="item").json()
    assert {row["item"] for row in found["rows"]} == titles
    assert found["count"] == len(titles)


@pytest.mark.usefixtures("_duties")
def test_columns_come_in_the_order_asked_for_and_a_filter_narrows(call):
    province = call("省厅")
    found = province.get("registers/assignments", col=["unit", "item"], q="西的").json()
    assert [column["key"] for column in found["columns"]] == ["unit", "item"]
    assert [row["item"] for row in found["rows"]] == ["西的"]
    assert province.get("registers/nothing").status_code == 404
    known = {one["key"]: one for one in province.get("registers").json()}
    assert {"assignments", "items", "reports", "presses", "papers", "units"} <= set(known)


def test_administrators_read_no_business(call):
    assert call("省厅", Role.SYSTEM_ADMIN).get("registers/assignments").status_code == 404


def test_a_view_is_kept_changed_and_dropped_by_its_owner_alone(call):
    province, leader = call("省厅"), call("省厅", Role.LEADER)
    made = province.post("views", register_key="assignments", name="本月", columns=["unit"], shared="unit")
    assert made.status_code in (200, 201), made.content
    view = SavedView.objects.get()
    assert [one["is_mine"] for one in province.get("views").json()] == [True]
    assert [one["is_mine"] for one in leader.get("views").json()] == [False]
    assert leader.post(f"views/{view.pk}/edit", name="改名").status_code == 404
    twice = province.post("views", register_key="assignments", name="本月")
    assert (twice.status_code, twice.json()["field"]) == (422, "name")
    assert province.post(f"views/{view.pk}/edit", name="改名").status_code == 200
    assert province.post(f"views/{view.pk}/drop").status_code in (200, 204)
    assert province.get("views").json() == []


def test_a_handler_shares_with_the_own_unit_and_not_below(call):
    handler = call("东市局", Role.HANDLER)
    given = {"register_key": "assignments", "name": "给下级"}
    refused = handler.post("views", **given, shared="below")
    assert (refused.status_code, refused.json()["field"]) == (422, "shared")
    assert handler.post("views", **given, shared="unit").status_code in (200, 201)
    assert call("东市局").post("views", **given, shared="below").status_code in (200, 201)


def test_a_file_is_asked_for_and_is_its_askers_alone(call):
    province = call("省厅")
    asked = province.post("exports", register_key="units", form="csv")
    assert asked.status_code in (200, 201), asked.content
    export = Export.objects.get()
    assert province.get(f"exports/{export.pk}").json()["register_key"] == "units"
    leader = call("省厅", Role.LEADER)
    assert leader.get(f"exports/{export.pk}").status_code == 404
    assert leader.get(f"exports/{export.pk}/file").status_code == 404
    assert leader.post(f"exports/{export.pk}/drop").status_code == 404
    assert province.post("exports", register_key="units", form="exe").status_code == 422


@pytest.mark.usefixtures("_duties")
def test_columns_are_moved_by_links_that_keep_filter_and_order(client, town):
    client.force_login(town.person("省厅"))
    here = reverse("register", args=["assignments"])
    page = client.get(here, {"col": ["item", "unit", "due_on"], "q": "的"})
    places = {column.key: (before, after) for column, before, after in page.context["places"]}
    assert places["item"][0] == places["due_on"][1] == ""
    moved = client.get(f"{here}?{places['unit'][0]}&moving=1")
    assert [column.key for column in moved.context["asked"].columns] == ["unit", "item", "due_on"]
    assert "q=" in places["unit"][0]
    assert [column.key for column, chosen in moved.context["picks"] if chosen] == ["unit", "item", "due_on"]
    assert b'id="places" open' in moved.content


def test_columns_can_be_chosen_under_a_view_that_has_no_filter(client, town):
    client.force_login(town.person("省厅"))
    here = reverse("register", args=["units"])
    address = {"address": "col=name&col=code", "name": "简表", "shared": "nobody"}
    assert client.post(reverse("register-view-save", args=["units"]), address).status_code == 302
    view = SavedView.objects.get()
    page = client.get(here, {"view": view.pk, "col": ["code", "name"]})
    assert [column.key for column in page.context["asked"].columns] == ["code", "name"]
    assert len(client.get(here, {"view": view.pk}).context["asked"].columns) == 2


@pytest.mark.parametrize(("role", "offered"), [(Role.HANDLER, False), (Role.SUPERVISOR, True)])
def test_sharing_below_is_offered_to_who_oversees(client, town, role, offered):
    client.force_login(town.person("东市局", role))
    form = client.get(reverse("register", args=["assignments"])).context["form"]
    assert ("below" in dict(form.fields["shared"].choices)) is offered
