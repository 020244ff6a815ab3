"""Who calls: a program with a token, or a browser with its session."""

from functools import lru_cache
from uuid import UUID, uuid4

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from bihuan.api.models import Token
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.statements import TEXT, TODAY, Written
from bihuan.ledger.rules import digest
from bihuan.org.actors import actor_in


class TokenAuth(HttpBearer):
    """`Authorization: Bearer bh_…`; the actor is whoever holds the token's appointment today."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        found = _by_digest().fetch(today=clock.today(), text=digest(token))
        return actor_in(found[0].appointment, intention(request)) if found else None


class PageAuth(SessionAuth):
    """The signed-in person's present post; unsafe methods need the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return request.actor if request.user.is_authenticated and request.post else None  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def _by_digest() -> Written:
    return Written(Token.objects.valid(TODAY).select_related("appointment").filter(digest=TEXT))


def intention(request: HttpRequest) -> UUID:
    """The caller's `Idempotency-Key`: the same one twice has one effect. Anything but a UUID counts as none."""
    try:
        return UUID(request.headers.get("Idempotency-Key", ""))
    except ValueError:
        return uuid4()
