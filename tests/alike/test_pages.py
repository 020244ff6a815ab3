"""The pages of hints: who may open what, what they show, and how they answer."""

import pytest
from django.urls import reverse

from bihuan.alike import urls
from bihuan.alike.models import Comment, Likeness
from bihuan.org.roles import Role
from bihuan.supervision.queries.regimes import regime_of
from tests.alike.drawing import Change, saved, scene
from tests.alike.story import COPIED, HONEST, OURS

pytestmark = pytest.mark.django_db

READERS = {
    "reviewer": ("东市局", Role.SUPERVISOR),
    "leader": ("东市局", Role.LEADER),
    "unit": ("东二县局", Role.HANDLER),
    "unit_supervisor": ("东二县局", Role.SUPERVISOR),
    "source": ("东一县局", Role.HANDLER),
    "above": ("省厅", Role.SUPERVISOR),
    "stranger": ("西市局", Role.SUPERVISOR),
    "system": ("省厅", Role.SYSTEM_ADMIN),
    "audit": ("省厅", Role.AUDIT_ADMIN),
}
REVIEWERS, UNIT = {"reviewer", "leader"}, {"unit", "unit_supervisor"}
MATRIX = {
    # address: who may read it, and who is told that they may not do it
    "likenesses": (REVIEWERS | {"unit_supervisor", "above", "stranger"}, set()),
    "likeness-settings": ({"reviewer", "unit_supervisor", "above", "stranger"}, set()),
    "likeness": (REVIEWERS | UNIT, set()),
    "likeness-dismiss": (REVIEWERS, UNIT),
    "likeness-comment": (UNIT, REVIEWERS),
}


@pytest.fixture
def hint(story, examined) -> Likeness:
    story.report("东一县局", OURS)
    story.report("东二县局", COPIED)
    examined()
    return Likeness.objects.get()


def address(name: str, hint: Likeness) -> str:
    return reverse(name, args=[] if name in ("likenesses", "likeness-settings") else [hint.pk])


def test_every_address_is_in_the_matrix():
    assert {pattern.name for pattern in urls.urlpatterns} == set(MATRIX)


@pytest.mark.parametrize("name", MATRIX)
def test_who_may_open_what(client, town, hint, name):
    allowed, refused = MATRIX[name]
    said = {"likeness-dismiss": {"ground": "x"}, "likeness-comment": {"text": ""}}.get(name)
    if said is None:
        assert client.get(address(name, hint)).status_code == 302
    for reader, post in READERS.items():
        client.force_login(town.person(*post))
        answer = client.get(address(name, hint)) if said is None else client.post(address(name, hint), said)
        if reader in allowed or (said is not None and reader in refused):
            assert answer.status_code == (200 if said is None else 422), reader
        else:
            assert answer.status_code == 404, reader
    if said is not None:
        said = {"ground": "shared"} if name == "likeness-dismiss" else {"text": "联合检查"}
        for reader in refused:
            client.force_login(town.person(*READERS[reader]))
            assert client.post(address(name, hint), said).status_code == 403, reader


def test_the_reviewer_sees_both_texts_side_by_side(client, town, hint, django_assert_max_num_queries):
    client.force_login(town.person("东市局"))
    with django_assert_max_num_queries(45):
        page = client.get(address("likeness", hint)).content.decode()
    assert page.count("data-text") == 2
    assert page.count('<mark data-passage="1">') == 2
    assert "柳林" in page
    assert "河湾" in page
    assert 'data-state="pending"' in page


def test_the_unit_sees_its_own_text_alone(client, town, hint):
    client.force_login(town.person("东二县局", Role.HANDLER))
    page = client.get(address("likeness", hint)).content.decode()
    assert page.count("data-text") == 1
    assert "柳林" in page
    assert "河湾" not in page
    assert "东一县局" not in page
    assert address("likeness-comment", hint) in page
    assert address("likeness-dismiss", hint) not in page


@pytest.mark.parametrize(
    "reader, shown", [("reviewer", True), ("unit", True), ("above", False), ("source", False)]
)
def test_the_page_of_the_assignment_shows_the_hint_to_those_concerned(client, town, hint, reader, shown):
    client.force_login(town.person(*READERS[reader]))
    answer = client.get(reverse("assignment", args=[hint.later.assignment_id]))
    assert ("data-remark" in answer.content.decode()) is shown
    other = client.get(reverse("assignment", args=[hint.earlier.assignment_id])).content.decode()
    assert "data-remark" not in other


def test_the_review_page_shows_it(client, town, story, examined):
    story.report("东一县局", OURS)
    one = story.submit("东二县局", COPIED)
    examined()
    client.force_login(town.person("东市局"))
    page = client.get(reverse("assignment-review", args=[one.pk])).content.decode()
    assert page.count("data-remark") == 1
    assert reverse("likeness", args=[Likeness.objects.get().pk]) in page


def test_one_click_dismisses(client, town, hint):
    client.force_login(town.person("东市局"))
    assert client.post(address("likeness-dismiss", hint), {"ground": "shared"}).status_code == 302
    page = client.get(address("likeness", hint)).content.decode()
    assert 'data-state="dismissed"' in page
    assert address("likeness-dismiss", hint) not in page
    assert "data-likeness" not in client.get(reverse("likenesses")).content.decode()
    assert (
        "data-remark"
        not in client.get(reverse("assignment", args=[hint.later.assignment_id])).content.decode()
    )
    assert client.post(address("likeness-dismiss", hint), {"ground": "shared"}).status_code == 422


def test_other_needs_words(client, town, hint):
    client.force_login(town.person("东市局"))
    answer = client.post(address("likeness-dismiss", hint), {"ground": "other", "reason": " "})
    assert answer.status_code == 422
    assert "请写明理由" in answer.content.decode()
    hint.refresh_from_db()
    assert hint.is_pending


def test_the_unit_comments_and_the_reviewer_reads_it(client, town, hint):
    client.force_login(town.person("东二县局", Role.HANDLER))
    assert client.post(address("likeness-comment", hint), {"text": "两县<b>联合</b>检查"}).status_code == 302
    assert Comment.objects.count() == 1
    client.force_login(town.person("东市局"))
    page = client.get(address("likeness", hint)).content.decode()
    assert "data-comment" in page
    assert "两县&lt;b&gt;联合&lt;/b&gt;检查" in page


def test_a_cropped_picture_is_shown_with_the_part_both_show(client, town, story, examined):
    story.report("东一县局", OURS, saved(scene(1)))
    story.report("东二县局", HONEST, Change(crop=(0.1, 0.08, 0.95, 0.9)).of(scene(1)))
    examined()
    hint = Likeness.objects.get()
    client.force_login(town.person("东市局"))
    page = client.get(address("likeness", hint)).content.decode()
    for file in (hint.later_file, hint.earlier_file):
        assert f"{reverse('file', args=[file.pk])}?view" in page
        assert client.get(f"{reverse('file', args=[file.pk])}?view").status_code == 200
    assert page.count('class="alk-frame"') == 1
    client.force_login(town.person("东二县局", Role.HANDLER))
    page = client.get(address("likeness", hint)).content.decode()
    assert f"{reverse('file', args=[hint.earlier_file_id])}?view" not in page


def test_the_authority_settles_its_hints(client, town, hint):
    client.force_login(town.person("东市局"))
    here = reverse("likeness-settings")
    assert client.post(here, {"on": "on", "percent": "20"}).status_code == 422
    assert client.post(here, {"percent": "70"}).status_code == 302
    regime = regime_of(town.unit("东市局"))
    assert (regime["alike.on"], regime["alike.percent"]) == (0, 70)
    assert client.get(address("likeness", hint)).status_code == 404
    assert client.post(here, {"on": "on", "percent": "70"}).status_code == 302
    assert client.get(address("likeness", hint)).status_code == 200


def test_an_empty_list_says_so(client, town):
    client.force_login(town.person("东市局"))
    page = client.get(reverse("likenesses"))
    assert page.status_code == 200
    assert "data-likeness" not in page.content.decode()


def test_the_list_costs_the_same_for_many(client, town, story, examined, django_assert_max_num_queries):
    for number in range(4):
        story.report("东一县局", OURS, title=f"核查减免保教费之{number}")
        story.report("东二县局", COPIED, title=f"核查减免保教费之{number}")
    examined()
    assert Likeness.objects.filter(own=False).count() >= 4
    client.force_login(town.person("东市局"))
    with django_assert_max_num_queries(24):
        page = client.get(reverse("likenesses")).content.decode()
    assert page.count("data-likeness") >= 4
