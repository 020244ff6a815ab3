"""Nothing that people can do is without a door: every action stands on a page and under /api/v1 (DESIGN §8)."""

import ast

import pytest

from bihuan.api.v1 import api
from tests.architecture.source import decorators, modules

CONTEXTS = ("supervision", "documents", "circulars", "org", "workdays", "alike", "registers")
PAGES = ("views", "forms", "apps", "paper_views", "doors")  # apps: papers register how their kind is issued

BY_JOBS = {
    "apply_change": "a planned change of a unit takes effect on its day",
    "begin_rederivation": "a change of the calendar is noticed by itself",
    "count_presses": "the rules that count look at what pressed by themselves",
    "find_likenesses": "what was handed in is compared in the background",
    "keep_print": "a picture is looked at in the background",
    "take_marks": "what was handed in is compared in the background",
    "expire_export": "a file is removed when its time is over",
    "fail_export": "a file that cannot be written says why",
    "finish_export": "a file is noted by whoever wrote it",
    "expire_import": "an import that nobody confirmed is thrown away",
    "note_fault": "a planned change that cannot take effect says so",
    "open_period": "a recurring duty opens with its period",
    "retire_leaver": "an account closes when its last post has ended",
    "rederive_alarms": "a ladder put in force has the alarms of what is open set anew",
    "relight": "light rules put in force have the dates of what is open computed anew",
    "rederive_chunk": "running clocks follow the calendar in the background",
    "settle_reckonings": "the figures of units are counted in the background",
    "sound_alarms": "the ladder sounds by itself",
    "turn_slots": "the feedback cycle opens and closes its slots by itself",
    "sweep_content": "bytes that no file has are swept",
}
NO_PAGE = {
    "add_item": "pages insert at a place (insert_item); programs add at the end",
    "replace_tree": "pages change a list item by item or bring a sheet (put_rows); programs send it whole",
}
NO_API = {
    "choose_password": "a program has a token, not a password",
    "switch_post": "a token belongs to one appointment",
    "record_reading": "left behind by the download itself, whoever downloads",
    "serve_dispatch": "the page nudges the job that serves; issue_plan has queued it",
}


def actions() -> dict[str, str]:
    """Every action of these contexts, with its module."""
    return {
        function.name: module.name
        for module in modules()
        if module.context in CONTEXTS and module.layer == "actions"
        for function in module.functions()
        if "action" in decorators(function)
    }


def named_on_pages() -> set[str]:
    """Whatever the views and forms of any context name."""
    found = set()
    for module in modules():
        if module.layer in PAGES:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Name):
                    found.add(node.id)
                elif isinstance(node, ast.Attribute):
                    found.add(node.attr)
    return found


def offered_by_api() -> set[str]:
    paths = api.get_openapi_schema()["paths"].values()
    return {operation["operationId"] for path in paths for operation in path.values()}


def test_the_api_offers_nothing_under_two_addresses():
    paths = api.get_openapi_schema()["paths"].values()
    names = [operation["operationId"] for path in paths for operation in path.values()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("door", "exceptions"), [("pages", BY_JOBS | NO_PAGE), ("api", BY_JOBS | NO_API)], ids=["pages", "api"]
)
def test_every_action_has_its_door(door, exceptions):
    known = named_on_pages() if door == "pages" else offered_by_api()
    names = set(actions())
    assert len(names) > 90
    assert names - known == set(exceptions) & names
    assert set(exceptions) <= names
