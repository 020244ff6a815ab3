"""What contexts above have to say about an assignment to this reader, on its page and where it is reviewed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bihuan.supervision.queries.assignments import Sheet


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One line with a link (提示). It says something to a person and decides nothing: no stage, no light, no score."""

    text: str
    note: str = ""
    href: str
    tone: str = ""
    icon: str = "info-circle"


Remarks = Callable[["Sheet"], Iterable[Remark]]

_sources: list[Remarks] = []


def add(source: Remarks) -> None:
    """Let a context remark on assignments; it asks its own scope what this reader may know."""
    if source not in _sources:
        _sources.append(source)


def remarks_on(sheet: "Sheet") -> list[Remark]:
    return [remark for source in _sources for remark in source(sheet)]
