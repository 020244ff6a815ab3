"""The register: filters, pages, and bulk actions with their preview."""

from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.org.roles import Role
from bihuan.supervision.forms.registers import CONFIRM_FROM, BulkForm, FilterForm
from bihuan.supervision.models import Assignment
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries import many
from bihuan.supervision.queries.lights import conditions, counted, shows
from bihuan.supervision.queries.registers import Filter, as_query, page_of, register
from bihuan.supervision.rules import Light, Stage
from tests.supervision import scenes
from tests.town import MORNING

HTMX = {"HX-Request": "true"}


def listed(client, **query) -> list[Assignment]:
    return client.get(reverse("assignments"), query).context["page"].rows


@pytest.fixture
def supervisor(client, town):
    client.force_login(town.person("省厅"))
    return client


@pytest.fixture
def variety(town) -> dict[str, Assignment]:
    """One assignment of each kind, so that every filter finds some and misses some."""
    return {
        "given": scenes.given(town, title="校园食品安全"),
        "working": scenes.working(town, "西市局", due_at=clock.end_of(MORNING.date() + timedelta(days=3))),
        "accepted": scenes.accepted(town, number="甘教督办〔2026〕37号"),
        "written_off": scenes.written_off(town, "学院"),
        "below": scenes.working(town, "东一县局", by="东市局"),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"given", "working", "accepted", "below"}),
        ({"stage": ""}, {"given", "working", "accepted", "written_off", "below"}),
        ({"whose": "given"}, {"given", "working", "accepted", "written_off"}),
        ({"stage": "dispatched"}, {"given"}),
        ({"stage": "open"}, {"given", "working", "accepted", "below"}),
        ({"stage": "finished"}, {"accepted", "written_off"}),
        ({"light": "c"}, {"written_off"}),
        ({"light": "w"}, {"accepted"}),
        ({"q": "食品"}, {"given"}),
        ({"q": "〔2026〕37"}, {"accepted"}),
        ({"due_to": "2026-11-30"}, {"working"}),
        ({"due_from": "2026-12-01"}, {"given", "accepted", "written_off", "below"}),
        ({"duty": "assist"}, set()),
        ({"ended": "week"}, {"written_off"}),
        ({"stage": "nonsense", "due_to": "soon"}, {"given", "working", "accepted", "written_off", "below"}),
    ],
)
def test_each_filter_narrows_the_list(supervisor, town, variety, query, found):
    names = {one.pk: name for name, one in variety.items()}
    assert {names[row.pk] for row in listed(supervisor, **query)} == found


def test_the_bare_address_shows_what_is_open_and_every_link_says_what_it_asks_for(supervisor, variety):
    page = supervisor.get(reverse("assignments"))
    assert [href for _label, href, _now in page.context["stage_links"]] == [
        "/assignments/?stage=open",
        "/assignments/?stage=",
    ]
    assert page.context["query"] == "stage=open"  # of the export, the further pages and the bulk actions
    everything = supervisor.get("/assignments/?stage=")
    links = [*everything.context["whose_links"], *everything.context["places"]]
    here = [href for _label, href, current in links if current]
    assert here == ["/assignments/?stage="] * 2
    assert not page.context["is_narrowed"]
    assert not everything.context["is_narrowed"]
    assert supervisor.get("/assignments/?q=x").context["is_narrowed"]


def test_a_unit_alone_and_with_everything_below_it(supervisor, town, variety):
    city = town.unit("东市局").pk
    alone = {row.pk for row in listed(supervisor, unit=city)}
    below = {row.pk for row in listed(supervisor, under=city)}
    assert alone == {variety["given"].pk, variety["accepted"].pk}
    assert below == alone | {variety["below"].pk}


def test_nobody_sees_more_by_filtering(client, town, variety):
    client.force_login(town.person("西市局", Role.HANDLER))
    assert [row.pk for row in listed(client, under=town.unit("省厅").pk)] == [variety["working"].pk]


@pytest.mark.parametrize("seed", range(4))
def test_lights_in_sql_are_the_lights_of_the_rules(town, seed):
    chance = Random(seed)
    for n in range(20):
        scene = chance.choice([scenes.given, scenes.reported, scenes.suspended, scenes.completed])
        with clock.frozen(MORNING - timedelta(days=chance.randint(0, 25))):
            one = scene(town, title=f"事项{n}", due_at=clock.end_of(clock.today() + timedelta(days=30)))
        if chance.random() < 0.3 and one.stage == Stage.WORKING and not one.suspended_at:
            Assignment.objects.filter(pk=one.pk).update(answer_by=MORNING)
    for days in (0, 5, 9, 20, 45):
        at = MORNING + timedelta(days=days)
        rows = Assignment.objects.all()
        shown = {light: {one.pk for one in rows.filter(shows(light, at))} for light in conditions(at)}
        for one in rows:
            assert [light for light, keys in shown.items() if one.pk in keys] == [one.light(at).value]
        assert counted(rows, at) == {light: len(keys) for light, keys in shown.items()}
        near = {one.pk for one in rows.filter(shows("near", at))}
        assert near == shown[Light.AMBER] | shown[Light.STRONG]


@pytest.mark.parametrize("sort", ["due", "-due"])
def test_pages_follow_each_other_without_gap_or_overlap_and_back(town, sort):
    for n in range(11):
        scenes.given(town, title=f"事项{n}", due_at=clock.end_of(MORNING.date() + timedelta(days=5 + n // 3)))
    asked, rows = Filter(sort=sort), Assignment.objects.all()
    seen, mark, marks = [], "", []
    while True:
        page = page_of(rows, asked, mark, size=4)
        seen += page.rows
        marks.append(page.before)
        if not page.after:
            break
        mark = page.after
    order = ("due_at", "pk") if sort == "due" else ("-due_at", "-pk")
    assert [one.pk for one in seen] == list(rows.order_by(*order).values_list("pk", flat=True))
    back = page_of(rows, asked, marks[-1], size=4)
    assert [one.pk for one in back.rows] == [one.pk for one in seen[4:8]]


@pytest.mark.parametrize("mark", ["", "x", "2026-11-23~", "~5", "-", "2026-11-23T09:00:00~1"])
def test_a_mark_that_means_nothing_is_the_first_page(supervisor, town, mark):
    one = scenes.given(town)
    assert [row.pk for row in listed(supervisor, at=mark)] == [one.pk]


def test_the_list_is_a_part_with_a_ceiling(supervisor, town, django_assert_max_num_queries):
    for n in range(8):
        scenes.given(town, title=f"事项{n}")
    with django_assert_max_num_queries(15):
        page = supervisor.get(reverse("assignments"))
    assert page.content.count(b"data-row") == 8
    part = supervisor.get(reverse("assignments"), headers=HTMX)
    assert b"<html" not in part.content
    assert b'id="list"' in part.content


# Acting on many


def preview(client, noun, ones, **data):
    return client.post(reverse(f"many-{noun}"), {"selected": [one.pk for one in ones], **data})


def confirm(client, noun, ones, **data):
    return client.post(reverse(f"many-{noun}"), {"one": [f"{one.pk}:{one.version}" for one in ones], **data})


def test_a_selection_is_previewed_with_what_is_skipped_and_why(client, town):
    open_one, signed = scenes.given(town), scenes.working(town)
    client.force_login(town.person("东市局", Role.HANDLER))
    shown = preview(client, "sign", [open_one, signed]).context["preview"]
    assert [one.pk for one in shown.rows] == [open_one.pk]
    assert [(left.reason, [one.pk for one in left.rows]) for left in shown.skipped] == [
        ("目前是“办理中”", [signed.pk])
    ]
    assert open_one.version == Assignment.objects.get(pk=open_one.pk).version


def test_each_of_many_is_an_action_of_its_own(client, town):
    ones = [scenes.given(town, title=f"事项{n}") for n in range(3)]
    scenes.moved(ones[1], scenes.handling.sign_assignment, town.actor("东市局"))
    ones[1].version -= 1  # as it was when the page was drawn
    client.force_login(town.person("东市局", Role.HANDLER))
    answer = confirm(client, "sign", ones)
    assert (answer.context["done"], len(answer.context["failed"])) == (2, 1)
    assert "签收" in answer.context["failed"][0].said
    assert set(Assignment.objects.values_list("stage", flat=True)) == {Stage.WORKING}


def test_sent_twice_it_acts_once_on_each(client, town):
    ones, key = [scenes.working(town, title=f"事项{n}") for n in range(2)], str(uuid4())
    client.force_login(town.person("省厅"))
    for _press in range(2):
        answer = confirm(client, "urge", ones, text="请反馈", request_key=key)
        assert answer.context["done"] == 2
    assert [one.urges.count() for one in ones] == [1, 1]


@pytest.mark.parametrize(
    ("noun", "scene", "data"),
    [
        ("urge", scenes.working, {"text": "请反馈"}),
        ("report-acceptance", scenes.reported, {}),
        ("write-off", scenes.accepted, {"outcome": "done"}),
    ],
)
def test_what_can_be_done_to_many(client, town, noun, scene, data):
    one = scene(town)
    client.force_login(town.person("省厅"))
    assert confirm(client, noun, [one], **data).context["done"] == 1


def test_above_fifty_the_number_has_to_be_typed():
    form = many_form(count=CONFIRM_FROM + 1, typed="")
    assert form.errors["confirmed"]
    assert many_form(count=CONFIRM_FROM + 1, typed="50").errors["confirmed"]
    assert many_form(count=CONFIRM_FROM + 1, typed="51").is_valid()
    assert many_form(count=CONFIRM_FROM, typed="").is_valid()


def many_form(count, typed):
    return BulkForm({"confirmed": typed}, count=count)


def test_an_outcome_that_needs_a_basis_comes_back_with_its_error(client, town):
    one = scenes.accepted(town)
    client.force_login(town.person("省厅"))
    answer = confirm(client, "write-off", [one], outcome="undone")
    assert answer.status_code == 422
    assert answer.context["form"].errors["basis"]


def test_a_link_can_select_by_filter(client, town):
    late = scenes.working(town, title="甲")
    scenes.working(town, "西市局", title="乙")
    client.force_login(town.person("省厅"))
    shown = client.get(reverse("many-urge"), {"whose": "given", "unit": town.unit("东市局").pk})
    assert [one.pk for one in shown.context["preview"].rows] == [late.pk]


@pytest.mark.parametrize(
    ("who", "noun", "status"),
    [
        (("东市局", Role.HANDLER), "urge", 404),
        (("省厅", Role.LEADER), "sign", 404),
        (("西市局", Role.HANDLER), "sign", 200),
        (("省厅", Role.SYSTEM_ADMIN), "sign", 404),
    ],
)
def test_many_at_once_is_for_those_who_may_do_one(client, town, who, noun, status):
    one = scenes.given(town)
    client.force_login(town.person(*who))
    answer = preview(client, noun, [one])
    assert answer.status_code == status
    if status == 200:
        assert answer.context["preview"].rows == []


def test_a_selection_beyond_the_limit_says_what_is_left(town, monkeypatch):
    monkeypatch.setattr(many, "LIMIT", 2)
    for n in range(3):
        scenes.given(town, title=f"事项{n}")
    actor = town.actor("东市局", Role.HANDLER)
    shown = many.preview(Operation.SIGN, actor, Assignment.objects.within(actor, "view"))
    assert (len(shown.rows), shown.cut) == (2, 1)


def test_a_filter_survives_its_own_address(town):
    asked = FilterForm(
        {"whose": "own", "light": "r", "unit": "5", "due_to": "2026-12-01", "sort": "-due"}
    ).asked()
    assert FilterForm(as_query(asked)).asked() == asked
    assert register(town.actor("省厅"), asked).count() == 0


def test_the_whole_filter_is_selected_and_frozen_at_the_preview(client, town):
    client.force_login(town.person("省厅"))
    ones = [scenes.given(town, title=f"报表{n}") for n in range(3)]
    scenes.written_off(town, title="报表旧")
    scenes.given(town, title="食品")
    answer = client.post(reverse("many-urge"), {"everything": "1", "query": "q=报表", "selected": ones[0].pk})
    shown = answer.context["preview"]
    assert [one.pk for one in shown.rows] == [one.pk for one in ones]
    assert [len(left.rows) for left in shown.skipped] == [1]
    later = scenes.given(town, title="报表新")
    said = {"one": answer.context["versions"], "everything": "1", "text": "请反馈", "request_key": uuid4()}
    assert client.post(reverse("many-urge"), said).context["done"] == 3
    assert later.urges.count() == 0


def test_what_can_be_done_comes_first_however_much_else_a_filter_finds(town, monkeypatch):
    monkeypatch.setattr(many, "LIMIT", 2)
    for n in range(3):
        scenes.working(town, title=f"已签{n}", due_at=clock.end_of(MORNING.date() + timedelta(days=2)))
    one = scenes.given(town)
    shown = many.preview(Operation.SIGN, town.actor("东市局", Role.HANDLER), Assignment.objects.all())
    assert ([row.pk for row in shown.rows], shown.cut) == ([one.pk], 0)
    assert sum(len(left.rows) for left in shown.skipped) == 2


def test_the_words_for_many_stand_above_their_list(supervisor, town):
    one = scenes.given(town)
    page = supervisor.post(reverse("many-urge"), {"selected": [one.pk, "²", "9" * 5000]}).content.decode()
    assert page.index('name="text"') < page.index(f'href="{reverse("assignment", args=[one.pk])}"')


def test_places_are_links_that_keep_the_filter_and_stay_in_ones_own_tree(supervisor, client, town, variety):
    city = town.unit("东市局")
    page = supervisor.get(reverse("assignments"), {"stage": "open", "under": city.pk})
    labels = {label: (href, current) for label, href, current in page.context["places"]}
    assert labels["全部单位"] == ("/assignments/?stage=open", False)
    assert labels["东市局及下级"] == (f"/assignments/?stage=open&under={city.pk}", True)
    found = supervisor.get(reverse("assignments-units"), {"place": "东", "stage": "open"})
    links = [href for _label, href, _current in found.context["found"]["links"]]
    assert f"/assignments/?stage=open&under={city.pk}" in links
    client.force_login(town.person("西市局"))
    assert client.get(reverse("assignments-units"), {"place": "东"}).context["found"]["links"] == []


def test_the_lines_of_the_register_are_escaped_and_say_all_there_is(client, town):
    one = scenes.working(town, title="<b>一</b>", number="甘教<i>〔2026〕1号")
    Assignment.objects.filter(pk=one.pk).update(round=2, period="2026-11")
    client.force_login(town.person("省厅"))
    page = client.get(reverse("assignments"))
    text = page.content.decode()
    assert "<b>一" not in text
    assert "&lt;b&gt;一&lt;/b&gt;" in text
    assert "甘教&lt;i&gt;〔2026〕1号 · 第 2 轮 · 2026-11" in text
    assert f'href="{reverse("assignment", args=[one.pk])}" data-open' in text


def test_the_number_of_all_rows_is_the_same_on_every_page_and_ends_where_nobody_counts(town):
    for _one in range(5):
        scenes.given(town)
    rows = register(town.actor("省厅"), Filter())
    first = page_of(rows, Filter(), size=2, counted=9)
    assert (first.count, page_of(rows, Filter(), first.after, size=2, counted=9).count) == (5, 5)
    assert page_of(rows, Filter(), size=2, counted=3).count == 4
    assert len(first.rows) == 2
    assert not first.before
