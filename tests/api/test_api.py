import json
from datetime import timedelta
from uuid import uuid4

import pytest

from bihuan.api.actions import grant_token, revoke_token
from bihuan.api.v1 import ON_ASSIGNMENTS, ON_PLANS
from bihuan.kernel import clock
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.models import Item, Plan
from tests.town import MORNING

DUE = clock.end_of(MORNING.date() + timedelta(days=20))


class Caller:
    """A program with somebody's token."""

    def __init__(self, client, actor):
        self.client = client
        _token, self.text = grant_token(actor=actor, label="对接")

    def get(self, path, **data):
        return self.client.get(f"/api/v1/{path}", data, headers=self.headers())

    def post(self, path, key=None, **body):
        data = json.dumps(body, default=str)
        headers = self.headers() | ({"Idempotency-Key": str(key)} if key else {})
        return self.client.post(f"/api/v1/{path}", data, content_type="application/json", headers=headers)

    def headers(self):
        return {"Authorization": f"Bearer {self.text}"}


@pytest.fixture
def call(client, town):
    return lambda unit, role=Role.SUPERVISOR: Caller(client, town.actor(unit, role))


@pytest.fixture
def assignment(town):
    item = register_item(
        actor=town.actor("省厅"),
        kind="instruction",
        title="核查保教费",
        due_at=DUE,
        lead_ids=[town.unit("东市局").pk],
    )
    return item.assignments.get()


def test_a_duty_goes_round_the_loop_by_api_alone(town, call):
    province, city = call("省厅"), call("东市局")
    made = province.post(
        "items", kind="meeting", title="清理报表", due_at=DUE.isoformat(), lead_ids=[town.unit("东市局").pk]
    ).json()
    pk = Item.objects.get(pk=made["id"]).assignments.get().pk
    assert city.post(f"assignments/{pk}/sign").json()["stage"] == "working"
    assert city.post(f"assignments/{pk}/report", text="已清理八成", progress=80).json()["progress"] == 80
    assert city.post(f"assignments/{pk}/submission", text="已全部清理").json()["stage"] == "completed"
    assert province.post(f"assignments/{pk}/submission/approve").json()["stage"] == "accepted"
    done = province.post(f"assignments/{pk}/write-off", outcome="done").json()
    assert (done["stage"], done["light"]) == ("written_off", "c")
    trail = province.get(f"assignments/{pk}/trail").json()
    assert [line["position"] for line in trail] == [1, 2, 3, 4, 5, 6]


def test_a_plan_is_drafted_and_issued_by_api(town, call):
    node = {
        "title": "精简会议",
        "due_on": DUE.date().isoformat(),
        "leads": [{"unit_id": town.unit("东市局").pk}],
    }
    made = call("省厅").post("plans", header={"title": "方案"}, tree=[node]).json()
    issued = call("省厅").post(f"plans/{made['id']}/issue").json()
    assert issued["stage"] == "issued"
    assert Plan.objects.get().items.get().assignments.count() == 1


@pytest.mark.parametrize(
    ("unit", "role", "path", "body", "status", "code"),
    [
        ("东市局", Role.HANDLER, "sign", {"seen_version": 9}, 409, "stale_version"),
        ("东市局", Role.HANDLER, "decline", {"reason": " "}, 422, "required"),
        ("东市局", Role.HANDLER, "submission", {"text": "完成"}, 409, "illegal_move"),
        ("省厅", Role.SUPERVISOR, "sign", {}, 403, "not_permitted"),
        ("西市局", Role.SUPERVISOR, "sign", {}, 404, "not_found"),
        ("省厅", Role.SYSTEM_ADMIN, "sign", {}, 404, "not_found"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(call, assignment, unit, role, path, body, status, code):
    before = Entry.objects.filter(verb__startswith="supervision").count()
    answer = call(unit, role).post(f"assignments/{assignment.pk}/{path}", **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Entry.objects.filter(verb__startswith="supervision").count() == before


def test_the_same_intention_twice_answers_alike_and_acts_once(call, assignment):
    city, key = call("东市局"), uuid4()
    first = city.post(f"assignments/{assignment.pk}/sign", key=key, seen_version=0)
    second = city.post(f"assignments/{assignment.pk}/sign", key=key, seen_version=0)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Entry.objects.of(assignment).count() == 2


def test_the_same_intention_creates_one_item(town, call):
    province, key = call("省厅"), uuid4()
    body = {
        "kind": "meeting",
        "title": "清理",
        "due_at": DUE.isoformat(),
        "lead_ids": [town.unit("东市局").pk],
    }
    assert province.post("items", key=key, **body).json() == province.post("items", key=key, **body).json()
    assert Item.objects.count() == 1


@pytest.mark.parametrize("spoil", ["revoked", "expired", "wrong", "left"])
def test_a_token_that_no_longer_holds_opens_nothing(client, town, assignment, spoil):
    post = town.post("东市局")
    caller = Caller(client, town.actor("东市局"))
    assert caller.get("assignments").status_code == 200
    if spoil == "revoked":
        revoke_token(actor=town.actor("东市局"), token_id=post.tokens.get().pk)
    elif spoil == "expired":
        post.tokens.update(until=MORNING.date() - timedelta(days=1))
    elif spoil == "left":
        post.ends_on = MORNING.date() - timedelta(days=1)
        post.save(update_fields=["ends_on"])
    else:
        caller.text += "x"
    answer = caller.get("assignments")
    rows = answer.json().get("rows", []) if answer.status_code == 200 else []
    assert (answer.status_code, rows) in [(401, []), (200, [])]


def test_lists_page_by_cursor_without_loss_or_repetition(town, call):
    for name in ("东市局", "西市局", "学院"):
        town.unit(name)
    for number in range(60):
        register_item(
            actor=town.actor("省厅"),
            kind="meeting",
            title=f"事项{number}",
            due_at=DUE + timedelta(days=number % 7),
            lead_ids=[town.unit("东市局").pk],
        )
    province, seen, after = call("省厅"), [], ""
    while after is not None:
        answer = province.get("assignments", after=after).json()
        seen += [row["id"] for row in answer["rows"]]
        after = answer["next"]
    assert len(seen) == len(set(seen)) == 60


def test_a_broken_cursor_is_named(call):
    answer = call("省厅").get("assignments", after="???")
    assert (answer.status_code, answer.json()["field"]) == (422, "after")


def test_every_action_is_in_the_openapi_document(client, call):
    document = call("省厅").get("openapi.json").json()
    known = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    actions = {one.__name__ for one in (*ON_ASSIGNMENTS.values(), *ON_PLANS.values())}
    assert actions | {"draft_plan", "register_item"} <= known


def test_a_browser_session_needs_the_csrf_token(town, assignment):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(town.person("东市局"))
    path = f"/api/v1/assignments/{assignment.pk}/sign"
    assert browser.get("/api/v1/assignments").status_code == 200
    assert browser.post(path, "{}", content_type="application/json").status_code == 403


def test_a_token_is_shown_once_and_kept_as_a_digest(client, town):
    client.force_login(town.person("东市局"))
    page = client.post("/me/tokens/", {"label": "对接", "days": 30})
    assert page.content.count(b"data-token") == 1
    assert b"data-token" not in client.get("/me/tokens/").content
