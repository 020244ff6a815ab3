"""What a sender gets for a file, and what waits to be swept."""

from datetime import date, datetime
from typing import TypedDict

from django.db import models
from django.urls import reverse

from bihuan.documents.models import Content, File
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.ledger.models import Entry


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
