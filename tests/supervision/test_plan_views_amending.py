"""Changing an issued list from its page: chosen, changed, shown, confirmed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.org.actions import found_unit
from bihuan.org.models import UnitGroup
from bihuan.org.roles import Role
from bihuan.supervision.actions.planning import draft_plan, issue_plan
from bihuan.supervision.models import Assignment, Item, Plan
from bihuan.supervision.nodes import Aim, Header, Node
from tests.town import TODAY

SOON, LATER = TODAY + timedelta(days=30), TODAY + timedelta(days=60)


@pytest.fixture
def plan(town) -> Plan:
    for name in ("东市局", "西市局", "学院"):
        town.unit(name)
    group = UnitGroup.objects.create(
        owner=town.unit("省厅"), name="各市州教育局", rule_kind="authority", rule_depth=1
    )
    tree = [
        Node(
            "转变作风",
            number="一",
            children=[
                Node("精简会议", number="1", leads=[Aim("各市州教育局", group_id=group.pk)], due_on=SOON),
                Node("推行一表通", number="2", leads=[Aim("学院", town.unit("学院").pk)], due_on=SOON),
            ],
        )
    ]
    made = draft_plan(actor=town.actor("省厅"), header=Header("行动方案"), tree=tree)
    return issue_plan(plan_id=made.pk, actor=town.actor("省厅"))


@pytest.fixture
def meetings(plan) -> Item:
    return plan.items.get(title="精简会议")


@pytest.fixture
def go(client, town, plan):
    def go(name: str, data=None, unit="省厅", role=Role.SUPERVISOR):
        client.force_login(town.person(unit, role))
        address = reverse(name, args=[plan.pk])
        return (
            client.get(address)
            if data is None
            else client.post(address, data | {"request_key": str(uuid4())})
        )

    return go


def _asked(item: Item, **changed) -> dict:
    """What the form of one chosen item sends."""
    fields = {
        "title": item.title,
        "text": item.text,
        "objective": item.objective,
        "due_on": item.due_on or "",
    }
    return {"selected": item.pk, "reason": "厅务会决定", "new": 0} | {
        f"i{item.pk}-{name}": value for name, value in (fields | changed).items()
    }


def _confirmed(go, data: dict, plan: Plan):
    """Through the preview to the end, as a browser does."""
    shown = go("plan-amend", data | {"step": "preview"})
    assert shown.status_code == 200, shown.context
    carried = dict(shown.context["carried"])
    return shown, go("plan-amend", carried | {"step": "apply", "seen_version": plan.version})


def test_a_new_date_is_shown_with_its_effect_and_then_holds(go, plan, meetings):
    shown, done = _confirmed(go, _asked(meetings, due_on=LATER), plan)
    assert [effect.what for effect in shown.context["effects"]] == [f"时限 {SOON} 改为 {LATER}"]
    assert done.headers["Location"] == reverse("plan-history", args=[plan.pk])
    days = {clock.office_day(one.due_at) for one in meetings.assignments.all()}
    plan.refresh_from_db()
    assert (days, plan.edition) == ({LATER}, 2)


def test_words_units_and_withdrawal_are_shown_before_they_happen(go, town, plan, meetings):
    data = _asked(meetings, title="少开会、开短会", enlist="学院")
    shown, _done = _confirmed(go, data, plan)
    assert [effect.what for effect in shown.context["effects"]] == ["改措辞", "增补责任单位"]
    meetings.refresh_from_db()
    assert meetings.title == "少开会、开短会"
    assert meetings.assignments.filter(unit=town.unit("学院")).exists()
    plan.refresh_from_db()
    shown, _done = _confirmed(go, _asked(meetings, withdraw="on"), plan)
    assert shown.context["effects"][0].warnings == ["3 件在办的办件撤销，不再计时"]
    assert not Assignment.objects.open().filter(item=meetings).exists()


def test_another_leader_in_charge_is_an_amendment_and_stays_known(client, go, plan, meetings):
    shown, done = _confirmed(go, _asked(meetings, leader="副厅长 罗瑞"), plan)
    assert [effect.what for effect in shown.context["effects"]] == ["改措辞"]
    assert done.status_code == 302
    duty = client.get(reverse("assignment", args=[meetings.assignments.first().pk]))
    assert "副厅长 罗瑞" in duty.content.decode()
    assert "副厅长 罗瑞" in go("plan-print").content.decode()
    assert "责任领导" in go("plan-history").content.decode()


def test_an_item_is_added_and_goes_out_at_once(go, town, plan):
    parent = plan.items.get(title="转变作风")
    data = {
        "reason": "新增任务", "new": 1, "n0-title": "新的一条", "n0-leads": "东市局、各市州教育局",
        "n0-due_on": SOON, "n0-parent": parent.pk, "n0-criteria": "有台账",
    }  # fmt: skip
    _confirmed(go, data, plan)
    fresh = plan.items.get(title="新的一条")
    assert fresh.parent == parent
    assert set(fresh.assignments.values_list("unit__name", flat=True)) == {"东市局", "西市局"}


@pytest.mark.parametrize(
    "changed",
    [
        {"reason": ""},
        {"title": ""},
        {"due_on": TODAY - timedelta(days=1)},
        {"enlist": "没有的单位"},
        {},  # nothing changed at all
    ],
)
def test_an_amendment_that_is_wrong_goes_back_to_its_form(go, plan, meetings, changed):
    data = _asked(meetings, **{name: value for name, value in changed.items() if name != "reason"})
    data |= {name: value for name, value in changed.items() if name == "reason"}
    answer = go("plan-amend", data | {"step": "preview"})
    assert answer.status_code == 422
    plan.refresh_from_db()
    assert plan.edition == 1


@pytest.mark.parametrize("data", [{"step": "edit"}, {"step": "preview", "selected": "x"}])
def test_nothing_chosen_is_said_on_the_first_page(go, data):
    assert go("plan-amend", data).status_code == 422


def test_going_back_and_adding_a_further_item_keep_what_was_typed(go, meetings):
    data = _asked(meetings, title="改了一半") | {"reason": ""}
    for step, forms in (("back", 0), ("more", 1)):
        page = go("plan-amend", data | {"step": step})
        amendment = page.context["amendment"]
        assert (page.status_code, len(amendment.additions)) == (200, forms)
        assert amendment.wishes[0]["title"].value() == "改了一半"
        assert not any(form.errors for form in amendment.forms())


def test_a_list_that_changed_since_is_not_amended(go, plan, meetings):
    data = _asked(meetings, due_on=LATER) | {"step": "apply", "seen_version": 99}
    assert go("plan-amend", data).status_code == 409
    meetings.refresh_from_db()
    assert meetings.due_on == SOON


READERS = [("省厅", Role.SUPERVISOR, 200), ("省厅", Role.LEADER, 403), ("东市局", Role.HANDLER, 403),
           ("西市局", Role.SUPERVISOR, 403), ("省厅", Role.INSPECTOR, 403), ("一中", Role.HANDLER, 404),
           ("省厅", Role.SYSTEM_ADMIN, 404), ("省厅", Role.SECURITY_ADMIN, 404),
           ("省厅", Role.AUDIT_ADMIN, 404)]  # fmt: skip


@pytest.mark.parametrize(("unit", "role", "status"), READERS)
def test_an_issued_list_is_changed_by_those_who_amend(go, plan, meetings, unit, role, status):
    pages = {
        name: go(name, None, unit, role).status_code
        for name in ("plan-amend", "plan-newcomers", "plan-close")
    }
    assert set(pages.values()) == {status}
    if status != 200:
        sent = {name: go(name, {}, unit, role).status_code for name in pages}
        assert set(sent.values()) == {status}


@pytest.mark.parametrize("name", ["plan-amend", "plan-newcomers", "plan-close"])
def test_what_is_not_running_cannot_be_changed(go, plan, name):
    Plan.objects.filter(pk=plan.pk).update(stage="closed")
    assert go(name).headers["Location"] == reverse("plan", args=[plan.pk])
    assert go(name, {}).status_code == 302


def test_a_plan_is_closed_after_a_question_and_its_work_runs_on(go, plan):
    assert go("plan-close").context["open_now"] == 3
    assert go("plan-close", {"seen_version": 99}).status_code == 409
    assert go("plan-close", {"seen_version": plan.version}).status_code == 302
    plan.refresh_from_db()
    assert plan.stage == "closed"
    assert Assignment.objects.open().filter(item__plan=plan).count() == 3


def test_a_unit_that_joined_a_group_is_offered_and_served_with_its_own_deadline(go, town, plan, meetings):
    fresh = found_unit(
        actor=system("tests"),
        name="南市局",
        kind="authority",
        parent_id=town.unit("省厅").pk,
        starts_on=TODAY,
    )
    page = go("plan-newcomers")
    assert [one.unit.name for one in page.context["found"]] == ["南市局"]
    pair = f"{meetings.pk}-{fresh.pk}"
    assert go("plan-newcomers", {"pairs": pair, "due_on": TODAY - timedelta(days=1)}).status_code == 422
    assert go("plan-newcomers", {"due_on": LATER}).status_code == 422
    assert go("plan-newcomers", {"pairs": pair, "due_on": LATER}).status_code == 302
    assert clock.office_day(meetings.assignments.get(unit=fresh).due_at) == LATER
