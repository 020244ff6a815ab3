"""The components of the design system as template tags; docs/ui.md lists them, /_ui/ shows them.

Small marks that a list draws hundreds of times are written here with `format_html`; everything larger has its
template under ui/templates/ui/.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django import template
from django.forms import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from bihuan.ui import gantt as timeline
from bihuan.ui import wording
from bihuan.ui.fixed import fixed
from bihuan.ui.icons import picture
from bihuan.ui.lights import LIGHTS, STEPS, Light

register = template.Library()
register.tag(fixed)

WHOLE_DIGEST = 64  # of an entry; shorter ones are samples
TONES = {"p", *LIGHTS}  # the letters of the theme; p is the primary colour


def is_tone(tone: object) -> str:
    """The class that sets a tone's tokens."""
    return f"is-{tone}" if tone in TONES else ""


def trimmed(content: str) -> SafeString:
    """A block's content without white space around it, so that a template can ask whether there is any."""
    return mark_safe(content.strip())


# Words: how dates and numbers are said


@register.filter
def day(value: date | datetime | None) -> str:
    return wording.say_day(value) if value else wording.NOTHING


@register.filter
def day_brief(value: date | datetime | None) -> str:
    return wording.say_day_briefly(value) if value else wording.NOTHING


@register.filter
def day_iso(value: date | datetime | None) -> str:
    return wording.day_of(value).isoformat() if value else ""


@register.filter
def weekday(value: date | datetime | None) -> str:
    return wording.say_weekday(value) if value else ""


@register.filter
def month(value: date) -> str:
    return _("%(month)d月") % {"month": value.month}


@register.filter
def moment(value: datetime | None) -> str:
    return wording.say_moment(value) if value else wording.NOTHING


@register.filter
def due(value: date | datetime | None) -> str:
    return wording.say_due(value) if value else wording.NOTHING


@register.filter
def number(value: int | float | None) -> str:
    return wording.say_number(value)


# Marks: light, ring, seal, badge, bar


@register.simple_tag
def icon(name: str, label: str = "", tone: str = "") -> SafeString:
    """A picture; silent to assistive technology unless it has a label."""
    return drawn(name, str(label), tone)


@lru_cache(maxsize=1024)
def drawn(name: str, label: str, tone: str) -> SafeString:
    """A page shows some fifty pictures, and all pages together not many more."""
    return format_html(
        '<svg class="ti{}" viewBox="0 0 24 24" data-icon="{}" {}>{}</svg>',
        f" bh-{tone}" if tone else "",
        name,
        format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"'),
        picture(name),
    )


draw = icon  # for the tags that have an argument of that name


@register.simple_tag
def light(
    state: str, text: object = "", *, pill: bool = False, bare: bool = False, why: str = ""
) -> SafeString:
    """灯: shape, text and colour. `bare` keeps the text for assistive technology only."""
    shown = LIGHTS[state]
    words = text if text != "" else shown.label
    return format_html(
        '<span class="bh-light bh-light--{}{}" data-light="{}"{}>{}</span>',
        shown.letter,
        " bh-light--pill" if pill else "",
        shown.letter,
        format_html(' title="{}"', why) if why else "",
        format_html('<span class="visually-hidden">{}</span>', words) if bare else words,
    )


@register.simple_tag
def loop(step: int, tone: str = "", *, size: str = "") -> SafeString:
    """环: which of 交办·签收·办理·审核·销号 has been reached; the fifth closes it."""
    closed = step >= len(STEPS)
    label = _("闭环第 %(step)s 步，共 5 步：%(name)s") % {"step": step, "name": STEPS[step - 1]}
    return format_html(
        '<span class="bh-loop {}{}{}" style="--n:{}" role="img" aria-label="{}" data-step="{}">{}</span>',
        "bh-loop--closed" if closed else is_tone(tone),
        " bh-loop--" if size else "",
        size,
        step,
        label,
        step,
        "✓" if closed else step,
    )


@register.simple_tag
def seal(digest: str, position: int | None = None, href: str = "") -> SafeString:
    """章: a record that can be verified; leads to the proof, which is public."""
    if not href and len(digest) == WHOLE_DIGEST:
        href = reverse("ledger-proof", args=[digest])
    words = format_html(
        "{}{} <code>{}…{}</code>",
        _("留痕可核验"),
        format_html(" <span>{}</span>", _("第 %(n)s 条") % {"n": f"{position:,}"}) if position else "",
        digest[:4],
        digest[-4:],
    )
    if href:
        return format_html('<a class="bh-seal" href="{}">{}</a>', href, words)
    return format_html('<span class="bh-seal">{}</span>', words)


@register.simple_tag
def badge(text: object, tone: str = "", *, icon: str = "", large: bool = False) -> SafeString:
    """A word of the process, a source, a count; never a deadline."""
    return format_html(
        '<span class="bh-tag{}{}">{}{}</span>',
        f" bh-tag--{tone}" if tone in TONES else "",
        " bh-tag--lg" if large else "",
        draw(icon) if icon else "",
        text,
    )


@register.simple_tag
def bar(value: int | None, tone: str = "", *, elapsed: int | None = None) -> SafeString:
    """Progress in per cent, with a tick where time has got to. Leaves take the tone of their light."""
    if value is None:
        return mark_safe(f'<span class="bh-faint">{wording.NOTHING}</span>')
    tick = f";--t:{elapsed};--tw:2px" if elapsed is not None else ""
    label = _("完成 %(value)s%%") % {"value": value}
    if elapsed is not None:
        label += _("，时间已过 %(elapsed)s%%") % {"elapsed": elapsed}
    return format_html(
        '<span class="bh-bar {}" style="--v:{}{}" title="{}"><i></i><b>{}%</b></span>',
        is_tone(tone),
        value,
        tick,
        label,
        value,
    )


@register.simple_tag
def avatar(name: str) -> SafeString:
    return format_html('<span class="bh-av" aria-hidden="true">{}</span>', name[:1])


@register.simple_tag
def lights(counts: Mapping[str, int]) -> SafeString:
    """How many under each light, worst first; zeros are left out."""
    return format_html('<span class="bh-row">{}</span>', format_html_join("", "{}", _counted(counts)))


def _counted(counts: Mapping[str, int]) -> Iterable[tuple[SafeString]]:
    for shown, count in _ranked(counts):
        yield (
            format_html(
                '<span class="bh-light bh-light--{0}" data-light="{0}" title="{1}">'
                '{2}<span class="visually-hidden"> {1}</span></span>',
                shown.letter,
                shown.label,
                wording.say_number(count),
            ),
        )


def _ranked(counts: Mapping[str, int]) -> list[tuple[Light, int]]:
    """Lights with their counts, worst first, without zeros."""
    return [(light, counts[letter]) for letter, light in LIGHTS.items() if counts.get(letter)]


@register.inclusion_tag("ui/stack.html")
def stack(counts: Mapping[str, int], *, legend: bool = True) -> dict:
    """What a total is made of, with a counted legend."""
    parts = _ranked(counts)[::-1]
    told = _("，").join(f"{shown.short} {wording.say_number(count)}" for shown, count in parts)
    return {"parts": parts, "told": told, "legend": legend}


# Shell pieces


@register.inclusion_tag("ui/crumb.html")
def crumb(label: object, href: str = "") -> dict:
    return {"label": label, "href": href}


@register.simple_block_tag
def tabs(content: str, label: str = "") -> str:
    return render_to_string("ui/tabs.html", {"content": content, "label": label})


@register.inclusion_tag("ui/tab.html")
def tab(
    label: object, href: str, *, icon: str = "", count: int | str | None = None, current: bool = False
) -> dict:
    """`count` is a number, or words such as `100+`."""
    shown = wording.say_number(count) if isinstance(count, int) else count
    return {"label": label, "href": href, "icon": icon, "count": shown, "current": current}


@register.simple_block_tag
def card(
    content: str,
    title: object = "",
    *,
    note: object = "",
    id: str = "",
    body: bool = True,
    tone: str = "",
    level: int = 2,
    aside: object = "",
) -> str:
    """A panel; `body=False` for content that reaches its edges, such as a table or rows."""
    return render_to_string(
        "ui/card.html",
        {
            "content": content,
            "title": title,
            "note": note,
            "id": id,
            "body": body,
            "tone": tone,
            "level": level,
            "aside": aside,
        },
    )


@register.simple_block_tag
def menu(content: str, label: str = "", *, text: str = "", icon: str = "dots") -> str:
    """Further actions behind a button; opens without JavaScript."""
    return render_to_string(
        "ui/menu.html", {"content": content, "label": label or _("更多操作"), "text": text, "icon": icon}
    )


# Rows, tables, trees


@register.simple_block_tag
def queue_group(
    content: str, state: str, title: object, count: int, *, note: str = "", empty: str = ""
) -> str:
    """A heading of the queue with its rows; says `empty` when there are none."""
    return render_to_string(
        "ui/queue_group.html",
        {"content": content, "state": state, "title": title, "count": count, "note": note, "empty": empty},
    )


@register.simple_block_tag
def queue_row(
    content: str,
    title: str,
    href: str,
    *,
    step: int = 0,
    state: str = "",
    doing: object = "",
    meta: Iterable[object] = (),
    warn: object = "",
    due_at: date | datetime | None = None,
    due_note: object = "",
    id: str = "",
    open: bool = False,
) -> str:
    """One row, one verb: the content is its `row_action` and a `menu`. A row whose form opens in it needs an id."""
    return render_to_string(
        "ui/queue_row.html",
        {
            "content": content,
            "title": title,
            "href": href,
            "step": step,
            "state": state,
            "doing": doing,
            "meta": [meta] if isinstance(meta, str) else [part for part in meta if part],
            "warn": warn,
            "due_at": due_at,
            "due_note": due_note,
            "id": id,
            "open": open,
        },
    )


@register.inclusion_tag("ui/row_action.html")
def row_action(label: object, href: str, *, primary: bool = False, opens: bool = True) -> dict:
    """The verb of a queue row: its form opens below the row, or on the page at `href` without JavaScript."""
    return {"label": label, "href": href, "primary": primary, "opens": opens}


@register.simple_tag
def deadline(due_at: date | datetime | None, state: str = "", note: object = "") -> SafeString:
    """The deadline of a row: how near it is, and below it the moment or a note."""
    if not due_at:
        return format_html('<div class="bh-due"><b>{}</b></div>', note or wording.NOTHING)
    below = note or (
        say_exactly(due_at)
        if isinstance(due_at, datetime) and not wording.is_end_of_day(due_at)
        else say_with_weekday(due_at)
    )
    return format_html(
        '<div class="bh-due {}"><b>{}</b><small>{}</small></div>',
        is_tone(state),
        wording.say_due(due_at),
        below,
    )


def say_exactly(due_at: datetime) -> str:
    there = wording.local(due_at)
    return f"{wording.say_day(there)} {there:%H:%M}"


def say_with_weekday(due_on: date | datetime) -> str:
    return f"{wording.say_day(due_on)} {wording.say_weekday(due_on)}"


@register.simple_block_tag
def table(
    content: str,
    label: str,
    *,
    wide: bool = False,
    act: bool = False,
    cards: bool = False,
    min_width: str = "",
    id: str = "",
) -> str:
    """A table that scrolls inside its panel: `wide` on telephones, `act` drops the last column in print.

    With `cards` each row is a card on a telephone; its cells say their column in `data-label`.
    """
    shown = {"content": content, "label": label, "wide": wide, "act": act, "cards": cards}
    return render_to_string("ui/table.html", {**shown, "min_width": min_width, "id": id})


@register.simple_block_tag
def tree_row(
    content: str,
    title: str,
    *,
    level: int = 1,
    number: str = "",
    href: str = "",
    note: object = "",
    toggle: str = "",
    open: bool = False,
    id: str = "",
    select: str = "",
    target: str = "",
) -> str:
    """A row of a tree; the content is its further cells, `toggle` the address that opens it.

    With `target` htmx exchanges that part of the page alone; the row then needs an `id`, which keeps the focus.
    """
    return render_to_string(
        "ui/tree_row.html",
        {
            "content": content,
            "title": title,
            "level": level,
            "shade": min(level, 3),
            "indent": max(level - 3, 0),
            "number": number,
            "href": href,
            "note": note,
            "toggle": toggle,
            "open": open,
            "id": id,
            "select": select,
            "target": target,
        },
    )


@register.simple_block_tag(takes_context=True)
def bulk(context: Context, content: str, action: str, *, name: str = "selected", id: str = "bulk") -> str:
    """A form around a table whose checked rows are acted on; the content begins with `bulk_bar`."""
    return render_to_string(
        "ui/bulk.html",
        {
            "content": content,
            "action": action,
            "name": name,
            "id": id,
            "csrf_token": context.get("csrf_token"),
        }
        | request_key(),
    )


@register.simple_block_tag
def bulk_bar(content: str, label: object = "") -> str:
    """The actions on the selection; its place is kept when nothing is selected."""
    return render_to_string("ui/bulk_bar.html", {"content": content, "label": label})


@register.simple_block_tag
def pager(content: str, *, previous: str = "", next: str = "", target: str = "") -> str:
    """Keyset pages: the address before and after; the content says what is shown."""
    return render_to_string(
        "ui/pager.html", {"content": content, "previous": previous, "next": next, "target": target}
    )


@register.simple_tag
def heat_cell(counts: Mapping[str, int] | None, href: str = "", label: str = "") -> SafeString:
    """A cell of units × topics: how many, under the worst light, as a link to them."""
    ranked = _ranked(counts or {})
    if not ranked:
        return mark_safe("<td><span></span></td>")
    total, worst = wording.say_number(sum(count for _light, count in ranked)), ranked[0][0]
    told = _("，").join(f"{shown.label} {count}" for shown, count in ranked)
    return format_html(
        '<td><a class="is-{0}" data-light="{0}" href="{1}" aria-label="{2}">{3}</a></td>',
        worst.letter,
        href,
        f"{label} {total}：{told}",
        total,
    )


# Figures and facts


@register.simple_block_tag
def strip(content: str) -> str:
    return format_html('<div class="bh-strip">{}</div>', content)


@register.inclusion_tag("ui/stat.html")
def stat(
    value: int | float | str | None,
    label: object,
    *,
    unit: str = "",
    note: object = "",
    href: str = "",
    state: str = "",
) -> dict:
    """A headline figure that leads to the list behind it."""
    shown = value if isinstance(value, str) else wording.say_number(value)
    return {"value": shown, "label": label, "unit": unit, "note": note, "href": href, "state": state}


@register.simple_block_tag
def facts(content: str) -> str:
    """Pairs of label and value; the content is `fact` after `fact`."""
    return format_html('<dl class="bh-kv">{}</dl>', content)


@register.simple_block_tag
def fact(content: str, label: object, *, tone: str = "") -> str:
    shown = content if content.strip() else wording.NOTHING
    return format_html('<dt>{}</dt><dd class="{}">{}</dd>', label, f"bh-{tone}" if tone else "", shown)


@register.inclusion_tag("ui/meter.html")
def meter(value: int, limit: int, label: str, *, unit: str = "") -> dict:
    """A number against its limit."""
    share = min(100, round(100 * value / limit)) if limit else 100
    return {"value": value, "limit": limit, "label": label, "unit": unit, "share": share}


@register.simple_block_tag
def gantt(content: str, first: date, last: date, label: str) -> str:
    """Rows of `gantt_row` over the months from `first` to `last`, with today."""
    span = timeline.Span(first, last)
    return render_to_string(
        "ui/gantt.html",
        {"content": content, "months": span.months(), "label": label, "first": first, "last": last},
    )


@register.inclusion_tag("ui/gantt_row.html")
def gantt_row(
    first: date,
    last: date,
    *,
    title: str,
    begins_on: date,
    ends_on: date,
    state: str,
    number: str = "",
    href: str = "",
    done: int | None = None,
    marks: Iterable[tuple[date, str]] = (),
) -> dict:
    """One measure over time: how far it has got and where its deadlines lie."""
    return timeline.Span(first, last).lane(begins_on, ends_on, marks) | {
        "title": title,
        "number": number,
        "href": href,
        "state": state,
        "done": done,
        "tone": is_tone(state),
    }


# The process


@register.inclusion_tag("ui/steps.html")
def steps(now: int, notes: Iterable[object] = ()) -> dict:
    """The five steps of the loop with a note under each; `now` is 1 to 5, and 6 when all is done."""
    told = [*notes, *[""] * len(STEPS)]
    return {
        "steps": [
            {
                "n": n,
                "name": name,
                "note": told[n - 1],
                "state": "is-done" if n < now else "is-now" if n == now else "",
            }
            for n, name in enumerate(STEPS, 1)
        ]
    }


@register.simple_block_tag
def events(content: str, *, id: str = "") -> str:
    """The trail, newest first, with what comes next dashed on top."""
    return format_html('<ol class="bh-events"{}>{}</ol>', format_html(' id="{}"', id) if id else "", content)


@register.simple_block_tag
def event(
    content: str,
    verb: object,
    *,
    who: object = "",
    at: datetime | None = None,
    icon: str = "point",
    tone: str = "",
    next: bool = False,
    id: str = "",
) -> str:
    return render_to_string(
        "ui/event.html",
        {
            "content": trimmed(content),
            "verb": verb,
            "who": who,
            "at": at,
            "icon": icon,
            "tone": is_tone(tone),
            "next": next,
            "id": id,
        },
    )


@register.simple_block_tag
def message(content: str, *, icon: str = "message-2", who: object = "", tone: str = "") -> str:
    """A row of the message list."""
    return render_to_string("ui/message.html", {"content": content, "icon": icon, "who": who, "tone": tone})


@register.simple_block_tag
def note(content: str, tone: str = "", *, icon: str = "", alert: bool = False, id: str = "") -> str:
    """Something to know before acting; one per panel."""
    icons = {"r": "alert-triangle", "y": "alert-circle", "g": "circle-check"}
    return render_to_string(
        "ui/note.html",
        {
            "content": content,
            "tone": is_tone(tone),
            "icon": icon or icons.get(tone, "info-circle"),
            "alert": alert,
            "id": id,
        },
    )


@register.simple_block_tag
def empty(
    content: str, title: object, text: object = "", *, icon: str = "circle-check", level: int = 3
) -> str:
    """Why there is nothing here and what to do next; the content is one or two buttons."""
    return render_to_string(
        "ui/empty.html",
        {"content": trimmed(content), "title": title, "text": text, "icon": icon, "level": level},
    )


@register.inclusion_tag("ui/skeleton.html")
def skeleton(rows: int = 3, cols: int = 0) -> dict:
    """Placeholders of the same height as the content; with `cols` they are table rows."""
    widths = (62, 74, 48, 80, 40, 56)
    return {"rows": range(rows), "cols": [widths[n % len(widths)] for n in range(cols)]}


@register.simple_block_tag
def toast(content: str, title: object, *, icon: str = "circle-check", tone: str = "g") -> str:
    return render_to_string(
        "ui/toast.html", {"content": trimmed(content), "title": title, "icon": icon, "tone": tone}
    )


# Forms


@register.simple_tag(name="request_key")
def request_key_field() -> SafeString:
    """Names one intention, so a form sent twice acts once (`kernel.actor`)."""
    return format_html('<input type="hidden" name="request_key" value="{}">', request_key()["request_key"])


def request_key() -> dict[str, Any]:
    return {"request_key": uuid4()}


@register.simple_block_tag(takes_context=True)
def post_form(
    context: Context,
    content: str,
    action: str,
    *,
    target: str = "",
    swap: str = "outerHTML",
    draft: str = "",
    upload: bool = False,
    hold: str = "",
    id: str = "",
    cls: str = "",
) -> str:
    """A form that acts: carries the CSRF token and a request key, sent once however often it is pressed.

    `target` makes it an htmx form, `draft` names its autosaved draft, `hold` holds it back for ten seconds
    with that sentence and an undo.
    """
    return render_to_string(
        "ui/post_form.html",
        {
            "content": content,
            "action": action,
            "target": target,
            "swap": swap,
            "draft": draft,
            "upload": upload,
            "hold": hold,
            "id": id,
            "cls": cls,
            "csrf_token": context.get("csrf_token"),
        }
        | request_key(),
    )


@register.simple_block_tag(takes_context=True)
def dialog(
    context: Context,
    content: str,
    id: str,
    title: object,
    *,
    action: str,
    confirm: object,
    cancel: object = "",
    danger: bool = True,
    target: str = "",
) -> str:
    """Asks before something irreversible; say the consequence. Opened by a link with `data-dialog="id"`."""
    return render_to_string(
        "ui/dialog.html",
        {
            "content": content,
            "id": id,
            "title": title,
            "action": action,
            "confirm": confirm,
            "cancel": cancel or _("再看看"),
            "danger": danger,
            "target": target,
            "csrf_token": context.get("csrf_token"),
        }
        | request_key(),
    )


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """Label, mark, control, hint and error of one form field."""
    return bound.as_field_group()


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form: Any) -> dict:
    """What is wrong with the form as a whole."""
    return {"errors": form.non_field_errors()}


@register.inclusion_tag("ui/seg.html")
def seg(
    name: str,
    options: Iterable[tuple],
    value: object = None,
    *,
    label: str,
    icons: bool = True,
    save: str = "",
) -> dict:
    """A choice between a few words as real radio buttons; options are (value, label[, tone])."""
    marks = {"g": "check", "r": "x"}
    rows = [
        {
            "value": option[0],
            "label": option[1],
            "tone": option[2] if len(option) > 2 else "",
            "icon": marks.get(option[2]) if icons and len(option) > 2 else "",
            "on": str(option[0]) == str(value),
            "id": f"{name}-{option[0]}",
        }
        for option in options
    ]
    return {"name": name, "options": rows, "label": label, "save": save}


@register.inclusion_tag("ui/seg_links.html")
def seg_links(label: str, options: Iterable[tuple]) -> dict:
    """A choice of view as links; options are (label, address, whether it is the present one)."""
    return {"label": label, "options": [{"label": o[0], "href": o[1], "on": o[2]} for o in options]}


@register.simple_block_tag
def crit(
    content: str,
    n: int,
    title: object,
    *,
    name: str = "",
    value: object = None,
    options: Iterable[tuple] = (),
) -> str:
    """One acceptance criterion with its evidence (the content) and the reviewer's verdict."""
    return render_to_string(
        "ui/crit.html",
        {
            "content": content,
            "n": n,
            "title": title,
            "name": name,
            "value": value,
            "options": list(options),
            "label": _("标准 %(n)s 结论") % {"n": n},
        },
    )


@register.inclusion_tag("ui/option.html")
def option(
    name: str,
    value: object,
    title: object,
    hint: object = "",
    *,
    checked: bool = False,
    disabled: bool = False,
    kind: str = "radio",
) -> dict:
    """One of several outcomes with what it leads to; a disabled one says why in its hint."""
    return {
        "name": name,
        "value": value,
        "title": title,
        "hint": hint,
        "checked": checked,
        "disabled": disabled,
        "kind": kind,
        "id": f"{name}-{value}",
    }


@register.simple_block_tag
def filters(content: str, action: str = "", *, target: str = "", label: str = "") -> str:
    """A filter bar: a GET form that applies itself on change and has a button for everybody else."""
    return render_to_string(
        "ui/filters.html",
        {"content": content, "action": action, "target": target, "label": label or _("筛选")},
    )


@register.inclusion_tag("ui/file_row.html")
def file_row(
    name: str,
    href: str = "",
    *,
    size: int | None = None,
    note: object = "",
    tone: str = "",
    progress: int | None = None,
) -> dict:
    return {
        "name": name,
        "href": href,
        "size": size,
        "note": note,
        "tone": tone,
        "progress": progress,
        "kind": file_icon(name),
    }


def file_icon(name: str) -> str:
    kinds = {
        "pdf": "file-type-pdf", "docx": "file-type-docx", "doc": "file-type-doc", "xlsx": "file-type-xls",
        "xls": "file-type-xls", "csv": "file-type-csv", "jpg": "photo", "jpeg": "photo", "png": "photo",
        "zip": "file-zip", "txt": "file-text",
    }  # fmt: skip
    return kinds.get(name.rpartition(".")[2].lower(), "file")
