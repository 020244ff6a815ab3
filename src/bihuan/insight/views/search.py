"""The search as a page, and what the jump box offers while somebody types."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from bihuan.insight.forms import ControlsForm
from bihuan.insight.queries import search as queries
from bihuan.insight.queries.search import Group
from bihuan.insight.rules import KEYS, LONGEST, Note, called, write
from bihuan.kernel.finding import offers
from bihuan.org.middleware import SignedIn
from bihuan.ui.wording import say_list

EXAMPLES = (
    _lazy("食品安全 单位:教育局"),
    _lazy("状态:逾期 截止<本月"),
    _lazy("编号:12 类型:办件"),
    _lazy('"保教费" 类型:反馈'),
    "lzs",
)


@login_required
@require_safe
def search(request: SignedIn) -> HttpResponse:
    """Everything one may see that answers the question, by kind; or one kind, page by page."""
    text = request.GET.get("q", "").strip()
    if sent := ControlsForm(request.GET).controls() if "controls" in request.GET else {}:
        return redirect(address(rewrite(text, sent)))
    question = queries.understood(text)
    asked, kind = question.asked, request.GET.get("kind", "")
    if not kind and len(asked.kinds) == 1:
        kind = asked.kinds[0]
    alone = queries.page(request.actor, asked, kind, request.GET.get("after", "")) if kind else None
    groups = (
        queries.counts(request.actor, asked) if alone is not None else queries.overview(request.actor, asked)
    )
    context = {
        "text": text,
        "question": question,
        "chips": [(part.text, address(part.rest)) for part in question.parts if part.key],
        "notes": [said(note) for note in question.notes],
        "form": ControlsForm.of(question),
        "groups": groups,
        "alone": alone,
        "tabs": tabs(text, groups, alone),
        "facets": facets(text, alone),
        "next": address(text, kind=kind, after=alone.after) if alone and alone.after else "",
        "first": address(text, kind=kind) if alone and request.GET.get("after") else "",
        "terms": asked.marks,
        "examples": [(one, address(str(one))) for one in EXAMPLES],
    }
    template = "insight/search.html"
    return render(request, f"{template}#results" if is_part(request) else template, context)


@login_required
@require_safe
def suggest(request: SignedIn) -> HttpResponse:
    """What one may jump to, and how the question may go on; without htmx the search itself."""
    text = request.GET.get("q", "")[:LONGEST]
    if not request.htmx:
        return redirect(address(text.strip()))
    question = queries.understood(text)
    context = {
        "text": text.strip(),
        "terms": question.asked.marks,
        "groups": [] if question.asked.is_empty else queries.suggestions(request.actor, question.asked),
        "completions": [(one, address(one.text)) for one in queries.completions(request.actor, text)],
        "all": address(text.strip()),
    }
    return render(request, "insight/suggestions.html", context)


def is_part(request: SignedIn) -> bool:
    return bool(request.htmx) and not request.htmx.boosted


def address(text: str, **more: str) -> str:
    kept = {"q": text, **more}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{reverse('search')}?{query}" if query else reverse("search")


def tabs(text: str, groups: list[Group], alone: Group | None) -> list[dict[str, Any]]:
    """All kinds, and each kind of which something was found, with its number."""
    found = {group.offer.kind: group for group in groups}
    if alone is not None:
        found[alone.offer.kind] = alone
    if not found:
        return []
    plain = without_kind(text)
    every = {
        "label": _("全部"),
        "href": address(plain),
        "icon": "list",
        "count": None,
        "current": alone is None,
    }
    return [
        every,
        *(
            {
                "label": one.label,
                "kind": one.kind,
                "href": address(plain, kind=one.kind),
                "icon": one.icon,
                "count": found[one.kind].number,
                "current": alone is not None and alone.offer.kind == one.kind,
            }
            for one in offers()
            if one.kind in found
        ),
    ]


def facets(text: str, alone: Group | None) -> list[tuple[str, str, int]]:
    """The states of what was found, each as a filter to add."""
    if alone is None:
        return []
    return [
        (label, address(rewrite(text, {"state": label}), kind=alone.offer.kind), n)
        for _code, label, n in alone.facets
    ]


def without_kind(text: str) -> str:
    return rewrite(text, {"kind": ""})


def in_english() -> bool:
    return (get_language() or "").startswith("en")


def rewrite(text: str, controls: Mapping[str, str]) -> str:
    return write(text, controls, english=in_english())


def said(note: Note) -> str:
    """A note in words."""
    names = say_list(called(key, english=in_english()) for key in KEYS)
    return {
        "unknown_key": _("没有“%(text)s”这种条件，已按文字查找。可用的条件：%(names)s"),
        "unknown_state": _("没有“%(text)s”这种状态，这个条件没有用上"),
        "unknown_kind": _("没有“%(text)s”这种类型，这个条件没有用上"),
        "bad_date": _("看不懂日期“%(text)s”，这个条件没有用上；请写成 2026-12-31"),
        "too_many": _("一次最多找 %(text)s 个词，后面的没有用上"),
        "too_long": _("只看前 %(text)s 个字"),
    }[note.code] % {"text": note.text, "names": names}
