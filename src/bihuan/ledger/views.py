"""The seal in public (封存公示): anybody may read the heads and ask for a proof; nobody needs to sign in.

A proof tells nothing of an entry but its digest, which whoever asks has from its trail or from a receipt.
"""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from bihuan.kernel.numbers import as_whole
from bihuan.ledger import queries
from bihuan.ledger.models import Head, SigningKey
from bihuan.ui.paging import paged

SHOWN, LISTED = 30, 1000
DIGEST = re.compile(r"[0-9a-f]{64}")


@require_safe
def heads(request: HttpRequest) -> HttpResponse:
    """The signed tree heads (封存树头), newest first, and the public keys."""
    context = {
        **paged(request, Head.objects.order_by("-number"), SHOWN),
        "last": queries.latest_head(),
        "keys": SigningKey.objects.order_by("-pk"),
    }
    return render(request, "ledger/heads.html", context)


@require_safe
def heads_json(request: HttpRequest) -> HttpResponse:
    """Heads and keys for a machine that watches us: `after` is the last number it has."""
    after = as_whole(request.GET.get("after", "0"))
    if after is None:
        raise Http404
    rows = Head.objects.filter(number__gt=after).order_by("number")[:LISTED]
    return JsonResponse(
        {
            "keys": [_key(key) for key in SigningKey.objects.order_by("pk")],
            "heads": [head.as_record() for head in rows],
        }
    )


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Ask for the proof of an entry by its digest."""
    asked = request.GET.get("digest", "").strip().lower()
    if DIGEST.fullmatch(asked):
        return redirect("ledger-proof", asked)
    return render(request, "ledger/find.html", {"asked": asked}, status=422 if asked else 200)


@require_safe
def proof(request: HttpRequest, digest: str) -> HttpResponse:
    """Whether an entry is sealed, under which head, and how to check it oneself."""
    shown = queries.inclusion_proof(digest)
    waiting = shown is None and queries.is_waiting(digest)
    first = queries.sealed_under(digest) if shown else None
    context = {"digest": digest, "proof": shown, "waiting": waiting, "first": first}
    return render(request, "ledger/proof.html", context, status=200 if shown or waiting else 404)


@require_safe
def proof_json(request: HttpRequest, digest: str) -> HttpResponse:
    """The proof as a file that the offline verifier reads."""
    found = queries.inclusion_proof(digest)
    if found is None:
        raise Http404
    return _download(found, f"proof-{digest[:8]}.json")


@require_safe
def consistency_json(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """That head `second` only added to head `first`."""
    earlier, later = (get_object_or_404(Head, pk=number) for number in sorted((first, second)))
    return _download(queries.consistency_proof(earlier, later), f"heads-{earlier.pk}-{later.pk}.json")


def _download(found: dict[str, Any], name: str) -> HttpResponse:
    answer = JsonResponse(found)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _key(key: SigningKey) -> dict[str, Any]:
    return {"public": key.public, "from_at": key.from_at.isoformat(), "named_in": key.named_in_id}
