"""Sessions in the database (会话); every request of a signed-in person begins with one."""

from functools import lru_cache

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from bihuan.kernel.statements import NOW, TEXT, Written


class SessionStore(db.SessionStore):
    """Django's own, whose one question to the database is written out; by Django's clock, which wrote the end."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        found = _by_key().fetch(text=self.session_key, now=timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None


@lru_cache(maxsize=1)
def _by_key() -> Written:
    return Written(Session.objects.filter(session_key=TEXT, expire_date__gt=NOW))
