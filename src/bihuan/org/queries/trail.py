"""The ledger's lines about units and people, said in words; names resolve here and never in the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.ledger.models import Entry
from bihuan.org.models import ChangeKind, Person, Unit
from bihuan.org.roles import Role
from bihuan.ui.wording import say_list

SHOWN = 50

_FIELDS = {
    "name": gettext_lazy("名称"),
    "short_name": gettext_lazy("简称"),
    "kind": gettext_lazy("类别"),
    "code": gettext_lazy("代码"),
    "region_code": gettext_lazy("行政区划代码"),
    "sort_order": gettext_lazy("排序号"),
    "lines": gettext_lazy("业务条线"),
    "aliases": gettext_lazy("别称"),
    "mobile": gettext_lazy("手机号"),
    "email": gettext_lazy("电子邮箱"),
    "home_id": gettext_lazy("所在单位"),
    "title": gettext_lazy("职务"),
}


@dataclass(frozen=True)
class Step:
    """One line of the trail: what happened, who did it, what is to be said about it."""

    entry: Entry
    who: str
    notes: list[str]
    text: str


def trail_of(*subjects: Model, limit: int = SHOWN) -> list[Step]:
    """The latest lines of these objects, newest first; three queries."""
    entries = list(Entry.objects.of(*subjects).order_by("-id").select_related("remark")[:limit])
    people = dict(Person.objects.filter(pk__in=_people_in(entries)).values_list("pk", "name"))
    units = dict(Unit.objects.filter(pk__in=_units_in(entries)).values_list("pk", "short_name"))
    return [
        Step(entry, _who(entry, people), list(_notes(entry.facts, units, people)), _text(entry))
        for entry in entries
    ]


def _who(entry: Entry, people: Mapping[int, str]) -> str:
    if entry.actor_id is None:
        return _("系统")
    return f"{people.get(entry.actor_id, '')} {entry.actor_post}".strip()


def _text(entry: Entry) -> str:
    return entry.remark.text if hasattr(entry, "remark") else ""


def _people_in(entries: Iterable[Entry]) -> set[int]:
    found: set[int] = set()
    for entry in entries:
        found |= {entry.actor_id, entry.facts.get("person"), entry.facts.get("successor")} - {None}
    return found


def _units_in(entries: Iterable[Entry]) -> set[int]:
    found: set[int] = set()
    for entry in entries:
        facts = entry.facts
        found |= {facts.get("parent"), facts.get("unit"), facts.get("home"), *facts.get("successors", ())}
    return found - {None}


def _notes(facts: Mapping[str, Any], units: Mapping[int, str], people: Mapping[int, str]) -> Iterable[str]:
    if "on" in facts:
        yield _("自 {day} 起").format(day=date.fromisoformat(facts["on"]))
    if facts.get("kind") in ChangeKind.values:
        yield str(ChangeKind(facts["kind"]).label)
    for name, said in (
        ("parent", _("上级：{unit}")),
        ("unit", _("单位：{unit}")),
        ("home", _("所在单位：{unit}")),
    ):
        if name in facts:
            yield said.format(unit=units.get(facts[name], ""))
    if facts.get("successors"):
        names = say_list(units.get(pk, "") for pk in facts["successors"])
        yield _("承接单位：{units}").format(units=names)
    if "person" in facts:
        yield people.get(facts["person"], "")
    if "role" in facts:
        yield str(Role(facts["role"]).label)
    if "successor" in facts:
        yield _("接任：{person}").format(person=people.get(facts["successor"], ""))
    if "fields" in facts:
        yield _("修改：{fields}").format(
            fields=say_list(str(_FIELDS.get(name, name)) for name in facts["fields"])
        )
