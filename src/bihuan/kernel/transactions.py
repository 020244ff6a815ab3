"""Actions and steps: the two kinds of function that write."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

_notes: ContextVar[dict[Any, Any] | None] = ContextVar("notes", default=None)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """One durable transaction: all of it happens or nothing. Actions never call actions (DESIGN §4)."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _notes.set({})
        try:
            with transaction.atomic(durable=True):
                return function(*args, **kwargs)
        finally:
            _notes.reset(token)

    run.is_action = True  # type: ignore[attr-defined]
    return run


def notes() -> dict[Any, Any]:
    """What the running action has found out and nobody else can change before it ends; kept in actions alone."""
    kept = _notes.get()
    return {} if kept is None else kept


def step(function: Callable[P, R]) -> Callable[P, R]:
    """A part of an action: refuses to run outside an open transaction."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            raise RuntimeError(f"{function.__qualname__} is a step and needs an open transaction")
        return function(*args, **kwargs)

    run.is_step = True  # type: ignore[attr-defined]
    return run
