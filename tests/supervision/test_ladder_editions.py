"""The ladder as data: its versions, what they must not do, the rehearsal, and the alarms anew."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused, StaleVersion
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import verify
from bihuan.notifications.actions import deliver
from bihuan.notifications.models import Notice
from bihuan.notifications.queries import messages_of
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision.actions.laddering import (
    discard_ladder_draft,
    draft_ladder,
    put_ladder_in_force,
    rederive_alarms,
    retire_ladder,
)
from bihuan.supervision.models import Effect, LadderEdition
from bihuan.supervision.queries.ladders import rehearse
from bihuan.supervision.queries.regimes import editions_of
from bihuan.supervision.rungs import DEFAULT, as_rows, flaws, from_rows
from tests.supervision.test_ladder import sounded, sweep
from tests.supervision.worlds import DUE, GIVER, RECEIVER, TOP, morning, world_of
from tests.town import MORNING

ROWS = as_rows(DEFAULT)


def with_rung(code, **changes):
    """The default ladder with one rung changed."""
    return [{**row, **changes} if f"{row['wait']}.{row['code']}" == code else row for row in ROWS]


def without(*codes):
    return [row for row in ROWS if f"{row['wait']}.{row['code']}" not in codes]


def settle(town, rows, unit=GIVER, kind="", at=MORNING):
    """A version in force since that morning, with the alarms of what is open set anew."""
    with clock.frozen(at):
        edition = draft_ladder(actor=town.actor(unit), rows=rows, kind=kind)
        put_ladder_in_force(edition_id=edition.pk, actor=town.actor(unit), reason="按新办法")
        while rederive_alarms(edition_id=edition.pk, actor=system("calendar"), limit=1):
            pass
    edition.refresh_from_db()
    return edition


def test_the_default_ladder_has_no_flaw_and_survives_being_kept_as_rows():
    assert flaws(DEFAULT) == []
    assert as_rows(from_rows(ROWS)) == ROWS


@pytest.mark.parametrize(
    "rows",
    [
        without("due.again"),  # nobody would hear of it any more
        [row for row in ROWS if row["wait"] != "review"],
        with_rung("due.urge", offset=30),
        with_rung("due.again", every=40),
        with_rung("due.urge", offset=-1),
        with_rung("due.urge", offset=6),  # pressed after the circular
        with_rung("due.remind_last", offset=1),
        with_rung("due.urge", told=[]),
        with_rung("due.urge", offset=3),  # on the slip's day
        with_rung("due.urge", text="请{姓名}抓紧"),
        [*ROWS, {**ROWS[-1], "wait": "sign"}],
    ],
)
def test_a_ladder_that_could_silence_or_press_wrongly_is_not_put_in_force(town, rows):
    edition = draft_ladder(actor=town.actor(GIVER), rows=rows)
    with pytest.raises(Refused) as refusal:
        put_ladder_in_force(edition_id=edition.pk, actor=town.actor(GIVER), reason="试试")
    assert refusal.value.code == "flawed"
    assert not LadderEdition.objects.in_force().exists()


def test_a_version_moves_the_rungs_and_each_effect_names_it(town):
    world = world_of(town, "dispatched")
    edition = settle(town, with_rung("sign.slip", offset=1))
    sweep(MORNING + timedelta(days=2, hours=3))
    assert sounded(world.assignment) == ["sign.slip"]
    assert set(Effect.objects.values_list("edition", flat=True)) == {edition.pk}
    assert Entry.objects.get(verb="supervision.assignment.pressed").facts["ladder"] == edition.pk
    assert verify().is_sound


def test_the_nearest_authority_counts_and_a_kind_before_the_rest(town):
    for unit in (TOP, GIVER, RECEIVER):
        town.unit(unit)
    top, kind = settle(town, ROWS, TOP), settle(town, ROWS, TOP, kind="plan")
    assert editions_of(town.unit(RECEIVER).pk) == {"": top, "plan": kind}
    near = settle(town, ROWS)
    assert editions_of(town.unit(RECEIVER).pk) == {"": near}
    assert editions_of(town.unit("西市局").pk) == {"": top, "plan": kind}
    retire_ladder(edition_id=near.pk, actor=town.actor(GIVER), reason="恢复")
    assert editions_of(town.unit(GIVER).pk) == {"": top, "plan": kind}


def test_an_edit_sets_the_next_alarm_anew_sounds_nothing_at_once_and_nothing_twice(town):
    world = world_of(town, "working")
    late = DUE + timedelta(days=4)  # the urge has sounded, the slip is due tomorrow
    sweep(late - timedelta(days=1))
    before = Effect.objects.count()
    was = world.fresh().next_alarm_at
    days = {"due.urge": 2, "due.slip": 4}
    rows = [{**row, "offset": days.get(f"{row['wait']}.{row['code']}", row["offset"])} for row in ROWS]
    settle(town, rows, at=late - timedelta(hours=20))
    assert world.fresh().next_alarm_at != was
    assert Effect.objects.count() == before
    for day in range(12):
        sweep(late + timedelta(days=day))
    rungs = sounded(world.assignment)
    assert rungs.count("due.urge") == 1
    assert len(rungs) == len(set(rungs))
    assert world.fresh().version == Entry.objects.of(world.assignment).count() - 1


def test_what_is_due_already_is_left_to_the_sweep(town):
    world = world_of(town, "working")
    late = DUE + timedelta(days=2, hours=12)
    settle(town, ROWS, at=late)
    assert world.fresh().next_alarm_at < late
    sweep(late)
    assert "due.urge" in sounded(world.assignment)


def test_a_version_in_force_is_never_changed(town):
    first = settle(town, ROWS)
    assert first.number == 1
    with pytest.raises(Refused):
        put_ladder_in_force(edition_id=first.pk, actor=town.actor(GIVER), reason="再来")
    second = settle(town, with_rung("due.urge", offset=2))
    first.refresh_from_db()
    assert (first.state, first.rows, second.number) == ("superseded", ROWS, 2)
    assert Entry.objects.of(first).last().verb == "supervision.ladderedition.superseded"


def test_two_who_write_one_draft_are_told_of_each_other(town):
    edition = draft_ladder(actor=town.actor(GIVER), rows=ROWS)
    draft_ladder(actor=town.actor(GIVER), rows=ROWS, seen_version=edition.version)
    with pytest.raises(StaleVersion):
        draft_ladder(actor=town.actor(GIVER), rows=ROWS, seen_version=edition.version)
    discard_ladder_draft(edition_id=edition.pk, actor=town.actor(GIVER))
    assert not LadderEdition.objects.exists()


@pytest.mark.parametrize(("unit", "role"), [(GIVER, Role.HANDLER), ("基教处", Role.SUPERVISOR)])
def test_only_the_authoritys_supervisor_settles_it(town, unit, role):
    with pytest.raises((Refused, Unit.DoesNotExist)):
        draft_ladder(actor=town.actor(unit, role), rows=ROWS)


def test_the_rehearsal_says_what_the_sweep_then_does(town):
    world = world_of(town, "working")
    sweep(MORNING + timedelta(days=38))
    with morning(38):  # the last week before the deadline
        town.post(GIVER)
        rows = with_rung("due.urge", offset=2)
        edition = draft_ladder(actor=town.actor(GIVER), rows=rows)
        played = rehearse(edition, town.actor(GIVER))
    lines = {f"{line.wait}.{line.code}": (line.at_present, line.in_draft) for line in played.lines}
    told = [message.call.code for message in played.messages]
    with clock.frozen(MORNING + timedelta(days=38)):
        put_ladder_in_force(edition_id=edition.pk, actor=town.actor(GIVER), reason="按新办法")
        rederive_alarms(edition_id=edition.pk, actor=system("calendar"))
    before = set(Effect.objects.values_list("pk", flat=True))
    for hours in range(0, 24 * 7, 8):
        sweep(MORNING + timedelta(days=38, hours=hours))
    done = list(Effect.objects.exclude(pk__in=before).order_by("at", "pk").values_list("rung", flat=True))
    assert told == done
    assert lines["due.urge"][1] == done.count("due.urge") == 1
    assert world.fresh().is_open


def test_the_pages_lead_from_the_present_ladder_to_one_in_force(client, town):
    world_of(town, "working")
    client.force_login(town.person(GIVER))
    form = client.get(reverse("ladder-draft")).context["forms"]
    data = {f"{one.prefix}-{name}": one[name].value() for one in form.forms for name in one.fields}
    data = {name: value for name, value in data.items() if value is not None}
    data |= {"rung-TOTAL_FORMS": len(form.forms), "rung-INITIAL_FORMS": len(form.forms)}
    data |= {"count-TOTAL_FORMS": 0, "count-INITIAL_FORMS": 0}
    line = next(
        one.prefix for one in form.forms if (one["wait"].value(), one["code"].value()) == ("due", "urge")
    )
    wrong = client.post(reverse("ladder-draft"), {**data, f"{line}-offset": ""})
    assert wrong.status_code == 422
    kept = client.post(reverse("ladder-draft"), {**data, f"{line}-offset": 2}, follow=True)
    edition = LadderEdition.objects.get()
    assert kept.context["rehearsal"].open_count == 1
    assert not kept.context["flaws"]
    client.post(reverse("ladder-force", args=[edition.pk]), {"reason": "按新办法", "seen_version": 1})
    edition.refresh_from_db()
    assert edition.state == "in_force"
    assert {(r["wait"], r["code"]): r["offset"] for r in edition.rows}["due", "urge"] == 2
    assert edition.rows == with_rung("due.urge", offset=2)
    for name in ("ladders", "ladder"):
        args = [edition.pk] if name == "ladder" else []
        assert client.get(reverse(name, args=args)).status_code == 200


@pytest.mark.parametrize(
    ("unit", "role", "answers"),
    [
        (GIVER, Role.SUPERVISOR, (200, 200, 200)),
        (GIVER, Role.HANDLER, (200, 403, 404)),
        (RECEIVER, Role.SUPERVISOR, (200, 200, 404)),
        (GIVER, Role.SYSTEM_ADMIN, (404, 404, 404)),
    ],
)
def test_who_may_open_the_pages_of_a_draft(client, town, unit, role, answers):
    edition = draft_ladder(actor=town.actor(GIVER), rows=ROWS)
    town.unit(RECEIVER)
    client.force_login(town.person(unit, role))
    pages = (reverse("ladders"), reverse("ladder-draft"), reverse("ladder", args=[edition.pk]))
    assert tuple(client.get(page).status_code for page in pages) == answers
    refused = client.post(reverse("ladder-force", args=[edition.pk]), {"reason": "试试"}).status_code
    assert (refused == 302) is (answers[2] == 200)


def test_a_message_of_the_ladder_says_it_in_the_authoritys_words(town):
    world_of(town, "working")
    settle(town, with_rung("due.urge", text="{单位}：{事项}已过{时限}，请{等待}"))
    sweep(DUE + timedelta(days=2))
    entry = Entry.objects.get(verb="supervision.assignment.pressed")
    deliver(entry_ids=[entry.pk])
    said = {message.text for message in messages_of(list(Notice.objects.select_related("entry")))}
    assert said == {"东一县局：核查学前教育减免保教费已过2027年1月2日，请办结"}
