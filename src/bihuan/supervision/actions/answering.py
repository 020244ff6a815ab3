"""How the addressees of a document answer it: a reply with its promises, an objection, and what becomes of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.supervision.actions.closing import cancel_all
from bihuan.supervision.actions.dispatching import open_assignment
from bihuan.supervision.actions.handling import declare_done
from bihuan.supervision.actions.steps import (
    close_down,
    lock_all,
    refuse_far,
    require,
    settle,
    sign_implicitly,
    take,
)
from bihuan.supervision.models import (
    Addressee,
    Assignment,
    Item,
    Letter,
    LetterObjection,
    Promise,
    Source,
    Submission,
)
from bihuan.supervision.queries.letters import addressee_for, objection_until, reply_for
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rules import DUTY_STAGES, Duty, Move, Outcome, Stage

State = LetterObjection.State
MOST_PROMISES = 30


@dataclass(frozen=True)
class Promised:
    """A measure with the day by which it will be done."""

    text: str
    due_on: date


@action
def reply_to_letter(
    *,
    paper_id: int,
    actor: Actor,
    text: str,
    adoption: str = "",
    promises: Sequence[Promised] = (),
    file_ids: Sequence[int] = (),
    seen_version: int | None = None,
) -> Submission:
    """Reply to a document for one's unit (答复): the unit's assignment is declared done with it, and then reviewed.

    A recommendation wants to know whether it is adopted. `promises` become duties of the unit once the reply is
    accepted. `seen_version` is the assignment's.
    """
    letter, addressee = _addressed(paper_id, actor)
    reply = reply_for(letter, addressee)
    if reply is None:
        raise Refused(_("这份文书没有要求答复"), code="no_reply_asked")
    assignment = take(reply.pk, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    text = require(text, "text", _("请写明答复内容"))
    if assignment.stage not in DUTY_STAGES:
        raise IllegalMove(stage=assignment.stage)
    _refuse_adoption(letter, adoption, promises)
    sign_implicitly(assignment)
    addressee.adoption = adoption
    addressee.save(update_fields=["adoption"])
    addressee.promises.filter(assignment__isnull=True).delete()
    Promise.objects.bulk_create(
        Promise(addressee=addressee, text=one.text.strip(), due_on=one.due_on, position=n)
        for n, one in enumerate(promises)
    )
    assignment.version += 1
    append(
        "supervision.assignment.reply_drafted",
        actor=actor,
        subject=assignment,
        paper=paper_id,
        promises=len(promises),
        adoption=adoption or None,
    )
    return declare_done(assignment, actor=actor, text=text, file_ids=file_ids)


@action
def object_to_letter(*, paper_id: int, actor: Actor, reason: str) -> LetterObjection:
    """Object to a document for one's unit (提出异议), once, within its time; the reply's clock runs on.

    The issuer has to decide within `objection.decide_days`: a duty of its own in the loop.
    """
    letter, addressee = _addressed(paper_id, actor)
    reply = reply_for(letter, addressee)
    until = objection_until(letter)
    if reply is None or until is None:
        raise Refused(_("这份文书不受理异议"), code="no_objection")
    (reply,) = lock_all([reply.pk])
    if is_repeat(reply, actor):
        raise AlreadyDone()
    reason = require(reason, "reason", _("请写明异议的事实和理由"))
    if clock.now() > until:
        raise Refused(
            _("异议期已于 %(day)s 届满") % {"day": f"{clock.office_day(until):%Y-%m-%d}"}, code="window_over"
        )
    if LetterObjection.objects.filter(addressee=addressee).exists():
        raise Refused(_("本单位已对这份文书提出过异议"), code="contested")
    if reply.stage not in DUTY_STAGES:
        raise Refused(_("本单位已经答复，不能再提出异议"), code="replied")
    duty = _duty_to_decide(letter.paper, reply, reason, actor)
    objection = LetterObjection.objects.create(
        addressee=addressee, reason=reason, raised_at=clock.now(), raised_by=actor.own_person_id, duty=duty
    )
    settle(reply, "paper_contested", actor=actor, text=reason, objection=objection.pk, duty=duty.pk)
    return objection


@action
def decide_letter_objection(
    *, objection_id: int, actor: Actor, upheld: bool, answer: str, seen_version: int | None = None
) -> LetterObjection:
    """Decide an objection (复核异议) with a reason, by somebody who neither drafted nor reviewed the document.

    Upheld: the unit's assignment to reply is taken back. The issued document stays as it is. `seen_version` is that
    of the duty to decide.
    """
    mine = Paper.objects.within(actor, Cap.ISSUE)
    known = LetterObjection.objects.filter(addressee__letter__paper__in=mine.values("pk"))
    seen = known.only("duty_id").get(pk=objection_id)
    (duty,) = lock_all([seen.duty_id])
    if is_repeat(duty, actor):
        raise AlreadyDone()
    duty.check_version(seen_version)
    objection = known.select_related("addressee__letter__paper", "addressee__unit").get(pk=objection_id)
    if objection.state != State.OPEN:
        raise IllegalMove(_("这件异议已经复核"), stage=objection.state)
    answer = require(answer, "answer", _("请写明复核意见和理由"))
    paper = objection.addressee.letter.paper
    if actor.person_id in (paper.drafted_by, paper.reviewed_by):
        raise Refused(_("您拟稿或者核稿过这份文书，须由他人复核"), code="own_work")
    objection.state = State.UPHELD if upheld else State.REJECTED
    objection.answer, objection.decided_by, objection.decided_at = answer, actor.person_id, clock.now()
    objection.save()
    _conclude(duty, objection, actor, answer)
    if upheld:
        reply = reply_for(objection.addressee.letter, objection.addressee)
        if reply is not None and reply.is_open:
            cancel_all([reply], actor=actor, reason=answer)
    return objection


@step
def _addressed(paper_id: int, actor: Actor) -> tuple[Letter, Addressee]:
    """The document and the addressee for which the actor answers. Raises Paper.DoesNotExist for everybody else."""
    letter = Letter.objects.select_related("paper").filter(paper=paper_id, paper__stage="issued").first()
    addressee = addressee_for(letter, actor) if letter else None
    if letter is None or addressee is None:
        raise Paper.DoesNotExist(paper_id)
    return letter, Addressee.objects.select_for_update(of=("self",)).get(pk=addressee.pk)


def _refuse_adoption(letter: Letter, adoption: str, promises: Sequence[Promised]) -> None:
    if adoption not in Addressee.Adoption.values:
        raise Refused(_("请选择采纳情况"), code="required", field="adoption")
    if letter.rule.adopts and not adoption:
        raise Refused(_("请选择采纳情况"), code="required", field="adoption")
    if not letter.rule.adopts and adoption:
        raise Refused(_("这份文书不是建议，不需要注明采纳情况"), code="not_recommended", field="adoption")
    if len(promises) > MOST_PROMISES:
        raise Refused(
            _("一次最多承诺 %(n)d 条措施") % {"n": MOST_PROMISES}, code="too_many", field="promises"
        )
    for number, one in enumerate(promises, 1):
        if not one.text.strip() or len(one.text.strip()) > 200:
            raise Refused(
                _("第 %(n)d 条措施须写明内容，不超过 200 字") % {"n": number},
                code="required",
                field="promises",
            )
        refuse_far(one.due_on, "promises")
        if one.due_on < clock.today():
            raise Refused(
                _("第 %(n)d 条措施的时限不能早于今天") % {"n": number}, code="past", field="promises"
            )


@step
def _duty_to_decide(paper: Paper, reply: Assignment, reason: str, actor: Actor) -> Assignment:
    """The issuer's duty to decide, given upward by the unit as an obstacle is (DESIGN §3)."""
    raiser: Unit = reply.unit
    source = Source.objects.create(
        kind=Source.Kind.DOCUMENT,
        number=paper.number,
        title=paper.title,
        text=reason,
        unit=raiser.own_authority,
        issued_on=clock.today(),
    )
    item = Item.objects.create(
        source=source,
        owner=raiser.own_authority,
        title=_("复核对%(number)s的异议") % {"number": paper.number},
        text=reason,
    )
    append("supervision.item.registered", actor=actor, subject=item, source=str(source.kind))
    day = clock.office_day(clock.now())
    days = regime_of(paper.issuer_id)["objection.decide_days"]
    return open_assignment(
        item,
        unit_id=paper.office_id or paper.issuer_id,
        duty=Duty.LEAD,
        due=clock.end_of(date.fromordinal(day.toordinal() + days)),
        actor=actor,
        issued_by=raiser.own_authority,
        office_id=raiser.pk if raiser.kind == UnitKind.OFFICE else None,
    )


@step
def _conclude(duty: Assignment, objection: LetterObjection, actor: Actor, answer: str) -> None:
    """End the duty with the decision itself: nobody reviews a decision on an objection but the level above."""
    if not duty.is_open:
        return
    now = clock.now()
    sign_implicitly(duty)
    moves: dict[str, Move] = {Stage.WORKING: Move.COMPLETE, Stage.COMPLETED: Move.ACCEPT}
    while (move := moves.get(duty.stage)) is not None:
        duty.move(move)
    duty.completed_at = duty.accepted_at = now
    duty.outcome, duty.progress = Outcome.DONE, 100
    close_down([duty])
    facts: dict[str, Any] = {"objection": objection.pk, "upheld": objection.state == State.UPHELD}
    settle(duty, "paper_objection_decided", actor=actor, move=Move.WRITE_OFF, text=answer, **facts)
