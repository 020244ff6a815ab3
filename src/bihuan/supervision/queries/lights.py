"""Lights in SQL: for lists and counts what `rules.light_of` says of one assignment (DESIGN §3.1)."""

from datetime import datetime

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from bihuan.supervision.models.assignments import AssignmentQuerySet
from bihuan.supervision.rules import ENDED, OPEN, RUNNING, Light

NEAR = "near"  # amber and strong together


def conditions(at: datetime) -> dict[str, Q]:
    """For each light the condition under which an assignment shows it at that moment; exactly one holds."""
    running = Q(stage__in=RUNNING, suspended_at__isnull=True)
    past, ahead = running & Q(due_at__lt=at), running & Q(due_at__gte=at)
    by_hand = ahead & Q(override_until__gte=at)
    ahead &= Q(override_until__isnull=True) | Q(override_until__lt=at)
    early = ahead & Q(strong_at__gt=at)
    reported = Q(reported_at__isnull=False, reported_at__gte=Coalesce(F("slot_opened_at"), F("amber_at")))
    found = {
        Light.RED: past & Q(answer_by__isnull=True),
        Light.PENDING: past & Q(answer_by__isnull=False),
        Light.STRONG: ahead & Q(strong_at__lte=at) | by_hand & Q(override=Light.STRONG),
        Light.AMBER: early & Q(amber_at__lte=at) & ~reported | by_hand & Q(override=Light.AMBER),
        Light.GREEN: early & (Q(amber_at__gt=at) | reported) | by_hand & Q(override=Light.GREEN),
        Light.RESTING: Q(stage__in=OPEN) & (~Q(stage__in=RUNNING) | Q(suspended_at__isnull=False)),
        Light.CLOSED: Q(stage__in=ENDED),
    }
    return {light.value: condition for light, condition in found.items()}


def shows(light: str, at: datetime) -> Q:
    """Whether an assignment shows it; `near` stands for amber and strong together, an unknown one nothing shows."""
    shown = conditions(at)
    if light == NEAR:
        return shown[Light.AMBER] | shown[Light.STRONG]
    return shown.get(light, Q(pk__in=[]))


def counted(rows: AssignmentQuerySet, at: datetime) -> dict[str, int]:
    """How many show each light, in one statement."""
    names = {light: f"light_{light}" for light in conditions(at)}
    found = rows.aggregate(
        **{names[light]: Count("pk", filter=condition) for light, condition in conditions(at).items()}
    )
    return {light: found[name] for light, name in names.items()}
