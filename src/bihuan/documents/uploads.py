"""Files that come with another context's form (随表单上传), as browsers without scripts send them."""

from collections.abc import Iterable
from datetime import date
from uuid import uuid5

from django.core.files.uploadedfile import UploadedFile

from bihuan.documents.actions import receive_file
from bihuan.documents.models import File
from bihuan.documents.store import digest_of
from bihuan.kernel.actor import Actor


def receive_with_form(
    actor: Actor,
    uploads: Iterable[UploadedFile],
    *,
    evidence_on: date | None = None,
    evidence_until: date | None = None,
) -> list[File]:
    """Receive each file, before the action that will cite them. A form sent twice brings the same files."""
    return [
        receive_file(
            actor=actor,
            # The content is part of the id: corrected after a refusal, a form may bring another file.
            upload_id=uuid5(actor.request_id, f"{upload.name}:{digest_of(upload)}"),
            stream=upload,
            name=upload.name or "",
            evidence_on=evidence_on,
            evidence_until=evidence_until,
        )
        for upload in uploads
    ]
