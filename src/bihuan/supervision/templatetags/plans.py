"""Small things the plan pages draw many of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bihuan.ledger.models import Entry
from bihuan.org.models import Unit
from bihuan.reading.reasons import EXPLANATIONS
from bihuan.supervision.models import Item
from bihuan.supervision.queries.plans import Column, MatrixRow
from bihuan.supervision.rules import Cycle
from bihuan.ui.templatetags.ui import heat_cell
from bihuan.ui.wording import say_day, say_list

register = template.Library()

FIELDS = {
    "title": gettext_noop("事项"),
    "text": gettext_noop("内容"),
    "objective": gettext_noop("目标"),
    "leader": gettext_noop("责任领导"),
    "person": gettext_noop("责任人"),
}


@register.simple_tag
def groups(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """The headings above the columns with their widths; none where the columns are the top level."""
    found = [(title, len(list(run))) for title, run in groupby(columns, key=lambda column: column.group)]
    return found if any(title for title, _width in found) else []


@register.simple_tag
def plan_cell(row: MatrixRow, column: Column, work: str) -> SafeString:
    """A cell of the matrix, leading to exactly the assignments it counts."""
    name = "area" if column.area else "item"
    href = f"{work}?unit={row.unit_id}&{name}={column.key}"
    return heat_cell(row.cells.get(column.key), href, f"{row.unit} {column.number} {column.title}")


@register.simple_tag
def change_told(entry: Entry) -> str:
    """What an amendment did to one item."""
    if entry.verb.endswith("withdrawn"):
        return _("撤下，未办结的办件同时撤销")
    if "due_on" in entry.facts:
        was, now = entry.facts.get("was_due_on"), entry.facts["due_on"]
        before = say_day(date.fromisoformat(was)) if was else _("未定")
        return _("时限由%(was)s改为%(now)s") % {"was": before, "now": say_day(date.fromisoformat(now))}
    if "cycle" in entry.facts:
        return _("反馈周期由%(was)s改为%(now)s，自%(on)s起") % {
            "was": Cycle(entry.facts["was_cycle"]).label,
            "now": Cycle(entry.facts["cycle"]).label,
            "on": say_day(date.fromisoformat(entry.facts["from_on"])),
        }
    if "units" in entry.facts:
        names = Unit.objects.filter(pk__in=entry.facts["units"]).values_list("short_name", flat=True)
        return _("增补%(units)s") % {"units": say_list(names)}
    return _("改了%(what)s") % {"what": say_list(_(FIELDS[name]) for name in entry.facts["fields"])}


@dataclass(frozen=True)
class Told:
    """A ground as the editor says it."""

    about: str
    written: str
    why: str


@register.simple_tag
def grounds(item: Item) -> list[Told]:
    """Why the program read the item as it did; nothing once somebody has confirmed it."""
    found = item.grounds.filter(confirmed=False)
    return [Told(one.get_about_display(), one.written, reason(one.reason)) for one in found]


@register.filter
def reason(code: str) -> str:
    """What a reason of the reader means to people."""
    return str(EXPLANATIONS.get(code, code))


@register.filter
def named(people: Mapping[int, str], key: Any) -> str:
    """The name of whoever acted; the program has none."""
    return people.get(key, "") if key else _("系统")
