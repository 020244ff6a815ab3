"""The buttons and the actions agree: what a page offers is accepted, what it does not offer is refused."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.http import QueryDict

from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision.forms import FORMS
from bihuan.supervision.models import Assignment
from bihuan.supervision.operations import Operation, may_ever
from bihuan.supervision.queries.assignments import sheet_of
from bihuan.supervision.views.assignments import with_issuer
from tests.supervision import scenes
from tests.town import MORNING

SCENES = [
    scenes.given,
    scenes.declined,
    scenes.working,
    scenes.reported,
    scenes.drafted,
    scenes.extension_asked,
    scenes.extension_endorsed,
    scenes.suspended,
    scenes.explained,
    scenes.completed,
    scenes.passed,
    scenes.returned,
    scenes.accepted,
    scenes.written_off,
    scenes.outside,
    scenes.bereft,
    scenes.twinned,
]
PEOPLE = [
    ("东市局", Role.HANDLER),
    ("东市局", Role.SUPERVISOR),
    ("东市局", Role.LEADER),
    ("省厅", Role.SUPERVISOR),
    ("省厅", Role.LEADER),
]


def answers(town, one: Assignment) -> QueryDict:
    """Every field of every form filled so that nothing but the situation can be a reason to refuse."""
    later = (clock.office_day(one.due_at) + timedelta(days=5)).isoformat()
    soon = (MORNING.date() + timedelta(days=10)).isoformat()
    data = QueryDict(mutable=True)
    data.update(
        {
            "text": "说明",
            "reason": "理由",
            "opinion": "意见",
            "progress": "50",
            "power": "资金调度权",
            "finding": "现场核查",
            "verdict": "relapsed",
            "early": "群众反映强烈",
            "outcome": "done",
            "accepted": "no",
            "founded": "no",
            "conclusion": "pass",
            "review_on": soon,
            "light": "yy",
            "until_at": soon,
            "requirement": "限期办结",
            "reply_by": soon,
            "part-0-title": "分解",
            "part-0-due_at": soon,
            "part-0-unit_ids": str(town.unit("东一县局").pk),
            "part-TOTAL_FORMS": "1",
        }
    )
    data["unit_id"] = str(town.unit("学院").pk)
    data["due_at"] = later
    return data


@contextmanager
def undone():
    """Whatever happens inside never happened; actions may still open their durable transaction."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def is_accepted(sheet, operation, data) -> bool:
    if operation is Operation.OBSTACLE:
        if not sheet.units_above:
            return False
        data["unit_id"] = str(sheet.assignment.unit.parent_id)
    if operation is Operation.EXTEND:
        data["progress"] = "已查五县"
    if operation is Operation.JOIN:
        if not sheet.twins:
            return False
        data["into_id"] = str(sheet.twins[0].pk)
    form = with_issuer(FORMS[operation](data, sheet=sheet), sheet)
    if operation in (Operation.ACCEPT_REPORT, Operation.RETURN_REPORT) and not sheet.assignment.reports.all():
        return False
    if operation is Operation.ANSWER and not sheet.assignment.explanations.all():
        return False
    assert form.is_valid(), (operation, form.errors)
    with undone():
        try:
            form.perform(sheet.actor)
        except DomainError:
            return False
        return True


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_page_offers_exactly_what_the_actions_accept(town, scene):
    town.unit("学院"), town.unit("东一县局")
    one = scene(town)
    differing = []
    for unit, role in PEOPLE:
        if not Unit.objects.current(clock.today()).filter(name=unit).exists():
            continue  # nobody acts for a unit that has ended
        sheet = sheet_of(one.pk, town.actor(unit, role))
        for operation in (one for one in Operation if may_ever(one, sheet.caps)):
            offered = operation in sheet.operations
            if offered != is_accepted(sheet, operation, answers(town, one)):
                differing.append((unit, str(role), operation.value, offered))
    assert differing == []
