"""The closed catalogue of ledger verbs (留痕目录): each with its label and the shape of its facts.

A context registers its verbs in `<context>/verbs.py`, imported when the app is ready. Facts are codes, ids,
numbers, dates and digests; names and free text cannot pass (DESIGN §3.2), because what the law says must be
erasable may not stand in a row that cannot be erased.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from bihuan.kernel.clock import OFFICE_TZ

CODE = re.compile(r"[A-Za-z0-9_.:/+-]{1,64}")
DIGEST = re.compile(r"[0-9a-f]{64}")

Check = Callable[[Any], Any]


class FactError(ValueError):
    """A fact does not have the shape its verb declares: a programming error, never a user's."""


def code(value: Any) -> str:
    if not isinstance(value, str) or not CODE.fullmatch(value):
        raise FactError(f"not a code: {value!r}")
    return str(value)


def number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FactError(f"not a number: {value!r}")
    return value


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise FactError(f"not a flag: {value!r}")
    return value


def ident(value: Any) -> int | str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise FactError(f"not an id: {value!r}")
    return value


def day(value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise FactError(f"not a day: {value!r}")
    return value.isoformat()


def moment(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise FactError(f"not an aware moment: {value!r}")
    return _in_the_office(value)


@lru_cache(maxsize=64)
def _in_the_office(moment: datetime) -> str:
    return moment.astimezone(OFFICE_TZ).isoformat()  # all lines of a mass dispatch have the same deadline


def digest_of(value: Any) -> str:
    if not isinstance(value, str) or not DIGEST.fullmatch(value):
        raise FactError(f"not a SHA-256 digest: {value!r}")
    return value


def many(check: Check) -> Check:
    def each(value: Any) -> list[Any]:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise FactError(f"not a list: {value!r}")
        return [check(one) for one in value]

    return each


@dataclass(frozen=True)
class Verb:
    """One kind of event. `facts` must be given, `options` and the digest of a `text` may be; nothing else."""

    name: str
    label: Any
    facts: Mapping[str, Check] = field(default_factory=dict)
    options: Mapping[str, Check] = field(default_factory=dict)

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The facts in storable form. Raises FactError for a missing, unknown or misshapen one."""
        checks = {"text": digest_of, **self.options, **self.facts}
        missing, unknown = self.facts.keys() - given.keys(), given.keys() - checks.keys()
        if missing or unknown:
            raise FactError(f"{self.name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
        return {name: checks[name](value) for name, value in given.items() if value is not None}


Audience = Callable[[Sequence[Any]], Iterable[tuple[int, int]]]
"""Given entries (pk, stream, verb, facts, actor_id, unit_id), the pairs (entry id, person id) of those who hear."""

VERBS: dict[str, Verb] = {}
HEARERS: dict[str, list[Audience]] = {}
FOLLOWERS: dict[str, list[str]] = {}
"""By verb, the names of the jobs that are queued with each entry, in its transaction."""


def register(*verbs: Verb) -> None:
    """Add verbs to the catalogue; a name can be taken once."""
    for verb in verbs:
        if verb.name in VERBS and VERBS[verb.name] is not verb:
            raise ValueError(f"verb registered twice: {verb.name}")
        VERBS[verb.name] = verb


def heard(*names: str, by: Audience) -> None:
    """Say who hears of these verbs: a delivery job is then queued with each entry, in its transaction."""
    for name in names:
        if name not in VERBS:
            raise ValueError(f"no such verb: {name}")
        HEARERS.setdefault(name, []).append(by)


def followed(*names: str, job: str) -> None:
    """Have a job queued with each entry of these verbs, in its transaction: it is given `entry_ids`.

    For a context above that works on what was said and changes nothing in it. By name: the ledger knows nobody above.
    """
    for name in names:
        if name not in VERBS:
            raise ValueError(f"no such verb: {name}")
        FOLLOWERS.setdefault(name, []).append(job)
