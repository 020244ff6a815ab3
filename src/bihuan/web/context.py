"""What every page knows: who is reading, as what, and where they may go."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from bihuan.ui import navigation
from bihuan.web.display import Display


@dataclass(frozen=True)
class Place:
    """A navigation link as the reader sees it; its count is asked for when it is drawn."""

    link: navigation.Link
    url: str
    request: HttpRequest

    @property
    def is_current(self) -> bool:
        path = self.request.path
        return path == self.url or (self.url != "/" and path.startswith(self.url))

    @property
    def is_counted(self) -> bool:
        """Asked here, because a template would call the function that counts."""
        return self.link.count is not None

    @property
    def count(self) -> int:
        return self.link.count(self.request) if self.link.count else 0


class Shell:
    """The frame around a page. Nothing is computed for answers that are only a part of a page."""

    def __init__(self, request: HttpRequest):
        self.request = request

    @cached_property
    def places(self) -> list[Place]:
        if not self.request.user.is_authenticated:
            return []
        return [
            Place(link, reverse(link.url_name), self.request)
            for link in navigation.visible_links(self.request)
        ]

    def groups(self) -> Iterator[tuple[object, list[Place]]]:
        for group, places in groupby(self.places, key=lambda place: place.link.group):
            yield navigation.GROUPS[group], list(places)

    def tabs(self) -> list[Place]:
        """At most four for the bottom bar; the fifth is the reader's own page."""
        chosen = [place for place in self.places if place.link.tab]
        return sorted(chosen, key=lambda place: place.link.tab)[:4]

    def keys(self) -> dict[str, str]:
        """Letter after G → address."""
        return {place.link.key.lower(): place.url for place in self.places if place.link.key}

    def bell(self) -> navigation.Bell | None:
        return navigation.bell(self.request) if self.request.user.is_authenticated else None

    def search_url(self) -> str:
        return url_or_nothing("search")

    def suggest_url(self) -> str:
        return url_or_nothing("search-suggest")

    def feedback_url(self) -> str:
        return url_or_nothing("feedback")

    def home_url(self) -> str:
        """The workbench; for administrators, who have none, the first page of what they keep."""
        workbench, urls = url_or_nothing("workbench"), [place.url for place in self.places]
        if workbench in urls or not urls:
            return workbench or reverse("me")
        return next((place.url for place in self.places if place.link.group == "admin"), urls[0])


def url_or_nothing(name: str) -> str:
    """The address of a page another context may or may not bring."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def shell(request: HttpRequest) -> dict:
    return {
        "shell": Shell(request),
        "display": Display.of(request),
        "demo": settings.BIHUAN_DEMO,
        "version": settings.VERSION,
        "post": getattr(request, "post", None),
        "posts": getattr(request, "posts", []),
    }
