"""Views: kept under a name, shared within scope, and always with the reader's own rows."""

from datetime import date

import pytest
from django.urls import reverse

from bihuan.kernel.errors import AlreadyDone, Refused
from bihuan.ledger.models import Entry
from bihuan.org import actions as org
from bihuan.org.actors import actor_in
from bihuan.org.roles import Cap, Role
from bihuan.registers import actions
from bihuan.registers.actions import change_view, drop_view, save_view
from bihuan.registers.models import SavedView
from tests.supervision import scenes

pytestmark = pytest.mark.django_db


def kept(town, unit="省厅", role=Role.SUPERVISOR, **words) -> SavedView:
    said = {
        "register_key": "assignments",
        "name": "本月到期",
        "query": "stage=open",
        "columns": ["item", "unit"],
    }
    return save_view(actor=town.actor(unit, role), **said | words)


@pytest.mark.parametrize(
    ("shared", "reader", "opens"),
    [
        ("nobody", ("省厅", Role.LEADER), False),
        ("unit", ("省厅", Role.LEADER), True),
        ("unit", ("东市局", Role.SUPERVISOR), False),
        ("below", ("东市局", Role.SUPERVISOR), True),
        ("below", ("一中", Role.HANDLER), True),
        ("below", ("省厅", Role.LEADER), True),
    ],
)
def test_a_view_reaches_those_it_is_shared_with(client, town, shared, reader, opens):
    view = kept(town, shared=shared)
    actor = town.actor(*reader)
    assert SavedView.objects.within(actor, Cap.VIEW).contains(view) is opens
    client.force_login(town.person(*reader))
    answer = client.get(reverse("register-view", args=[view.pk]))
    assert answer.status_code == (302 if opens else 404)
    assert client.get(reverse("register-view-edit", args=[view.pk])).status_code == 404


def test_a_view_of_a_unit_below_does_not_reach_above(town):
    view = kept(town, "东市局", shared="below")
    assert not SavedView.objects.within(town.actor("省厅"), Cap.VIEW).contains(view)


def test_a_shared_view_shows_the_rows_of_its_reader(client, town):
    scenes.working(town, title="东的")
    scenes.working(town, "西市局", title="西的")
    view = kept(town, shared="below")
    seen = {}
    for unit in ("省厅", "东市局", "西市局"):
        client.force_login(town.person(unit))
        page = client.get(reverse("register-view", args=[view.pk]), follow=True)
        assert [column.key for column in page.context["asked"].columns] == ["item", "unit"]
        assert page.context["view"] == view
        seen[unit] = sorted(cells[0].text for _key, cells in page.context["rows"])
    assert seen == {"省厅": ["东的", "西的"], "东市局": ["东的"], "西市局": ["西的"]}


def test_a_name_is_taken_once_by_each_person(town):
    kept(town)
    with pytest.raises(Refused) as refusal:
        kept(town)
    assert refusal.value.field == "name"
    kept(town, role=Role.LEADER)
    kept(town, register_key="items", query="", columns=[])


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"shared": "everybody"}, "shared"),
        ({"columns": ["password"]}, "columns"),
        ({"order": "password"}, "order"),
        ({"register_key": "people"}, "register_key"),
        ({"query": "q=" + "x" * 5000}, "query"),
    ],
)
def test_what_makes_no_view_is_refused_at_its_field(town, words, field):
    with pytest.raises(Refused) as refusal:
        kept(town, **words)
    assert refusal.value.field == field
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_views(town, monkeypatch):
    monkeypatch.setattr(actions, "MOST_VIEWS", 1)
    kept(town)
    with pytest.raises(Refused):
        kept(town, name="另一个")


def test_only_its_owner_changes_or_drops_a_view(town):
    view = kept(town, shared="below")
    for act in (change_view, drop_view):
        with pytest.raises(SavedView.DoesNotExist):
            act(view_id=view.pk, actor=town.actor("省厅", Role.LEADER))
    change_view(
        view_id=view.pk, actor=town.actor("省厅"), name="改名", shared="unit", columns=["unit"], order="-due"
    )
    view.refresh_from_db()
    assert (view.name, view.shared, view.columns, view.order) == ("改名", "unit", ["unit"], "-due")
    assert view.query == "stage=open"
    drop_view(view_id=view.pk, actor=town.actor("省厅"))
    assert not SavedView.objects.exists()
    verbs = Entry.objects.filter(stream=f"registers.savedview:{view.pk}").order_by("position")
    assert [entry.verb.rpartition(".")[2] for entry in verbs] == ["saved", "changed", "dropped"]
    assert "改名" not in str([entry.facts for entry in verbs])


def test_a_view_is_kept_once_however_often_it_is_sent(town):
    actor = town.actor("省厅")
    words = {"register_key": "assignments", "name": "一次"}
    save_view(actor=actor, **words)
    with pytest.raises(AlreadyDone):
        save_view(actor=actor, **words)


def test_the_page_keeps_what_it_shows_and_says_when_it_has_moved_on(client, town):
    scenes.working(town)
    client.force_login(town.person("省厅"))
    address = "stage=&light=r&col=item&col=due_on&order=-due"
    answer = client.post(
        reverse("register-view-save", args=["assignments"]),
        {"name": "逾期", "shared": "unit", "address": address},
        follow=True,
    )
    view = SavedView.objects.get()
    assert (view.columns, view.order, view.query) == (["item", "due_on"], "-due", "stage=&light=r")
    assert answer.context["view"] == view
    assert not answer.context["is_other"]
    other = client.get(f"{reverse('register', args=['assignments'])}?stage=open&col=item&view={view.pk}")
    assert other.context["is_other"]
    client.post(reverse("register-view-update", args=[view.pk]), {"address": "stage=open&col=item"})
    view.refresh_from_db()
    assert (view.query, view.columns) == ("stage=open", ["item"])


def test_a_refused_name_is_told_on_the_page_that_was_open(client, town):
    kept(town)
    client.force_login(town.person("省厅"))
    answer = client.post(
        reverse("register-view-save", args=["assignments"]),
        {"name": "本月到期", "shared": "nobody", "address": "stage="},
    )
    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert answer.context["asked"].query == "stage="


def test_a_view_can_be_renamed_and_dropped_on_its_page(client, town):
    view = kept(town)
    client.force_login(town.person("省厅"))
    url = reverse("register-view-edit", args=[view.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "", "shared": "unit"}).status_code == 422
    assert client.post(url, {"name": "到期", "shared": "unit"}).status_code == 302
    view.refresh_from_db()
    assert (view.name, view.shared) == ("到期", "unit")
    client.post(reverse("register-view-drop", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_whoever_moved_on_changes_a_view_for_the_unit_they_are_in_now(town):
    view = kept(town, "东市局", shared="unit")
    former = town.post("东市局")
    now = org.appoint(
        actor=town.founder,
        person_id=former.person_id,
        unit_id=town.unit("西市局").pk,
        role=Role.SUPERVISOR,
        title="督查员",
        starts_on=date(2020, 1, 1),
    )
    change_view(view_id=view.pk, actor=actor_in(now), name="西市的")
    readers = {name: town.actor(name, Role.LEADER) for name in ("东市局", "西市局")}
    seen = {name: SavedView.objects.within(one, Cap.VIEW).contains(view) for name, one in readers.items()}
    assert seen == {"东市局": False, "西市局": True}
