"""The audit administrator's page."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bihuan.org.forms import AuditFilter
from bihuan.org.middleware import SignedIn
from bihuan.org.queries.audit import SHOWN, audited, failed_sign_ins
from bihuan.org.roles import Cap
from bihuan.org.views.doors import holding


@require_safe
@holding(Cap.AUDIT)
def audit(request: SignedIn) -> HttpResponse:
    """What was done in the reader's part of the tree (审计), without its content; and failed sign-ins."""
    asked = AuditFilter(request.GET)
    given = asked.cleaned_data if asked.is_valid() else {}
    lines = audited(request.actor, **given) if given else []
    older = lines[SHOWN - 1].entry.pk if len(lines) > SHOWN else None
    kept = {name: value for name, value in request.GET.items() if name != "before" and value}
    context = {
        "filter": asked,
        "lines": lines[:SHOWN],
        "next": f"?{urlencode(kept | {'before': older})}" if older else "",
        "previous": f"?{urlencode(kept)}" if given.get("before") else "",
        "failed": failed_sign_ins(request.actor)[:20],
    }
    part = "#list" if request.htmx else ""
    return render(request, f"org/audit.html{part}", context, status=200 if asked.is_valid() else 422)
