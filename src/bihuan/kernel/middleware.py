"""What every request and answer goes through, whatever it is about."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Answer = Callable[[HttpRequest], HttpResponse]
TOUCH_EVERY = 60  # seconds: an idle limit in minutes needs no write per request
TOUCHED = "touched"


class IdleSession:
    """Ends a session that was idle for SESSION_COOKIE_AGE, by prolonging it with every real request.

    A page that asks for news by itself marks that view `is_polled`; it does not count as being there.
    """

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> None:
        if getattr(view, "is_polled", False) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        now = int(time.time())
        if now - request.session.get(TOUCHED, 0) >= TOUCH_EVERY and not request.session.is_empty():
            request.session[TOUCHED] = now


class ChosenLanguage:
    """Chinese unless the reader switched; a browser's own language is no choice of theirs."""

    def __init__(self, get_response: Answer):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
