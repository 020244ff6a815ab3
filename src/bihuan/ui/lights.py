"""What lights (灯) and rings (环) look like and how they are said."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Light:
    """`letter` picks shape and colour in the theme; `label` is the fixed wording."""

    letter: str
    label: str | Promise
    short: str | Promise


LIGHTS = {
    light.letter: light
    for light in [
        Light("r", _("逾期"), _("逾期")),
        Light("yy", _("临期加急"), _("加急")),  # the strong form of 临期 (DESIGN §3.1)
        Light("y", _("临期"), _("临期")),
        Light("g", _("正常推进"), _("正常")),
        Light("w", _("待审核"), _("待审核")),  # the unit's clock rests, the reviewer's runs
        Light("c", _("已销号"), _("已销号")),
    ]
}
"""Worst first."""

STEPS = [_("交办"), _("签收"), _("办理"), _("审核"), _("销号")]
