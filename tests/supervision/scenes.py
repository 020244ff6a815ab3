"""Assignments at every point of the loop, brought there by the actions that people would take."""

from datetime import timedelta

from bihuan.kernel import clock
from bihuan.org import actions as org
from bihuan.org.roles import Role
from bihuan.supervision.actions import closing, dispatching, handling, reviewing, terms
from bihuan.supervision.models import Assignment
from tests.remembered import remembered
from tests.town import MORNING, Town

DUE = clock.end_of(MORNING.date() + timedelta(days=20))


@remembered
def given(
    town: Town, unit: str = "东市局", *, by: str = "省厅", title: str = "核查学前教育减免保教费", **more
) -> Assignment:
    """A duty just dispatched."""
    more = {"due_at": DUE, "lead_ids": [town.unit(unit).pk], **more}
    item = dispatching.register_item(actor=town.actor(by), kind="instruction", title=title, **more)
    return item.assignments.get(duty="lead", unit=town.unit(unit))


@remembered
def working(town: Town, unit: str = "东市局", **more) -> Assignment:
    return moved(given(town, unit, **more), handling.sign_assignment, town.actor(unit, Role.HANDLER))


@remembered
def declined(town: Town, unit: str = "东市局", **more) -> Assignment:
    one = given(town, unit, **more)
    return moved(one, handling.decline_assignment, town.actor(unit, Role.HANDLER), reason="应由西市局办理")


@remembered
def reported(town: Town, unit: str = "东市局", progress: int = 60, **more) -> Assignment:
    one = working(town, unit, **more)
    actor = town.actor(unit, Role.HANDLER)
    return moved(one, handling.report_progress, actor, text="已核查三县", progress=progress)


@remembered
def drafted(town: Town, unit: str = "东市局", **more) -> Assignment:
    """A submission that awaits the signature of the unit's leader."""
    one = working(town, unit, **more)
    town.post(unit, Role.LEADER)
    return moved(one, handling.submit_completion, town.actor(unit, Role.HANDLER), text="全部核查完毕")


@remembered
def completed(town: Town, unit: str = "东市局", **more) -> Assignment:
    return moved(drafted(town, unit, **more), handling.sign_submission, town.actor(unit, Role.LEADER))


@remembered
def passed(town: Town, unit: str = "东市局", by: str = "省厅", **more) -> Assignment:
    """Pre-reviewed; the approval of a second person is awaited."""
    town.post(by, Role.LEADER)
    return moved(completed(town, unit, by=by, **more), reviewing.pre_review_submission, town.actor(by))


@remembered
def returned(town: Town, unit: str = "东市局", by: str = "省厅", **more) -> Assignment:
    one = completed(town, unit, by=by, **more)
    return moved(one, reviewing.return_submission, town.actor(by), opinion="缺三所园的流水")


@remembered
def accepted(town: Town, unit: str = "东市局", by: str = "省厅", **more) -> Assignment:
    one = passed(town, unit, by=by, **more)
    return moved(one, reviewing.approve_submission, town.actor(by, Role.LEADER))


@remembered
def written_off(town: Town, unit: str = "东市局", by: str = "省厅", **more) -> Assignment:
    one = accepted(town, unit, by=by, **more)
    return moved(one, closing.write_off_assignment, town.actor(by), outcome="done")


@remembered
def extension_asked(town: Town, unit: str = "东市局", **more) -> Assignment:
    """A request that awaits the unit's own leader."""
    one = working(town, unit, **more)
    town.post(unit, Role.LEADER)
    return moved(
        one,
        terms.ask_extension,
        town.actor(unit, Role.HANDLER),
        due_at=one.due_at + timedelta(days=7),
        reason="账册外借审计",
        progress="已查五县",
    )


@remembered
def extension_endorsed(town: Town, unit: str = "东市局", **more) -> Assignment:
    one = extension_asked(town, unit, **more)
    return moved(one, terms.endorse_extension, town.actor(unit, Role.LEADER))


@remembered
def suspended(town: Town, unit: str = "东市局", by: str = "省厅", **more) -> Assignment:
    one = working(town, unit, by=by, **more)
    until = clock.end_of(MORNING.date() + timedelta(days=30))
    return moved(one, terms.suspend_assignment, town.actor(by), reason="等审计结论", review_on=until)


@remembered
def explained(town: Town, unit: str = "东市局", **more) -> Assignment:
    one = working(town, unit, **more)
    return moved(one, handling.explain_assignment, town.actor(unit, Role.HANDLER), text="大雪封路")


@remembered
def outside(town: Town, unit: str = "东市局", **more) -> Assignment:
    """What a unit outside the system contributes to a duty; its lead records it."""
    lead = working(town, unit, assist_ids=[town.unit("市财政局").pk], **more)
    return lead.assisting.get()


@remembered
def bereft(town: Town, unit: str = "东市局", **more) -> Assignment:
    """A duty whose unit was divided between two others: the giver decides who goes on with it."""
    one = working(town, unit, **more)
    heirs = [town.unit(name).pk for name in ("西市局", "学院")]
    org.split_unit(unit_id=one.unit_id, successor_ids=heirs, actor=town.actor("省厅", Role.SYSTEM_ADMIN))
    one.refresh_from_db()
    return one


@remembered
def twinned(town: Town, unit: str = "东市局", **more) -> Assignment:
    """A duty that a unit inherited and has already."""
    one = given(town, "西市局", lead_ids=[town.unit("西市局").pk, town.unit(unit).pk], **more)
    org.merge_units(
        unit_ids=[one.unit_id], into_id=town.unit(unit).pk, actor=town.actor("省厅", Role.SYSTEM_ADMIN)
    )
    one.refresh_from_db()
    return one


def moved(assignment: Assignment, action, actor, **words) -> Assignment:
    """The assignment after somebody did this with it."""
    action(assignment_id=assignment.pk, actor=actor, **words)
    assignment.refresh_from_db()
    return assignment
