"""Finding words in any text (全文检索): pairs of characters in PostgreSQL's own index, behind one function.

Chinese is written without spaces and most of its terms have two characters, which is too short for trigrams and too
uncertain for a dictionary. So a text is folded (NFKC, no white space, small Latin letters), every pair of neighbouring
characters is a lexeme, and a term is found where it stands as written: `says` gives exactly the rows that a `LIKE` over
the folded columns would. Only the first 100,000 characters of a text are looked at. The index is over an expression, so
whatever writes a row has written the index (docs/adr/0008).
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Func, Q

LONGEST = 100_000  # characters of a text that are looked at
_BLANK = str.maketrans("", "", " \t\n\r\f\x0b")
_SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def fold(text: str) -> str:
    """As texts are compared: `bihuan_fold` of the database says the same."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST].replace("\0", ""))
    return plain.translate(_BLANK).translate(_SMALL)[:LONGEST]


def query_of(term: str) -> str:
    """The search expression (tsquery) of a folded term: its pairs, or for one character whatever begins with it."""
    if len(term) == 1:
        return f"{_quoted(term)}:*"
    return " & ".join(_quoted(term[at : at + 2]) for at in range(len(term) - 1))


def says(term: str, *columns: str | Func) -> Q:
    """Rows in one of whose columns the term stands.

    The columns are those of one index, in its order: `GinIndex(Func(*columns, function="bihuan_bigrams"), name=…)`.
    """
    folded = fold(term)
    if not folded:
        return Q()
    pairs = Q(Pairs(*columns, query=query_of(folded)))
    if len(folded) <= 2:
        return pairs  # a pair is what the index holds: nothing is left to be checked
    return pairs & reduce(or_, (Q(Holds(column, text=folded)) for column in columns))


def reads(term: str, *columns: Any) -> Q:
    """The same rows as `says`, by reading them: for a few thousand known ones, where the index would find millions.

    The two differ only behind the first 100,000 characters of all columns together.
    """
    folded = fold(term)
    return reduce(or_, (Q(Holds(column, text=folded)) for column in columns)) if folded else Q()


def reads_all(terms: Iterable[str], *columns: Any) -> Q:
    return reduce(and_, (reads(term, *columns) for term in terms), Q())


@contextmanager
def by_index() -> Iterator[None]:
    """Have the server ask indexes where it can: it takes reading a whole table for as dear as what it would find there.

    It charges the pairs of every row to both ways, though an index need not make them anew.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")
        yield


def says_all(terms: Iterable[str], *columns: str | Func) -> Q:
    return reduce(and_, (says(term, *columns) for term in terms), Q())


class Pairs(Func):
    """Whether every pair of the query stands somewhere in the columns, as the index tells."""

    function = "bihuan_bigrams"
    output_field = models.BooleanField()

    def __init__(self, *columns: str | Func, query: str):
        super().__init__(*columns)
        self.pairs = query

    def as_sql(self, *given: Any, **more: Any) -> Any:
        sql, values = super().as_sql(*given, **more)
        return f"{sql} @@ %s::tsquery", [*values, self.pairs]


class Holds(Func):
    """Whether the folded column holds a folded text."""

    function = "bihuan_fold"
    output_field = models.BooleanField()

    def __init__(self, column: str | Func, *, text: str):
        super().__init__(column)
        self.text = text

    def as_sql(self, *given: Any, **more: Any) -> Any:
        sql, values = super().as_sql(*given, **more)
        escaped = self.text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return f"{sql} LIKE %s", [*values, f"%{escaped}%"]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


# What is shown of a text in which something was found


def marked(text: str, terms: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether a term stands there; joined they are the text again."""
    hit = bytearray(len(text))
    letters, places = _letters(text)
    for term in terms:
        folded = fold(term)
        at = letters.find(folded) if folded else -1
        while at >= 0:
            for place in range(places[at], places[at + len(folded) - 1] + 1):
                hit[place] = 1
            at = letters.find(folded, at + 1)
    pieces: list[tuple[str, bool]] = []
    for letter, is_hit in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] == bool(is_hit):
            pieces[-1] = (pieces[-1][0] + letter, bool(is_hit))
        else:
            pieces.append((letter, bool(is_hit)))
    return pieces


def passage(text: str, terms: Sequence[str], width: int = 80) -> str:
    """The part of a long text around the first place where a term stands; the text itself where it is short."""
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    letters, places = _letters(text)
    found = [letters.find(fold(term)) for term in terms]
    first = min((places[at] for at in found if at >= 0), default=0)
    start = max(0, min(first - width // 4, len(text) - width))
    return ("…" if start else "") + text[start : start + width] + ("…" if start + width < len(text) else "")


def stands_in(text: str, term: str) -> bool:
    return fold(term) in fold(text)


def _letters(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place it comes from.

    Folded letter by letter: what NFKC would join across letters is rare, and only its mark is then missing.
    """
    pairs = list(_folded_letters(text[:LONGEST]))
    return "".join(letter for letter, _at in pairs), [at for _letter, at in pairs]


def _folded_letters(text: str) -> Iterator[tuple[str, int]]:
    for at, letter in enumerate(text):
        for folded in fold(letter):
            yield folded, at
