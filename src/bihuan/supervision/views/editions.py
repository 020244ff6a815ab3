"""Pages of what an authority settles version by version (版本): one version, and putting it in force or out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.forms.editions import InForceForm
from bihuan.supervision.models import Source
from bihuan.supervision.models.editions import Edition, EditionState
from bihuan.supervision.views.workbench import may


@dataclass(frozen=True)
class Desk:
    """Where the versions of one thing are looked at and decided about.

    `shown` is what the page of a version says besides its state and the form; `listed` names the page of all
    versions, to which a decision leads back, and `said` is what it then says of one put in force.
    """

    model: type[Edition]
    listed: str
    template: str
    shown: Callable[[SignedIn, Any], dict[str, Any]]
    put_in_force: Callable[..., Any]
    discard: Callable[..., Any]
    retire: Callable[..., Any]
    said: Any

    @method_decorator([login_required, require_GET])
    def edition(self, request: SignedIn, pk: int) -> HttpResponse:
        """One version; a draft with what it would change."""
        rows: Any = self.model.objects
        seen = rows.within(request.actor, Cap.VIEW) | rows.within(request.actor, Cap.SET_LADDER)
        edition = get_object_or_404(seen.select_related("unit"), pk=pk)
        return self._page(request, edition, InForceForm(initial={"seen_version": edition.version}))

    @method_decorator([login_required, require_POST])
    def force(self, request: SignedIn, pk: int) -> HttpResponse:
        """Put a draft in force."""
        return self._decide(request, pk, self.put_in_force, self.said, seen=True)

    @method_decorator([login_required, require_POST])
    def end(self, request: SignedIn, pk: int) -> HttpResponse:
        """Put the version that counts out of force."""
        return self._decide(request, pk, self.retire, _("已停用，恢复沿用。"), seen=False)

    @method_decorator([login_required, require_POST])
    def throw_away(self, request: SignedIn, pk: int) -> HttpResponse:
        """Throw a draft away."""
        self._own_or_404(request, pk)
        try:
            self.discard(edition_id=pk, actor=request.actor)
        except AlreadyDone:
            pass
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
        return redirect(self.listed)

    def _decide(
        self, request: SignedIn, pk: int, act: Callable[..., Any], said: Any, *, seen: bool
    ) -> HttpResponse:
        edition, form = self._own_or_404(request, pk), InForceForm(request.POST)
        if not form.is_valid():
            return self._page(request, edition, form, status=422)
        given = form.cleaned_data if seen else {"reason": form.cleaned_data["reason"]}
        try:
            act(edition_id=pk, actor=request.actor, **given)
        except AlreadyDone:
            pass
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal.message))
            return self._page(request, edition, form, status=409)
        messages.success(request, said)
        return redirect(self.listed)

    def _own_or_404(self, request: SignedIn, pk: int) -> Any:
        """A version that the reader may put in force or out of it."""
        rows: Any = self.model.objects
        return get_object_or_404(rows.within(request.actor, Cap.SET_LADDER).select_related("unit"), pk=pk)

    def _page(self, request: SignedIn, edition: Any, form: InForceForm, status: int = 200) -> HttpResponse:
        context = {
            "edition": edition,
            "form": form,
            "may_edit": is_own(request, edition),
            "is_draft": edition.state == EditionState.DRAFT,
            **self.shown(request, edition),
        }
        return render(request, self.template, context, status=status)


def is_own(request: SignedIn, edition: Any) -> bool:
    """Whether the reader settles for the very authority whose version this is."""
    return may_settle(request) and edition.unit_id == request.post.unit.pk


def may_settle(request: SignedIn) -> bool:
    """A supervisor of the authority itself; an office works by what its authority has settled."""
    post = request.post
    return post is not None and post.unit.authority_id == post.unit_id and may(request, Cap.SET_LADDER)


def unit_or_404(request: SignedIn) -> Unit:
    if request.post is None or not may(request, Cap.VIEW):
        raise Http404
    return request.post.unit.own_authority


def kinds() -> dict[str, str]:
    """The kinds of source that a version may be for, by name; "" stands for all that have none of their own."""
    return {"": _("全部来源"), **{kind: str(label) for kind, label in Source.Kind.choices}}
