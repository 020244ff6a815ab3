"""docs/supervision.md says what the program does: its diagram and tables are made from the code.

`WRITE_DOCS=1 pytest tests/supervision/test_docs.py` writes them anew.
"""

import importlib
import inspect
import os
import pkgutil
import re
from pathlib import Path

import pytest

from bihuan.ledger.catalogue import VERBS
from bihuan.supervision import actions, counting, rungs, scoring, themes
from bihuan.supervision.actions import settling
from bihuan.supervision.parameters import PARAMETERS
from bihuan.supervision.rules import MOVES, Move, Stage

PAGE = Path(__file__).parents[2] / "docs" / "supervision.md"


def diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Stage.DISPATCHED.value}: dispatch"]
    for (start, move), end in MOVES.items():
        if move not in (Move.CANCEL, Move.JOIN):
            lines.append(f"    {start.value} --> {end.value}: {move.value}")
    lines += [f"    {end} --> [*]" for end in ("written_off", "reassigned", "cancelled")]
    return "\n".join([*lines, "```"])


def modules():
    for found in pkgutil.iter_modules(actions.__path__):
        yield importlib.import_module(f"{actions.__name__}.{found.name}")


def all_actions():
    for module in modules():
        for name, function in vars(module).items():
            if getattr(function, "is_action", False) and function.__module__ == module.__name__:
                yield module.__name__.rpartition(".")[2], name, function


def with_helpers(function, seen=()) -> dict[str, str]:
    """The source of an action and of what it calls in the loop's own modules, by module."""
    function = inspect.unwrap(function)
    sources = {function.__module__: inspect.getsource(function)}
    for name in set(re.findall(r"\b(\w+)\(", sources[function.__module__])) - {*seen, "take", "settle"}:
        helper = function.__globals__.get(name)
        if getattr(helper, "__module__", "").startswith(actions.__name__) and inspect.isfunction(helper):
            for module, source in with_helpers(helper, (*seen, name)).items():
                sources[module] = sources.get(module, "") + source
    return sources


def action_table() -> str:
    rows = ["| action | what it is | capability | stage after |", "|---|---|---|---|"]
    for module, name, function in all_actions():
        purpose = inspect.getdoc(function).partition("\n")[0]
        chinese = re.search(r"[（(]([\u4e00-\u9fff、]+)[)）]", purpose)
        sources = with_helpers(function)
        own = sources[function.__module__] + sources.get(settling.__name__, "")
        caps = set(re.findall(r"Cap\.([A-Z_]+)", own))
        moves = set(re.findall(r"Move\.([A-Z_]+)", "".join(sources.values())))
        ends = {str(end.value) for (_stage, move), end in MOVES.items() if move.name in moves}
        rows.append(
            f"| `{module}.{name}` | {chinese.group(1) if chinese else ''} | "
            f"{', '.join(sorted(cap.lower() for cap in caps))} | {', '.join(sorted(ends))} |"
        )
    return "\n".join(rows)


def parameter_table() -> str:
    rows = ["| key | default | what it settles | ground |", "|---|---|---|---|"]
    rows += [f"| `{one.key}` | {one.default} | {one.label} | {one.ground} |" for one in PARAMETERS.values()]
    return "\n".join(rows)


def theme_table() -> str:
    rows = ["| theme | 临期 | 加急 | own words | ground |", "|---|---|---|---|---|"]
    for code, one in themes.SHIPPED.items():
        marks = [f"{mark.by.label} {mark.amount or ''}".strip() for mark in (one.amber, one.strong)]
        words = "、".join(word for word in one.words.values() if word)
        rows.append(f"| `{code}` {one.label} | {marks[0]} | {marks[1]} | {words} | {one.ground} |")
    return "\n".join(rows)


def scoring_table() -> str:
    rows = ["| event | duty | points | cap | ground |", "|---|---|---|---|---|"]
    rows.append(f"| base | | {scoring.DEFAULT.base} | | domain.md §4.8, S [FY-174265] |")
    rows += [
        f"| `{one.event}` {one.event.label} | {one.duty.label} | {one.points} | {one.cap or ''} | {one.ground} |"
        for one in scoring.DEFAULT.rules
    ]
    return "\n".join(rows)


def ladder_table() -> str:
    rows = [
        "| waited for | rung | workdays | who is told | proposes | ground |",
        "|---|---|---|---|---|---|",
    ]
    for wait, ladder in rungs.DEFAULT.items():
        for rung in ladder:
            when = f"{rung.offset:+d}, every {rung.every}" if rung.every else f"{rung.offset:+d}"
            told = ", ".join(str(one.label) for one in rung.told)
            rows.append(
                f"| {wait.value} {wait.label} | `{wait.value}.{rung.code}` {rung.label} | {when} | "
                f"{told} | {'yes' if rung.proposes else ''} | {rung.ground} |"
            )
    return "\n".join(rows)


def counting_table() -> str:
    rows = [
        "| rule | counted | of | times | proposes | who is told | ground |",
        "|---|---|---|---|---|---|---|",
    ]
    for rule in counting.DEFAULT:
        told = ", ".join(str(one.label) for one in rule.told)
        what = ", ".join(str(one.label) for one in rule.counted_in_order)
        of = f"{rule.scope.label}{'，连续' if rule.in_row else ''}"
        cells = (f"`{rule.code}` {rule.label}", what, of, rule.times, rule.step.label, told, rule.ground)
        rows.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(rows)


PARTS = {
    "diagram": diagram,
    "actions": action_table,
    "ladder": ladder_table,
    "counting": counting_table,
    "themes": theme_table,
    "scoring": scoring_table,
    "parameters": parameter_table,
}


def pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)


@pytest.mark.parametrize("name", PARTS)
def test_the_page_says_what_the_program_does(name):
    made = PARTS[name]() + "\n"
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(pattern(name).sub(lambda _found: made, PAGE.read_text()))
    assert pattern(name).findall(PAGE.read_text()) == [made]


def test_every_verb_of_the_loop_has_a_label():
    assert all(str(verb.label) for name, verb in VERBS.items() if name.startswith("supervision."))


def test_the_diagram_leaves_out_only_what_is_said_in_words():
    assert {move for _stage, move in MOVES} - {Move.CANCEL, Move.JOIN} == {
        Move(move) for move in re.findall(r": (\w+)", diagram()) if move != "dispatch"
    }
