"""Acting on many assignments: which of a selection can be acted on, and why the others cannot (B13, R19)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries.workbench import can_accept_report, not_by
from bihuan.supervision.rules import OPEN, Duty, Stage

LIMIT = 300  # one request acts on so many at most; each is an action of its own


def can_sign(actor: Actor) -> QuerySet[Assignment]:
    return Assignment.objects.within(actor, Cap.SIGN_FOR).filter(stage=Stage.DISPATCHED)


def can_urge(actor: Actor) -> QuerySet[Assignment]:
    return Assignment.objects.within(actor, Cap.URGE).filter(stage__in=OPEN)


def can_write_off(actor: Actor) -> QuerySet[Assignment]:
    plain = Q(stage=Stage.ACCEPTED) & ~Q(item__plan__publicises=True, duty=Duty.LEAD)
    over = Q(stage=Stage.PUBLICISED, publicised_until__lte=clock.now())
    return not_by(actor, Assignment.objects.within(actor, Cap.WRITE_OFF).filter(plain | over))


POSSIBLE: dict[Operation, tuple[Cap, Callable[[Actor], QuerySet[Assignment]]]] = {
    Operation.SIGN: (Cap.SIGN_FOR, can_sign),
    Operation.URGE: (Cap.URGE, can_urge),
    Operation.ACCEPT_REPORT: (Cap.PRE_REVIEW, can_accept_report),
    Operation.WRITE_OFF: (Cap.WRITE_OFF, can_write_off),
}
"""What can be done with many at once."""


@dataclass(frozen=True)
class Skipped:
    """Some of the selection that will be left alone, with the reason."""

    reason: str
    rows: list[Assignment]


@dataclass(frozen=True)
class Preview:
    """What an action on a selection would do."""

    operation: Operation
    rows: list[Assignment]
    skipped: list[Skipped]
    cut: int = 0  # beyond the limit, left for the next time

    @property
    def skipped_label(self) -> str:
        count = sum(len(one.rows) for one in self.skipped)
        return _("%(n)d 件以上") % {"n": count} if count >= LIMIT else str(count)


def preview(operation: Operation, actor: Actor, selected: QuerySet[Assignment]) -> Preview:
    """Divide what was selected, and may be seen, into what can be acted on and what cannot.

    A selection may be a whole filter: what can be done comes first by deadline, up to the limit, however much
    else the filter finds. The rows that are shown are the ones that a confirming form names.
    """
    cap, possible = POSSIBLE[operation]
    selected = selected.order_by("due_at", "pk").select_related("item__source", "unit", "issued_by")
    able = possible(actor).values("pk")
    doable = selected.filter(pk__in=able)
    rows = list(doable[: LIMIT + 1])
    cut = doable.count() - LIMIT if len(rows) > LIMIT else 0
    left = list(selected.exclude(pk__in=able)[:LIMIT])
    keys = [one.pk for one in left]
    allowed = set(Assignment.objects.within(actor, cap).filter(pk__in=keys).values_list("pk", flat=True))
    reasons: dict[str, list[Assignment]] = {}
    for one in left:
        reasons.setdefault(_reason(operation, one, one.pk in allowed), []).append(one)
    skipped = [Skipped(reason, those) for reason, those in reasons.items()]
    return Preview(operation, rows[:LIMIT], skipped, cut)


def _reason(operation: Operation, one: Assignment, allowed: bool) -> str:
    if not allowed:
        return _("您的岗位不能对它做这项操作")
    if operation is Operation.ACCEPT_REPORT:
        return _("没有待认可的新反馈，或是您本人填报的")
    if operation is Operation.WRITE_OFF and one.stage in (Stage.ACCEPTED, Stage.PUBLICISED):
        return _("须先公示期满，或您参与过办理")
    return _("目前是“%(stage)s”") % {"stage": one.get_stage_display()}


def versions(rows: Sequence[Assignment]) -> list[str]:
    """What a confirming form carries: each row with the version that was seen."""
    return [f"{one.pk}:{one.version}" for one in rows]
