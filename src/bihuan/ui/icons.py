"""Pictures as inline SVG: no font to wait for on a poor line, and only what a page shows is sent."""

import json
from functools import cache

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


@cache
def shapes() -> dict[str, str]:
    """Name → the inside of its SVG, from the icon package; nothing before `make setup` has put it there."""
    try:
        nodes = json.loads(settings.ICONS.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {name: "".join(map(element, parts)) for name, parts in nodes.items()}


def element(part: list) -> str:
    tag, attributes = part
    return format_html("<{} {}/>", tag, format_html_join(" ", '{}="{}"', attributes.items()))


@cache
def picture(name: str) -> SafeString:
    """The drawing of an icon, for inside an `<svg>`."""
    return mark_safe(shapes().get(name, ""))
