"""The page of an assignment: whole and in parts, what it refuses, and what it says to whom."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role
from bihuan.supervision.actions.dispatching import raise_obstacle
from bihuan.supervision.actions.handling import sign_assignment
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.models import Assignment
from bihuan.supervision.rules import Stage
from tests.supervision import scenes
from tests.town import MORNING

HTMX = {"HX-Request": "true"}


def page_of(client, one, **query):
    return client.get(reverse("assignment", args=[one.pk]), query)


def send(client, one, noun, *, htmx=False, place="", **data):
    data.setdefault("seen_version", one.version)
    url = reverse(f"assignment-{noun}", args=[one.pk]) + (f"?in={place}" if place else "")
    return client.post(url, data, headers=HTMX if htmx else {})


@pytest.fixture
def handler(client, town):
    client.force_login(town.person("东市局", Role.HANDLER))
    return client


def test_the_page_opens_the_recommended_form_and_offers_the_other_operations(
    handler, town, django_assert_max_num_queries
):
    one = scenes.reported(town)
    with django_assert_max_num_queries(33):
        page = page_of(handler, one)
    assert page.context["operation"] == "report"
    offered = {button.operation.value for button in page.context["buttons"] + page.context["seldom"]}
    assert offered == {"completion", "explanation", "extension", "obstacle"}


@pytest.mark.parametrize(
    ("unit", "role", "status"),
    [
        ("东市局", Role.HANDLER, 200),
        ("东市局", Role.LEADER, 200),
        ("省厅", Role.SUPERVISOR, 200),
        ("西市局", Role.SUPERVISOR, 404),
        ("省厅", Role.SYSTEM_ADMIN, 404),
    ],
)
def test_who_may_not_know_of_an_assignment_does_not_find_it(client, town, unit, role, status):
    one = scenes.working(town)
    client.force_login(town.person(unit, role))
    assert page_of(client, one).status_code == status


def test_every_light_says_why_it_is_so_and_why_the_date(handler, town):
    page = page_of(handler, scenes.reported(town))
    assert b"data-why>" in page.content
    assert b"data-why-date>" in page.content


def test_without_javascript_an_operation_is_a_page_and_leads_back_to_it(handler, town):
    one = scenes.working(town)
    form = handler.get(reverse("assignment-report", args=[one.pk]))
    assert (form.status_code, form.context["operation"]) == (200, "report")
    done = send(handler, one, "report", text="已核查三县", progress=40)
    assert (done.status_code, done.headers["Location"]) == (302, reverse("assignment", args=[one.pk]))
    one.refresh_from_db()
    assert one.progress == 40


def test_htmx_gets_the_panel_then_the_whole_sheet(handler, town):
    one = scenes.working(town)
    panel = handler.get(reverse("assignment-report", args=[one.pk]), headers=HTMX)
    assert b"<html" not in panel.content
    assert b'id="panel"' in panel.content
    wrong = send(handler, one, "report", htmx=True, text="")
    assert wrong.status_code == 422
    assert b'aria-invalid="true"' in wrong.content
    done = send(handler, one, "report", htmx=True, text="已核查三县")
    assert done.headers["HX-Retarget"] == "#sheet"
    assert b'id="sheet"' in done.content
    assert b'id="sheet-head" hx-swap-oob="true"' in done.content


def test_a_row_of_the_workbench_gets_its_form_and_at_last_its_own_line(handler, town):
    one, place = scenes.working(town), "row-1-report"
    form = handler.get(reverse("assignment-report", args=[one.pk]) + f"?in={place}", headers=HTMX)
    assert b'id="panel"' not in form.content
    assert f'hx-post="{reverse("assignment-report", args=[one.pk])}?in={place}"' in form.content.decode()
    done = send(handler, one, "report", htmx=True, place=place, text="已核查三县")
    assert done.headers["HX-Retarget"] == f"#{place}"
    assert b"data-done" in done.content
    assert "counts" in done.headers["HX-Trigger"]


def test_a_place_that_is_no_row_is_not_echoed(handler, town):
    one = scenes.working(town)
    done = send(handler, one, "report", htmx=True, place="x],body", text="已核查三县")
    assert done.headers["HX-Retarget"] == "#sheet"


def test_the_refusal_of_a_rule_stands_at_its_field(handler, town):
    one = scenes.working(town)
    early = (MORNING.date() + timedelta(days=1)).isoformat()
    answer = send(handler, one, "extension", due_at=early, reason="账册外借", progress="五县")
    assert answer.status_code == 422
    assert answer.context["form"].errors["due_at"]


def test_the_slower_of_two_is_told_what_changed_and_keeps_what_was_typed(handler, town):
    one = scenes.given(town)
    sign_assignment(assignment_id=one.pk, actor=town.actor("东市局"), seen_version=0)
    answer = send(handler, one, "decline", htmx=True, reason="不属我局职责")
    assert answer.status_code == 409
    assert "签收" in answer.context["note"]
    assert answer.context["typed"] == [("理由", "不属我局职责")]
    assert answer.headers["HX-Retarget"] == "#sheet"


def test_what_is_still_possible_is_offered_again_with_what_was_typed(handler, town):
    one = scenes.working(town)
    scenes.moved(one, scenes.handling.report_progress, town.actor("东市局"), text="甲")
    answer = send(handler, one, "report", text="乙", seen_version=one.version - 1)
    assert answer.status_code == 409
    assert answer.context["form"]["text"].value() == "乙"
    assert answer.context["form"]["seen_version"].value() == one.version


def test_the_same_form_sent_twice_acts_once_and_succeeds_twice(handler, town):
    one, key = scenes.working(town), str(uuid4())
    for _press in range(2):
        assert send(handler, one, "report", text="已核查三县", request_key=key).status_code == 302
    assert one.reports.count() == 1


@pytest.mark.parametrize(
    ("unit", "role", "noun", "status"),
    [
        ("东市局", Role.HANDLER, "urge", 403),
        ("省厅", Role.SUPERVISOR, "report", 403),
        ("西市局", Role.HANDLER, "report", 404),
        ("东市局", Role.HANDLER, "insistence", 403),
        ("东市局", Role.HANDLER, "sign", 409),
    ],
)
def test_a_refused_operation_changes_nothing(client, town, unit, role, noun, status):
    one = scenes.working(town)
    client.force_login(town.person(unit, role))
    before = Entry.objects.count()
    url = reverse(f"assignment-{noun}", args=[one.pk])
    assert client.get(url).status_code == status
    assert send(client, one, noun, text="已办", reason="理由").status_code == status
    assert Entry.objects.count() == before


def test_a_duty_is_broken_down_in_several_parts_with_rows_added_on_the_way(client, town):
    one = scenes.working(town)
    client.force_login(town.person("东市局"))
    parts = {
        f"part-{n}-{name}": value
        for n, unit in enumerate(["东一县局", "东二县局"])
        for name, value in {
            "title": f"核查{unit}",
            "due_at": "2026-12-01",
            "unit_ids": town.unit(unit).pk,
        }.items()
    }
    shown = send(client, one, "parts", **parts, **{"part-TOTAL_FORMS": 2, "add_part": 1})
    assert (shown.status_code, len(shown.context["form"].rows.forms)) == (200, 3)
    assert b"aria-invalid" not in shown.content
    done = send(client, one, "parts", **parts, **{"part-TOTAL_FORMS": 3})
    assert done.status_code == 302
    assert Assignment.objects.filter(item__parent_assignment=one).count() == 2


def test_an_empty_break_down_says_what_is_missing(client, town):
    one = scenes.working(town)
    client.force_login(town.person("东市局"))
    answer = send(client, one, "parts", **{"part-TOTAL_FORMS": 2})
    assert answer.status_code == 422
    assert answer.context["form"].rows.non_form_errors()


def test_a_unit_is_found_without_javascript_by_sending_the_form_back(client, town):
    one = scenes.declined(town)
    town.unit("西市局")
    client.force_login(town.person("省厅"))
    shown = send(client, one, "reassignment", find="unit_id", **{"unit_id-q": "西市"})
    assert shown.status_code == 200
    assert b"aria-invalid" not in shown.content
    assert "西市局" in shown.content.decode()
    done = send(client, one, "reassignment", unit_id=town.unit("西市局").pk, reason="职责所在")
    assert done.status_code == 302
    one.refresh_from_db()
    assert one.stage == Stage.REASSIGNED


def test_a_unit_outside_the_subtree_is_refused_at_the_field(client, town):
    one = scenes.given(town, "东一县局", by="东市局")
    scenes.moved(one, scenes.handling.decline_assignment, town.actor("东一县局", Role.HANDLER), reason="无")
    client.force_login(town.person("东市局"))
    answer = send(client, one, "reassignment", unit_id=town.unit("西市局").pk, reason="职责所在")
    assert answer.status_code == 422
    assert answer.context["form"].errors["unit_id"]


def test_the_trail_folds_what_is_older_and_filters_reports(handler, town):
    one = scenes.working(town)
    for n in range(12):
        scenes.moved(
            one, scenes.handling.report_progress, town.actor("东市局", Role.HANDLER), text=f"第{n}次"
        )
    page = page_of(handler, one)
    assert len(page.context["recent"]) == 8
    assert len(page.context["older"]) == one.version + 1 - 8
    only = page_of(handler, one, trail="reports")
    kinds = {line.happening.verb for line in only.context["recent"] + only.context["older"]}
    assert kinds == {"reported"}


def test_the_trail_calls_a_rung_by_its_name_and_not_late_what_is_only_unsigned(handler, town):
    one = scenes.given(town, "东市局")
    with clock.frozen(MORNING + timedelta(days=2)):
        sound_alarms(actor=system("sweep"))
        page = page_of(handler, one)
    [called] = [line for line in page.context["recent"] if line.happening.verb == "pressed"]
    assert (str(called.happening.entry.label), str(called.label)) == ("逾期催办", "催签收")
    assert "催签收" in page.content.decode()


def test_who_is_asked_for_help_sees_what_is_stuck(client, town):
    one = scenes.working(town)
    asked = raise_obstacle(
        assignment_id=one.pk,
        actor=town.actor("东市局", Role.HANDLER),
        unit_id=town.unit("省厅").pk,
        power="协调财政资金",
        text="缺口三十万元",
    )
    client.force_login(town.person("省厅"))
    page = page_of(client, asked.answer)
    assert page.context["sheet"].helped == one
    assert f'href="{reverse("assignment", args=[one.pk])}"' in page.content.decode()
    assert page_of(client, one).context["sheet"].helped is None


def test_a_cancellation_shows_what_ends_with_it(client, town):
    one = scenes.working(town, assist_ids=[town.unit("西市局").pk])
    client.force_login(town.person("省厅"))
    page = client.get(reverse("assignment-cancellation", args=[one.pk]))
    assert [other.unit.short_name for other in page.context["ending"]] == ["西市局"]


def test_assisting_units_see_each_other_and_the_lead_sees_them(client, town):
    one = scenes.working(town, assist_ids=[town.unit("西市局").pk, town.unit("学院").pk])
    client.force_login(town.person("西市局", Role.HANDLER))
    other = one.assisting.get(unit=town.unit("西市局"))
    page = page_of(client, other)
    assert [row.unit.short_name for row in page.context["sheet"].companions] == ["东市局", "学院"]


def test_a_new_round_and_the_old_one_lead_to_each_other(client, town):
    one = scenes.written_off(town)
    client.force_login(town.person("省厅"))
    answer = send(
        client,
        one,
        "look-back",
        verdict="relapsed",
        finding="再查发现反弹",
        due_at="2026-12-31",
        early="群众反映",
    )
    assert answer.status_code == 302
    new = Assignment.objects.get(relapsed_from=one)
    assert [row.pk for row in page_of(client, new).context["sheet"].rounds] == [one.pk, new.pk]
    assert [row.pk for row in page_of(client, one).context["sheet"].rounds] == [one.pk, new.pk]


def test_the_printed_form_carries_requirements_and_trail(handler, town):
    one = scenes.reported(town)
    page = handler.get(reverse("assignment-print", args=[one.pk]))
    assert page.status_code == 200
    assert "已核查三县" in page.content.decode()


def test_an_anonymous_visitor_is_led_to_the_door(client, town):
    one = scenes.given(town)
    assert page_of(client, one).headers["Location"].startswith(reverse("sign-in"))
