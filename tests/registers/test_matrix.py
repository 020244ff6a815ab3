"""Who may open what among the registers."""

import pytest
from django.urls import reverse

from bihuan.org.roles import Role
from bihuan.registers.actions import ask_export, save_view
from bihuan.registers.urls import urlpatterns
from tests.supervision.test_views_matrix import ADMINISTRATORS, EVERYBODY, READERS

pytestmark = pytest.mark.django_db
BUSINESS = EVERYBODY - ADMINISTRATORS
PAGES = {
    "registers": ([], BUSINESS | {"system"}),
    "register": (["assignments"], BUSINESS),
    "export-new": (["units"], BUSINESS | {"system"}),
    "register-view": (["view"], {"giver"}),
    "register-view-edit": (["view"], {"giver"}),
    "export": (["export"], {"giver"}),
}
POSTS = {"register-view-save": (["assignments"], BUSINESS)} | {
    name: ([name.split("-")[0] if name.startswith("export") else "view"], {"giver"})
    for name in ("register-view-update", "register-view-drop", "export-drop")
}
FILE = "export-file"  # tests/registers/test_exports.py


@pytest.mark.parametrize("name", [*PAGES, *POSTS])
def test_pages(client, town, name):
    actor = town.actor("省厅", Role.SUPERVISOR)
    view = save_view(actor=actor, register_key="assignments", name="视图")
    export = ask_export(actor=town.actor("省厅", Role.SUPERVISOR), register_key="assignments")
    given, allowed = (PAGES | POSTS)[name]
    arguments = [{"view": view.pk, "export": export.pk}.get(one, one) for one in given]
    url = reverse(name, args=arguments)
    send = client.post if name in POSTS else client.get
    found = set()
    for reader in sorted(READERS, key=lambda one: one in allowed):
        client.force_login(town.person(*READERS[reader]))
        if send(url).status_code != 404:
            found.add(reader)
    assert found == allowed
    client.logout()
    assert send(url).status_code == 302
    assert "/sign-in/" in send(url).headers["Location"]
    if name in POSTS:
        client.force_login(town.person("省厅"))
        assert client.get(url).status_code == 405


def test_every_address_stands_in_the_matrix():
    assert {pattern.name for pattern in urlpatterns} == set(PAGES) | set(POSTS) | {FILE}
