"""Searching (搜索)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bihuan.supervision.queries.search import find


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Everything one may see that fits the words, by kind."""
    text = request.GET.get("q", "").strip()[:100]
    context = {"text": text, "found": find(request.actor, text)}
    return render(request, "supervision/search.html", context)
