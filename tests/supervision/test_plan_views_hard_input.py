"""Documents that are readable and still wrong: no numbers, two units of one name, deadlines that have passed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.kernel.actor import system
from bihuan.org.actions import found_unit
from bihuan.supervision.models import Assignment, Plan
from tests.town import TODAY

HEAD = "某省教育厅关于开展专项检查的通知\n教发〔2026〕9号\n各单位：\n"


@pytest.fixture
def send(client, town):
    """Posts to a page as a supervisor of 省厅; text goes as a file."""
    client.force_login(town.person("省厅"))

    def post(name: str, *args: object, text: str = "", **data):
        file = {"file": SimpleUploadedFile("方案.txt", text.encode())} if text else {}
        return client.post(reverse(name, args=args), data | file | {"request_key": str(uuid4())})

    return post


def drafted(send, text: str) -> Plan:
    assert send("plan-from-document", text=HEAD + text).status_code == 302
    return Plan.objects.get()


def test_a_plan_without_numbers_becomes_a_draft_of_passages_to_choose_from(client, send):
    plan = drafted(send, "各单位要高度重视。\n请于年底前报送总结。\n")
    page = client.get(reverse("draft", args=[plan.pk]))
    passages = page.context["view"].passages
    assert (plan.items.count(), len(passages) > 0) == (0, True)
    assert client.get(reverse("plan-rehearsal", args=[plan.pk])).context["told"].gaps
    assert send("plan-issue", plan.pk).status_code == 409
    send("draft-passage", plan.pk, passages[-1].pk, item="1")
    assert plan.items.count() == 1


def test_a_name_that_two_units_bear_is_taken_for_neither_and_both_are_offered_with_where_they_are(
    client, send, town
):
    for above in ("东一县局", "东二县局"):
        parent = town.unit(above)
        founded = {"kind": "school", "parent_id": parent.pk, "starts_on": TODAY.replace(year=2020)}
        found_unit(actor=system("tests"), name="第一小学", **founded)
    plan = drafted(send, "一、核查收费，2027年6月30日前完成。（责任单位：第一小学）\n")
    page = client.get(reverse("draft", args=[plan.pk]))
    [name] = page.context["names"].rows()
    choices = [str(label) for _value, label in name["means"].field.choices]
    assert {above: sum(above in label for label in choices) for above in ("东一县局", "东二县局")} == {
        "东一县局": 1,
        "东二县局": 1,
    }
    assert send("plan-issue", plan.pk).status_code == 409
    assert not Assignment.objects.exists()


def test_a_deadline_that_has_passed_is_pointed_out_and_stops_the_issue(client, send, town):
    town.unit("东市局")
    day = TODAY - timedelta(days=1)
    plan = drafted(send, f"一、核查收费，{day.year}年{day.month}月{day.day}日前完成。（责任单位：东市局）\n")
    page = client.get(reverse("draft", args=[plan.pk]))
    assert [gap.code for row in page.context["view"].rows for gap in row.gaps] == ["past"]
    assert send("plan-issue", plan.pk).status_code == 409
    assert not Assignment.objects.exists()
