"""Signing in by password (账号)."""

from functools import lru_cache
from typing import Any

from django.contrib.auth.backends import ModelBackend

from bihuan.kernel.statements import KEY, Written
from bihuan.org.models import Person


class Accounts(ModelBackend):
    """Django's own; the reader of a page is looked up by a statement that is written out."""

    def get_user(self, user_id: Any) -> Person | None:
        found = _by_key().fetch(key=user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None


@lru_cache(maxsize=1)
def _by_key() -> Written:
    return Written(Person.objects.filter(pk=KEY))
