"""Proposals (拟办待签): the list, and deciding about one or several."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid5

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_wholes
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision.actions.proposing import accept_proposal, dismiss_proposal, drafts_slip
from bihuan.supervision.forms.proposals import DecideForm, ProposalFilter
from bihuan.supervision.models import Proposal
from bihuan.supervision.queries.proposals import (
    Why,
    as_shown,
    chosen,
    plans_proposed,
    proposals,
    units_proposed,
    whys,
)
from bihuan.supervision.views.workbench import may
from bihuan.ui.paging import paged

AT_ONCE = 200


@login_required
@require_GET
def listed(request: SignedIn) -> HttpResponse:
    """What the program proposes and the reader decides."""
    deciding_or_404(request)
    form = ProposalFilter(
        {"state": Proposal.State.PENDING, **request.GET.dict()},
        plans=plans_proposed(request.actor),
        units=units_proposed(request.actor),
    )
    asked = form.asked()
    turned = paged(request, as_shown(proposals(request.actor, asked)), 50)
    context = {
        **turned,
        "form": form,
        "asked": asked,
        "rows": whys(list(turned["page"].object_list)),
        "is_pending": asked.state == Proposal.State.PENDING,
        "is_filtered": any(value for name, value in request.GET.items() if name != "page"),
    }
    template = "supervision/proposals/list.html"
    part = "#list" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"{template}{part}", context)


@login_required
@require_http_methods(["GET", "POST"])
def decide(request: SignedIn) -> HttpResponse:
    """Look at the selected ones once more, then accept or dismiss them, each as a decision of its own."""
    deciding_or_404(request)
    asked = request.POST if request.method == "POST" else request.GET
    keys = as_wholes(asked.getlist("selected"))[:AT_ONCE]
    rows = chosen(request.actor, keys)
    if len(rows) != len(set(keys)):
        raise Http404
    open_rows = [one for one in rows if one.is_pending]
    about = [one.proposal for one in open_rows]
    if request.method == "GET":
        return decide_page(request, rows, open_rows, DecideForm(proposals=about))
    form = DecideForm(request.POST, proposals=[one.proposal for one in rows])
    if not form.is_valid():
        return decide_page(request, rows, open_rows, form, status=422)
    results = [decided(request, one.proposal, form) for one in rows]
    failed = [one for one in results if one.said]
    context = {
        "results": results,
        "done": len(results) - len(failed),
        "failed": failed,
        "what": _("采纳") if form.accepts else _("不采纳"),
    }
    status = 409 if failed and len(failed) == len(results) else 200
    return render(request, "supervision/proposals/results.html", context, status=status)


@dataclass(frozen=True)
class Result:
    proposal: Proposal
    said: str = ""  # why it was refused


def decided(request: SignedIn, proposal: Proposal, form: DecideForm) -> Result:
    actor = replace(request.actor, request_id=uuid5(request.actor.request_id, str(proposal.pk)))
    said: dict[str, Any] = {"proposal_id": proposal.pk, "actor": actor, "reason": form.cleaned_data["reason"]}
    if form.accepts and drafts_slip(proposal):
        said |= {name: form.cleaned_data[name] for name in ("requirement", "reply_by")}
    if form.accepts and "with_paper" in form.cleaned_data:
        said["with_paper"] = form.cleaned_data["with_paper"]
    try:
        proposal = (accept_proposal if form.accepts else dismiss_proposal)(**said)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        return Result(proposal, str(refusal.message))
    return Result(proposal)


def decide_page(
    request: SignedIn, rows: list[Why], open_rows: list[Why], form: DecideForm, status: int = 200
) -> HttpResponse:
    context = {"rows": rows, "open_rows": open_rows, "form": form}
    return render(request, "supervision/proposals/decide.html", context, status=status)


def deciding_or_404(request: SignedIn) -> None:
    if not may(request, Cap.URGE):
        raise Http404
