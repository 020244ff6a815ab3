"""Small marks on assignments, for the templates of this context."""

from django import template

from bihuan.kernel import clock
from bihuan.supervision.models import Assignment
from bihuan.supervision.views.faces import Shown, shown_light

register = template.Library()


@register.simple_tag
def lit(row: Assignment) -> Shown:
    """The light of a row as letter and words."""
    return shown_light(row, clock.now())
