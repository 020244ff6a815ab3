"""Setting a light by hand (人工调灯): with a reason, for a time, on record."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action
from bihuan.org.roles import Cap
from bihuan.supervision.actions.steps import regime_for, require, settle, take
from bihuan.supervision.models import Assignment, LightOverride
from bihuan.supervision.rules import DUTY_STAGES, SETTABLE


@action
def set_light(
    *,
    assignment_id: int,
    actor: Actor,
    light: str,
    reason: str,
    until_at: datetime | None = None,
    seen_version: int | None = None,
) -> LightOverride:
    """Show another light than the computed one until a moment (人工调灯); an empty `light` restores the computed one.

    domain.md §4.4: with a reason and on record. Refused once the deadline has passed: an overdue light states a
    fact. Alarms, lateness and every rate go by the stored dates and never look at it.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.SET_LIGHT, seen_version=seen_version)
    now = clock.now()
    computed = assignment.computed_light(now)
    if assignment.stage not in DUTY_STAGES or computed not in SETTABLE:
        raise IllegalMove(stage=assignment.stage)
    if light and light not in SETTABLE:
        raise Refused(
            _("可调为正常、临期或加急；逾期由时限认定，不能人工设定"), code="unknown_light", field="light"
        )
    if not light and not assignment.override:
        raise Refused(_("现在就是自动亮灯，无须恢复"), code="not_overridden", field="light")
    until_at = _checked_end(assignment, until_at, now) if light else None
    override = LightOverride.objects.create(
        assignment=assignment,
        light=light,
        computed=computed.value,
        until_at=until_at,
        reason=require(reason, "reason", _("请写明调灯理由")),
        person_id=actor.own_person_id,
        post=actor.post,
        from_at=now,
    )
    assignment.override, assignment.override_until = light, until_at
    if until_at is None:
        settle(assignment, "light_restored", actor=actor, text=reason, computed=computed.value)
    else:
        facts = {"light": light, "computed": computed.value, "until": until_at}
        settle(assignment, "light_set", actor=actor, text=reason, **facts)
    return override


def _checked_end(assignment: Assignment, until_at: datetime | None, now: datetime) -> datetime:
    if until_at is None:
        raise Refused(_("请写明调灯到哪一天"), code="required", field="until_at")
    longest = now + timedelta(days=regime_for(assignment)["light.override_days"])
    if not now < until_at <= clock.end_of(clock.office_day(longest)):
        day = f"{clock.office_day(longest):%Y-%m-%d}"
        raise Refused(
            _("截止日须在今天至%(day)s之间") % {"day": day}, code="until_out_of_range", field="until_at"
        )
    return until_at
