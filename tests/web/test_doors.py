import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "status"), [("healthz", 200), ("readyz", 200)])
def test_health_is_told_without_signing_in(client, name, status):
    assert client.get(reverse(name)).status_code == status


def test_the_component_page_is_for_people_who_are_signed_in(client, town):
    assert client.get("/_ui/").headers["Location"].startswith("/sign-in/")
    client.force_login(town.person("东市局"))
    assert client.get("/_ui/").status_code == 200


def test_signing_in_leads_to_the_page_that_was_asked_for(client, town):
    person = town.person("东市局")
    answer = client.post(
        "/sign-in/?next=/_ui/", {"username": person.username, "password": "x", "next": "/_ui/"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/_ui/")
