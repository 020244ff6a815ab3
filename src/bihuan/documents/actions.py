"""Everything that writes evidence files and official documents."""

from collections.abc import Iterable
from datetime import date
from typing import IO, Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _

from bihuan.documents import access, store
from bihuan.documents.incoming import refuse_unwelcome, sender
from bihuan.documents.kinds import kind_of
from bihuan.documents.models import Attachment, Citation, Content, Countersign, File, Paper, Series, Service
from bihuan.documents.names import clean_name, extension_of, title_of
from bihuan.documents.queries import may_be_asked
from bihuan.documents.styles import style_of
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, IllegalMove, Refused, StaleVersion
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat
from bihuan.ledger.rules import digest as digest_of
from bihuan.ledger.rules import stream_of
from bihuan.org.models import Person
from bihuan.org.roles import Cap
from bihuan.org.scope import units_where

MOST_ATTACHMENTS = 20


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


@step
def draft_paper(paper: Paper, *, actor: Actor) -> Paper:
    """Begin an official document (拟稿)."""
    paper.drafted_by = actor.person_id  # type: ignore[assignment]  # the column refuses the system
    paper.drafted_at = clock.now()
    paper.save(force_insert=True)
    append("documents.paper.drafted", actor=actor, subject=paper, kind=str(paper.kind))
    return paper


@step
def take_paper(paper_id: int, *, actor: Actor, cap: Cap = Cap.ISSUE, seen_version: int | None) -> Paper:
    """Lock a document for a change; raises DoesNotExist, AlreadyDone or StaleVersion."""
    paper = Paper.objects.within(actor, cap).select_for_update(of=("self",)).get(pk=paper_id)
    if is_repeat(paper, actor):
        raise AlreadyDone()
    if seen_version is not None and seen_version != paper.version:
        raise StaleVersion(seen=seen_version, now=paper.version)
    return paper


@step
def settle_paper(paper: Paper, verb: str, *, actor: Actor, text: str = "", **facts: object) -> None:
    paper.version += 1
    paper.save()
    append(f"documents.paper.{verb}", actor=actor, subject=paper, text=text, **facts)


@step
def issue_paper(paper: Paper, unit_ids: Iterable[int], *, actor: Actor, brings_duty: bool = False) -> None:
    """Sign, number and serve a reviewed document (签发): the number is taken under lock and leaves no gap.

    The units hear that it was served (送达), but for one that `brings_duty`: of that they hear already.
    """
    if paper.stage != Paper.Stage.REVIEWED:
        raise IllegalMove(stage=paper.stage)
    if actor.person_id == paper.drafted_by:
        raise Refused(_("拟稿人不能签发自己的文稿"), code="own_work")
    if waiting := paper.countersigns.filter(state=Countersign.State.OPEN).count():
        raise Refused(
            _("还有 %(n)d 个处室没有会签，会签后方可签发") % {"n": waiting}, code="countersign_open"
        )
    now = clock.now()
    year = clock.office_day(now).year
    _refuse_shared_code(paper, year)
    Series.objects.get_or_create(issuer=paper.issuer, kind=paper.kind, year=year)
    series = _lockable(Series.objects.all()).get(issuer=paper.issuer, kind=paper.kind, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    paper.stage, paper.year, paper.serial = Paper.Stage.ISSUED, year, series.last
    paper.signed_by, paper.issued_at = actor.person_id, now
    if style_of(paper.kind).upward:
        paper.signer = Person.objects.only("name").get(pk=actor.person_id).name  # type: ignore[misc]  # the system signs nothing
    paper.digest = paper.content_digest()
    served = [Service(paper=paper, unit_id=unit_id, served_at=now) for unit_id in dict.fromkeys(unit_ids)]
    Service.objects.bulk_create(served, batch_size=2000)
    settle_paper(
        paper,
        "issued",
        actor=actor,
        year=year,
        serial=series.last,
        digest=paper.digest,
        units=len(served),
    )
    if served and not brings_duty:
        append("documents.paper.served", actor=actor, subject=paper, units=len(served))


def _lockable(series: models.QuerySet[Series]) -> models.QuerySet[Series]:
    return series.select_for_update()


@step
def _refuse_shared_code(paper: Paper, year: int) -> None:
    """Numbers run per kind: with one code for two kinds, two documents would bear the same number."""
    store.lock(digest_of(f"{paper.issuer_id} {paper.code} {year}"))
    others = Paper.objects.filter(issuer=paper.issuer_id, code=paper.code, year=year, serial__isnull=False)
    if other := others.exclude(kind=paper.kind).first():
        raise Refused(
            _("机关代字“%(code)s”今年已用于%(kind)s，文号会重复，请退回修改代字")
            % {"code": paper.code, "kind": other.get_kind_display()},
            code="code_shared",
        )


@action
def review_paper(*, paper_id: int, actor: Actor, opinion: str = "", seen_version: int | None = None) -> Paper:
    """Pass a draft on for signature (核稿), by somebody other than its author."""
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    if paper.stage != Paper.Stage.DRAFT:
        raise IllegalMove(stage=paper.stage)
    if actor.person_id == paper.drafted_by:
        raise Refused(_("核稿须由拟稿人以外的人进行"), code="own_work")
    paper.stage = Paper.Stage.REVIEWED
    paper.reviewed_by, paper.reviewed_at = actor.person_id, clock.now()
    settle_paper(paper, "reviewed", actor=actor, text=opinion.strip())
    return paper


@action
def send_back_paper(*, paper_id: int, actor: Actor, reason: str, seen_version: int | None = None) -> Paper:
    """Return a reviewed document to its author (退回修改)."""
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    if paper.stage != Paper.Stage.REVIEWED:
        raise IllegalMove(stage=paper.stage)
    if not reason.strip():
        raise Refused(_("请写明需要修改的内容"), code="required", field="reason")
    back_to_draft(paper)
    settle_paper(paper, "sent_back", actor=actor, text=reason.strip())
    return paper


@step
def back_to_draft(paper: Paper) -> None:
    """Let a text be changed again: what was reviewed and countersigned was another text (会签失效)."""
    paper.stage, paper.reviewed_by, paper.reviewed_at = Paper.Stage.DRAFT, None, None
    standing = paper.countersigns.filter(state__in=[Countersign.State.OPEN, Countersign.State.AGREED])
    standing.update(state=Countersign.State.LAPSED)


@action
def ask_countersign(
    *, paper_id: int, actor: Actor, unit_ids: Iterable[int], seen_version: int | None = None
) -> Paper:
    """Ask offices of the issuer to countersign a reviewed text (送会签). Their leaders answer; it is not signed before.

    Asking one again that has not lapsed has no effect.
    """
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    if paper.stage != Paper.Stage.REVIEWED:
        raise IllegalMove(stage=paper.stage)
    wanted = list(dict.fromkeys(unit_ids))
    if not wanted:
        raise Refused(_("请选择会签处室"), code="required", field="unit_ids")
    known = set(may_be_asked(paper).filter(pk__in=wanted).values_list("pk", flat=True))
    if len(known) < len(wanted):
        raise Refused(_("只能请本机关其他有负责人的处室会签"), code="cannot_countersign", field="unit_ids")
    standing = [Countersign.State.OPEN, Countersign.State.AGREED]
    asked = set(paper.countersigns.filter(state__in=standing).values_list("unit", flat=True))
    now = clock.now()
    new = [
        Countersign(paper=paper, unit_id=unit_id, asked_at=now) for unit_id in wanted if unit_id not in asked
    ]
    if not new:
        raise AlreadyDone()
    Countersign.objects.bulk_create(new)
    settle_paper(paper, "countersign_asked", actor=actor, units=[one.unit_id for one in new])
    return paper


@action
def countersign_paper(
    *, paper_id: int, actor: Actor, agreed: bool = True, opinion: str = "", seen_version: int | None = None
) -> Paper:
    """Answer for one's office (会签). A refusal needs an opinion and sends the text back to its author."""
    mine = Countersign.objects.filter(unit__in=units_where(actor, Cap.SIGN_OFF), paper=paper_id)
    paper = Paper.objects.select_for_update(of=("self",)).get(pk=paper_id, pk__in=mine.values("paper"))
    if is_repeat(paper, actor):
        raise AlreadyDone()
    asked = mine.filter(state=Countersign.State.OPEN).first()
    if asked is None:
        raise IllegalMove(_("这份文稿现在不需要您会签，请刷新后查看"), stage=paper.stage)
    if seen_version is not None and seen_version != paper.version:
        raise StaleVersion(seen=seen_version, now=paper.version)
    if actor.person_id == paper.drafted_by:
        raise Refused(_("拟稿人不能会签自己的文稿"), code="own_work")
    if not agreed and not opinion.strip():
        raise Refused(_("请写明会签意见"), code="required", field="opinion")
    asked.state = Countersign.State.AGREED if agreed else Countersign.State.REFUSED
    asked.opinion, asked.answered_by, asked.answered_at = opinion.strip(), actor.person_id, clock.now()
    asked.save()
    if not agreed:
        back_to_draft(paper)
    verb = "countersigned" if agreed else "countersign_refused"
    settle_paper(paper, verb, actor=actor, text=asked.opinion, unit=asked.unit_id)
    return paper


@action
def edit_paper(
    *,
    paper_id: int,
    actor: Actor,
    title: str,
    addressees: str,
    sections: list[dict[str, Any]],
    code: str,
    cc: str = "",
    urgency: str = "",
    note: str = "",
    seen_version: int | None = None,
) -> Paper:
    """Change the words of a draft (修改文稿); figures and tables are not words."""
    paper = take_draft(paper_id, actor=actor, seen_version=seen_version)
    write_words(paper, title=title, addressees=addressees, sections=sections, code=code)
    write_words(paper, cc=cc, urgency=urgency, note=note)
    settle_paper(paper, "edited", actor=actor)
    return paper


@step
def take_draft(paper_id: int, *, actor: Actor, seen_version: int | None) -> Paper:
    """As `take_paper`, for a change of words: refused once they were passed on for signature."""
    paper = take_paper(paper_id, actor=actor, seen_version=seen_version)
    if paper.stage != Paper.Stage.DRAFT:
        raise Refused(_("文稿已送签，须先退回修改"), code="illegal_move")
    return paper


def write_words(paper: Paper, **words: Any) -> None:
    """Put words into a draft in memory. Raises Refused for an urgency that the standard does not know."""
    if words.get("urgency", "") not in Paper.Urgency.values:
        raise Refused(_("紧急程度只有特急、加急"), code="unknown_urgency", field="urgency")
    for name, said in words.items():
        setattr(paper, name, said)


@action
def attach_files(
    *, paper_id: int, actor: Actor, file_ids: Iterable[int], seen_version: int | None = None
) -> Paper:
    """Let files go with a draft (添加附件): listed below its text by their names, frozen, and served with it."""
    paper = take_draft(paper_id, actor=actor, seen_version=seen_version)
    known = set(paper.attachments.values_list("file", flat=True))
    wanted = [pk for pk in dict.fromkeys(file_ids) if pk not in known]
    if not wanted:
        raise Refused(_("请选择要添加的文件"), code="required", field="files")
    if len(known) + len(wanted) > MOST_ATTACHMENTS:
        message = _("一份文书至多 %(n)d 个附件，可以合并后再上传") % {"n": MOST_ATTACHMENTS}
        raise Refused(message, code="too_many", field="files")
    files = cite(wanted, paper, actor=actor)
    rows = [Attachment(paper=paper, file=file, title=title_of(file.name)) for file in files]
    Attachment.objects.bulk_create(rows)
    settle_paper(paper, "attached", actor=actor, files=[file.content.digest for file in files])
    return paper


@action
def detach_file(*, paper_id: int, actor: Actor, file_id: int, seen_version: int | None = None) -> Paper:
    """Take a file off a draft again (移除附件)."""
    paper = take_draft(paper_id, actor=actor, seen_version=seen_version)
    row = paper.attachments.select_related("file__content").filter(file=file_id).first()
    if row is None:
        raise Refused(_("这份文稿没有这个附件"), code="no_such_file", field="file_id")
    digest = row.file.content.digest
    row.delete()
    settle_paper(paper, "detached", actor=actor, file=digest)
    return paper


@step
def close_paper(paper: Paper, *, actor: Actor) -> None:
    """Put an issued document to the files once nothing it asked for is open (办结归档); its context knows when."""
    if paper.stage != Paper.Stage.ISSUED:
        raise IllegalMove(stage=paper.stage)
    if paper.closed_at is not None:
        raise AlreadyDone()
    paper.closed_at = clock.now()
    settle_paper(paper, "closed", actor=actor)


@action
def acknowledge_paper(*, paper_id: int, actor: Actor) -> Service:
    """A unit confirms that it has read what was served on it (签阅); the first reader counts."""
    units = units_where(actor, Cap.SIGN_FOR)
    services = Service.objects.select_for_update(of=("self",)).select_related("paper")
    service = services.filter(paper=paper_id, unit__in=units).first()
    if service is None:
        raise Paper.DoesNotExist(paper_id)
    if service.read_at is not None:
        raise AlreadyDone()
    service.read_at, service.read_by = clock.now(), actor.person_id
    service.save(update_fields=["read_at", "read_by"])
    append("documents.paper.read", actor=actor, subject=service.paper, unit=service.unit_id)
    return service
