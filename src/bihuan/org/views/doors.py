"""Who gets into which page, and how a refused action is told."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from bihuan.kernel.errors import AlreadyDone, DomainError, IllegalMove, NotPermitted, StaleVersion
from bihuan.org.forms import is_searching, quiet
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.scope import has

View = Callable[..., HttpResponseBase]


def member(view: View) -> View:
    """For everybody signed in who holds an appointment; for others the page is not there."""

    @wraps(view)
    @login_required
    def run(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.post is None:
            raise Http404("no appointment")
        return view(request, *args, **kwargs)

    return run


def holding(*caps: Cap) -> Callable[[View], View]:
    """For whoever holds one of these capabilities anywhere; for others the page is not there."""

    def door(view: View) -> View:
        @wraps(view)
        @member
        def run(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not any(has(request.actor, cap) for cap in caps):
                raise Http404(f"needs one of {caps}")
            return view(request, *args, **kwargs)

        return run

    return door


@dataclass(frozen=True)
class Outcome:
    """How a form fared: the status to answer with, and what it made once it is done."""

    status: int = 200
    is_done: bool = False
    made_id: int | None = None


def submitted(request: HttpRequest, form: forms.Form, deed: Callable[[], Any]) -> Outcome:
    """Do what a valid form asks for; a form that is opened, or only looks something up, is not done yet."""
    if request.method != "POST":
        return Outcome()
    if is_searching(request):
        quiet(form)
        return Outcome()
    return attempt(deed, form) if form.is_valid() else Outcome(422)


def attempt(deed: Callable[[], Any], form: forms.Form | None = None) -> Outcome:
    """Do it. Sent a second time it is done already, with what the first time made.

    What was refused is said at the form's field, or above it, or raised where there is no form. What is out
    of reach is not found; what may be seen but not done is refused as a whole.
    """
    try:
        return Outcome(is_done=True, made_id=getattr(deed(), "pk", None))
    except AlreadyDone as repeat:
        stream = str(repeat.facts.get("stream", ""))
        return Outcome(is_done=True, made_id=int(stream.rpartition(":")[2]) if stream else None)
    except ObjectDoesNotExist as missing:
        raise Http404(str(missing)) from None
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except DomainError as refusal:
        if form is None:
            raise
        return Outcome(told(form, refusal))


def act(request: HttpRequest, deed: Callable[[], Any], said: str) -> None:
    """Do what a single button asks for, and say how it went in a message."""
    try:
        attempt(deed)
        messages.success(request, said)
    except DomainError as refusal:
        messages.error(request, str(refusal))


def told(form: forms.Form, refusal: DomainError) -> int:
    """Say the refusal where it belongs: 422 at a field, 409 where the state of things is in the way."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, str(refusal.message))
    return 409 if isinstance(refusal, IllegalMove | StaleVersion) else 422
