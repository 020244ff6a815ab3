"""Lights by hand: who may set one, until when, what it changes and what it never changes; and the sentence."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError, IllegalMove, NotPermitted, Refused
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.org.roles import Role
from bihuan.supervision.actions.lights import set_light
from bihuan.supervision.models import Assignment, LightOverride
from bihuan.supervision.queries.history import light_at
from bihuan.supervision.queries.lights import counted
from bihuan.supervision.queries.reasons import reason_of
from bihuan.supervision.rules import Light
from tests.supervision.worlds import DUE, GIVER, LATER, RECEIVER, morning, world_of
from tests.town import MORNING

WEEK = clock.end_of((MORNING + timedelta(days=7)).date())
LATE = timedelta(days=1)


def by_hand(world, light="yy", until_at=WEEK, actor=None, **more):
    actor = actor or world.giver()
    return set_light(
        assignment_id=world.pk, actor=actor, light=light, until_at=until_at, reason="雨季影响施工", **more
    )


def test_a_light_set_by_hand_is_shown_until_its_day_and_remembered(town):
    world = world_of(town, "working")
    assert by_hand(world).computed == Light.GREEN
    one = world.fresh()
    assert (one.light(clock.now()), one.computed_light(clock.now())) == (Light.STRONG, Light.GREEN)
    assert one.light(WEEK) == Light.STRONG
    assert one.light(WEEK + timedelta(seconds=1)) == Light.GREEN
    assert counted(Assignment.objects.all(), clock.now())["yy"] == 1
    with morning(1):
        set_light(assignment_id=world.pk, actor=world.giver(), light="", reason="已恢复施工")
        assert world.fresh().light(clock.now()) == Light.GREEN
    assert light_at(world.fresh(), MORNING + timedelta(hours=1)) == Light.STRONG
    assert light_at(world.fresh(), MORNING + timedelta(days=2)) == Light.GREEN
    verbs = [entry.verb.rpartition(".")[2] for entry in Entry.objects.of(world.assignment)]
    assert verbs[-2:] == ["light_set", "light_restored"]
    assert verify().is_sound


@pytest.mark.parametrize(
    ("world_name", "unit", "role", "what", "refusal"),
    [
        ("working", GIVER, Role.SUPERVISOR, {"light": "g"}, None),
        ("working", GIVER, Role.SUPERVISOR, {"light": "r"}, Refused),
        ("working", GIVER, Role.SUPERVISOR, {"light": ""}, Refused),  # nothing to restore
        ("working", GIVER, Role.SUPERVISOR, {"until_at": None}, Refused),
        ("working", GIVER, Role.SUPERVISOR, {"until_at": MORNING}, Refused),
        ("working", GIVER, Role.SUPERVISOR, {"until_at": MORNING + timedelta(days=32)}, Refused),
        ("working", GIVER, Role.LEADER, {}, NotPermitted),
        ("working", RECEIVER, Role.SUPERVISOR, {}, NotPermitted),
        ("working", "西市局", Role.SUPERVISOR, {}, Assignment.DoesNotExist),
        ("completed", GIVER, Role.SUPERVISOR, {}, IllegalMove),
        ("suspended", GIVER, Role.SUPERVISOR, {}, IllegalMove),
    ],
)
def test_who_may_set_which_light_and_when(town, world_name, unit, role, what, refusal):
    world = world_of(town, world_name)
    actor = town.actor(unit, role)
    if refusal is None:
        by_hand(world, actor=actor, **what)
    else:
        with pytest.raises(refusal):
            by_hand(world, actor=actor, **what)
    assert LightOverride.objects.exists() is (refusal is None)


def test_nothing_that_is_late_becomes_less_late_by_it(town):
    """The same history with and without a green light by hand gives the same alarms, lateness and overdue list."""
    world = world_of(town, "working")
    before = world.fresh()
    with morning(38):
        by_hand(world, "g", until_at=DUE + timedelta(days=10))
        after = world.fresh()
        assert (after.light(clock.now()), after.computed_light(clock.now())) == (Light.GREEN, Light.STRONG)
    assert after.marks == before.marks
    with clock.frozen(DUE + LATE):
        one = world.fresh()
        assert one.light(clock.now()) == Light.RED
        assert one.is_late(clock.now())
        assert not one.is_overridden(clock.now())
        assert (
            list(Assignment.objects.overdue(clock.now()))
            == list(Assignment.objects.late(clock.now()))
            == [one]
        )
        with pytest.raises(IllegalMove):
            by_hand(world, until_at=DUE + timedelta(days=5))


def test_the_sentence_names_start_days_holidays_extensions_progress_and_who_set_the_light(town):
    world = world_of(town, "endorsed")
    with morning(20):
        world.report(progress=40)
        world.grant()
        by_hand(world, "y", until_at=clock.end_of(clock.today()))
        said = reason_of(world.fresh(), clock.now())
    regime_days = ["元旦", "周末"]
    for word in [
        "11月23日交办",
        "个工作日",
        *regime_days,
        "延期",
        "由2027年1月2日改为",
        "自评40%",
        "人工调为临期",
    ]:
        assert word in said.sentence, (word, said.sentence)
    assert said.sentence.count("。") == 1
    assert (said.shown, said.computed) == (Light.AMBER, Light.GREEN)
    assert world.fresh().due_at == LATER


@pytest.mark.parametrize(
    "name", ["dispatched", "declined", "suspended", "completed", "publicised", "endorsed"]
)
def test_every_light_explains_itself(town, name):
    world = world_of(town, name)
    shown = set()
    for days in (0, 38, 60):
        with morning(days):
            told = reason_of(world.fresh(), clock.now())
        shown.add(told.shown)
        assert told.sentence.endswith("。")
        assert told.sentence.count("。") == 1
        assert "None" not in told.sentence
    assert len(shown) > 1 or name in ("suspended", "completed", "publicised")


def test_page_list_and_api_say_who_set_the_light_and_why(client, town):
    world = world_of(town, "working")
    client.force_login(town.person(GIVER))
    page = reverse("assignment-light", args=[world.pk])
    wrong = client.post(page, {"light": "y", "reason": "", "until_at": "2026-11-30"})
    assert wrong.status_code == 422
    refused = client.post(page, {"light": "y", "reason": "进度偏慢", "until_at": "2027-06-30"})
    assert refused.status_code == 422
    client.post(page, {"light": "y", "reason": "进度偏慢<b>", "until_at": "2026-11-30"})
    sheet = client.get(reverse("assignment", args=[world.pk])).content.decode()
    assert 'data-override="y"' in sheet
    assert "进度偏慢&lt;b&gt;" in sheet
    register = client.get(reverse("assignments") + "?light=y").content.decode()
    assert 'data-light="y"' in register
    assert 'title="' in register
    assert "临期（人工）" in register
    told = client.get(f"/api/v1/assignments/{world.pk}/light").json()
    assert (told["shown"], told["computed"], told["override"]["reason"]) == ("y", "g", "进度偏慢<b>")
    assert "人工调为临期" in told["sentence"]
    client.force_login(town.person("西市局"))
    assert client.get(f"/api/v1/assignments/{world.pk}/light").status_code == 404


def test_a_repeated_click_sets_no_second_light(town):
    world = world_of(town, "working")
    actor = world.giver()
    by_hand(world, actor=actor)
    with pytest.raises(DomainError):
        by_hand(world, actor=actor)
    assert LightOverride.objects.count() == 1
