"""What the plan views share: finding the plan, and saying what an action refused."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404

from bihuan.kernel.errors import AlreadyDone, DomainError, NotPermitted
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision.models import Plan


def plan_for(request: SignedIn, plan_id: int, cap: str = Cap.VIEW) -> Plan:
    """The plan, or 404 for one the reader may not know of, or 403 for one they may only look at."""
    visible = Plan.objects.within(request.actor, Cap.VIEW)
    plan = visible.select_related("source", "issuer", "office", "line").filter(pk=plan_id).first()
    if plan is None:
        raise Http404
    if cap != Cap.VIEW and not Plan.objects.within(request.actor, cap).filter(pk=plan_id).exists():
        raise PermissionDenied(str(NotPermitted.message))
    return plan


def run(form: BaseForm | None, action: Callable[..., Any], **arguments: Any) -> tuple[Any, int]:
    """Carry an action out for a form: its result and the status of the answer.

    200 when it went through, also for a second time; 422 where a field was refused, 409 for anything else, and
    the sentence then stands in the form. Without a form, and for what may not be seen or done, it raises.
    """
    try:
        return action(**arguments), 200
    except AlreadyDone:
        return None, 200
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal.message)) from refusal
    except DomainError as refusal:
        if form is None:
            raise
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, str(refusal.message))
        return None, 422 if field else 409
