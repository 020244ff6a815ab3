"""The supervision slip: from here upward the program drafts and people decide (DESIGN §3.1)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bihuan.documents.actions import draft_paper, issue_paper, take_paper
from bihuan.documents.gongwen.text import long_date
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.org.roles import Cap
from bihuan.supervision.actions.steps import require, settle, take
from bihuan.supervision.models import Assignment, Slip


@action
def draft_slip(
    *,
    assignment_id: int,
    actor: Actor,
    requirement: str,
    reply_by: date,
    code: str = "",
    seen_version: int | None = None,
) -> Slip:
    """Draft a slip for an open assignment (拟督办通知单) with everything known about it already filled in."""
    assignment = take(assignment_id, actor=actor, cap=Cap.URGE, seen_version=seen_version)
    return draft_slip_on(assignment, actor=actor, requirement=requirement, reply_by=reply_by, code=code)


@step
def draft_slip_on(
    assignment: Assignment, *, actor: Actor, requirement: str, reply_by: date, code: str = ""
) -> Slip:
    """Draft a slip on a locked assignment."""
    requirement = require(requirement, "requirement", _("请写明督办要求"))
    if not assignment.is_open:
        raise IllegalMove(stage=assignment.stage)
    if reply_by < clock.today():
        raise Refused(_("答复时限不能早于今天"), code="past", field="reply_by")
    number = assignment.item.source.number.partition("〔")[0]
    paper = Paper(
        kind=Paper.Kind.SLIP,
        issuer=assignment.issued_by,
        office=assignment.office,
        code=code or number or f"{assignment.issued_by.short_name[:6]}督",
        title=_("督办通知单"),
        addressees=assignment.unit.name,
        sections=_sections(assignment, requirement, reply_by),
    )
    draft_paper(paper, actor=actor)
    slip = Slip.objects.create(assignment=assignment, paper=paper, reply_by=reply_by)
    settle(assignment, "slip_drafted", actor=actor, text=requirement, paper=paper.pk)
    return slip


@action
def issue_slip(*, paper_id: int, actor: Actor, seen_version: int | None = None) -> Slip:
    """Sign, number and serve a slip (签发督办通知单); it goes on the assignment's record too."""
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    slip = Slip.objects.get(paper=paper)
    assignment = Assignment.objects.select_for_update(of=("self",)).get(pk=slip.assignment_id)
    if not assignment.is_open:
        raise Refused(_("办件已结束，不再签发督办通知单"), code="illegal_move")
    issue_paper(paper, [assignment.unit_id], actor=actor)
    settle(assignment, "slip_issued", actor=actor, paper=paper.pk, reply_by=slip.reply_by)
    return slip


def _sections(assignment: Assignment, requirement: str, reply_by: date) -> list[dict[str, Any]]:
    """The fields of a slip (domain.md §7.2, C): matter, basis, state, requirement, deadline, contact."""
    source, now = assignment.item.source, clock.now()
    due_on = clock.office_day(assignment.due_at)
    state = _("%(due)s到期") % {"due": long_date(due_on)}
    if assignment.is_overdue(now):
        state = _("%(due)s到期，截至今日已逾期 %(n)d 天") % {
            "due": long_date(due_on),
            "n": (clock.today() - due_on).days,
        }
    urged = assignment.urges.count()
    basis = f"{source.title}（{source.number}）" if source.number else source.title
    return [
        {"heading": _("督办事项"), "paragraphs": [str(assignment.item)]},
        {"heading": _("立项依据"), "paragraphs": [basis]},
        {
            "heading": _("办理情况"),
            "paragraphs": [_("%(state)s，此前已催办 %(n)d 次。") % {"state": state, "n": urged}],
        },
        {"heading": _("督办要求"), "paragraphs": [requirement]},
        {
            "heading": _("答复时限"),
            "paragraphs": [_("请于%(day)s前书面答复办理情况。") % {"day": long_date(reply_by)}],
        },
    ]
