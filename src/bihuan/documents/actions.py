"""Everything that writes evidence files."""

from collections.abc import Iterable
from datetime import date
from typing import IO, Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _

from bihuan.documents import access, store
from bihuan.documents.incoming import refuse_unwelcome, sender
from bihuan.documents.kinds import kind_of
from bihuan.documents.models import Citation, Content, File
from bihuan.documents.names import clean_name, extension_of
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append
from bihuan.ledger.rules import stream_of


@action
def receive_file(
    *,
    actor: Actor,
    upload_id: UUID,
    stream: IO[bytes],
    name: str,
    evidence_on: date | None = None,
    evidence_until: date | None = None,
    digest: str = "",
) -> File:
    """Take a complete file as evidence of the actor's unit (接收佐证材料).

    The same upload once more gives the file of the first time. `digest` is what the sender says it sent.
    Raises Refused, with nothing kept.
    """
    person_id, unit_id = sender(actor)
    mine = File.objects.filter(uploaded_by=person_id, upload_id=upload_id)
    if repeated := mine.select_related("content").first():
        return repeated
    refuse_unwelcome(name, stream.seek(0, 2))
    _check_period(evidence_on, evidence_until)
    shown = clean_name(name)
    kind = kind_of(stream, shown)
    found = store.digest_of(stream)
    if digest and digest.lower() != found:
        raise Refused(_("文件在传输中损坏，请重新上传"), code="digest", field="file")
    # Of two processes with one upload, or with one content, the second waits here and finds the first's.
    store.lock(upload_id.hex)
    if repeated := mine.select_related("content").first():
        return repeated
    content = _content(stream, found, kind)
    file = File(
        content=content,
        name=shown if extension_of(shown) else f"{shown}.{kind}",
        uploaded_by_id=person_id,
        unit_id=unit_id,
        upload_id=upload_id,
        received_at=clock.now(),
        evidence_on=evidence_on,
        evidence_until=evidence_until,
    )
    file.save(force_insert=True)
    facts: dict[str, Any] = {"digest": found, "size": content.size, "kind": kind.value, "upload": upload_id}
    facts |= {"evidence_on": evidence_on, "evidence_until": evidence_until}
    append("documents.file.received", actor=actor, subject=file, **facts)
    return file


@action
def date_evidence(
    *, actor: Actor, file_id: int, evidence_on: date | None, evidence_until: date | None = None
) -> File:
    """Say which day or period a file is about (填写材料日期), as long as nothing rests on it."""
    file = _own_unfrozen(actor, file_id)
    _check_period(evidence_on, evidence_until)
    file.evidence_on, file.evidence_until = evidence_on, evidence_until
    file.save(update_fields=["evidence_on", "evidence_until"])
    period: dict[str, Any] = {"evidence_on": evidence_on, "evidence_until": evidence_until}
    append("documents.file.dated", actor=actor, subject=file, **period)
    return file


@action
def discard_file(*, actor: Actor, file_id: int) -> None:
    """Take back a file uploaded by mistake (删除), as long as nothing rests on it."""
    file = _own_unfrozen(actor, file_id)
    append("documents.file.discarded", actor=actor, subject=file, digest=file.content.digest)
    file.delete()


@action
def record_reading(*, actor: Actor, file_id: int) -> None:
    """Leave in the ledger that a sensitive file was read (查阅)."""
    append("documents.file.read", actor=actor, subject=File.objects.get(pk=file_id))


@step
def cite(file_ids: Iterable[int], subject: models.Model, *, actor: Actor) -> list[File]:
    """Let a subject rest on files (引用), which freezes them; a step of the action that writes the subject.

    Gives the files in the order asked for. Citing twice is citing once. Raises Refused, at field `files`,
    for a file that is gone or that the actor may not read.
    """
    wanted = list(dict.fromkeys(file_ids))
    locked = File.objects.select_for_update(of=("self",)).select_related("content").order_by("pk")
    found = {file.pk: file for file in locked.filter(pk__in=wanted)}
    stream, now = stream_of(subject), clock.now()
    cited = set(Citation.objects.filter(subject=stream, file__in=wanted).values_list("file_id", flat=True))
    new = [file for pk, file in found.items() if pk not in cited]
    if len(found) < len(wanted) or not all(access.may_read(actor, file) for file in new):
        raise Refused(_("有附件已被删除或不属于本单位，请重新选择"), code="file_gone", field="files")
    for file in new:
        Citation.objects.create(file=file, subject=stream, cited_at=now)
        append("documents.file.cited", actor=actor, subject=file, by=stream)
        if not file.is_frozen:
            file.frozen_at = now
            file.save(update_fields=["frozen_at"])
    return [found[pk] for pk in wanted]


@action
def sweep_content(*, actor: Actor, content_id: int) -> None:
    """Forget a content no file has any more (清理无主文件); `store.remove_orphan` removes its bytes later.

    Not in this transaction: were it to fail after them, there would be a row without its bytes.
    """
    content = Content.objects.get(pk=content_id)
    store.lock(content.digest)
    if not content.files.exists():
        append("documents.content.swept", actor=actor, subject=content, digest=content.digest)
        content.delete()


def _content(stream: IO[bytes], digest: str, kind: str) -> Content:
    """The content with this digest, stored now unless it is already."""
    store.lock(digest)
    if content := Content.objects.filter(digest=digest).first():
        return content
    size = stream.seek(0, 2)
    stored = store.put(stream, digest)
    content = Content(digest=digest, size=size, kind=kind, stored=stored, stored_at=clock.now())
    content.save(force_insert=True)
    return content


def _own_unfrozen(actor: Actor, file_id: int) -> File:
    """The actor's own file, locked. Raises File.DoesNotExist, or Refused once something rests on it."""
    own = File.objects.filter(uploaded_by=actor.person_id, unit=actor.unit_id)
    file = own.select_for_update(of=("self",)).select_related("content").get(pk=file_id)
    if file.is_frozen:
        raise Refused(_("该文件已作为材料提交，不能再更改或删除"), code="frozen", field="file")
    return file


def _check_period(evidence_on: date | None, evidence_until: date | None) -> None:
    if evidence_on and evidence_on > clock.today():
        raise Refused(_("材料日期不能晚于今天"), code="evidence_on", field="evidence_on")
    if evidence_until and (evidence_on is None or evidence_until < evidence_on):
        raise Refused(_("材料截止日期不能早于材料日期"), code="evidence_until", field="evidence_until")
    if evidence_until and evidence_until > clock.today():
        raise Refused(_("材料截止日期不能晚于今天"), code="evidence_until", field="evidence_until")
