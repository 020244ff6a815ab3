"""Deadlines given as a span: 15 workdays from service is a date of its own for each region."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused
from bihuan.kernel.sheets import Sheet
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.reading.reader import read
from bihuan.supervision.actions import dispatching, terms
from bihuan.supervision.actions.dispatching import Part, register_item, serve_dispatch
from bihuan.supervision.actions.planning import (
    amend_plan,
    draft_plan,
    edit_items,
    issue_plan,
    roll_forward,
)
from bihuan.supervision.dues import DueRule
from bihuan.supervision.jobs import rederive_job
from bihuan.supervision.models import Assignment, Dispatch, Extension, Item
from bihuan.supervision.nodes import Aim, Header, Node
from bihuan.supervision.queries.drafts import with_details
from bihuan.supervision.queries.readiness import gaps_of
from bihuan.supervision.queries.readings import draft_of
from bihuan.supervision.queries.reasons import reason_of, why_date
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.queries.rehearsal import rehearse
from bihuan.supervision.queries.spreadsheets import imported, preview, sheet_of
from tests.supervision import scenes
from tests.town import MORNING, TODAY
from tests.workdays.test_notices import local_day, publish

FIFTEEN = "15 workday from service"
EAST, WEST = "622900", "620100"


@pytest.mark.parametrize(
    "said, code",
    [
        ("15个工作日", FIFTEEN),
        ("自下发之日起15个工作日内", FIFTEEN),
        ("自印发之日起十五个工作日内完成", "15 workday from issue"),
        ("2小时", "2 hour from service"),
        ("下发后2个工作小时内", "2 hour from service office"),
        ("两周", "14 day from service"),
        ("半年", "6 month from service"),
        ("30日，遇节假日顺延", "30 day from service roll"),
        ("15 workdays", FIFTEEN),
        ("印发之日起2小时", None),
        ("0日", None),
        ("签收之日起3日", None),
        ("尽快", None),
        ("9999个月", None),
    ],
)
def test_a_span_is_read_in_words_and_its_words_are_read_back(said, code):
    if code is None:
        with pytest.raises(ValueError, match=r"span|nothing|hour"):
            DueRule.parse(said)
        return
    rule = DueRule.parse(said)
    assert rule.code == code
    assert DueRule.parse(rule.written) == DueRule.parse(rule.code) == rule


@pytest.fixture
def regions(town, at_work):
    """East keeps a holiday of its own on 1 December, west none."""
    for name, code in (("东市局", EAST), ("西市局", WEST)):
        town.unit(name)
        Unit.objects.filter(name=name).update(region_code=code)
    local_day(region_code=EAST, name="开斋节", first_on=date(2026, 12, 1), published_on=date(2026, 11, 1))
    rederive_job(0)


def aims(town, *names):
    return [Aim(name, town.unit(name).pk) for name in names]


@pytest.fixture
def plan(town, regions):
    everybody = aims(town, "东市局", "东一县局", "西市局")
    tree = [
        Node("开展自查", due_rule="15个工作日", leads=everybody, assists=aims(town, "学院")),
        Node("报送名单", due_on=TODAY + timedelta(days=60), leads=everybody),
    ]
    return draft_plan(actor=town.actor("省厅"), header=Header("行动方案"), tree=tree)


def due_days(item=None, **chosen):
    rows = Assignment.objects.filter(item__title=item or "开展自查", **chosen)
    return {one.unit.name: clock.office_day(one.due_at) for one in rows.select_related("unit")}


EASTERN, WESTERN = date(2026, 12, 15), date(2026, 12, 14)


@pytest.mark.parametrize("at_once", [500, 1])
def test_one_plan_gives_each_region_its_own_date_and_stores_why(town, plan, monkeypatch, at_once):
    monkeypatch.setattr(dispatching, "AT_ONCE", at_once)
    monkeypatch.setattr(dispatching, "CHUNK", 1)
    told = rehearse(plan)
    assert {(one.where, one.units, clock.office_day(one.due_at)) for one in told.reckoned} == {
        ("东市局", 2, EASTERN),
        ("", 1, WESTERN),
    }
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    for dispatch in Dispatch.objects.all():
        while serve_dispatch(dispatch_id=dispatch.pk, actor=system("t")):
            pass
    leads = due_days(duty="lead")
    assert leads == {"东市局": EASTERN, "东一县局": EASTERN, "西市局": WESTERN}
    early = regime_of(town.unit("省厅")).assist_due(MORNING, clock.end_of(EASTERN))
    assert due_days(duty="assist") == {"学院": clock.office_day(early)}
    for one in Assignment.objects.filter(item__title="开展自查", duty="lead"):
        [term] = one.terms.all()
        assert (term.rule["amount"], term.rule["unit"], one.original_due_at) == (15, "workday", one.due_at)
        assert ("开斋节1天不计" in why_date(term)) is (one.unit.name != "西市局")
        assert "15个工作日" in why_date(term)
        assert "共15个工作日" in reason_of(one, MORNING).sentence


def test_publishing_a_year_moves_only_what_was_counted_and_awaited(town, regions):
    everybody = aims(town, "东市局", "西市局")
    tree = [
        Node("跨年", due_rule="40个工作日", leads=everybody, assists=aims(town, "学院")),
        Node("年内", due_rule="15个工作日", leads=everybody),
        Node("定日", due_on=date(2027, 2, 26), leads=everybody),
        Node("年内小时", due_rule="2个工作小时", leads=everybody),
    ]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("行动方案"), tree=tree)
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    was = {one.pk: one for one in Assignment.objects.select_related("item", "unit")}
    publish(off={date(2027, 1, day): "元旦" for day in (1, 4, 5)}, work={}, published_on=date(2026, 11, 20))
    rederive_job(0)
    for pk, before in was.items():
        now = Assignment.objects.get(pk=pk)
        assert (now.due_at != before.due_at) is (before.item.title == "跨年"), (
            before.item.title,
            before.unit,
        )
        assert now.original_due_at == before.original_due_at
    east, west = (due_days("跨年")[name] for name in ("东市局", "西市局"))
    assert east > west
    lead = Assignment.objects.get(item__title="跨年", unit__name="东市局")
    assist = Assignment.objects.get(item__title="跨年", duty="assist")
    assert assist.due_at == regime_of(town.unit("省厅")).assist_due(assist.dispatched_at, lead.due_at)
    # and a region's own day moves only what lies there
    local_day(region_code=EAST, name="古尔邦节", first_on=date(2026, 12, 10), published_on=date(2026, 11, 21))
    rederive_job(0)
    assert due_days("年内") == {"东市局": date(2026, 12, 16), "西市局": WESTERN}


def test_two_office_hours_end_when_offices_have_been_open_for_two_hours(town, regions):
    with clock.frozen(MORNING.replace(hour=17)):  # a Monday: an hour is left of it
        one = scenes.given(town, due_at=None, due_rule="2个工作小时")
        assert one.due_at == MORNING.replace(day=24)
        clocked = scenes.given(town, "西市局", due_at=None, due_rule="2小时")
        assert clocked.due_at == MORNING.replace(hour=19)


def test_a_span_from_the_date_of_the_document_counts_from_there(town, regions):
    item = register_item(
        actor=town.actor("省厅"),
        kind="document",
        title="来文",
        issued_on=date(2026, 11, 18),
        due_rule="自印发之日起10日内",
        lead_ids=[town.unit("西市局").pk],
    )
    assert clock.office_day(item.assignments.get().due_at) == date(2026, 11, 28)
    with pytest.raises(Refused) as refused:
        register_item(
            actor=town.actor("省厅"),
            kind="document",
            title="旧文",
            issued_on=date(2026, 1, 1),
            due_rule="自印发之日起10日内",
            lead_ids=[town.unit("西市局").pk],
        )
    assert refused.value.code == "past"


def _registered(town):
    return scenes.given(town, due_at=None, due_rule=FIFTEEN)


def _reassigned(town):
    old = scenes.declined(town, "西市局")
    words = {"reason": "归东市", "unit_id": town.unit("东市局").pk, "due_rule": FIFTEEN}
    return dispatching.reassign_assignment(assignment_id=old.pk, actor=town.actor("省厅"), **words)


def _broken_down(town):
    whole = scenes.working(town, due_at=clock.end_of(date(2026, 12, 31)))
    part = Part("核查", [town.unit("东一县局").pk], due_rule=FIFTEEN)
    [item] = dispatching.break_down_assignment(
        assignment_id=whole.pk, actor=town.actor("东市局", Role.LEADER), parts=[part]
    )
    return item.assignments.get()


def _added(town):
    tree = [Node("原有", due_on=TODAY + timedelta(days=30), leads=aims(town, "西市局"))]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("方案"), tree=tree)
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    node = Node("新增", due_rule=FIFTEEN, leads=aims(town, "东市局"))
    amend_plan(plan_id=plan.pk, actor=town.actor("省厅"), reason="补充", added=[(None, node)])
    return Assignment.objects.get(item__title="新增")


def _rolled(town):
    tree = [Node("自查", due_rule=FIFTEEN, leads=aims(town, "东市局"))]
    old = draft_plan(actor=town.actor("省厅"), header=Header("方案"), tree=tree)
    plan = roll_forward(plan_id=old.pk, actor=town.actor("省厅"), title="又一年")
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    return Assignment.objects.get(item__plan=plan)


@pytest.mark.parametrize("door", [_registered, _reassigned, _broken_down, _added, _rolled])
def test_every_action_that_sets_a_deadline_takes_a_span(town, regions, door):
    one = door(town)
    assert clock.office_day(one.due_at) == EASTERN
    assert one.terms.get().rule["amount"] == 15


def test_a_part_does_not_outlast_the_whole_and_two_deadlines_are_one_too_many(town, regions):
    whole = scenes.working(town, due_at=clock.end_of(WESTERN))
    part = Part("核查", [town.unit("东一县局").pk], due_rule=FIFTEEN)
    for wrong, code in ((part, "after_parent"), (Part("核查", part.unit_ids), "required")):
        with pytest.raises(Refused) as refused:
            dispatching.break_down_assignment(
                assignment_id=whole.pk, actor=town.actor("东市局", Role.LEADER), parts=[wrong]
            )
        assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        scenes.given(town, due_rule=FIFTEEN)
    assert refused.value.code == "two_deadlines"


def test_an_item_has_one_deadline_whatever_was_there_before(town, plan):
    item = plan.items.get(title="报送名单")

    def changed(**change):
        edit_items(plan_id=plan.pk, actor=town.actor("省厅"), changes={item.pk: change})
        item.refresh_from_db()
        return item.due_rule, item.due_on, item.long_term

    assert changed(due_rule="30日") == ("30 day from service", None, False)
    assert changed(due_on=TODAY) == ("", TODAY, False)
    assert changed(due_rule="2小时", due_on=None, long_term=False) == ("2 hour from service", None, False)
    assert changed(long_term=True, due_on=None) == ("", None, True)
    with pytest.raises(Refused) as refused:
        changed(due_rule="越快越好")
    assert refused.value.code == "no_span"


def test_a_date_amended_by_people_is_no_span_any_more(town, plan):
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    item = plan.items.get(title="开展自查")
    day = date(2026, 12, 30)
    amend_plan(plan_id=plan.pk, actor=town.actor("省厅"), reason="另定", redated={item.pk: day})
    item.refresh_from_db()
    assert (item.due_rule, item.due_on) == ("", day)
    assert set(due_days(duty="lead").values()) == {day}
    publish(off={date(2026, 12, 29): "调"}, work={}, published_on=date(2026, 11, 20))
    rederive_job(0)
    assert set(due_days(duty="lead").values()) == {day}


@pytest.fixture
def send(client, town):
    def send(name, *args, data=None):
        client.force_login(town.person("省厅"))
        address = reverse(name, args=args)
        return client.post(address, {**data, "request_key": str(uuid4())}) if data else client.get(address)

    return send


def test_the_pages_take_a_span_and_show_what_it_comes_to(town, plan, send):
    item = plan.items.get(title="报送名单")
    row = f"item-{item.pk}"
    form = {f"{row}-title": item.title, f"{row}-mode": "each", f"{row}-priority": "normal"}
    both = {f"{row}-due_on": "2026-12-31", f"{row}-due_rule": "3个月"}
    assert send("draft-item", plan.pk, item.pk, data=form | both).status_code == 422
    unread = send("draft-item", plan.pk, item.pk, data=form | {f"{row}-due_rule": "快些"})
    assert unread.status_code == 422
    names = {f"{row}-leads": "东市局、西市局"}
    assert (
        send("draft-item", plan.pk, item.pk, data=form | names | {f"{row}-due_rule": "3个月"}).status_code
        < 400
    )
    assert plan.items.get(pk=item.pk).due_rule == "3 month from service"
    page = send("plan-rehearsal", plan.pk).content.decode()
    for day in (EASTERN, WESTERN, date(2027, 2, 23)):
        assert f'data-reckoned="{day}"' in page
    plan.refresh_from_db()
    send("plan-issue", plan.pk, data={"seen_version": plan.version})
    assert due_days(duty="lead")["东市局"] == EASTERN
    one = Assignment.objects.get(item__title="开展自查", unit__name="东市局")
    assert "15个工作日" in send("assignment", one.pk).content.decode()


def test_the_registering_page_takes_a_span_in_place_of_a_date(town, regions, send):
    said = {"title": "立即核查", "kind": "instruction", "priority": "normal"}
    said["lead_ids"] = town.unit("东市局").pk
    assert send("register-item", data=said).status_code == 422
    assert send("register-item", data=said | {"due_at": "2026-12-31", "due_rule": "2小时"}).status_code == 422
    assert send("register-item", data=said | {"due_rule": "2小时"}).status_code == 302
    item = Item.objects.get(title="立即核查")
    assert item.assignments.get().due_at == clock.now() + timedelta(hours=2)
    assert (item.due_on, item.due_rule) == (None, "2 hour from service")


def test_terms_for_others_to_decide_are_derived_again_as_well(town):
    with clock.frozen(clock.end_of(date(2026, 12, 31)) - timedelta(hours=8)):
        rederive_job(0)
        far = clock.end_of(date(2027, 3, 1))
        declined = scenes.declined(town, "西市局", due_at=far)
        asked = scenes.working(town, "东市局", due_at=far)
        later = {"due_at": far + timedelta(days=9), "reason": "雨", "progress": "半"}
        terms.ask_extension(assignment_id=asked.pk, actor=town.actor("东市局", Role.HANDLER), **later)
        asked.refresh_from_db()
        publish(
            off={date(2027, 1, day): "元旦" for day in (1, 4, 5)}, work={}, published_on=date(2026, 12, 30)
        )
        rederive_job(0)
        regime = regime_of(town.unit("省厅"))
        now = Assignment.objects.get(pk=declined.pk)
        assert (
            now.decide_by == regime.workdays_from(clock.now(), "decline.decide_workdays") > declined.decide_by
        )
        now = Assignment.objects.get(pk=asked.pk)
        assert (
            now.answer_by == regime.workdays_from(clock.now(), "extension.decide_workdays") > asked.answer_by
        )
        assert Extension.objects.get().decide_by == now.answer_by


def test_a_document_keeps_its_span_from_reading_to_the_assignment(town, regions):
    text = """关于开展专项整治的通知
各市州教育局：
一、重点任务
1.开展自查。（责任单位：东市局；完成时限：自印发之日起15个工作日内）
2.建立台账。（责任单位：东市局；完成时限：下发之日起2个月内）
3.立行报告。（责任单位：东市局；完成时限：2小时内完成）
省教育厅
2026年11月20日
"""
    found = draft_of(read(text.encode(), "通知.txt"), town.unit("省厅"))
    plan = draft_plan(actor=town.actor("省厅"), header=found.header, tree=found.tree)
    rules = {item.title[:2]: item.due_rule for item in plan.items.leaves()}
    assert rules == {
        "开展": "15 workday from issue",
        "建立": "2 month from service",
        "立行": "2 hour from service",
    }
    assert not [gap for gap in gaps_of(plan) if gap.code == "no_deadline"]
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    one = Assignment.objects.get(item__title__startswith="开展")
    assert clock.office_day(one.due_at) == date(
        2026, 12, 14
    )  # counted from the 20th, with the holiday between


def test_a_sheet_says_the_span_in_words_and_takes_it_back(town, plan):
    names, rows, *_rest = sheet_of(plan, town.actor("省厅"))
    at = names.index("限时")
    assert [row[at] for row in rows] == ["下发之日起15个工作日内", ""]
    sheet = Sheet([names, *([str(cell) for cell in row] for row in rows)])
    found = imported(sheet, town.unit("省厅"), list(with_details(plan.items.all())))
    assert not found.faults
    assert preview(found, list(with_details(plan.items.all()))).is_nothing
    sheet.rows[2][at] = "2小时"
    assert [fault.column for fault in imported(sheet, town.unit("省厅")).faults] == ["完成时限"]
    sheet.rows[2][names.index("完成时限")] = ""
    sheet.rows[1][at] = "尽快"
    again = imported(sheet, town.unit("省厅"), list(with_details(plan.items.all())))
    assert [(fault.row, fault.column) for fault in again.faults] == [(2, "限时")]
    assert again.lines[1].node.due_rule == "2 hour from service"


def test_a_span_loses_exactly_the_workdays_on_which_the_clock_stood(town, regions):
    one = scenes.working(town, "西市局", due_at=None, due_rule=FIFTEEN)
    giver = town.actor("省厅")
    with clock.frozen(MORNING + timedelta(days=2)):
        review_on = MORNING + timedelta(days=30)
        terms.suspend_assignment(assignment_id=one.pk, actor=giver, reason="汛情", review_on=review_on)
    with clock.frozen(MORNING + timedelta(days=11)):  # from a Wednesday to a Friday: seven workdays
        terms.resume_assignment(assignment_id=one.pk, actor=town.actor("省厅"))
    now = Assignment.objects.get(pk=one.pk)
    assert clock.office_day(now.due_at) == date(2026, 12, 23)
    assert now.record_due_at == now.due_at
    assert "中止计算" in why_date(now.terms.last())
