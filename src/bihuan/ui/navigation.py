"""Where contexts say what they add to the shell: links of the sidebar and the bell.

A context registers in its `AppConfig.ready`; the shell in `web` draws what is visible to the reader.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GROUPS = {"mine": _("我的"), "loop": _("督办"), "data": _("数据"), "public": _("公开"), "admin": _("管理")}


@dataclass(frozen=True, kw_only=True)
class Link:
    """One entry of the navigation (导航项).

    `allowed` is a capability the present post must grant, or a question put to the request; `count` gives the
    number shown behind the label. `tab` places the link in the bottom bar of small screens, `key` is its
    letter after G.
    """

    label: str | Promise
    url_name: str
    icon: str
    group: str
    order: int = 50
    allowed: str | Callable[[HttpRequest], bool] = ""
    count: Callable[[HttpRequest], int] | None = None
    hot: bool = False
    tab: int = 0
    key: str = ""

    def is_visible(self, request: HttpRequest) -> bool:
        if callable(self.allowed):
            return self.allowed(request)
        if not self.allowed:
            return True
        post = getattr(request, "post", None)
        return bool(post and post.grants(self.allowed))


_links: list[Link] = []
_bells: list[tuple[str, Callable[[HttpRequest], int]]] = []


def add(link: Link) -> None:
    """Put a link into the navigation; twice the same address is a programming error."""
    if link.group not in GROUPS:
        raise ValueError(f"unknown navigation group {link.group!r}")
    if any(known.url_name == link.url_name for known in _links):
        raise ValueError(f"{link.url_name!r} is in the navigation already")
    _links.append(link)


def ring_bell(url_name: str, unread: Callable[[HttpRequest], int]) -> None:
    """Say where the reader's messages are and how many are unread; the last to register wins."""
    _bells[:] = [(url_name, unread)]


def visible_links(request: HttpRequest) -> list[Link]:
    """What this reader may see, in the order of the sidebar."""
    groups = list(GROUPS)
    ranked = sorted(_links, key=lambda link: (groups.index(link.group), link.order))
    return [link for link in ranked if link.is_visible(request)]


@dataclass(frozen=True)
class Bell:
    url: str
    unread: int


def bell(request: HttpRequest) -> Bell | None:
    """The reader's bell, if a context offers one."""
    return next((Bell(reverse(name), unread(request)) for name, unread in _bells), None)
