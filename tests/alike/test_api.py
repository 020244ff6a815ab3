"""The API says what the pages say, to the same people."""

import pytest

from bihuan.alike.models import Likeness
from bihuan.org.roles import Role
from tests.alike.story import COPIED, OURS

pytestmark = pytest.mark.django_db


def test_hints_over_the_api(client, town, story, examined):
    story.report("东一县局", OURS)
    one = story.report("东二县局", COPIED)
    examined()
    hint = Likeness.objects.get()
    here = f"/api/v1/assignments/{one.pk}/likenesses"
    client.force_login(town.person("东市局"))
    (found,) = client.get(here).json()
    assert (found["id"], found["share"], found["state"]) == (hint.pk, hint.share, "pending")
    assert found["earlier_assignment_id"] == hint.earlier.assignment_id
    assert "主要诉求是退费周期太长" in "".join(found["passages"])

    client.force_login(town.person("东二县局", Role.HANDLER))
    (found,) = client.get(here).json()
    assert found["earlier_assignment_id"] is None
    act = {"content_type": "application/json"}
    assert (
        client.post(f"/api/v1/likenesses/{hint.pk}/comment", {"text": "联合检查"}, **act).status_code == 200
    )
    assert (
        client.post(f"/api/v1/likenesses/{hint.pk}/dismiss", {"ground": "shared"}, **act).status_code == 403
    )

    client.force_login(town.person("东一县局", Role.HANDLER))
    assert client.get(here).status_code == 404
    assert (
        client.post(f"/api/v1/likenesses/{hint.pk}/dismiss", {"ground": "shared"}, **act).status_code == 404
    )

    client.force_login(town.person("东市局"))
    answer = client.post(f"/api/v1/likenesses/{hint.pk}/dismiss", {"ground": "shared"}, **act)
    assert answer.json()["state"] == "dismissed"
    assert client.post("/api/v1/likenesses/settings", {"on": False, "percent": 60}, **act).status_code == 200
    assert client.get(here).json() == []
