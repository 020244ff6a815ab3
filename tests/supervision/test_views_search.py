"""Searching and registering: two characters find something, nobody finds what they may not know of."""

import pytest
from django.urls import reverse

from bihuan.org.roles import Role
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.search import find
from tests.supervision import scenes


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("食品", ["校园食品安全"]),
        ("〔2026〕37", ["校园食品安全"]),
        ("东市", ["校园食品安全"]),
        ("食品 东市", ["校园食品安全"]),
        ("食品 西市", []),
        ("%", []),
        ("", []),
    ],
)
def test_words_find_titles_numbers_and_units(town, text, titles):
    scenes.given(town, title="校园食品安全", number="甘教督办〔2026〕37号")
    scenes.given(town, "西市局", title="取暖锅炉检修")
    found = find(town.actor("省厅"), text)
    assert [one.item.title for one in found.assignments] == titles


def test_units_are_found_by_name_pinyin_and_the_people_in_them(town):
    town.post("东一县局", Role.HANDLER, name="马晓燕")
    actor = town.actor("省厅")
    for text in ("东一", "dongyixian", "dyxj", "马晓燕"):
        assert [unit.name for unit in find(actor, text).units] == ["东一县局"], text


def test_nobody_finds_what_they_may_not_know_of(town):
    scenes.given(town, title="校园食品安全")
    for who in [("西市局", Role.SUPERVISOR), ("省厅", Role.SYSTEM_ADMIN)]:
        found = find(town.actor(*who), "食品")
        assert found.count == 0


def test_the_page_shows_each_kind_and_says_when_there_is_nothing(client, town, django_assert_max_num_queries):
    scenes.given(town, title="东市食品安全")
    client.force_login(town.person("省厅"))
    with django_assert_max_num_queries(17):
        page = client.get(reverse("search"), {"q": "东市"})
    assert b'data-kind="assignment"' in page.content
    assert b'data-kind="unit"' in page.content
    assert "没有找到" in client.get(reverse("search"), {"q": "不存在的事"}).content.decode()


# Registering


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
