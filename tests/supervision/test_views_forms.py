"""Doors that few people go through: answers from outside, second thoughts, units that ended, dated nodes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from bihuan.kernel.errors import Refused
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role
from bihuan.supervision.actions.handling import report_progress
from bihuan.supervision.models import Assignment, Milestone
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries import workbench
from bihuan.supervision.rules import Stage
from tests.supervision import scenes
from tests.town import TODAY


@pytest.fixture
def send(client, town):
    """Post the form of an operation as somebody would, and give the status."""

    def post(one, noun, unit, role, **words):
        client.force_login(town.person(unit, role))
        data = {"seen_version": one.version, "request_key": uuid4(), **words}
        return client.post(reverse(f"assignment-{noun}", args=[one.pk]), data)

    return post


def verbs(one) -> list[str]:
    return [
        entry.verb.rsplit(".", 1)[1]
        for entry in Entry.objects.of(one).order_by("position")
        if entry.position > 1
    ]


DOORS = [
    # scene, address, who, what they write, stage afterwards, the entry it leaves
    (scenes.outside, "answer", ("东市局", Role.HANDLER), {"text": "来函：已拨付"}, "completed", "completed"),
    (
        scenes.drafted,
        "submission-withdrawal",
        ("东市局", Role.HANDLER),
        {},
        "working",
        "submission_withdrawn",
    ),
    (
        scenes.bereft,
        "transfer",
        ("省厅", Role.SUPERVISOR),
        {"unit_id": "学院", "reason": "承接"},
        "working",
        "moved",
    ),
    (
        scenes.twinned,
        "joining",
        ("省厅", Role.SUPERVISOR),
        {"into_id": "", "reason": "合并"},
        "reassigned",
        "joined",
    ),
]


@pytest.mark.parametrize(
    ("scene", "noun", "who", "words", "stage", "verb"), DOORS, ids=[row[1] for row in DOORS]
)
def test_a_door_opens_once_for_the_one_it_is_for(town, send, scene, noun, who, words, stage, verb):
    town.person("东一县局", Role.HANDLER)
    one, words = scene(town), dict(words)
    if "unit_id" in words:
        words["unit_id"] = town.unit(words["unit_id"]).pk
    if "into_id" in words:
        words["into_id"] = one.twins().get().pk
    stranger = send(one, noun, "东一县局", Role.HANDLER, **words)
    stale = send(one, noun, *who, **{**words, "seen_version": one.version + 5})
    empty = send(one, noun, *who, **dict.fromkeys(words, "")) if words else None
    key = uuid4()
    done = send(one, noun, *who, **words, request_key=key)
    again = send(one, noun, *who, **words, request_key=key)
    one.refresh_from_db()
    assert (stranger.status_code, stale.status_code, empty and empty.status_code) in [
        (404, 409, 422),
        (404, 409, None),
    ]
    assert (done.status_code, again.status_code) == (302, 302)
    assert (one.stage, verbs(one).count(verb)) == (stage, 1)


def test_the_wrong_post_is_refused_and_told_who_may(town, send):
    assert send(scenes.outside(town), "answer", "东市局", Role.LEADER, text="代答").status_code == 403
    assert send(scenes.drafted(town), "submission-withdrawal", "省厅", Role.SUPERVISOR).status_code == 403


def test_what_waits_for_an_answer_from_outside_is_in_the_queue_of_the_lead(town):
    one = scenes.outside(town)
    rows = workbench.queue(town.actor("东市局", Role.HANDLER)).rows
    assert {row.operation for row in rows if row.assignment.pk == one.pk} == {Operation.RECORD}


def test_a_duty_without_a_unit_waits_for_the_giver(town):
    one = scenes.bereft(town)
    rows = workbench.queue(town.actor("省厅")).rows
    assert [(row.assignment.pk, row.operation) for row in rows] == [(one.pk, Operation.TRANSFER)]


def test_nodes_are_ticked_in_a_report_and_late_ones_stand_out(client, town, send):
    one = scenes.working(town)
    early, late = (
        Milestone.objects.create(item=one.item, name=name, due_on=TODAY + timedelta(days=days))
        for name, days in [("摸底", 5), ("整改", -1)]
    )
    done = send(one, "report", "东市局", Role.HANDLER, text="摸底完成", reached=[early.pk])
    page = client.get(reverse("assignment", args=[one.pk])).content.decode()
    assert done.status_code == 302
    assert 'data-node="reached"' in page
    assert 'data-node="open late"' in page
    assert f'name="reached" value="{late.pk}"' in page
    assert f'name="reached" value="{early.pk}"' not in page
    one.refresh_from_db()
    foreign = send(one, "report", "东市局", Role.HANDLER, text="再报", reached=[early.pk])
    assert foreign.status_code == 422
    assert one.reports.count() == 1


def test_a_unit_outside_the_system_never_declares_anything_done_by_itself(town):
    one = scenes.outside(town)
    assert Assignment.objects.get(pk=one.pk).stage == Stage.DISPATCHED
    report_progress(assignment_id=one.pk, actor=town.actor("东市局", Role.HANDLER), text="已电话催问")
    with pytest.raises(Refused) as refusal:
        scenes.moved(one, scenes.handling.submit_completion, town.actor("东市局", Role.HANDLER), text="完成")
    assert refusal.value.code == "external"
