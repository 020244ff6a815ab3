import logging
from collections.abc import Callable
from urllib.parse import unquote, urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import ObjectDoesNotExist, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.loader import render_to_string

from bihuan.web.errors import not_found

POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",  # an attribute sets custom properties only; tests/web looks
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

View = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger(__name__)


class ContentSecurityPolicy:
    """Only our own scripts and styles run; a view that needs more sets the header itself."""

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class ReadableAddress:
    """Refuses an address with a NUL in it, which no text in the database can hold: 400, not a failed query."""

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "\0" in unquote(request.META["QUERY_STRING"]):
            raise SuspiciousOperation("NUL in the address")
        return self.get_response(request)


class RequestNumber:
    """Gives each request a number a person can read out on the telephone (请求号)."""

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        digits = uuid4().hex[:8].upper()
        request.number = f"{digits[:4]}-{digits[4:]}"  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers["X-Request-Number"] = request.number  # type: ignore[attr-defined]
        return response

    def process_exception(self, request: HttpRequest, fault: Exception) -> None:
        """Ties the number on the error page to the traceback that follows in the log."""
        log.error("request %s failed at %s", request.number, request.path)  # type: ignore[attr-defined]


class GoneMeanwhile:
    """What an action does not find is not there, or not for the actor: 404, also where it went in this very moment.

    A page looks first and acts then; of two people who throw the same draft away at once, the second finds nothing.
    """

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        if request.method != "POST" or not isinstance(fault, ObjectDoesNotExist):
            return None
        log.warning("request %s acted on what is gone: %s", request.number, fault)  # type: ignore[attr-defined]
        return not_found(request, fault)


class PrivatePages:
    """Keeps what a signed-in person saw out of caches and of the back button after signing out."""

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class PostInUse:
    """Tells the browser which appointment is in use, so that a page left open under another one can notice."""

    COOKIE = "bh-post"

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        post = getattr(request, "post", None)
        if post and request.COOKIES.get(self.COOKIE) != str(post.pk):
            response.set_cookie(
                self.COOKIE, str(post.pk), samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        return response


class PartAnswers:
    """Makes answers to htmx whole: messages ride along as toasts, and an expired session leads to the door.

    Without the second, the sign-in page would be swapped into a table row.
    """

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.htmx:  # type: ignore[attr-defined]
            return response
        if response.status_code == 302 and response.headers["Location"].startswith(sign_in_url()):
            back = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
            door = f"{sign_in_url()}?{urlencode({'next': back})}"
            return HttpResponse(status=204, headers={"HX-Redirect": door})
        html = response.headers.get("Content-Type", "").startswith("text/html")
        if html and not response.streaming and response.status_code < 300:
            told = list(get_messages(request))
            if told:
                response.content += render_to_string("web/toasts.html", {"messages": told}).encode()
        return response


class FirstPassword:
    """Leads a person with an issued password to choosing their own before anything else."""

    ALLOWED = {"change-password", "sign-out", "display", "set_language"}

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        waits = getattr(request.user, "must_change_password", False)
        if waits and (request.resolver_match is None or request.resolver_match.url_name not in self.ALLOWED):
            return redirect("change-password")
        return None


def sign_in_url() -> str:
    return resolve_url(settings.LOGIN_URL)
