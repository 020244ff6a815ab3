"""From an action to an endpoint: the body is the action's own signature, so page and API cannot drift apart."""

import inspect
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.db import models
from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from pydantic import create_model

from bihuan.kernel.errors import AlreadyDone

HIDDEN = {"actor", "return"}


def body_of(action: Callable[..., Any], name: str, without: str) -> type[Schema]:
    """The request body of an action: its keyword arguments but the actor and the object in the address."""
    hints = get_type_hints(action)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(action).parameters.values():
        if parameter.name in HIDDEN or parameter.name == without:
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (_plain(hints[parameter.name]), default)
    return create_model(name, __base__=Schema, **fields)


def expose(
    api: NinjaAPI,
    path: str,
    action: Callable[..., Any],
    *,
    key: str,
    rows: models.QuerySet[Any],
    fresh: Callable[[HttpRequest, int], models.Model],
    answer: type[Schema],
    tag: str,
) -> None:
    """Offer `action` as POST `path`; answers with the object of the address as it is afterwards.

    `key` is the action's argument that the address names; an intention that arrives a second time answers
    like the first.
    """
    name = "".join(part.title() for part in action.__name__.split("_"))
    body = body_of(action, name, key)

    def endpoint(request: HttpRequest, object_id: int, payload: Any) -> Any:
        given = {field: getattr(payload, field) for field in type(payload).model_fields}
        with suppress(AlreadyDone):
            action(actor=request.auth, **{key: object_id}, **given)  # type: ignore[attr-defined]
            return rows.get(
                pk=object_id
            )  # the action has asked for the right: no need to ask for scope again
        return fresh(request, object_id)

    endpoint.__annotations__ = {"request": HttpRequest, "object_id": int, "payload": body}
    summary, _dot, detail = inspect.cleandoc(action.__doc__ or "").partition("\n\n")
    api.post(
        path,
        response=answer,
        tags=[tag],
        operation_id=action.__name__,
        summary=" ".join(summary.split()),
        description=detail or None,
        url_name=action.__name__,
    )(endpoint)


def _plain(hint: Any) -> Any:
    """JSON-friendly reading of a hint: dataclasses as they are, `Sequence[X]` as a list, `Mapping` as a dict."""
    origin, args = get_origin(hint), tuple(_plain(arg) for arg in get_args(hint))
    if origin is None or not args:
        return hint
    if origin in (Union, types.UnionType):
        return Union[args]  # noqa: UP007
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[args]  # type: ignore[valid-type]
    if origin.__name__ == "Sequence":
        return list[args[0]]  # type: ignore[valid-type]
    return origin[args if len(args) > 1 else args[0]]
