from types import SimpleNamespace

import pytest

from bihuan.ui import navigation
from bihuan.ui.navigation import Bell, Link


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch):
    monkeypatch.setattr(navigation, "_links", [])
    monkeypatch.setattr(navigation, "_bells", [])


def reader(*caps: str) -> SimpleNamespace:
    return SimpleNamespace(post=SimpleNamespace(grants=lambda cap: cap in caps))


def link(url_name: str, **options) -> Link:
    return Link(**{"label": url_name, "url_name": url_name, "icon": "list", "group": "loop"} | options)


def test_links_stand_in_the_order_of_groups_then_of_numbers():
    for one in [link("c", group="admin"), link("b", order=20), link("a", order=10), link("m", group="mine")]:
        navigation.add(one)
    assert [one.url_name for one in navigation.visible_links(reader())] == ["m", "a", "b", "c"]


@pytest.mark.parametrize(
    ("allowed", "request_", "seen"),
    [
        ("", reader(), True),
        ("audit", reader("audit"), True),
        ("audit", reader("view"), False),
        ("audit", SimpleNamespace(post=None), False),
        (lambda request: request.post is None, SimpleNamespace(post=None), True),
        (lambda request: False, reader("audit"), False),
    ],
)
def test_a_link_is_seen_by_those_whose_post_allows_it(allowed, request_, seen):
    navigation.add(link("audit", allowed=allowed))
    assert bool(navigation.visible_links(request_)) is seen


def test_the_same_address_twice_and_an_unknown_group_are_refused():
    navigation.add(link("a"))
    with pytest.raises(ValueError, match="in the navigation already"):
        navigation.add(link("a"))
    with pytest.raises(ValueError, match="unknown navigation group"):
        navigation.add(link("b", group="elsewhere"))


def test_there_is_one_bell_and_it_rings_for_the_reader():
    assert navigation.bell(reader()) is None
    navigation.ring_bell("healthz", lambda request: 9)
    navigation.ring_bell("readyz", lambda request: 5)
    assert navigation.bell(reader()) == Bell("/readyz", 5)
