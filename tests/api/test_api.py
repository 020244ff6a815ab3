import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.api.actions import grant_token, revoke_token
from bihuan.api.models import Token
from bihuan.api.offered import SHELVES
from bihuan.api.schemas import AssignmentOut, spelt
from bihuan.documents.models import File
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.models import Entry
from bihuan.org.actions import retire_person
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.actions.handling import report_progress
from bihuan.supervision.models import Assignment, Item, Letter, Plan
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


def test_a_transition_asks_the_database_seven_things(call, assignment, django_assert_num_queries):
    handler = call("东市局", Role.HANDLER)
    with django_assert_num_queries(7 + 2):  # token, right, row, trail, regime; row, entry: in a transaction
        handler.post(f"assignments/{assignment.pk}/sign")


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


@pytest.mark.parametrize("spoil", ["revoked", "expired", "wrong", "left", "retired"])
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
    elif spoil == "retired":
        retire_person(person_id=post.person_id, actor=system("t"))
    else:
        caller.text += "x"
    assert caller.get("assignments").status_code == 401
    sent = SimpleUploadedFile("佐证.txt", "走访记录".encode())
    assert client.post("/api/v1/files", {"file": sent}, headers=caller.headers()).status_code == 401
    assert not File.objects.exists()


def test_a_list_says_of_each_row_what_its_schema_says(call, assignment):
    handler = call("东市局", Role.HANDLER)
    for _stage in ("dispatched", "working"):
        row = Assignment.objects.select_related("item", "unit", "issued_by").get()
        assert spelt(AssignmentOut, row) == AssignmentOut.from_orm(row).model_dump()
        assert handler.get("assignments").json()["rows"] == [handler.get(f"assignments/{row.pk}").json()]
        handler.post(f"assignments/{row.pk}/sign")


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
    assert {one.__name__ for shelf in SHELVES for one in shelf.actions.values()} <= known


@pytest.fixture
def draft(town, call):
    node = {"title": "精简会议", "due_on": DUE.date().isoformat()}
    made = call("省厅").post("plans", header={"title": "方案"}, tree=[node, {"title": "清理报表"}]).json()
    return Plan.objects.get(pk=made["id"])


def test_a_list_is_shaped_by_api(town, call, draft):
    first, second = draft.items.order_by("position")
    caller, path = call("省厅"), f"plans/{draft.pk}"
    aim = {"unit_id": town.unit("东市局").pk}
    changes = {first.pk: {"leads": [aim], "priority": "urgent"}, second.pk: {"due_on": "2026-12-31"}}
    assert caller.post(f"{path}/items", changes=changes).json()["version"] > draft.version
    caller.post(f"{path}/items/shift", item_ids=[second.pk], shift="deeper")
    caller.post(f"{path}/item/insert", node={"title": "减少检查"}, after_id=first.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.priority, second.due_on.isoformat(), second.parent) == ("urgent", "2026-12-31", first)
    assert first.targets.get().unit == town.unit("东市局")
    assert [item["title"] for item in caller.get(f"{path}/items").json()] == [
        "精简会议",
        "清理报表",
        "减少检查",
    ]


def test_a_change_reaches_no_more_of_an_item_than_its_form_does(town, call, draft):
    other = Plan.objects.get(
        pk=call("省厅").post("plans", header={"title": "另案"}, tree=[{"title": "别的"}]).json()["id"]
    )
    item, foreign = draft.items.first(), other.items.get()
    caller = call("省厅")
    sneaky = caller.post(
        f"plans/{draft.pk}/item/edit", item_id=item.pk, change={"plan_id": other.pk, "owner_id": 1}
    )
    assert sneaky.status_code == 200
    item.refresh_from_db()
    assert item.plan == draft
    assert caller.post(f"plans/{draft.pk}/items", changes={foreign.pk: {"title": "改"}}).status_code == 404
    for change in ({"priority": "sometimes"}, {"mode": "any"}, {"title": "长" * 500}):
        answer = caller.post(f"plans/{draft.pk}/item/edit", item_id=item.pk, change=change)
        assert answer.status_code == 422, change


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("plans/{draft}/item/insert", {"node": {"title": "x"}}),
        ("plans/{draft}/delete", {}),
        ("plans/{draft}/copy", {"title": "x"}),
        ("units/{east}/rename", {"name": "东市教委"}),
        ("units/{east}/close", {}),
        ("people/{person}/password", {}),
        ("people/{person}/edit", {"name": "某"}),
        ("reports/{report}/accept", {}),
    ],
)
def test_what_lies_out_of_reach_looks_absent(town, call, draft, assignment, path, body):
    report = report_progress(
        assignment_id=assignment.pk, actor=town.actor("东市局", Role.HANDLER), text="已办"
    )
    ids = {
        "draft": draft.pk,
        "east": town.unit("东市局").pk,
        "person": town.person("东市局").pk,
        "report": report.pk,
    }
    stranger = call("西市局")
    before = Entry.objects.count()
    answer = stranger.post(path.format(**ids), **body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Entry.objects.count() == before


def test_the_organisation_is_kept_by_api(town, call):
    admin = call("省厅", Role.SYSTEM_ADMIN)
    made = admin.post(
        "units", name="南市局", kind="authority", parent_id=town.unit("省厅").pk, starts_on="2020-01-01"
    ).json()
    assert admin.post(f"units/{made['id']}/rename", name="南市教育局").status_code == 200
    assert admin.post(f"units/{made['id']}/edit", sort_order=7).json() == {"id": made["id"]}
    unit = Unit.objects.get(pk=made["id"])
    assert (unit.name, unit.sort_order, unit.kind) == ("南市教育局", 7, "authority")
    merged = admin.post("units/merge", unit_ids=[unit.pk], into_id=town.unit("东市局").pk)
    assert (merged.status_code, len(merged.json().get("ids", []))) == (200, 1), merged.json()


def test_a_new_password_is_said_once(town, call):
    keeper, key = call("省厅", Role.SECURITY_ADMIN), uuid4()
    path = f"people/{town.person('东市局').pk}/password"
    first, second = keeper.post(path, key=key), keeper.post(path, key=key)
    assert len(first.json()["text"]) >= 8
    assert (second.status_code, second.json()["code"]) == (409, "already_done")


def test_evidence_is_sent_and_cited_by_api(town, call, assignment):
    city = call("东市局")
    city.post(f"assignments/{assignment.pk}/sign")
    letter = SimpleUploadedFile("来函.txt", "资金已拨付".encode())
    sent = city.client.post("/api/v1/files", {"file": letter}, headers=city.headers()).json()
    city.post(f"assignments/{assignment.pk}/report", text="附来函", file_ids=[sent[0]["id"]])
    reports = city.get(f"assignments/{assignment.pk}/reports").json()
    assert reports[0]["text"] == "附来函"
    province = call("省厅")
    assert province.post(f"reports/{reports[0]['id']}/accept").json()["verdict"] == "accepted"
    gone = city.post(f"files/{sent[0]['id']}/discard")
    assert gone.status_code in (403, 409, 422)


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


def test_a_token_asked_for_twice_by_the_same_form_is_one_token(client, town):
    client.force_login(town.person("东市局"))
    form = {"label": "对接", "days": 30, "request_key": str(uuid4())}
    answers = [client.post("/me/tokens/", form) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert Token.objects.count() == 1


@pytest.mark.parametrize(
    ("moment", "status"),
    [("2026-12-20T10:00:00", 200), ("9999-12-31T23:59:00-05:00", 422), ("9999-12-31T12:00:00+00:00", 422)],
)
def test_a_moment_without_a_zone_is_the_offices_and_one_behind_all_days_is_refused(
    town, call, moment, status
):
    units = [town.unit("东市局").pk]
    said = {"kind": "interview", "unit_ids": units, "meets_at": moment, "place": "三楼"}
    assert call("省厅").post("letters", **said).status_code == status
    if status == 200:
        assert Letter.objects.get().meets_at == datetime(2026, 12, 20, 10, tzinfo=clock.OFFICE_TZ)
    far = {"kind": "instruction", "title": "核查", "due_at": moment, "lead_ids": units}
    assert call("省厅").post("items", **far).status_code in ((200,) if status == 200 else (409, 422))
