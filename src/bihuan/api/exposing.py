"""From an action to an endpoint: the body is the action's own signature, so page and API cannot drift apart."""

import inspect
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.db import models
from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from pydantic import create_model

from bihuan.api.schemas import ItemChange, Made, MadeMany, Secret
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.kernel.errors import AlreadyDone
from bihuan.org.roles import Role
from bihuan.supervision.outlines import Shift

HIDDEN = {"actor", "return"}
LISTS = (Sequence, Iterable, Collection)
TYPED = {"change": ItemChange, "changes": dict[int, ItemChange], "shift": Shift, "role": Role}
"""Arguments that an action takes more freely than a program may say them."""

Read = Callable[[HttpRequest, int], Any]


def body_of(
    action: Callable[..., Any], name: str, without: str, particulars: Mapping[str, Any] | None = None
) -> type[Schema]:
    """The request body of an action: its keyword arguments but the actor and the object in the address.

    `particulars` are the fields that an action takes as `**fields`; only those that are given count.
    """
    hints = get_type_hints(action)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(action).parameters.values():
        if parameter.name in HIDDEN or parameter.name == without:
            continue
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            fields |= {field: (hint | None, None) for field, hint in (particulars or {}).items()}
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        hint = TYPED.get(parameter.name) or _plain(hints[parameter.name])
        fields[parameter.name] = (hint, default)
    return create_model(name, __base__=Schema, **fields)


def expose(
    api: NinjaAPI,
    path: str,
    action: Callable[..., Any],
    *,
    tag: str,
    key: str = "",
    answer: type[Schema] | None = None,
    after: Callable[[int, Any], Any] | None = None,
    again: Read | None = None,
    particulars: Mapping[str, Any] | None = None,
) -> None:
    """Offer `action` as POST `path`.

    `key` is the action's argument that the address names. `after` gives the object of the address as it is
    afterwards (the action has asked for the right: no need to ask for scope again); without it the answer names
    what was made. An intention that arrives a second time answers like the first, with what `again` reads.
    """
    answer = answer or _answer_of(action)
    body = body_of(action, "".join(part.title() for part in action.__name__.split("_")), key, particulars)

    def act(request: HttpRequest, object_id: int | None, payload: Schema) -> Any:
        given = {**given_in(payload, set(particulars or ())), **({key: object_id} if key else {})}
        try:
            made = action(actor=request.auth, **given)  # type: ignore[attr-defined]
        except AlreadyDone as repeat:
            if again is not None and object_id is not None:
                return again(request, object_id)
            stream = str(repeat.facts.get("stream", object_id or ""))
            if not stream or answer is Secret:
                raise
            return {"id": int(stream.rpartition(":")[2])}
        if after is None or object_id is None:
            return _said(made, object_id)
        return after(object_id, made)

    def on_object(request: HttpRequest, object_id: int, payload: Any) -> Any:
        return act(request, object_id, payload)

    def on_its_own(request: HttpRequest, payload: Any) -> Any:
        return act(request, None, payload)

    endpoint = on_object if key else on_its_own
    endpoint.__annotations__ |= {"payload": body}
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


def given_in(payload: Schema, optional: Collection[str] = ()) -> dict[str, Any]:
    """The arguments for the action; `optional` ones, and fields of a change, only where they were given."""
    said = {}
    for field in type(payload).model_fields:
        if field in optional and field not in payload.model_fields_set:
            continue
        said[field] = _free(getattr(payload, field))
    return said


def _free(value: Any) -> Any:
    """What an action takes; a moment without a zone is one of the office's clock, as on the pages."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=OFFICE_TZ)
    if isinstance(value, ItemChange):
        return {field: _free(getattr(value, field)) for field in value.model_fields_set}
    if isinstance(value, dict):
        return {key: _free(one) for key, one in value.items()}
    return value


def _answer_of(action: Callable[..., Any]) -> type[Schema]:
    hint = get_type_hints(action)["return"]
    if get_origin(hint) is list:
        return MadeMany
    return Secret if hint is str else Made


def _said(made: Any, object_id: int | None) -> dict[str, Any]:
    if isinstance(made, list):
        return {"ids": [one.pk for one in made]}
    if isinstance(made, str):
        return {"text": made}
    return {"id": made.pk if isinstance(made, models.Model) and made.pk else object_id}


def _plain(hint: Any) -> Any:
    """JSON-friendly reading of a hint: dataclasses as they are, `Sequence[X]` as a list, `Mapping` as a dict."""
    origin, args = get_origin(hint), tuple(_plain(arg) for arg in get_args(hint))
    if origin is None or not args:
        return hint
    if origin in (Union, types.UnionType):
        return Union[args]  # noqa: UP007
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[args[0], args[1]]  # type: ignore[valid-type]
    if origin in LISTS:
        return list[args[0]]  # type: ignore[valid-type]
    return origin[args if len(args) > 1 else args[0]]
