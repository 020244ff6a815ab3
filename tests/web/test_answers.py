"""Errors, messages and headers as they leave the house."""

import re
from http import HTTPStatus

import pytest

from bihuan.ui import navigation
from bihuan.ui.navigation import Link
from tests.web import workshop

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.workshop")]

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/queue/?page=2"}


@pytest.fixture
def reader(client, town):
    client.raise_request_exception = False
    client.force_login(town.person("东市局"))
    return client


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/broken/", 500)])
def test_an_error_page_names_its_kind_and_the_number_of_the_request(reader, path, status):
    answer = reader.get(path)
    text = answer.content.decode()
    assert answer.status_code == status
    assert f'data-status="{status}"' in text
    assert answer.headers["X-Request-Number"] in text
    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}", answer.headers["X-Request-Number"])


def test_the_number_of_a_failed_request_is_in_the_log(reader, caplog):
    answer = reader.get("/broken/")
    assert answer.headers["X-Request-Number"] in caplog.text


def test_a_forged_or_stale_form_gets_a_page_that_says_what_to_do(client, town):
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(town.person("东市局"))
    answer = strict.post("/draft/", {"progress": "x"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert b'data-status="403"' in answer.content


def test_an_error_page_for_a_stranger_shows_no_navigation(client):
    answer = client.get("/nowhere/")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert b"bh-nav " not in answer.content
    assert b'id="bell"' not in answer.content


def test_every_answer_forbids_foreign_and_inline_scripts(reader):
    for path in ("/queue/", "/nowhere/", "/broken/", "/healthz"):
        policy = reader.get(path).headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-eval" not in policy


def test_messages_ride_along_with_a_part_once(reader):
    workshop.received.clear()
    first = reader.post("/report/", {"progress": "走访"}, headers=HTMX)
    assert first.content.count(b'hx-swap-oob="beforeend"') == 1
    again = reader.get("/report/", headers=HTMX)
    assert b"hx-swap-oob" not in again.content


def test_a_message_waits_for_an_answer_that_is_shown(reader):
    reader.post("/report/", {"progress": "走访"})
    assert b"data-toast" in reader.get("/queue/").content


def test_a_part_asked_for_after_the_session_ended_leads_to_the_door(client):
    answer = client.get("/report/", headers=HTMX)
    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert answer.headers["HX-Redirect"] == "/sign-in/?next=%2Fqueue%2F%3Fpage%3D2"
    assert client.get("/report/").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize(("demo", "said"), [(True, True), (False, False)])
def test_invented_data_is_called_so_on_every_page(reader, settings, demo, said):
    settings.BIHUAN_DEMO = demo
    assert ("示例数据" in reader.get("/queue/").content.decode()) is said


def test_the_navigation_shows_counts_marks_the_present_place_and_hides_the_rest(reader, monkeypatch):
    def link(url_name, **more):
        return Link(**{"label": url_name, "url_name": url_name, "icon": "list", "group": "mine"} | more)

    links = [
        link("me", count=lambda request: 1284, hot=True, key="W"),
        link("components", count=lambda request: 0),
        link("display", allowed=lambda request: False),
    ]
    monkeypatch.setattr(navigation, "_links", links)
    text = reader.get("/me/").content.decode()
    assert re.search(r'href="/me/" aria-current="page"\s+data-go="w"', text)
    assert re.search(r'id="count-me" class="is-hot"\s* data-count="1284">1,284<', text)
    assert re.search(r'id="count-components"\s+hidden', text)
    assert 'class="bh-nav" href="/me/display/"' not in text


@pytest.mark.urls("bihuan.urls")
def test_over_https_every_cookie_is_for_https_alone(client, town, settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.LANGUAGE_COOKIE_SECURE = True
    person = town.person("东市局")
    client.post("/sign-in/", {"username": person.username, "password": "x"}, secure=True)
    client.get("/me/", secure=True)
    client.post("/me/display/", {"theme": "dark"}, secure=True)
    client.post("/i18n/setlang/", {"language": "en"}, secure=True)
    assert {"bh-post", "bh-theme", "csrftoken"} <= set(client.cookies)
    assert [name for name, cookie in client.cookies.items() if not cookie["secure"]] == []
    assert [name for name, cookie in client.cookies.items() if cookie["samesite"] != "Lax"] == []
