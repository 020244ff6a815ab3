from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from bihuan.kernel.actor import Actor
from bihuan.org.actors import actor_in, bystander, posts_of
from bihuan.org.models import Appointment, Person
from bihuan.org.scope import steady

REQUEST_KEY = "request_key"


class SignedIn(HttpRequest):
    """What the views behind `login_required` are given: a request with the actor set, for the type checker."""

    user: Person
    actor: Actor
    post: Appointment  # `org.views.doors.member` answers 404 where there is none
    posts: list[Appointment]
    htmx: Any


class ActorMiddleware:
    """Sets `request.actor`, `request.post` and `request.posts` for a signed-in person.

    A form's hidden `request_key` becomes the actor's `request_id`, so a form sent twice is one intention. Whoever
    only reads has one standing for the whole page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor, request.post, request.posts = None, None, []  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            posts = posts_of(request.user)
            request.posts = posts  # type: ignore[attr-defined]
            request.post = posts[0] if posts else None  # type: ignore[attr-defined]
            request.actor = (  # type: ignore[attr-defined]
                actor_in(posts[0], _request_key(request)) if posts else bystander(request.user)
            )
        if request.method in ("GET", "HEAD"):
            with steady():
                return self.get_response(request)
        return self.get_response(request)


def _request_key(request: HttpRequest) -> UUID | None:
    raw = request.headers.get("Idempotency-Key", "")
    if not raw and request.method == "POST" and request.content_type != "application/json":
        raw = request.POST.get(REQUEST_KEY, "")
    try:
        return UUID(raw)
    except ValueError:
        return None
