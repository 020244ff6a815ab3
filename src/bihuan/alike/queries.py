"""Finding what a piece may repeat, and what a reader may know of it."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image

from bihuan.alike import pictures, words
from bihuan.alike.models import HANDING_IN, REVIEWING, Likeness, Piece, Print, PrintMark
from bihuan.documents.kinds import FileKind
from bihuan.documents.models import Citation, Content, File
from bihuan.kernel.actor import Actor
from bihuan.ledger.models import Entry
from bihuan.ledger.rules import stream_of
from bihuan.org.models import Lineage, Unit, UnitName
from bihuan.org.roles import Cap
from bihuan.org.scope import may
from bihuan.supervision.models import Assignment, Report, Submission
from bihuan.supervision.queries.assignments import Sheet
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.remarks import Remark
from bihuan.ui import wording

PICTURES = frozenset({FileKind.PNG, FileKind.JPG, FileKind.WEBP, FileKind.GIF, FileKind.BMP, FileKind.TIFF})
AT_EACH_MARK = (
    64  # pieces that are looked at for one mark; so the cost of a phrase in every report is bounded
)
COMPARED = 40  # pieces, or pictures, that are compared in full
LAID = 8  # pictures that are laid on each other
FAR = 18  # signs of sixty that may differ in a window for a picture to come into question
HINTS = 5  # hints about one piece's words, and about one of its files

FIND_PIECES = f"""
    SELECT found.piece_id
    FROM unnest(%(marks)s::int[]) AS asked(mark)
    CROSS JOIN LATERAL (
        (SELECT piece_id FROM alike_mark AS one WHERE one.mark = asked.mark AND one.issuer_id = %(issuer)s
         ORDER BY piece_id DESC LIMIT {AT_EACH_MARK})
        UNION
        (SELECT piece_id FROM alike_mark AS one WHERE one.mark = asked.mark
         ORDER BY issuer_id, piece_id LIMIT {AT_EACH_MARK})
    ) AS found
    WHERE found.piece_id <> %(piece)s
    GROUP BY found.piece_id HAVING count(*) >= 2
    ORDER BY count(*) DESC, found.piece_id LIMIT {COMPARED}"""

FIND_PRINTS = f"""
    SELECT mark.print_id
    FROM unnest(%(bands)s::int[], %(signs)s::bigint[]) AS asked(band, signs)
    JOIN alike_printmark AS mark ON mark.band = asked.band
    WHERE mark.print_id <> %(print)s
    GROUP BY mark.print_id
    HAVING min(bit_count((mark.signs # asked.signs)::bit(64))) <= {FAR}
    ORDER BY min(bit_count((mark.signs # asked.signs)::bit(64))), mark.print_id LIMIT {COMPARED}"""


# What was handed in


def handed_in(entry: Entry) -> Report | Submission | None:
    """The report or the signed submission that an entry is about."""
    facts = entry.facts
    if "report" in facts:
        return Report.objects.filter(pk=facts["report"]).first()
    return Submission.objects.filter(pk=facts["submission"]).first()


def is_watched(assignment: Assignment) -> bool:
    """Whether the authority that gave it wants hints."""
    return bool(regime_of(assignment.issued_by_id)["alike.on"])


def cited_by(piece: Piece) -> list[File]:
    cited = Citation.objects.filter(subject=stream_of(piece.subject))
    return [one.file for one in cited.select_related("file__content").order_by("pk")]


def unprinted(subject: Report | Submission) -> QuerySet[Content]:
    """The pictures it rests on that have not been looked at yet."""
    cited = Citation.objects.filter(subject=stream_of(subject)).values("file__content")
    return Content.objects.filter(pk__in=cited, kind__in=PICTURES, print__isnull=True)


# Words


def letters_of(piece: Piece) -> words.Letters:
    return words.letters_of(piece.words, names_of(piece.unit_id))


def names_of(unit_id: int) -> list[str]:
    """What a unit and those above it are and were called, so that a letterhead makes no difference."""
    above = Lineage.objects.filter(descendant=unit_id).values("ancestor")
    units = Unit.objects.filter(pk__in=above).values_list("name", "short_name")
    former = UnitName.objects.filter(unit__in=above).values_list("name", "short_name")
    return [name for both in units.union(former) for name in both if name]


def given_to(assignment: Assignment) -> frozenset[str]:
    """What the matter, its plan and its criteria say: everybody who was given it may repeat that."""
    item = assignment.item
    texts = [item.title, item.text, item.objective, item.source.title, item.source.text]
    texts += [one.text for one in item.criteria.all()]
    if item.plan:
        texts.append(item.plan.title)
    above = item.parent
    while above is not None:
        texts += [above.title, above.text]
        above = above.parent
    return words.given_in(filter(None, texts))


def pieces_alike(piece: Piece, marks: Sequence[int]) -> list[Piece]:
    """The pieces that share marks with this one, those that nobody who reviews it may see left out."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_PIECES, {"marks": list(marks), "issuer": piece.issuer_id, "piece": piece.pk})
        keys = [key for (key,) in cursor.fetchall()]
    rows = comparable(piece).filter(pk__in=keys).in_bulk()
    return [rows[key] for key in keys if key in rows]


def comparable(piece: Piece) -> QuerySet[Piece]:
    """The pieces a piece may be held against: in sight of whoever reviews it, and not its own work summed up.

    A submission may sum up the reports before it, a report may come back after it was returned, a lead may sum up what
    assisting units and parts reported.
    """
    one = piece.assignment
    below = Lineage.objects.filter(ancestor=one.reviewer_id).values("descendant")
    sight = Q(unit__in=below) | Q(issuer=one.reviewer_id) | Q(assignment__reviewer=one.reviewer_id)
    if one.lead_id:
        sight |= Q(assignment=one.lead_id) | Q(assignment__lead=one.lead_id)
    rows = Piece.objects.exclude(pk=piece.pk).filter(sight)
    rows = rows.exclude(assignment__lead=one.pk).exclude(assignment__item__parent_assignment=one.pk)
    if piece.submission_id:
        rows = rows.exclude(assignment=one.pk)
    else:
        rows = rows.exclude(assignment=one.pk, report__isnull=True)
        rows = rows.exclude(assignment=one.pk, report__verdict=Report.Verdict.RETURNED)
    return rows.select_related("report", "submission", "unit", "assignment__item")


def compared(likeness: Likeness) -> words.Comparison:
    """Both texts, cut into what they have in common and what not."""
    later, earlier = likeness.later, likeness.earlier
    return words.compare(letters_of(later), letters_of(earlier), given_to(later.assignment))


# Pictures


def pictures_alike(mine: Print) -> Iterator[tuple[Print, pictures.Match]]:
    """The prints of pictures that are this one in another shape; the match says where they lie in it."""
    small = as_picture(mine)
    asked = pictures.asked_of(small)
    pairs = {(band, one.key.signs) for one in asked for band in one.bands}
    with connection.cursor() as cursor:
        bands, signs = [band for band, _signs in pairs], [one for _band, one in pairs]
        cursor.execute(FIND_PRINTS, {"bands": bands, "signs": signs, "print": mine.pk})
        keys = [key for (key,) in cursor.fetchall()]
    marks: dict[int, set[tuple[int, int]]] = {}
    for band, print_id, sign in PrintMark.objects.filter(print__in=keys).values_list(
        "band", "print", "signs"
    ):
        marks.setdefault(print_id, set()).add((pictures.number_of(band), sign))
    tried = []
    for other in Print.objects.filter(pk__in=keys):
        theirs = as_picture(other)
        kept = [pictures.Key(number, sign) for number, sign in sorted(marks[other.pk])]
        frames = pictures.nearest(asked, kept)
        tried.append((pictures.first_sight(small, theirs, frames), other.pk, other, theirs, frames))
    for _sight, _pk, other, theirs, frames in sorted(tried, key=lambda one: (-one[0], one[1]))[:LAID]:
        match = pictures.lay_on(small, theirs, frames)
        if match.is_alike:
            yield other, match


def as_picture(one: Print) -> Image.Image:
    return Image.open(io.BytesIO(bytes(one.small))).convert("L")


def uses_of(content: Content, piece: Piece) -> list[tuple[Piece, File]]:
    """Where else a content was shown, in pieces this one may be held against; not where the giver handed it out."""
    one = piece.assignment
    givers = {one.issued_by_id, one.office_id, one.reviewer_id}
    files = File.objects.filter(content=content)
    if files.filter(unit__in=givers - {None, one.unit_id}).exists():
        return []
    by_subject = {
        citation.subject: citation.file
        for citation in Citation.objects.filter(file__in=files)
        .select_related("file__content")
        .order_by("-pk")
    }
    rows = comparable(piece).filter(_about(by_subject))
    found = [
        (other, by_subject[stream_of(other.subject)]) for other in rows.order_by("handed_at", "pk")[:HINTS]
    ]
    return found


def _about(subjects: Iterable[str]) -> Q:
    keys: dict[str, list[int]] = {}
    for subject in subjects:
        kind, _colon, key = subject.partition(":")
        keys.setdefault(kind, []).append(int(key))
    return Q(report__in=keys.get(Report._meta.label_lower, [])) | Q(
        submission__in=keys.get(Submission._meta.label_lower, [])
    )


# What a reader may know


@dataclass(frozen=True)
class Shown:
    """A hint as one reader sees it: the other side only where they review and may see both."""

    likeness: Likeness
    reviews: bool

    @property
    def sentence(self) -> str:
        """What was found, in one sentence."""
        one = self.likeness
        day = wording.say_day(one.earlier.handed_at)
        if not self.reviews:
            said = {"n": one.share, "day": day}
            if one.is_picture:
                return _("所附图片与此前报送的图片相同")
            if one.own:
                return _("文字有 %(n)d%% 与本单位 %(day)s 的报送相同") % said
            return _("文字有 %(n)d%% 与另一单位此前的报送相同") % said
        said = {"n": one.share, "day": day, "unit": one.earlier.unit.short_name, "how": one.get_how_display()}
        if one.is_picture:
            if one.own:
                return _("图片与本单位 %(day)s 所报的相同（%(how)s）") % said
            return _("图片与%(unit)s %(day)s 所报的相同（%(how)s）") % said
        if one.own:
            return _("文字有 %(n)d%% 沿用本单位 %(day)s 的报送") % said
        return _("文字有 %(n)d%% 与%(unit)s %(day)s 的报送相同") % said


def seen_by(actor: Actor, likeness: Likeness) -> Shown:
    reviews = any(may(actor, cap, likeness) for cap in REVIEWING)
    return Shown(likeness, reviews)


def likenesses_of(assignment: Assignment, actor: Actor, caps: Iterable[str]) -> list[Shown]:
    """The hints about what was handed in for an assignment, as far as this reader may know of them."""
    caps = set(caps)
    reviews, handed_in = bool(caps & set(REVIEWING)), bool(caps & set(HANDING_IN))
    if not (reviews or handed_in):
        return []
    rows = with_sides(Likeness.objects.filter(later__assignment=assignment))
    if reviews:
        visible = Assignment.objects.within(actor, Cap.VIEW).values("pk")
        rows = rows.filter(earlier__assignment__in=visible)
    found = [Shown(one, reviews) for one in rows]
    return found if found and is_watched(assignment) else []


def with_sides(rows: QuerySet[Likeness]) -> QuerySet[Likeness]:
    """With everything a page says of both sides."""
    sides = ["report", "submission", "unit", "assignment__item", "assignment__unit"]
    paths = [f"{side}__{path}" for side in ("later", "earlier") for path in sides]
    return rows.select_related(*paths, "later_file__content", "earlier_file__content").prefetch_related(
        "comments"
    )


def pending_for(actor: Actor) -> QuerySet[Likeness]:
    """What waits for this reviewer to look at, the latest first."""
    reviewed = [Likeness.objects.within(actor, cap).values("pk") for cap in REVIEWING]
    rows = Likeness.objects.pending().filter(Q(pk__in=reviewed[0]) | Q(pk__in=reviewed[1]))
    return with_sides(rows).order_by("-found_at", "own", "-share", "pk")


def remarks_on(sheet: Sheet) -> Iterator[Remark]:
    """The hints as lines on the pages of an assignment; what was dismissed no longer appears there."""
    for shown in likenesses_of(sheet.assignment, sheet.actor, sheet.caps):
        one = shown.likeness
        if one.is_pending:
            said = _("单位已说明") if one.comments.all() else ""
            yield Remark(
                text=shown.sentence,
                note=said,
                href=reverse("likeness", args=[one.pk]),
                tone="" if one.own else "y",
                icon="photo" if one.is_picture else "copy",
            )
