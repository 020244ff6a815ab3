from datetime import date
from http import HTTPStatus

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.crypto import get_random_string

from bihuan.kernel.actor import system
from bihuan.ledger.models import Entry
from bihuan.org import actions
from bihuan.org.roles import Role

pytestmark = pytest.mark.django_db


def attempt(client, username: str, password: str, **more):
    return client.post("/sign-in/", {"username": username, "password": password} | more)


@pytest.mark.parametrize("name", ["healthz", "readyz"])
def test_health_is_told_without_signing_in(client, name):
    assert client.get(reverse(name)).json() == {"status": "ok"}


def test_a_site_with_waiting_migrations_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["count"]) == (HTTPStatus.SERVICE_UNAVAILABLE, 1)


def test_the_component_page_is_for_people_who_are_signed_in(client, town):
    assert client.get("/_ui/").headers["Location"].startswith("/sign-in/")
    client.force_login(town.person("东市局"))
    assert client.get("/_ui/").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("asked", "led"), [("/_ui/", "/_ui/"), ("https://elsewhere.example/", None), ("", None)]
)
def test_signing_in_leads_to_the_page_that_was_asked_for_if_it_is_ours(client, town, asked, led):
    answer = attempt(client, town.person("东市局").username, "x", next=asked)
    assert answer.status_code == HTTPStatus.FOUND
    assert answer.headers["Location"] == led or (
        led is None and "elsewhere" not in answer.headers["Location"]
    )


@pytest.mark.parametrize(
    ("role", "led"),
    [
        (Role.SUPERVISOR, "/workbench/"),
        (Role.HANDLER, "/workbench/"),
        (Role.SYSTEM_ADMIN, "/org/units/"),
        (Role.SECURITY_ADMIN, "/org/people/"),
        (Role.AUDIT_ADMIN, "/org/audit/"),
    ],
)
def test_signing_in_and_switching_lead_to_the_first_page_of_the_post(client, town, role, led):
    person = town.person("东市局", role)
    answer = client.post("/sign-in/", {"username": person.username, "password": "x"}, follow=True)
    assert answer.redirect_chain[-1][0] == led
    other = Role.HANDLER if led != "/workbench/" else Role.LEADER
    post = actions.appoint(
        actor=system("tests"),
        person_id=person.pk,
        unit_id=town.unit("西市局").pk,
        role=other,
        title="",
        starts_on=date(2020, 1, 1),
    )
    switched = client.post("/me/post/", {"appointment": post.pk}, follow=True)
    assert switched.redirect_chain[-1][0] == "/workbench/"


def test_a_wrong_password_says_in_one_sentence_how_often_one_may_still_try(client, town, settings):
    person = town.person("东市局")
    settings.AXES_FAILURE_LIMIT = 3
    left = []
    for _turn in range(3):
        answer = attempt(client, person.username, "wrong")
        left.append((answer.status_code, answer.context["refusal"]["left"]))
        assert answer.content.split(b"</main>")[0].count(b'role="alert"') == 1
    assert left == [(422, 2), (422, 1), (429, 0)]
    assert attempt(client, person.username, "x").status_code == HTTPStatus.TOO_MANY_REQUESTS
    other = town.person("西市局")
    assert attempt(client, other.username, "x").status_code == HTTPStatus.FOUND


def test_a_wrong_password_and_an_unknown_account_look_the_same(client, town):
    known = attempt(client, town.person("东市局").username, "wrong")
    unknown = attempt(client, get_random_string(8), "wrong")
    assert known.status_code == unknown.status_code
    assert known.context["refusal"] == unknown.context["refusal"]


def test_an_empty_form_is_no_attempt(client, town):
    answer = attempt(client, town.person("东市局").username, "")
    assert (answer.status_code, answer.context["refusal"]["filled"]) == (422, False)
    assert answer.context["refusal"]["left"] == answer.context["refusal"]["limit"]


def test_signing_out_needs_a_post(client, town):
    client.force_login(town.person("东市局"))
    assert client.get("/sign-out/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get("/me/").headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"theme": "dark"}, {"bh-theme": "dark"}),
        ({"type": "large", "keys": "off"}, {"bh-type": "large", "bh-keys": "off"}),
        ({"theme": "pink", "font": "huge"}, {}),
    ],
)
def test_the_display_is_remembered_by_this_browser_and_only_in_known_words(client, sent, kept):
    answer = client.post("/me/display/", sent | {"next": "/sign-in/"})
    assert answer.headers["Location"] == "/sign-in/"
    assert {name: cookie.value for name, cookie in answer.cookies.items()} == kept


def test_the_way_back_never_leaves_the_site(client):
    answer = client.post("/me/display/", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/sign-in/"


def test_what_a_signed_in_person_sees_stays_out_of_caches(client, town):
    assert "Cache-Control" not in client.get("/nowhere/").headers
    client.force_login(town.person("东市局"))
    assert client.get("/me/").headers["Cache-Control"] == "private, no-store"


def test_ones_own_page_names_every_post_and_which_is_in_use(client, town):
    person = town.person("东市局", name="马晓燕")
    client.force_login(person)
    answer = client.get("/me/")
    assert [str(post.unit) for post in answer.context["posts"]] == ["东市局"]
    assert answer.content.count(b'aria-current="true"') == 1


def test_a_person_without_any_post_is_told_what_to_do(client, town):
    from bihuan.org.models import Appointment

    person = town.person("东市局")
    Appointment.objects.update(ends_on="2020-12-31")
    client.force_login(person)
    answer = client.get("/me/")
    assert answer.status_code == HTTPStatus.OK
    assert answer.context["posts"] == []


def test_the_counts_come_as_pieces_for_the_frame_and_do_not_keep_a_session_alive(client, town):
    client.force_login(town.person("东市局", Role.HANDLER))
    answer = client.get("/counts/", headers={"HX-Request": "true"})
    assert b'id="bell"' in answer.content
    assert b'hx-swap-oob="true"' in answer.content
    assert answer.resolver_match.func.is_polled


def test_a_post_is_switched_for_good_and_only_to_one_of_ones_own(client, town):
    first = town.post("东市局", name="马晓燕")
    second = appoint(first.person, town.unit("东一县局"))
    stranger = town.post("西市局")
    client.force_login(first.person)
    answer = client.post("/me/post/", {"appointment": second.pk})
    assert answer.status_code == HTTPStatus.FOUND
    shown = client.get("/me/")
    assert shown.context["post"] == second
    assert shown.cookies["bh-post"].value == str(second.pk)
    assert "bh-post" not in client.get("/me/").cookies
    for wrong in (stranger.pk, "x", ""):
        assert client.post("/me/post/", {"appointment": wrong}).status_code == HTTPStatus.NOT_FOUND
    assert Entry.objects.filter(verb="org.person.post_switched").count() == 1


def appoint(person, unit):
    return actions.appoint(
        actor=system("tests"),
        person_id=person.pk,
        unit_id=unit.pk,
        role=Role.HANDLER,
        title="借调",
        starts_on=date(2020, 1, 1),
    )


CHANGE = {"old_password": "x", "new_password1": "Gansu-2026", "new_password2": "Gansu-2026"}


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, None),
        ({"old_password": "y"}, "old_password"),
        ({"new_password2": "Gansu-2027"}, "new_password2"),
        ({"new_password1": "short", "new_password2": "short"}, "new_password2"),
        ({"new_password1": "gansu202", "new_password2": "gansu202"}, "new_password2"),
    ],
)
def test_a_password_of_ones_own_is_checked_and_keeps_one_signed_in(client, town, sent, wrong):
    person = town.person("东市局")
    client.force_login(person)
    answer = client.post("/me/password/", CHANGE | sent)
    person.refresh_from_db()
    if wrong:
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert list(answer.context["form"].errors) == [wrong]
        assert person.check_password("x")
    else:
        assert answer.status_code == HTTPStatus.FOUND
        assert person.check_password("Gansu-2026")
        assert client.get("/me/").status_code == HTTPStatus.OK


def test_an_issued_password_must_be_changed_before_anything_else(client, town):
    person = town.person("东市局")
    type(person).objects.update(must_change_password=True)
    client.force_login(person)
    for path in ("/me/", "/_ui/", "/counts/"):
        assert client.get(path).headers["Location"] == "/me/password/"
    assert client.get("/me/password/").status_code == HTTPStatus.OK
    client.post("/me/password/", CHANGE)
    assert client.get("/me/").status_code == HTTPStatus.OK
