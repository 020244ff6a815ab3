"""Small marks on assignments, for the templates of this context."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.reasons import why_light
from bihuan.supervision.rules import Duty, Stage
from bihuan.supervision.views.faces import Shown, shown_light
from bihuan.ui.templatetags.ui import badge, bar, day_brief, light

register = template.Library()

WHY = "\x00"  # where a light's own sentence goes: the rest is the same for all lights of a kind
CHECK = """<td class="bh-check"><input class="form-check-input" type="checkbox" name="selected" value="{key}" \
data-select aria-label="{label}"></td>"""
ROW = """<tr data-row id="one-{key}">{check}
<td class="bh-card-title"><a class="bh-plain" href="{href}" data-open>{title}</a>\
<div class="bh-xs bh-faint">{source}</div></td>
<td>{unit}{duty}</td><td class="bh-hide-sm">{giver}</td><td>{light}</td><td>{stage}</td>\
<td class="bh-nowrap" data-label="{due_label}">{due}</td><td class="bh-hide-sm">{progress}</td>\
<td class="bh-nowrap" data-label="{reported_label}">{reported}{slots}</td></tr>"""


@register.simple_tag
def lit(row: Assignment) -> Shown:
    """The light of a row as letter and words, with the sentence that explains it."""
    now = clock.now()
    return replace(shown_light(row, now), why=why_light(row, now))


@register.simple_tag
def register_rows(rows: Iterable[Assignment], selectable: bool = False) -> SafeString:
    """The lines of the register: a page has fifty, and a template took most of its time for them."""
    pen = Pen()
    return mark_safe("".join(pen.line(row, selectable) for row in rows))


class Pen:
    """Writes the lines of one page; what they have in common is worded once, every text is escaped."""

    def __init__(self) -> None:
        self.at = clock.now()
        self.before, self.after = reverse("assignment", args=[0]).rsplit("0", 1)
        self.stages = {stage.value: escape(str(stage.label)) for stage in Stage}
        self.due_label, self.reported_label = escape(_("时限")), escape(_("最近反馈"))
        self.assists = f" {badge(Duty.ASSIST.label)}"
        self.select, self.again = _("选择：%(title)s"), _("第 %(n)s 轮")
        self.lights: dict[tuple[str, str, bool, bool], tuple[str, SafeString]] = {}
        self.day, self.bar = cache(day_brief), cache(bar)

    def line(self, row: Assignment, selectable: bool) -> str:
        label = escape(self.select % {"title": row.item.title}) if selectable else ""
        letter, light = self.light(row)
        return ROW.format(
            key=row.pk,
            check=CHECK.format(key=row.pk, label=label) if selectable else "",
            href=f"{self.before}{row.pk}{self.after}",
            title=escape(row.item.title),
            source=escape(self.source(row)),
            unit=escape(row.unit.short_name),
            duty=self.assists if row.duty == Duty.ASSIST else "",
            giver=escape((row.office or row.issued_by).short_name),
            light=light,
            stage=self.stages[row.stage],
            due_label=self.due_label,
            reported_label=self.reported_label,
            due=self.day(row.due_at),
            progress=self.bar(row.progress, letter),
            reported=self.day(row.reported_at),
            slots=self.slots(row),
        )

    def slots(self, row: Assignment) -> str:
        """What its feedback cycle is short of, where somebody has looked that up (`note_slots`)."""
        missing = getattr(row, "slots_missing", 0)
        late = f" {badge(_('迟报'), 'r')}" if getattr(row, "slots_late", False) else ""
        return late + (f" {badge(_('缺报 %(n)s') % {'n': missing}, 'y')}" if missing else "")

    def light(self, row: Assignment) -> tuple[str, str]:
        """The letter of its light, and the mark with the sentence that explains it."""
        key = (row.light(self.at), row.stage, row.suspended_at is not None, row.is_overridden(self.at))
        if key not in self.lights:
            shown = shown_light(row, self.at)
            self.lights[key] = shown.letter, light(shown.letter, shown.text, why=WHY)
        letter, mark = self.lights[key]
        return letter, mark.replace(WHY, escape(why_light(row, self.at)))

    def source(self, row: Assignment) -> str:
        """Number, round and period, as far as there is something to say."""
        again = self.again % {"n": row.round} if row.round > 1 else ""
        return "".join([row.item.source.number, *(f" · {said}" for said in (again, row.period) if said)])
