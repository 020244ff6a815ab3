"""What the kinds of official documents differ in: who issues them, where they are read, how they are edited.

A context that draws up papers registers its kinds in `AppConfig.ready`; the pages of `documents` do the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.documents.models import Countersign, Paper


@dataclass(frozen=True)
class State:
    """Where a document stands, in a word with its tone."""

    label: str
    tone: str = ""


@dataclass(frozen=True)
class Kind:
    """`issue(paper_id=, actor=, seen_version=)` is the context's action; `page` the address to read at.

    `form` and `edit` are the form of a draft and the action that takes its words, where they are not the common
    ones; `beside` gives the context of the templates that `panels` names; `states` says how documents stand.
    """

    issue: Callable[..., Any]
    page: Callable[[Paper], str]
    form: Any = None
    edit: Callable[..., Any] | None = None
    panels: Sequence[str] = ()
    beside: Callable[[HttpRequest, Paper], dict[str, Any]] | None = None
    states: Callable[[Sequence[Paper]], Mapping[int, State]] | None = None


_kinds: dict[str, Kind] = {}
_start: list[str] = []


def begin_at(url_name: str) -> None:
    """Name the page on which somebody begins a document."""
    _start[:] = [url_name]


def start_url() -> str:
    return reverse(_start[0]) if _start else ""


def register(kind: str, *, issue: Callable[..., Any], page: Callable[[Paper], str], **more: Any) -> None:
    _kinds[kind] = Kind(issue, page, **more)


def kind_of(paper: Paper) -> Kind:
    """Raises KeyError for a kind no context has registered."""
    return _kinds[paper.kind]


def states(papers: Sequence[Paper]) -> dict[int, State]:
    """How each document of a list stands: a word of its own context where it has one, else of its stage."""
    waiting = set(
        Countersign.objects.filter(
            paper__in=[one.pk for one in papers], state=Countersign.State.OPEN
        ).values_list("paper", flat=True)
    )
    found = {one.pk: State(str(one.get_stage_display())) for one in papers}
    for tell in {kind.states for kind in _kinds.values() if kind.states}:
        found |= tell([one for one in papers if _kinds[one.kind].states is tell])
    return found | {pk: State(_("会签中"), "y") for pk in waiting}
