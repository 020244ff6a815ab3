"""Numbers as they stand in addresses and forms."""

import re
from collections.abc import Iterable

PLAIN = re.compile(r"[0-9]{1,18}")  # what fits a bigint and what int() takes at once


def as_whole(written: object) -> int | None:
    """The number that plain digits say, or None.

    `str.isdigit` alone will not do: it lets "²" and five thousand nines pass, and both fail in `int`.
    """
    text = str(written)
    return int(text) if PLAIN.fullmatch(text) else None


def as_wholes(written: Iterable[object]) -> list[int]:
    """The numbers among several; anything else is left out."""
    found = (as_whole(one) for one in written)
    return [one for one in found if one is not None]
