"""Light rules as data: the thresholds, a version in force, its preview, and the dates of what is open anew."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.clock import OFFICE_TZ, end_of
from bihuan.kernel.errors import Refused, StaleVersion
from bihuan.ledger.queries import verify
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision import rungs, scoring
from bihuan.supervision.actions.theming import (
    discard_theme_draft,
    draft_theme,
    put_theme_in_force,
    relight,
    retire_theme,
)
from bihuan.supervision.models import LadderEdition, ScoreEdition, Term, ThemeEdition
from bihuan.supervision.queries.history import light_at
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.queries.themes import preview
from bihuan.supervision.rules import Light
from bihuan.supervision.themes import DEFAULT, SHIPPED, Measure, Theme, Threshold, as_rows, flaws, from_rows
from bihuan.workdays.queries import calendar_for
from tests.supervision.worlds import DUE, GIVER, RECEIVER, TOP, morning, world_of
from tests.town import MORNING

SOON = Theme(Threshold(Measure.DAYS, 20), Threshold(Measure.WORKDAYS, 3), {"y": "黄牌"})


def settle(town, theme, unit=GIVER, kind="", at=MORNING):
    """A version in force, with the dates of what is open computed anew, one assignment a chunk."""
    with clock.frozen(at):
        edition = draft_theme(actor=town.actor(unit), rows=as_rows(theme), kind=kind)
        put_theme_in_force(edition_id=edition.pk, actor=town.actor(unit), reason="按新办法")
        while relight(edition_id=edition.pk, actor=system("calendar"), limit=1):
            pass
    edition.refresh_from_db()
    return edition


@pytest.mark.parametrize("code", list(SHIPPED))
def test_what_ships_has_no_flaw_a_ground_and_survives_being_kept(code):
    theme = SHIPPED[code]
    assert flaws(theme) == []
    assert theme.ground
    kept = from_rows(as_rows(theme))
    assert (kept.amber, kept.strong) == (theme.amber, theme.strong)
    assert kept.word("y") == theme.word("y")


@pytest.mark.parametrize(
    ("by", "amount", "expected"),
    [
        # due on Friday 9 October 2026, the first workday after the National Day holidays being Thursday 8
        (Measure.DAYS, 3, datetime(2026, 10, 6, tzinfo=OFFICE_TZ)),
        (Measure.WORKDAYS, 1, datetime(2026, 10, 8, tzinfo=OFFICE_TZ)),
        (Measure.WORKDAYS, 2, datetime(2026, 9, 30, tzinfo=OFFICE_TZ)),
        (Measure.DAYS, 80, datetime(2026, 9, 14, 9, tzinfo=OFFICE_TZ)),  # not before it was given
        (Measure.OFF, 0, end_of(date(2026, 10, 9))),
    ],
)
def test_when_a_threshold_is_reached(db, by, amount, expected):
    start, due = datetime(2026, 9, 14, 9, tzinfo=OFFICE_TZ), end_of(date(2026, 10, 9))
    assert Threshold(by, amount).moment(start, due, calendar_for()) == expected


@pytest.mark.parametrize(
    ("amber", "strong"),
    [
        ((Measure.PERCENT, 100), (Measure.PERCENT, 15)),
        ((Measure.PERCENT, 30), (Measure.PERCENT, 30)),
        ((Measure.DAYS, 0), (Measure.OFF, 0)),
        ((Measure.OFF, 0), (Measure.OFF, 0)),
        ((Measure.DAYS, 91), (Measure.DAYS, 3)),
    ],
)
def test_rules_that_make_no_sense_are_not_put_in_force(town, amber, strong):
    rows = as_rows(Theme(Threshold(*amber), Threshold(*strong)))
    edition = draft_theme(actor=town.actor(GIVER), rows=rows)
    with pytest.raises(Refused) as refusal:
        put_theme_in_force(edition_id=edition.pk, actor=town.actor(GIVER), reason="试试")
    assert refusal.value.code == "flawed"


def test_the_preview_says_which_lights_change_and_they_do(town):
    world = world_of(town, "working")
    before = world.fresh()
    with morning(24):
        edition = draft_theme(actor=town.actor(GIVER), rows=as_rows(SOON))
        told = preview(edition, town.actor(GIVER))
        assert (told.open_count, told.changed) == (1, 1)
        assert [(c.assignment.pk, c.before, c.after) for c in told.changes] == [
            (world.pk, Light.GREEN, Light.AMBER)
        ]
        assert told.lines == [(Light.STRONG, 0, 0), (Light.AMBER, 0, 1), (Light.GREEN, 1, 0)]
        assert world.fresh().amber_at == before.amber_at
    edition = settle(town, SOON, at=MORNING + timedelta(days=24))
    one = world.fresh()
    calendar = regime_of(one.issued_by_id).calendar
    assert (one.amber_at, one.strong_at) == SOON.moments(one.dispatched_at, one.due_at, calendar)
    assert one.light(MORNING + timedelta(days=24)) == Light.AMBER
    unchanged = ("due_at", "record_due_at", "original_due_at", "sign_by", "next_alarm_at", "version")
    assert [getattr(one, name) for name in unchanged] == [getattr(before, name) for name in unchanged]
    assert light_at(one, MORNING + timedelta(days=23)) == Light.GREEN  # what was, was
    assert light_at(one, MORNING + timedelta(days=25)) == Light.AMBER
    assert Term.objects.filter(assignment=one).count() == 2
    assert verify().is_sound


def test_new_dates_follow_the_rules_in_force_for_the_kind_of_source(town):
    settle(town, SOON, kind="plan")
    settle(town, SHIPPED["workdays"])
    one = world_of(town, "working").fresh()
    calendar = regime_of(one.issued_by_id).calendar
    assert (one.amber_at, one.strong_at) == SOON.moments(one.dispatched_at, one.due_at, calendar)


def test_the_nearest_authority_counts_and_retiring_goes_back(town):
    for unit in (TOP, GIVER, RECEIVER):
        town.unit(unit)
    settle(town, SHIPPED["workdays"], TOP)
    near = settle(town, SOON)
    assert regime_of(town.unit(RECEIVER).pk).theme_of("") == from_rows(as_rows(SOON))
    retire_theme(edition_id=near.pk, actor=town.actor(GIVER), reason="恢复")
    assert regime_of(town.unit(GIVER).pk).theme_of("").amber == SHIPPED["workdays"].amber
    assert regime_of(town.unit("西市局").pk).theme_of("").amber == SHIPPED["workdays"].amber
    assert ThemeEdition.objects.get(pk=near.pk).state == "superseded"


def test_a_version_in_force_never_changes_and_two_writers_hear_of_each_other(town):
    first = settle(town, SOON)
    with pytest.raises(Refused):
        put_theme_in_force(edition_id=first.pk, actor=town.actor(GIVER), reason="再来")
    draft = draft_theme(actor=town.actor(GIVER), rows=as_rows(DEFAULT))
    draft_theme(actor=town.actor(GIVER), rows=as_rows(DEFAULT), seen_version=draft.version)
    with pytest.raises(StaleVersion):
        draft_theme(actor=town.actor(GIVER), rows=as_rows(DEFAULT), seen_version=draft.version)
    discard_theme_draft(edition_id=draft.pk, actor=town.actor(GIVER))
    with pytest.raises(Refused):
        draft_theme(actor=town.actor(GIVER), rows={"amber": 3})


@pytest.mark.parametrize(("unit", "role"), [(GIVER, Role.LEADER), ("基教处", Role.SUPERVISOR)])
def test_only_the_authoritys_supervisor_settles_them(town, unit, role):
    with pytest.raises((Refused, Unit.DoesNotExist)):
        draft_theme(actor=town.actor(unit, role), rows=as_rows(DEFAULT))


def test_the_pages_lead_from_a_theme_that_ships_to_one_in_force(client, town):
    world = world_of(town, "working")
    client.force_login(town.person(GIVER))
    form = client.get(reverse("theme-draft") + "?from=warnings").context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    assert client.post(reverse("theme-draft"), {**data, "strong_amount": 40}).status_code == 422
    shown = client.post(reverse("theme-draft"), {**data, "amber_by": "days", "amber_amount": 60}, follow=True)
    edition = ThemeEdition.objects.get()
    assert shown.context["preview"].changed == 1
    client.post(reverse("theme-force", args=[edition.pk]), {"reason": "按新办法", "seen_version": 1})
    relight(edition_id=edition.pk, actor=system("calendar"))
    sheet = client.get(reverse("assignment", args=[world.pk])).content.decode()
    assert "data-word" in sheet
    assert "黄色预警" in sheet
    told = client.get(f"/api/v1/assignments/{world.pk}/light").json()
    assert (told["shown"], told["word"]) == ("y", "黄色预警")
    assert client.get(reverse("themes")).status_code == 200


@pytest.mark.parametrize(
    ("unit", "role", "answers"),
    [
        (GIVER, Role.SUPERVISOR, (200, 200, 200)),
        (GIVER, Role.LEADER, (200, 403, 404)),
        (RECEIVER, Role.SUPERVISOR, (200, 200, 404)),
        (GIVER, Role.SYSTEM_ADMIN, (404, 404, 404)),
    ],
)
def test_who_may_open_the_pages_of_a_draft(client, town, unit, role, answers):
    edition = draft_theme(actor=town.actor(GIVER), rows=as_rows(DEFAULT))
    town.unit(RECEIVER)
    client.force_login(town.person(unit, role))
    pages = (reverse("themes"), reverse("theme-draft"), reverse("theme", args=[edition.pk]))
    assert tuple(client.get(page).status_code for page in pages) == answers
    allowed = answers[2] == 200
    for name in ("force", "retire", "discard"):
        status = client.post(reverse(f"theme-{name}", args=[edition.pk]), {"reason": "试试"}).status_code
        assert (status != 404) is allowed, name
        if name == "force" and allowed:
            assert status == 302


def test_nothing_overdue_changes_by_light_rules(town):
    world = world_of(town, "working")
    settle(town, SOON, at=DUE + timedelta(days=1))
    with clock.frozen(DUE + timedelta(days=1)):
        assert world.fresh().light(clock.now()) == Light.RED
        assert world.fresh().is_late(clock.now())


@pytest.mark.parametrize(
    ("name", "page", "model", "rows"),
    [
        ("theme", "theme", ThemeEdition, as_rows(DEFAULT)),
        ("ladder", "ladder", LadderEdition, rungs.as_rows(rungs.DEFAULT)),
        ("scoring", "scoring-edition", ScoreEdition, scoring.as_rows(scoring.DEFAULT)),
    ],
)
def test_who_only_reads_a_version_in_force_can_do_nothing_with_it(client, town, name, page, model, rows):
    edition = model.objects.create(
        unit=town.unit(GIVER), rows=rows, state="in_force", number=1, drafted_at=MORNING, in_force_at=MORNING
    )
    town.unit(RECEIVER)
    client.force_login(town.person(RECEIVER))
    assert client.get(reverse(page, args=[edition.pk])).status_code == 200
    for deed in ("force", "retire", "discard"):
        answer = client.post(reverse(f"{name}-{deed}", args=[edition.pk]), {"reason": "试试"})
        assert answer.status_code == 404, deed
    edition.refresh_from_db()
    assert edition.state == "in_force"
