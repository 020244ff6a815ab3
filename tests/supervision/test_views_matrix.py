"""Who may open what: every address of these pages by every kind of reader."""

import pytest
from django.urls import reverse

from bihuan.org.roles import Role
from bihuan.supervision.operations import Operation
from bihuan.supervision.urls import assignments, registers, reviews, workbench
from tests.supervision import scenes

READERS = {
    "giver": ("省厅", Role.SUPERVISOR),
    "giver_leader": ("省厅", Role.LEADER),
    "handler": ("东市局", Role.HANDLER),
    "own_leader": ("东市局", Role.LEADER),
    "own_supervisor": ("东市局", Role.SUPERVISOR),
    "stranger": ("西市局", Role.SUPERVISOR),
    "system": ("省厅", Role.SYSTEM_ADMIN),
    "security": ("省厅", Role.SECURITY_ADMIN),
    "audit": ("省厅", Role.AUDIT_ADMIN),
}
INVOLVED = {"giver", "giver_leader", "handler", "own_leader", "own_supervisor"}
HANDLING, GIVING = {"handler", "own_supervisor"}, {"giver", "giver_leader"}

MAY = {
    # an operation: those whose post may ever do it; everybody else involved is refused with 403
    Operation.SIGN: HANDLING,
    Operation.DECLINE: HANDLING,
    Operation.REPORT: HANDLING,
    Operation.COMPLETE: HANDLING,
    Operation.RECORD: HANDLING,
    Operation.RETRACT: HANDLING,
    Operation.OBSTACLE: HANDLING,
    Operation.EXPLAIN: HANDLING,
    Operation.EXTEND: HANDLING,
    Operation.WITHDRAW: HANDLING,
    Operation.SIGN_OFF: {"own_leader"},
    Operation.SEND_BACK: {"own_leader"},
    Operation.ENDORSE: {"own_leader"},
    Operation.BREAK_DOWN: {"own_leader", "own_supervisor"},
    Operation.GRANT: GIVING,
    Operation.REFUSE: GIVING,
    Operation.INSIST: GIVING,
    Operation.REASSIGN: GIVING,
    Operation.TRANSFER: GIVING,
    Operation.JOIN: GIVING,
    Operation.SUSPEND: GIVING,
    Operation.RESUME: GIVING,
    Operation.CANCEL: GIVING,
    Operation.LIGHT: {"giver"},
    Operation.URGE: GIVING,
    Operation.ANSWER: GIVING,
    Operation.ACCEPT_REPORT: {"giver"},
    Operation.RETURN_REPORT: {"giver"},
    Operation.REVIEW: GIVING,
    Operation.PUBLICISE: {"giver"},
    Operation.OBJECT: {"giver"},
    Operation.WRITE_OFF: {"giver"},
    Operation.LOOK_BACK: {"giver"},
    Operation.INSTRUCT: {"giver_leader", "own_leader"},
}
ADMINISTRATORS = {"system", "security", "audit"}
EVERYBODY = set(READERS)
PAGES = {
    # name: (arguments, who gets it, what the others get)
    "workbench": ([], EVERYBODY, None),
    "workbench-counts": ([], EVERYBODY, None),
    "workbench-handled": ([], EVERYBODY, None),
    "workbench-closed": ([], EVERYBODY, None),
    "workbench-given": ([], EVERYBODY, None),
    "assignments": ([], EVERYBODY, None),
    "assignments-units": ([], EVERYBODY, None),
    "reviews": ([], EVERYBODY, None),
    "pick-units": ([], EVERYBODY, None),
    "register-item": ([], {"giver", "own_supervisor", "stranger"}, 403),
    "many-sign": ([], {"giver", "own_supervisor", "stranger", "handler"}, 404),
    "many-urge": ([], EVERYBODY - ADMINISTRATORS - {"handler"}, 404),
    "many-report-acceptance": ([], {"giver", "own_supervisor", "stranger"}, 404),
    "many-write-off": ([], {"giver", "own_supervisor", "stranger"}, 404),
    "assignment": (["one"], INVOLVED, 404),
    "assignment-print": (["one"], INVOLVED, 404),
    "assignment-counts": (["one"], INVOLVED, 404),
    "assignment-docx": (["one"], INVOLVED, 404),
}
ONLY_POST = {"assignment-criteria"}
ELSEWHERE = {"assignment-slip"}  # tests/supervision/test_slips.py


def status_of(client, town, reader, name, arguments):
    client.force_login(town.person(*READERS[reader]))
    return client.get(reverse(name, args=arguments)).status_code


@pytest.mark.parametrize("name", PAGES)
def test_pages(client, town, name):
    one = scenes.working(town)
    town.post("东市局", Role.LEADER)
    arguments, allowed, otherwise = PAGES[name]
    arguments = [one.pk if argument == "one" else argument for argument in arguments]
    found = {reader: status_of(client, town, reader, name, arguments) for reader in READERS}
    assert found == {reader: 200 if reader in allowed else otherwise for reader in READERS}
    client.logout()
    assert client.get(reverse(name, args=arguments)).status_code == 302


@pytest.mark.parametrize("operation", MAY, ids=lambda operation: operation.value)
def test_operations(client, town, operation):
    """200 where it can be done now, 409 where only the moment is wrong, 403 for the post, 404 for strangers."""
    one = scenes.working(town)
    name = f"assignment-{operation.value}"
    for reader in READERS:
        status = status_of(client, town, reader, name, [one.pk])
        if reader in MAY[operation]:
            assert status in (200, 409), reader
        else:
            assert status == (403 if reader in INVOLVED else 404), reader
    client.logout()
    assert client.get(reverse(name, args=[one.pk])).status_code == 302


def test_every_address_stands_in_the_matrix():
    modules = (assignments, registers, reviews, workbench)
    names = {pattern.name for module in modules for pattern in module.urlpatterns}
    known = set(PAGES) | {f"assignment-{operation.value}" for operation in MAY} | ONLY_POST | ELSEWHERE
    assert names == known
