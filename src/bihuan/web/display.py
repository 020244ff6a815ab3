"""How a reader wants pages shown: light or dark, normal or large type (大字), shortcuts on or off."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

CHOICES = {"theme": {"light", "dark"}, "type": {"normal", "large"}, "keys": {"on", "off"}}
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Display:
    """Kept in cookies of this browser, because it is a matter of the screen, not of the person."""

    theme: str = ""  # as the system says
    type: str = "normal"
    keys: str = "on"

    @classmethod
    def of(cls, request: HttpRequest) -> "Display":
        chosen = {name: request.COOKIES.get(f"bh-{name}", "") for name in CHOICES}
        return cls(**{name: value for name, value in chosen.items() if value in CHOICES[name]})


def remember(response: HttpResponse, name: str, value: str) -> None:
    if value in CHOICES.get(name, ()):
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(f"bh-{name}", value, max_age=YEAR, samesite="Lax", secure=secure)
