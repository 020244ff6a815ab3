"""Looking for what is alike (比对): the candidates of one report and of one picture among as many as there are."""

from collections.abc import Iterator

from django.db import connection
from PIL import Image, ImageFilter

from bihuan.alike import pictures
from bihuan.alike.models import Mark, Piece
from bihuan.alike.queries import FIND_PRINTS, pieces_alike
from bihuan.bench.ground import ABOVE, Ground, run_sql, vacuum
from bihuan.bench.measuring import Finding, alternately, finding

MARKS = 32
COPIES = 5

WORDS_BY_HAND = """
    SELECT piece_id FROM alike_mark WHERE mark = ANY(%s) AND piece_id <> %s
    GROUP BY piece_id HAVING count(*) >= 2 ORDER BY count(*) DESC, piece_id LIMIT 40"""

PICTURES_BY_HAND = """
    SELECT print_id, count(*) FROM alike_printmark WHERE band = ANY(%s) GROUP BY print_id ORDER BY 2 DESC LIMIT 40"""


def alike(ground: Ground) -> Iterator[Finding]:
    """Find the candidates for a report that was copied, and for a picture that nobody showed before."""
    with ground.copied():
        run_sql("items", items=-(-ground.rows // ground.schools))
        run_sql("running", there=0, more=ground.rows, schools=ground.schools, above=ABOVE)
        run_sql("alike", rows=ground.rows, marks=MARKS)
        vacuum()
        yield _words(ground)
        yield _pictures(ground)


def _words(ground: Ground) -> Finding:
    piece = Piece.objects.select_related("assignment__item").earliest("pk")
    marks = list(Mark.objects.filter(piece=piece).values_list("mark", flat=True))

    def by_hand() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(WORDS_BY_HAND, [marks, piece.pk])
            return [key for (key,) in cursor.fetchall()]

    copies = set(by_hand()[:COPIES])
    found = {one.pk for one in pieces_alike(piece, marks)}
    below = Piece.objects.filter(pk__in=copies, issuer=piece.issuer_id).values_list("pk", flat=True)
    if not found >= set(below):
        raise RuntimeError(f"the copies in sight are {sorted(below)}, found were {sorted(found)}")
    ours, sql = alternately(lambda: pieces_alike(piece, marks), by_hand)
    return finding("alike", "words", ground.rows, ours, sql)


def _pictures(ground: Ground) -> Finding:
    noise = Image.effect_noise((64, 48), 120).resize((256, 192)).filter(ImageFilter.GaussianBlur(4))
    asked = pictures.asked_of(noise)
    pairs = sorted({(band, one.key.signs) for one in asked for band in one.bands})
    bands, signs = [band for band, _signs in pairs], [one for _band, one in pairs]

    def ask() -> list[tuple[int]]:
        with connection.cursor() as cursor:
            cursor.execute(FIND_PRINTS, {"bands": bands, "signs": signs, "print": 0})
            return cursor.fetchall()

    def by_hand() -> list[tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(PICTURES_BY_HAND, [sorted(set(bands))])
            return cursor.fetchall()

    ours, sql = alternately(ask, by_hand)
    return finding("alike", "pictures", ground.rows, ours, sql)
