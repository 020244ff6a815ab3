"""What import-linter's contracts in pyproject.toml and the layout of a context promise (house style §2-3)."""

import ast

import pytest
from django.apps import apps
from django.db import models
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

from tests.architecture.source import PACKAGE, ROOT, decorators, modules

WRITERS = {"actions", "models", "migrations"}
WITHOUT_ACTOR = {"notifications"}  # it repeats what the ledger says, and a reader's inbox is their own
REHEARSALS = {"demo", "bench"}
WRITES = {
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "save",
    "update",
    "update_or_create",
}
QUERIES = {"objects", "_default_manager", "filter", "exclude", "within", "select_for_update", "all"}


def test_imports_point_downwards(monkeypatch):
    """Not by the linter's command, which silences every logger that is there for the rest of the process."""
    monkeypatch.chdir(ROOT)
    configure()
    assert lint_imports(cache_dir=None, no_logo=True)


def is_write(call: ast.Call) -> bool:
    """A write through a manager or queryset, or `save()` and `delete()` on what may be a row."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    words = {node.attr for node in ast.walk(call.func.value) if isinstance(node, ast.Attribute)}
    if words & QUERIES:
        return True
    return call.func.attr in ("save", "delete") and not (call.args or words)


def is_append(call: ast.Call) -> bool:
    return ast.unparse(call.func).split(".")[-1] in ("append", "append_many") and bool(call.keywords)


def test_only_actions_write():
    found = [
        f"{module.place(call)} {ast.unparse(call.func)}"
        for module in modules()
        if module.layer not in WRITERS
        and module.context not in REHEARSALS
        and module.name != "bihuan.ledger.book"
        for call in module.calls()
        if is_write(call)
    ]
    assert not found


def test_what_writes_is_an_action_or_a_step():
    """A question may be public among actions; what writes or appends needs a transaction around it."""
    found = [
        f"{module.place(node)} {node.name}"
        for module in modules()
        if module.layer == "actions"
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef)
        if not node.name.startswith("_") and not decorators(node) & {"action", "step"}
        if any(is_write(call) or is_append(call) for call in ast.walk(node) if isinstance(call, ast.Call))
    ]
    assert not found


def test_actions_take_keywords_and_an_explicit_actor():
    found = [
        f"{module.place(node)} {node.name}"
        for module in modules()
        for node in module.functions()
        if "action" in decorators(node)
        if node.args.args
        or (
            "actor" not in [argument.arg for argument in node.args.kwonlyargs]
            and module.context not in WITHOUT_ACTOR
        )
    ]
    assert not found


def test_actions_never_call_actions():
    names = {node.name for module in modules() for node in module.functions() if "action" in decorators(node)}
    found = [
        f"{module.place(call)} {ast.unparse(call.func)} in {node.name}"
        for module in modules()
        for node in module.functions()
        if module.layer == "actions" and decorators(node) & {"action", "step"}
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in names
    ]
    assert not found


def test_migrations_import_nothing_of_ours():
    found = [
        module.name
        for module in modules()
        if module.layer == "migrations"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bihuan")
    ]
    assert not found


@pytest.mark.parametrize("name", ["data", "helpers", "manager", "utils"])
def test_no_module_is_a_drawer(name):
    assert not [module.name for module in modules() if module.name.endswith(f".{name}")]


def test_every_package_with_models_is_an_app_that_is_installed():
    installed = {config.name for config in apps.get_app_configs()}
    with_models = {f"bihuan.{module.context}" for module in modules() if module.layer == "models"}
    assert with_models <= installed
    assert all((PACKAGE / name.removeprefix("bihuan.") / "migrations").is_dir() for name in with_models)


def test_dates_end_in_on_and_moments_in_at():
    limits = ("due_before", "due_asked", "due_granted", "_by", "until")
    endings = {models.DateField: ("on", "day", *limits), models.DateTimeField: ("at", "as_of", *limits)}
    found = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("bihuan.")
        for field in model._meta.local_fields
        if type(field) in endings and field.name not in ("last_login", "review_on")
        if not field.name.endswith(endings[type(field)])
    ]
    assert not found
