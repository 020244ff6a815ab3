"""What the official documents offer to the search (搜索): every paper in scope, circulars among them."""

from functools import reduce
from operator import or_

from django.db.models import Exists, Func, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import PAPER_WORDS, Paper, Service
from bihuan.documents.papers import kind_of
from bihuan.kernel.actor import Actor
from bihuan.kernel.bigrams import Holds, fold, says_all
from bihuan.kernel.finding import Asked, Hit, Offer, offer, where_of
from bihuan.org.found import units_named
from bihuan.org.roles import Cap
from bihuan.ui.wording import say_day

NUMBER = Func("code", "year", "serial", function="documents_number")


def papers_found(actor: Actor, asked: Asked, above: int | None = None) -> QuerySet[Paper]:
    """The papers the actor may read that answer; a unit is who issued it, or whom it was served on."""
    rows = Paper.objects.within(actor, Cap.VIEW).filter(says_all(asked.terms, *PAPER_WORDS))
    if asked.number:
        wanted = [f"〕{fold(text)}号" if fold(text).isdigit() else fold(text) for text in asked.number]
        rows = rows.filter(reduce(or_, (Q(Holds(NUMBER, text=text)) for text in wanted)))
    if asked.unit:
        units = units_named(asked.unit).values("pk")
        served = Service.objects.filter(paper=OuterRef("pk"), unit__in=units)
        rows = rows.filter(Q(issuer__in=units) | Exists(served))
    return rows


def tell_papers(actor: Actor, asked: Asked, keys: list[int]) -> list[Hit]:
    rows = Paper.objects.select_related("issuer").in_bulk(keys)
    hits = []
    for one in (rows[key] for key in keys if key in rows):
        day = say_day(one.issued_at) if one.issued_at else str(one.get_stage_display())
        notes = [str(one.get_kind_display()), one.issuer.short_name, one.number, day]
        texts = [(_("主送"), one.addressees), *((_("正文"), text) for text in _said(one))]
        where = where_of(texts, asked.terms)[:3]
        notes = [text for text in notes if text]
        hits.append(Hit(one.pk, one.title, kind_of(one).page(one), notes=notes, where=where))
    return hits


def _said(paper: Paper) -> list[str]:
    """Every string of its text and tables, as `documents_texts` gives them to the index."""
    found: list[str] = []

    def gather(part: object) -> None:
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, dict | list):
            for one in part.values() if isinstance(part, dict) else part:
                gather(one)

    gather([paper.sections, paper.tables])
    return found


offer(
    Offer(
        kind="paper",
        label=_("文书与通报"),
        icon="file-text",
        order=50,
        words=("文书", "通报", "公文", "文书与通报", "document", "documents", "paper", "circular"),
        filters=frozenset({"unit", "number"}),
        rows=papers_found,
        told=tell_papers,
    )
)
