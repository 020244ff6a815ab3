"""A plan that three units have worked on, and circulars on it, for the tests of circulars."""

from datetime import timedelta

from bihuan.circulars.actions import agree_figures, ask_units, draft_circular
from bihuan.kernel import clock
from bihuan.supervision.actions.handling import report_progress, sign_assignment, submit_completion
from bihuan.supervision.actions.planning import Aim, Header, Node, draft_plan, issue_plan
from bihuan.supervision.actions.reviewing import approve_submission, return_submission
from bihuan.supervision.models import Assignment, Plan
from tests.remembered import remembered
from tests.town import MORNING, TODAY

UNITS = ("东市局", "西市局", "学院")
LATER = MORNING + timedelta(days=20)


def finish(town, assignment, at):
    with clock.frozen(at):
        unit = assignment.unit.name
        sign_assignment(assignment_id=assignment.pk, actor=town.actor(unit))
        submit_completion(assignment_id=assignment.pk, actor=town.actor(unit), text="完成")
        approve_submission(assignment_id=assignment.pk, actor=town.actor("省厅"))


def duty(unit, number):
    return Assignment.objects.get(unit__name=unit, item__title=f"事项{number}")


@remembered
def plan_of(town) -> Plan:
    aims = [Aim(unit_id=town.unit(name).pk) for name in UNITS]
    tree = [
        Node(f"事项{number}", due_on=TODAY + timedelta(days=3 + 4 * number), leads=aims)
        for number in range(4)
    ]
    plan = draft_plan(
        actor=town.actor("省厅"), header=Header("作风建设行动", number="省教督〔2026〕1号"), tree=tree
    )
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    return plan


@remembered
def history_of(town, plan=None) -> Plan:
    """东市局 did all on time, 西市局 one late, 学院 reported once and was returned once."""
    plan = plan or plan_of(town)
    for number in range(4):
        finish(town, duty("东市局", number), MORNING + timedelta(days=2))
    finish(town, duty("西市局", 0), MORNING + timedelta(days=9))
    with clock.frozen(MORNING + timedelta(days=1)):
        college = duty("学院", 1)
        report_progress(assignment_id=college.pk, actor=town.actor("学院"), text="过半", progress=50)
        submit_completion(assignment_id=college.pk, actor=town.actor("学院"), text="完成")
        return_submission(assignment_id=college.pk, actor=town.actor("省厅"), opinion="缺附件")
    return plan


def drawn(town, plan, last_on=None):
    with clock.frozen(LATER):
        return draft_circular(
            actor=town.actor("省厅"), plan_id=plan.pk, first_on=TODAY, last_on=last_on or LATER.date()
        )


def checked(town, circular):
    """Every unit asked has found its figures right."""
    with clock.frozen(LATER):
        ask_units(circular_id=circular.pk, actor=town.actor("省厅"))
        for one in circular.inquiries.select_related("unit"):
            agree_figures(inquiry_id=one.pk, actor=town.actor(one.unit.name))
    return circular


def value(circular, key, unit=None):
    return circular.figures.get(key=key, unit__name=unit).value
