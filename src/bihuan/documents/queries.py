"""What a sender gets for a file, what waits to be swept, and what an official document says."""

from datetime import date, datetime
from typing import TypedDict

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.documents.gongwen.text import Gongwen
from bihuan.documents.models import Content, File, Paper
from bihuan.documents.styles import style_of
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment, Unit, UnitKind
from bihuan.org.queries.units import names_on
from bihuan.org.roles import Cap, roles_with


class Receipt(TypedDict):
    """What proves that a file has arrived (附件回执): its digest, the time, and the ledger line that says so."""

    id: int
    upload: str
    name: str
    kind: str
    size: int
    digest: str
    received_at: str
    evidence_on: date | None
    evidence_until: date | None
    entry: str
    href: str


def receipt(file: File) -> Receipt:
    return {
        "id": file.pk,
        "upload": str(file.upload_id),
        "name": file.name,
        "kind": file.content.kind,
        "size": file.content.size,
        "digest": file.content.digest,
        "received_at": file.received_at.astimezone(OFFICE_TZ).isoformat(),
        "evidence_on": file.evidence_on,
        "evidence_until": file.evidence_until,
        "entry": Entry.objects.of(file)[0].digest,
        "href": reverse("file", args=[file.pk]),
    }


def unclaimed(before: datetime) -> models.QuerySet[Content]:
    """Contents stored before that moment which no file has: every upload of them was discarded."""
    return Content.objects.filter(files__isnull=True, stored_at__lt=before)


def said_by(paper: Paper) -> Gongwen:
    """What a document says, ready to be set in the form of its kind (`styles`).

    Issuer and office are called as they were on the day it was issued.
    """
    style = style_of(paper.kind)
    issued_on = clock.office_day(paper.issued_at) if paper.issued_at else None
    places = [paper.issuer, *([paper.office] if paper.office else [])]
    names = names_on([unit.pk for unit in places], issued_on) if issued_on else {}
    issuer, *offices = [names.get(unit.pk, unit.name) for unit in places]
    return Gongwen(
        issuer=issuer,
        number=paper.number,
        title=paper.title,
        addressees=paper.addressees,
        sections=paper.sections,
        tables=paper.tables,
        attached=list(paper.attachments.values_list("title", flat=True)) if paper.pk else (),
        issued_on=issued_on,
        form=style.form,
        mark=issuer if style.plain else "",
        urgency=paper.urgency,
        signer=(paper.signer or _("（待签发）")) if style.upward else "",
        note=paper.note,
        cc=paper.cc,
        printed_by=offices[0] if offices else issuer,
    )


def goes_with_a_document(actor: Actor, file: File) -> bool:
    """Whether a file is an attachment of a document that the actor may read."""
    papers = Paper.objects.within(actor, Cap.VIEW).filter(attachments__file=file)
    return papers.exists()


def may_be_asked(paper: Paper) -> models.QuerySet[Unit]:
    """The offices that may be asked to countersign: the issuer's, but the one that drafts, where somebody signs off."""
    today = clock.today()
    signing = Appointment.objects.current(today).filter(role__in=roles_with(Cap.SIGN_OFF)).values("unit")
    offices = Unit.objects.current(today).filter(authority=paper.issuer_id, kind=UnitKind.OFFICE)
    return offices.filter(pk__in=signing).exclude(pk=paper.office_id).order_by("sort_order", "pk")  # type: ignore[misc]
