"""The search as a page, in the jump box and in the API: the same hits, the same numbers, the same readers."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from bihuan.insight.queries import search
from bihuan.kernel.finding import offers
from bihuan.org.roles import Role
from tests.supervision import scenes

pytestmark = pytest.mark.django_db

READERS = [
    (("省厅", Role.SUPERVISOR), 200),
    (("省厅", Role.LEADER), 200),
    (("东市局", Role.HANDLER), 200),
    (("省厅", Role.SYSTEM_ADMIN), 200),
    (("省厅", Role.SECURITY_ADMIN), 200),
    (("省厅", Role.AUDIT_ADMIN), 200),
]


def numbers(page: str) -> dict[str, str]:
    """The kinds shown on a page with their numbers."""
    return dict(re.findall(r'data-group="(\w+)"\s+data-count="([\d,+]+)"', page))


@pytest.mark.parametrize(("who", "status"), READERS)
def test_everybody_may_search_what_they_may_see(client, town, who, status):
    client.force_login(town.person(*who))
    for name in ("search", "search-suggest"):
        answer = client.get(reverse(name), {"q": "食品"}, headers={"HX-Request": "true"})
        assert answer.status_code == status


@pytest.mark.parametrize("name", ["search", "search-suggest"])
def test_whoever_is_not_signed_in_is_asked_to(client, name):
    assert client.get(reverse(name), {"q": "食品"}).status_code == 302


def test_each_kind_is_shown_with_its_number_and_the_words_are_marked(client, town):
    scenes.reported(town, title="东市<食品>安全", criteria=["食品台账齐全"])
    client.force_login(town.person("省厅"))
    shown = client.get(reverse("search"), {"q": "食品"}).content.decode()
    assert numbers(shown) == {"item": "1", "assignment": "1"}
    assert '东市&lt;<mark class="bh-same">食品</mark>&gt;安全' in shown
    assert '<mark class="bh-same">食品</mark>台账齐全' in shown
    shown = client.get(reverse("search"), {"q": "三县"}).content.decode()
    assert numbers(shown) == {"report": "1"}


def test_a_page_of_one_kind_ends_and_the_next_goes_on(client, town, monkeypatch):
    monkeypatch.setattr(search, "PAGE", 2)
    for n in range(5):
        scenes.given(town, title=f"食品{n}")
    client.force_login(town.person("省厅"))
    titles, address = [], f"{reverse('search')}?q=食品&kind=assignment"
    while address:
        answer = client.get(address)
        if not titles:
            assert numbers(answer.content.decode()) == {"assignment": "5"}
        titles += [hit.title for hit in answer.context["alone"].hits]
        address = answer.context["next"]
    assert titles == ["食品4", "食品3", "食品2", "食品1", "食品0"]


@pytest.mark.parametrize(
    "mark", ["x", "W10", "WzEsMl0", "e30", "WyJhIiwxXQ", "WzEsIDk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", "²"]
)
def test_a_mark_that_was_tampered_with_gives_a_page(client, town, mark):
    scenes.given(town, title="食品")
    client.force_login(town.person("省厅"))
    for kind in [one.kind for one in offers()]:
        answer = client.get(reverse("search"), {"q": "食品", "kind": kind, "after": mark})
        assert answer.status_code == 200


def test_more_than_is_counted_is_said_so(client, town, monkeypatch):
    monkeypatch.setattr(search, "COUNTED", 3)
    monkeypatch.setattr(search, "SHOWN", 2)
    for n in range(5):
        scenes.given(town, title=f"食品{n}")
    client.force_login(town.person("省厅"))
    shown = client.get(reverse("search"), {"q": "食品"}).content.decode()
    assert numbers(shown) == {"item": "3+", "assignment": "3+"}


def test_a_facet_counts_the_list_it_leads_to(client, town):
    for scene in (scenes.given, scenes.working, scenes.accepted, scenes.written_off):
        scene(town, title=f"食品{scene.__name__}")
    client.force_login(town.person("省厅"))
    answer = client.get(reverse("search"), {"q": "食品", "kind": "assignment"})
    facets = answer.context["facets"]
    assert {label: n for label, _href, n in facets} == {"在办": 3, "已办结（含销号）": 2}
    for _label, href, n in facets:
        assert client.get(href).context["alone"].count == n


def test_controls_become_filters_in_the_box(client, town):
    client.force_login(town.person("省厅"))
    sent = {
        "controls": "1",
        "q": "食品 单位:西市",
        "unit": "东市",
        "state": "逾期",
        "kind": "",
        "due": "<2026-12-31",
    }
    answer = client.get(reverse("search"), sent)
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {
        "q": ["食品 单位:东市 状态:逾期 截止<2026-12-31"]
    }
    shown = client.get(answer.headers["Location"])
    assert shown.context["form"].initial["unit"] == "东市"
    assert [label for label, _href in shown.context["chips"]] == ["单位:东市", "状态:逾期", "截止<2026-12-31"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("颜色:红", "颜色"),
        ("状态:不明", "不明"),
        ("截止:春天", "2026-12-31"),
        ("食" * 300, "200"),
        ("", None),
    ],
)
def test_what_was_not_understood_is_said(client, town, text, said):
    client.force_login(town.person("省厅"))
    notes = client.get(reverse("search"), {"q": text}).context["notes"]
    assert [said in note for note in notes] == ([True] if said else [])


@pytest.mark.parametrize(
    "text", ["x" * 10_000_000, "'; DROP TABLE x; --", "<script>", "%_\\", "𠮷", "a:b:c::"]
)
def test_odd_and_hostile_questions_get_an_answer(client, town, text):
    client.force_login(town.person("省厅"))
    assert client.get(reverse("search"), {"q": text}).status_code == 200
    assert (
        client.get(reverse("search-suggest"), {"q": text}, headers={"HX-Request": "true"}).status_code == 200
    )


def test_the_page_takes_few_queries_however_much_there_is(client, town, django_assert_max_num_queries):
    for n in range(6):
        scenes.reported(town, title=f"东市食品{n}")
    client.force_login(town.person("省厅"))
    client.get(reverse("search"), {"q": "东市"})
    with django_assert_max_num_queries(35):
        client.get(reverse("search"), {"q": "东市"})
    with django_assert_max_num_queries(30):
        client.get(reverse("search-suggest"), {"q": "东市"}, headers={"HX-Request": "true"})


# The jump box


def suggested(client, text: str) -> str:
    return client.get(reverse("search-suggest"), {"q": text}, headers={"HX-Request": "true"}).content.decode()


def test_suggestions_lead_straight_there_and_hide_what_may_not_be_known(client, town):
    one = scenes.given(town, title="校园食品安全")
    client.force_login(town.person("省厅"))
    assert reverse("assignment", args=[one.pk]) in suggested(client, "食品")
    assert reverse("unit", args=[one.unit_id]) in suggested(client, "dsj")
    client.force_login(town.person("西市局"))
    assert reverse("assignment", args=[one.pk]) not in suggested(client, "食品")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("食品 状", "食品 状态:"),
        ("食品 状态:逾", "食品 状态:逾期 "),
        ("食品 状态：逾", "食品 状态:逾期 "),
        ("逾期", "状态:逾期"),
        ("单位:东", "单位:东市局 "),
        ("un", "unit:"),
        ("类型:方", "类型:方案 "),
    ],
)
def test_the_question_is_completed(client, town, text, filled):
    town.unit("东市局")
    client.force_login(town.person("省厅"))
    assert f'data-fill="{filled}"' in suggested(client, text)


def test_without_scripts_the_jump_box_is_the_search(client, town):
    client.force_login(town.person("省厅"))
    answer = client.get(reverse("search-suggest"), {"q": "食品"})
    assert answer.headers["Location"] == f"{reverse('search')}?q=%E9%A3%9F%E5%93%81"


# The API


def test_the_api_finds_the_same(client, town):
    one = scenes.given(town, title="校园食品安全", number="甘教〔2026〕3号")
    client.force_login(town.person("省厅"))
    found = client.get("/api/v1/search", {"q": "食品 state:open 颜色:红"}).json()
    assert (found["understood"], [note["code"] for note in found["notes"]]) == (
        ["食品", "state:open", "颜色:红"],
        ["unknown_key"],
    )
    found = client.get("/api/v1/search", {"q": "食品 state:open"}).json()
    assert [(group["kind"], group["count"], group["more"]) for group in found["groups"]] == [
        ("item", 1, False),
        ("assignment", 1, False),
    ]
    assert found["groups"][1]["rows"][0]["id"] == one.pk
    assert client.get("/api/v1/search", {"q": "食品", "kind": "ghost"}).status_code == 422
    client.force_login(town.person("西市局"))
    assert client.get("/api/v1/search", {"q": "食品"}).json()["groups"] == []


def test_the_api_pages_one_kind(client, town, monkeypatch):
    monkeypatch.setattr(search, "PAGE", 2)
    for n in range(3):
        scenes.given(town, title=f"食品{n}")
    client.force_login(town.person("省厅"))
    first = client.get("/api/v1/search", {"q": "食品", "kind": "item"}).json()["groups"][0]
    rest = client.get("/api/v1/search", {"q": "食品", "kind": "item", "after": first["next"]}).json()[
        "groups"
    ][0]
    assert [row["title"] for row in first["rows"] + rest["rows"]] == ["食品2", "食品1", "食品0"]
    assert rest["next"] is None
