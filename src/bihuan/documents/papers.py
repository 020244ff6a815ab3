"""What the kinds of official documents differ in: who issues them, and where they are read.

A context that draws up papers registers its kind in `AppConfig.ready`; the pages of `documents` do the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bihuan.documents.models import Paper


@dataclass(frozen=True)
class Kind:
    """`issue(paper_id=, actor=, seen_version=)` is the context's action; `page` the address to read at."""

    issue: Callable[..., Any]
    page: Callable[[Paper], str]


_kinds: dict[str, Kind] = {}


def register(kind: str, *, issue: Callable[..., Any], page: Callable[[Paper], str]) -> None:
    _kinds[kind] = Kind(issue, page)


def kind_of(paper: Paper) -> Kind:
    """Raises KeyError for a kind no context has registered."""
    return _kinds[paper.kind]
