"""Registering a matter that comes from no plan (登记临时交办)."""

import pytest
from django.urls import reverse

from bihuan.org.roles import Role
from bihuan.supervision.models import Assignment


def fields(town, **more):
    lead = {"lead_ids": [town.unit("东市局").pk]}
    return {
        "title": "核查取暖",
        "kind": "instruction",
        "due_at": "2026-12-20",
        "priority": "normal",
        **lead,
        **more,
    }


def test_a_matter_is_given_to_several_leads_with_assisting_units(client, town):
    client.force_login(town.person("省厅"))
    leads = [town.unit("东市局").pk, town.unit("西市局").pk]
    data = fields(town, lead_ids=leads, assist_ids=[town.unit("市财政局").pk], criteria="甲\n\n乙")
    answer = client.post(reverse("register-item"), data)
    made = Assignment.objects.order_by("pk")
    assert answer.headers["Location"] == reverse("assignment", args=[made[0].pk])
    assert sorted(made.values_list("unit__name", "duty")) == [
        ("东市局", "lead"),
        ("市财政局", "assist"),
        ("西市局", "lead"),
    ]
    assert [one.text for one in made[0].item.criteria.all()] == ["甲", "乙"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": ""}, "title"),
        ({"lead_ids": []}, "lead_ids"),
        ({"due_at": "2020-01-01"}, "due_at"),
        ({"kind": "plan"}, "kind"),
    ],
)
def test_what_is_missing_is_said_at_its_field(client, town, more, field):
    client.force_login(town.person("省厅"))
    answer = client.post(reverse("register-item"), fields(town, **more))
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert not Assignment.objects.exists()


def test_a_unit_may_not_lead_and_assist_at_once(client, town):
    client.force_login(town.person("省厅"))
    answer = client.post(reverse("register-item"), fields(town, assist_ids=[town.unit("东市局").pk]))
    assert answer.context["form"].errors["assist_ids"]


def test_the_same_form_sent_twice_gives_out_once(client, town):
    client.force_login(town.person("省厅"))
    data = fields(town, request_key="7d0e1d3c-0c5e-4a52-8d1c-1d6b3d9d0a11")
    first, second = (client.post(reverse("register-item"), data) for _press in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Assignment.objects.count() == 1


def test_looking_for_a_unit_keeps_what_was_typed_and_complains_of_nothing(client, town):
    town.unit("西市局")
    client.force_login(town.person("省厅"))
    answer = client.post(
        reverse("register-item"), fields(town, title="", find="lead_ids", **{"lead_ids-q": "西市"})
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "aria-invalid" not in page
    assert f'value="{town.unit("东市局").pk}" checked' in page
    assert "西市局" in page


def test_the_picker_keeps_what_is_chosen_and_stays_below_ones_authority(client, town):
    town.unit("西市局"), town.unit("东一县局")
    client.force_login(town.person("东市局"))
    page = client.get(
        reverse("pick-units"), {"name": "lead_ids", "many": 1, "lead_ids-q": "县"}
    ).content.decode()
    assert "东一县局" in page
    assert (
        "西市局"
        not in client.get(reverse("pick-units"), {"name": "lead_ids", "lead_ids-q": "西"}).content.decode()
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [(("省厅", Role.SUPERVISOR), 200), (("省厅", Role.LEADER), 403), (("东市局", Role.HANDLER), 403)],
)
def test_only_those_who_dispatch_register(client, town, who, status):
    client.force_login(town.person(*who))
    assert client.get(reverse("register-item")).status_code == status
