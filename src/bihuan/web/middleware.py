from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

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


class ContentSecurityPolicy:
    """Only our own scripts and styles run; a view that needs more sets the header itself."""

    def __init__(self, get_response: View):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


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
