"""Taking marks, finding likenesses, and what people say to them. None of it touches what was handed in."""

import io
from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _
from PIL import Image

from bihuan.alike import pictures, words
from bihuan.alike.models import HANDING_IN, REVIEWING, Comment, Likeness, Mark, Piece, Print, PrintMark
from bihuan.alike.queries import (
    HINTS,
    cited_by,
    given_to,
    letters_of,
    pictures_alike,
    pieces_alike,
    uses_of,
)
from bihuan.documents.models import Content, File
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import units_where
from bihuan.supervision.models import Report, Setting, Submission
from bihuan.supervision.queries.regimes import regime_of

EXAMINE = "alike.examine"  # by name: the ledger queues it with each report and each signed submission
How = Likeness.How


@action
def keep_print(*, content_id: int, look: Image.Image | str, actor: Actor) -> Print:
    """Keep what is needed to know a picture again (图像指纹): `look` is its small copy, or why there is none."""
    content = Content.objects.get(pk=content_id)
    if known := Print.objects.filter(content=content).first():
        return known
    if isinstance(look, str):
        return Print.objects.create(content=content, small=b"", fault=look)
    kept = io.BytesIO()
    look.save(kept, "JPEG", quality=92)
    made = Print.objects.create(content=content, small=kept.getvalue())
    marks = {band: key.signs for key in pictures.keys_of(look) for band in key.bands}
    PrintMark.objects.bulk_create(PrintMark(band=band, print=made, signs=one) for band, one in marks.items())
    return made


@action
def take_marks(*, subject: Report | Submission, actor: Actor) -> Piece:
    """Keep the marks of what was handed in (文本指纹), so that what comes later is held against it. Once for each."""
    kind = "report" if isinstance(subject, Report) else "submission"
    if known := Piece.objects.filter(**{kind: subject}).first():
        return known
    assignment = subject.assignment
    handed_at = subject.reported_at if isinstance(subject, Report) else subject.signed_at
    piece = Piece.objects.create(
        **{kind: subject},
        assignment=assignment,
        unit_id=assignment.unit_id,
        issuer_id=assignment.issued_by_id,
        handed_at=handed_at or clock.now(),
    )
    letters, given = letters_of(piece), given_to(assignment)
    if words.own_letters(letters, given) >= words.SHORTEST:
        insert_marks(piece, words.marks_of(letters, given))
    return piece


@step
def insert_marks(piece: Piece, marks: Sequence[int]) -> None:
    table = connection.ops.quote_name(Mark._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (mark, issuer_id, piece_id) SELECT one, %s, %s FROM unnest(%s::int[]) AS one",
            [piece.issuer_id, piece.pk, list(marks)],
        )


@action
def find_likenesses(*, piece_id: int, actor: Actor) -> list[Likeness]:
    """Hold a piece against what else was handed in and note what it repeats (雷同提示). Again, it finds nothing new.

    In a transaction after that of the marks: of two pieces handed in at once, the later to ask sees the other.
    """
    rows = Piece.objects.select_related(
        "report", "submission", "assignment__item__plan", "assignment__item__source"
    )
    piece = rows.get(pk=piece_id)
    return [*_words_repeated(piece, actor), *_files_repeated(piece, actor)]


@step
def _words_repeated(piece: Piece, actor: Actor) -> list[Likeness]:
    letters, given = letters_of(piece), given_to(piece.assignment)
    if words.own_letters(letters, given) < words.SHORTEST:
        return []
    least = regime_of(piece.issuer_id)["alike.percent"]
    found: list[tuple[bool, int, Piece, Piece]] = []
    for other in pieces_alike(piece, words.marks_of(letters, given)):
        later, earlier = _in_order(piece, other)
        own, theirs = (letters, letters_of(other)) if later is piece else (letters_of(other), letters)
        share = words.compare(own, theirs, given).share
        if share >= least:
            found.append((later.unit_id == earlier.unit_id, -share, later, earlier))
    found.sort(key=lambda one: (one[0], one[1], one[3].pk))
    return [
        made
        for own, share, later, earlier in found[:HINTS]
        if (made := _note(later, earlier, How.WORDS, -share, actor=actor))
    ]


@step
def _files_repeated(piece: Piece, actor: Actor) -> list[Likeness]:
    found = []
    for file in cited_by(piece):
        for other, theirs in uses_of(file.content, piece):
            found.append(_note_files(piece, file, other, theirs, How.SAME_FILE, 100, None, actor))
        mine = Print.objects.filter(content=file.content, fault="").first()
        if mine is None:
            continue
        for alike, match in pictures_alike(mine):
            how = How.CROPPED if match.is_cropped else How.RESAVED
            for other, theirs in uses_of(alike.content, piece):
                share = round(100 * max(0.0, match.agreement))
                found.append(_note_files(piece, file, other, theirs, how, share, match, actor))
    return [one for one in found if one is not None]


@step
def _note_files(
    piece: Piece,
    file: File,
    other: Piece,
    theirs: File,
    how: str,
    share: int,
    match: pictures.Match | None,
    actor: Actor,
) -> Likeness | None:
    later, earlier = _in_order(piece, other)
    if later is piece:
        frame = list(match.frame) if match else None
        return _note(
            later, earlier, how, share, actor=actor, later_file=file, earlier_file=theirs, frame=frame
        )
    frame = list(pictures.turned(match).frame) if match else None
    return _note(later, earlier, how, share, actor=actor, later_file=theirs, earlier_file=file, frame=frame)


@step
def _note(
    later: Piece,
    earlier: Piece,
    how: str,
    share: int,
    *,
    actor: Actor,
    later_file: File | None = None,
    earlier_file: File | None = None,
    frame: list[float] | None = None,
) -> Likeness | None:
    """A hint, unless there is one; also one that was dismissed."""
    made, is_new = Likeness.objects.get_or_create(
        later=later,
        earlier=earlier,
        later_file=later_file,
        earlier_file=earlier_file,
        defaults={
            "how": how,
            "share": share,
            "own": later.unit_id == earlier.unit_id,
            "frame": frame,
            "found_at": clock.now(),
        },
    )
    if not is_new:
        return None
    append(
        "alike.likeness.found",
        actor=actor,
        subject=made,
        later=later.pk,
        earlier=earlier.pk,
        how=how,
        share=share,
        later_file=made.later_file_id,
        earlier_file=made.earlier_file_id,
    )
    return made


def _in_order(one: Piece, other: Piece) -> tuple[Piece, Piece]:
    """The later of two pieces, and the earlier."""
    if (one.handed_at, one.pk) >= (other.handed_at, other.pk):
        return one, other
    return other, one


@action
def dismiss_likeness(*, likeness_id: int, actor: Actor, ground: str, reason: str = "") -> Likeness:
    """Say that a hint is of no consequence, and why (雷同提示不采用). It stays dismissed; there is no way back.

    Raises Refused for an unknown ground, for “other” without words, and for a hint that was dismissed before.
    """
    likeness = _take(likeness_id, actor, REVIEWING)
    if ground not in Likeness.Ground.values:
        raise Refused(_("请选择不采用的理由"), code="required", field="ground")
    if ground == Likeness.Ground.OTHER and not reason.strip():
        raise Refused(_("请写明理由"), code="required", field="reason")
    if not likeness.is_pending:
        raise Refused(_("这条提示已由他人处理"), code="decided")
    likeness.state, likeness.ground, likeness.reason = Likeness.State.DISMISSED, ground, reason.strip()
    likeness.dismissed_by, likeness.dismissed_at = actor.person_id, clock.now()
    likeness.save(update_fields=["state", "ground", "reason", "dismissed_by", "dismissed_at"])
    append("alike.likeness.dismissed", actor=actor, subject=likeness, text=likeness.reason, ground=ground)
    return likeness


@action
def comment_on_likeness(*, likeness_id: int, actor: Actor, text: str) -> Comment:
    """Say for the unit how it comes (对雷同提示的说明), as often as it likes until the hint is dismissed."""
    likeness = _take(likeness_id, actor, HANDING_IN)
    if not text.strip():
        raise Refused(_("请写明情况"), code="required", field="text")
    if not likeness.is_pending:
        raise Refused(_("这条提示已不采用，无须说明"), code="decided")
    comment = Comment.objects.create(  # type: ignore[misc]  # the column refuses the system
        likeness=likeness, text=text.strip(), person_id=actor.person_id, commented_at=clock.now()
    )
    append("alike.likeness.commented", actor=actor, subject=likeness, text=comment.text)
    return comment


@action
def settle_hints(*, actor: Actor, on: bool, percent: int) -> Unit:
    """Say for one's authority and all below it whether there are hints, and from which share on (设定雷同提示)."""
    units = Unit.objects.filter(pk__in=units_where(actor, Cap.SET_LADDER)).filter(pk=actor.unit_id)  # type: ignore[misc]
    unit = units.select_for_update(of=("self",)).get()
    if is_repeat(unit, actor):
        raise AlreadyDone()
    if not 30 <= percent <= 100:
        raise Refused(_("比例应在 30 到 100 之间"), code="out_of_range", field="percent")
    for key, value in (("alike.on", int(on)), ("alike.percent", percent)):
        Setting.objects.update_or_create(unit=unit, key=key, defaults={"value": value})
    append("alike.unit.settled", actor=actor, subject=unit, on=int(on), percent=percent)
    return unit


@step
def _take(likeness_id: int, actor: Actor, caps: Sequence[Cap]) -> Likeness:
    """Lock a hint for somebody who may see it; raises DoesNotExist, NotPermitted or AlreadyDone."""
    seen = Likeness.objects.within(actor, Cap.VIEW).get(pk=likeness_id)
    if not any(Likeness.objects.within(actor, cap).filter(pk=seen.pk).exists() for cap in caps):
        raise NotPermitted()
    likeness = Likeness.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if is_repeat(likeness, actor):
        raise AlreadyDone()
    return likeness
