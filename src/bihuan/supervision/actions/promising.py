"""What a unit promised in its reply to a document (承诺措施): once accepted, each is a duty like any other."""

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import step
from bihuan.ledger.book import append
from bihuan.org.models import Unit
from bihuan.supervision.actions.dispatching import open_assignment
from bihuan.supervision.models import Assignment, Item, Promise
from bihuan.supervision.rules import Duty


@step
def open_promises(reply: Assignment, *, actor: Actor) -> list[Assignment]:
    """Give the unit every measure it promised in an accepted reply, due on the day it named itself.

    Raises Refused where such a day has passed meanwhile: the reply goes back for another.
    """
    if reply.item.plan_id is not None or reply.item.parent_assignment_id is not None:
        return []
    addressed_as = reply.original_unit_id or reply.unit_id
    promises = Promise.objects.select_related("addressee__letter__paper").filter(
        addressee__letter__item=reply.item_id, addressee__unit=addressed_as, assignment__isnull=True
    )
    return [_open(one, reply, actor) for one in promises]


@step
def _open(promise: Promise, reply: Assignment, actor: Actor) -> Assignment:
    if promise.due_on < clock.today():
        raise Refused(
            _("承诺措施“%(text)s”的时限已过，请退回补充新的时限") % {"text": promise.text},
            code="promise_past",
        )
    owner: Unit = reply.issued_by
    item = Item.objects.create(
        source=reply.item.source,
        owner=owner,
        title=promise.text,
        text=_("答复%(number)s时承诺的措施") % {"number": promise.addressee.letter.paper.number},
        due_on=promise.due_on,
        priority=reply.item.priority,
    )
    append("supervision.item.registered", actor=actor, subject=item, source=str(item.source.kind))
    promise.assignment = open_assignment(
        item,
        unit_id=reply.unit_id,
        duty=Duty.LEAD,
        due=clock.end_of(promise.due_on),
        actor=actor,
        issued_by=owner,
        office_id=reply.office_id,
    )
    promise.save(update_fields=["assignment"])
    reply.version += 1  # the action that accepts the reply saves it
    append(
        "supervision.assignment.promised",
        actor=actor,
        subject=reply,
        assignment=promise.assignment.pk,
        paper=promise.addressee.letter.paper_id,
    )
    return promise.assignment
