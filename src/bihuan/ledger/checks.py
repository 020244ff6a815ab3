from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from bihuan.ledger import keys


@register
def seal_keys_can_be_read(**_kwargs: Any) -> list[CheckMessage]:
    try:
        keys.held()
    except (ImproperlyConfigured, OSError) as fault:
        hint = "BIHUAN_SEAL_KEYS takes what `bihuan ledger new-key` prints, several separated by commas."
        return [Error(f"The seal keys cannot be read: {fault}", hint=hint, id="ledger.E001")]
    return []
