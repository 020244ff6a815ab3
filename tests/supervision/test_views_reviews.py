"""Reviewing: criterion by criterion, two people, and one thing after the other."""

import pytest
from django.urls import reverse

from bihuan.org.roles import Role
from bihuan.supervision.models import CriterionCheck, Review
from bihuan.supervision.rules import Stage
from tests.supervision import scenes

HTMX = {"HX-Request": "true"}
CRITERIA = ["覆盖全部学校", "问题整改到位"]


@pytest.fixture
def reviewer(client, town):
    client.force_login(town.person("省厅"))
    return client


def page_of(client, one):
    return client.get(reverse("assignment-review", args=[one.pk]))


def judge(client, one, *verdicts, htmx=True, **data):
    one.refresh_from_db()
    keys = one.item.criteria.values_list("pk", flat=True)
    given = {f"criterion-{pk}": verdict for pk, verdict in zip(keys, verdicts, strict=False) if verdict}
    data = {"seen_version": one.version, **given, **data}
    url = reverse("assignment-criteria", args=[one.pk])
    return client.post(url, data, headers=HTMX if htmx else {})


def conclude(client, one, conclusion, **data):
    one.refresh_from_db()
    data.setdefault("seen_version", one.version)
    return client.post(reverse("assignment-review", args=[one.pk]), {"conclusion": conclusion, **data})


def test_the_queue_lists_what_awaits_ones_word(reviewer, town, django_assert_max_num_queries):
    one = scenes.completed(town)
    scenes.working(town, "西市局")
    with django_assert_max_num_queries(12):
        page = reviewer.get(reverse("reviews"))
    assert [row["one"].pk for row in page.context["rows"]] == [one.pk]


def test_consent_is_closed_until_all_criteria_are_met(reviewer, town, django_assert_max_num_queries):
    one = scenes.completed(town, criteria=CRITERIA)
    with django_assert_max_num_queries(35):
        options = {option["value"]: option for option in page_of(reviewer, one).context["options"]}
    assert options["pass"]["disabled"]
    assert options["pass"]["hint"]
    judge(reviewer, one, "met", "met")
    options = {option["value"]: option for option in page_of(reviewer, one).context["options"]}
    assert not options["pass"]["disabled"]


def test_verdicts_are_saved_at_once_and_draft_the_opinion(reviewer, town):
    one = scenes.completed(town, criteria=CRITERIA)
    answer = judge(reviewer, one, "met", "unmet")
    assert b'id="verdict" hx-swap-oob="true"' in answer.content
    assert set(CriterionCheck.objects.values_list("verdict", flat=True)) == {"met", "unmet"}
    assert answer.context["form"]["opinion"].value() == "标准 2 未达到：问题整改到位。"
    assert answer.context["form"]["seen_version"].value() == one.version + 1


def test_an_opinion_of_ones_own_is_left_alone(reviewer, town):
    one = scenes.completed(town, criteria=CRITERIA)
    answer = judge(reviewer, one, "met", "unmet", opinion="请补两县的名单")
    assert answer.context["form"]["opinion"].value() == "请补两县的名单"
    drafted = judge(reviewer, one, "pending", "unmet", opinion="标准 2 未达到：问题整改到位。")
    assert drafted.context["form"]["opinion"].value().startswith("标准 1 待核")


def test_without_javascript_the_verdicts_are_a_form(reviewer, town):
    one = scenes.completed(town, criteria=CRITERIA)
    answer = judge(reviewer, one, "met", htmx=False)
    assert (answer.status_code, CriterionCheck.objects.count()) == (302, 1)


def test_a_stale_verdict_is_told_what_changed(reviewer, town):
    one = scenes.completed(town, criteria=CRITERIA)
    judge(reviewer, one, "met")
    answer = judge(reviewer, one, "met", "met", seen_version=one.version - 1)
    assert answer.status_code == 409
    assert "对照标准" in answer.context["note"]


def test_two_people_pass_a_submission_and_the_next_one_follows(client, town):
    one, other = scenes.completed(town, title="甲"), scenes.completed(town, "西市局", title="乙")
    town.post("省厅", Role.LEADER)
    client.force_login(town.person("省厅"))
    answer = conclude(client, one, "pass")
    assert answer.headers["Location"] == reverse("assignment-review", args=[other.pk])
    again = page_of(client, one)
    assert again.context["sheet"].review_step is None
    assert again.context["sheet"].review_refusal
    client.force_login(town.person("省厅", Role.LEADER))
    conclude(client, one, "pass")
    one.refresh_from_db()
    assert one.stage == Stage.ACCEPTED
    assert list(Review.objects.values_list("step", flat=True)) == ["pre_review", "approval"]


def test_a_return_needs_its_words(reviewer, town):
    one = scenes.completed(town)
    answer = conclude(reviewer, one, "return")
    assert answer.status_code == 422
    assert answer.context["form"].errors["opinion"]
    conclude(reviewer, one, "return", opinion="缺三所园的流水")
    one.refresh_from_db()
    assert (one.stage, one.returns) == (Stage.WORKING, 1)


def test_no_conclusion_is_an_error_at_the_choice(reviewer, town):
    answer = conclude(reviewer, scenes.completed(town), "")
    assert answer.status_code == 422
    assert answer.context["form"].errors["conclusion"]


def test_only_the_approver_accepts_against_open_ends(client, town):
    one = scenes.completed(town, criteria=CRITERIA)
    town.post("省厅", Role.LEADER)
    client.force_login(town.person("省厅"))
    answer = conclude(client, one, "override", opinion="另案处理")
    assert answer.status_code == 422
    one.refresh_from_db()
    assert one.stage == Stage.COMPLETED


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (("省厅", Role.SUPERVISOR), 200),
        (("省厅", Role.LEADER), 200),
        (("东市局", Role.HANDLER), 403),
        (("西市局", Role.SUPERVISOR), 404),
        (("省厅", Role.SECURITY_ADMIN), 404),
    ],
)
def test_who_may_look_at_a_review(client, town, who, status):
    one = scenes.completed(town)
    client.force_login(town.person(*who))
    assert page_of(client, one).status_code == status
    if status != 200:
        assert conclude(client, one, "pass").status_code == status
