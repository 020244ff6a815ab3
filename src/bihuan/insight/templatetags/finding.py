"""What was found, with the words marked."""

from collections.abc import Sequence

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from bihuan.kernel.bigrams import marked

register = template.Library()


@register.simple_tag
def found(text: object, terms: Sequence[str]) -> SafeString:
    """The text, escaped, with every place where one of the words stands marked."""
    pieces = marked(str(text), terms)
    return mark_safe(
        "".join(
            format_html('<mark class="bh-same">{}</mark>', piece) if is_hit else conditional_escape(piece)
            for piece, is_hit in pieces
        )
    )
