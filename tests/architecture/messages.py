"""Every message that the source asks gettext for, read from the text of Python files and templates."""

import ast
import io
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.extract import extract
from django.utils.translation.template import templatize

from tests.architecture.source import PACKAGE, ROOT, modules

ONE, MANY, IN_CONTEXT = (1,), (1, 2), ((1, "c"), 2)
MARKS = {
    "gettext": ONE,
    "gettext_lazy": ONE,
    "gettext_noop": ONE,
    "ngettext": MANY,
    "ngettext_lazy": MANY,
    "pgettext": IN_CONTEXT,
    "pgettext_lazy": IN_CONTEXT,
}
Key = tuple[str | None, str | tuple[str, ...]]  # context, text or its singular and plural


@cache
def messages() -> dict[Key, list[str]]:
    """Each message with the places that ask for it; migrations ask for nothing."""
    found: dict[Key, list[str]] = defaultdict(list)
    for module in modules():
        if "migrations" not in module.path.parts:
            for line, key in of_python(module.text):
                found[key].append(f"{module.path.relative_to(ROOT)}:{line}")
    for path in sorted([*PACKAGE.rglob("templates/**/*.html"), *PACKAGE.rglob("templates/**/*.txt")]):
        for line, key in of_template(path.read_text(), path):
            found[key].append(f"{path.relative_to(ROOT)}:{line}")
    return found


def of_python(text: str) -> Iterator[tuple[int, Key]]:
    """What the calls of gettext in a module name, under whatever name it was imported."""
    tree = ast.parse(text)
    marks = {
        name.asname or name.name: MARKS[name.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in MARKS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in marks:
            said = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            yield from ((node.lineno, key) for key in _keys(marks[node.func.id], said))


def of_template(text: str, path: Path | str = "") -> Iterator[tuple[int, Key]]:
    """What the tags of a template name; brackets around it make its lines indent as they like."""
    python = f"({templatize(text, origin=str(path))})"
    for line, text_or_texts, _comments, context in extract(
        "python", io.BytesIO(python.encode()), keywords={**MARKS, "_": ONE}
    ):
        yield line, (context, text_or_texts)


def _keys(mark: tuple, said: list[str | None]) -> Iterator[Key]:
    if mark == IN_CONTEXT and len(said) > 1 and said[1]:
        yield said[0], said[1]
    elif mark == MANY and len(said) > 1 and said[0] and said[1]:
        yield None, (said[0], said[1])
    elif mark == ONE and said and said[0]:
        yield None, said[0]
