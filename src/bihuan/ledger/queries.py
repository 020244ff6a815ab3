"""Reading the ledger: verification, export, proofs, and the trail of a subject."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, Any

from django.db import connection, models, transaction

from bihuan.kernel import clock
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.ledger import merkle
from bihuan.ledger.models import Entry, Head, Leaf, Node, Remark, Sealing, SigningKey
from bihuan.ledger.offline import (
    COLUMNS,
    CONSISTENCY,
    EXPORT,
    FORMAT,
    INCLUSION,
    PUBLICATION,
    Chains,
    Check,
    Edge,
    Flaw,
    Verification,
    fold,
    leaf_hash,
)
from bihuan.ledger.rules import digest, spelt, stream_of

BLOCK = 1000  # leaves in one line of an export
LATE = timedelta(minutes=5)  # sealing runs each minute: this is no hiccup any more

# A node, or a leaf's parent, that is not the hash of its two children.
FALSE_NODES = """
    WITH part AS (SELECT 0 AS level, index AS place, hash FROM ledger_leaf
                  UNION ALL SELECT level, place, hash FROM ledger_node)
    SELECT whole.level, whole.place FROM part AS whole
    LEFT JOIN part AS l ON l.level = whole.level - 1 AND l.place = whole.place * 2
    LEFT JOIN part AS r ON r.level = whole.level - 1 AND r.place = whole.place * 2 + 1
    WHERE whole.level > 0 AND whole.hash IS DISTINCT FROM sha256('\\x01'::bytea || l.hash || r.hash)
    ORDER BY whole.level, whole.place LIMIT 1"""


# --- Verification and export ------------------------------------------------------------------------------


def verify(*, keys: Iterable[str] = (), head: tuple[int, str] | None = None) -> Verification:
    """Check every chain, every leaf and every head, and the words kept beside the lines.

    `keys` are public keys known from elsewhere than this database, `head` the number and root of a head that was
    published; see `offline.check`.
    """
    checking = Check(keys, head)
    with _one_view():
        for record in records():
            checking.take(record)
        found = checking.done()
        found.flaws.extend(_false_nodes())
        found.flaws.extend(_changed_remarks())
    return found


def flaws_in_ledger() -> Iterator[Flaw]:
    """What `verify` finds."""
    yield from verify().flaws


def flaws_of(subject: models.Model) -> list[Flaw]:
    """The flaws in one subject's trail."""
    chains = Chains()
    lines = _lines(Entry.objects.filter(stream=stream_of(subject)))
    return [flaw for line in lines if (flaw := chains.flaw_in(line))]


def export(target: IO[str]) -> int:
    """Write the whole record into `target`, a line for each part, without ever holding it; returns the entries.

    Words kept beside the lines are not in it: it may be handed out. `offline` checks it with nothing else.
    """
    entries = 0
    with _one_view():
        for record in records():
            entries += "entry" in record
            target.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        target.write(json.dumps({"end": entries}) + "\n")
    return entries


def records() -> Iterator[dict[str, Any]]:
    """The record as it is exported: header, keys, heads, leaves, then entries by stream and position."""
    settled = Sealing.objects.values_list("settled", flat=True).first() or 0
    yield {"bihuan": EXPORT, "format": FORMAT, "made_at": spelt(clock.now()), "settled": settled}
    for key in SigningKey.objects.order_by("pk"):
        yield {"key": {"public": key.public, "from_at": spelt(key.from_at), "named_in": key.named_in_id}}
    for head in Head.objects.order_by("number").iterator(chunk_size=BLOCK):
        yield {"head": head.as_record()}
    yield from ({"leaves": block} for block in _leaf_blocks())
    yield from ({"entry": line} for line in _lines(Entry.objects.all()))


def _leaf_blocks() -> Iterator[list[Any]]:
    """Runs of neighbouring leaves as [first index, [hash, hash …]]."""
    start, hashes = 0, list[str]()
    rows = Leaf.objects.order_by("index").values_list("index", "hash")
    for index, hash_ in rows.iterator(chunk_size=5000):
        if index != start + len(hashes) or len(hashes) == BLOCK:
            if hashes:
                yield [start, hashes]
            start, hashes = index, []
        hashes.append(bytes(hash_).hex())
    if hashes:
        yield [start, hashes]


def _lines(entries: models.QuerySet[Entry]) -> Iterator[dict[str, Any]]:
    """Entries by stream and position, spelt as they were digested, each with its leaf."""
    names = ("id", "digest", "leaf__index", *COLUMNS)
    rows = entries.order_by("stream", "position").values_list(*names)
    for row in rows.iterator(chunk_size=5000):
        line = dict(zip(names, row, strict=True))
        line["leaf"] = line.pop("leaf__index")
        line["at"], line["request_id"] = spelt(line["at"]), str(line["request_id"])
        yield line


@contextmanager
def _one_view() -> Iterator[None]:
    """All that is read inside is of one moment, though others go on writing."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _false_nodes() -> Iterator[Flaw]:
    with connection.cursor() as cursor:
        cursor.execute(FALSE_NODES)
        for level, place in cursor.fetchall():
            yield Flaw(f"ledger.node:{level}", place, "altered")


def _changed_remarks() -> Iterator[Flaw]:
    remarks = Remark.objects.select_related("entry").order_by("entry__stream", "entry__position")
    for remark in remarks.iterator(chunk_size=5000):
        if remark.entry.facts.get("text") != digest(remark.text, remark.salt):
            yield Flaw(remark.entry.stream, remark.entry.position, "remark_altered")


# --- The seal ---------------------------------------------------------------------------------------------


def unsealed(settled: int) -> models.QuerySet[Entry, tuple[int, str]]:
    return Entry.objects.unsealed(settled).values_list("pk", "digest")


def last_id() -> int:
    """The last id that was given to an entry, committed or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledger_entry_id_seq")
        return cursor.fetchone()[0]


def writers() -> list[str]:
    """The transactions at work that may have written entries.

    Whoever inserts holds this lock from before the id is drawn until the end of the transaction, so once all of
    those seen now are gone, no id drawn before now can still appear.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT virtualtransaction FROM pg_locks WHERE mode = 'RowExclusiveLock'"
            " AND relation = 'ledger_entry'::regclass"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return [row[0] for row in cursor.fetchall()]


def edge_at(size: int) -> Edge:
    """The right edge of the tree when it had this many leaves."""
    parts = merkle.subtrees(0, size)
    hashes = _hashes(parts)
    return Edge(size, [hashes[part] for part in parts])


def inclusion_proof(entry_digest: str) -> dict[str, Any] | None:
    """That the entry with this digest is under the latest head; None if it is not sealed, or not ours.

    Nothing but the digest is told of the entry, and whoever asks knows that already.
    """
    leaf = Leaf.objects.filter(hash=leaf_hash(entry_digest)).first()
    head = Head.objects.order_by("number").last()
    if leaf is None or head is None:
        return None
    return {
        "bihuan": INCLUSION,
        "format": FORMAT,
        "digest": entry_digest,
        "leaf": leaf.index,
        "path": _folded(merkle.inclusion(leaf.index, head.size)),
        "head": head.as_record(),
    }


def publication(line: Entry, content: dict[str, Any], issued: str) -> dict[str, Any] | None:
    """A content with the line that bears its digest, and the proofs of that line and of the one with digest `issued`.

    Whoever has it needs nothing else but a public key (`offline.check_publication`). None before both are sealed.
    """
    proofs = [inclusion_proof(one) for one in (line.digest, issued)]
    if None in proofs:
        return None
    columns = next(_lines(Entry.objects.filter(pk=line.pk)))
    return {
        "bihuan": PUBLICATION,
        "format": FORMAT,
        "content": content,
        "line": {name: columns[name] for name in COLUMNS},
        "proofs": proofs,
    }


def consistency_proof(first: Head, second: Head) -> dict[str, Any]:
    """That the later head only added to the earlier one."""
    return {
        "bihuan": CONSISTENCY,
        "format": FORMAT,
        "first": first.as_record(),
        "second": second.as_record(),
        "path": _folded(merkle.consistency(first.size, second.size)),
    }


def is_waiting(entry_digest: str) -> bool:
    """Whether an entry with this digest is there and will be sealed at the next turn."""
    settled = Sealing.objects.values_list("settled", flat=True).first() or 0
    return Entry.objects.unsealed(settled).filter(digest=entry_digest).exists()


def sealed_under(entry_digest: str) -> Head | None:
    """The first head that has the entry under it: from then on it cannot be changed unseen."""
    leaf = Leaf.objects.filter(hash=leaf_hash(entry_digest)).first()
    return Head.objects.filter(size__gt=leaf.index).order_by("size", "number").first() if leaf else None


def latest_head(until: datetime | None = None) -> Head | None:
    """The last head, or the last one signed by a moment: what a document of that moment is printed with."""
    heads = Head.objects.filter(at__lte=until) if until else Head.objects.all()
    return heads.order_by("number").last()


def behind() -> timedelta | None:
    """How long entries have waited to be sealed, if that is longer than it should be."""
    sealing = Sealing.objects.first()
    first = Entry.objects.unsealed(sealing.settled if sealing else 0).first()
    if first is None:
        return None
    waiting = clock.now() - max(first.at, sealing.ran_at if sealing and sealing.ran_at else first.at)
    return waiting if waiting > LATE else None


def _folded(stretches: list[merkle.Stretch]) -> list[str]:
    """The hash of each stretch of leaves, from a few dozen rows."""
    parts = [merkle.subtrees(*stretch) for stretch in stretches]
    hashes = _hashes([one for stretch in parts for one in stretch])
    return [fold([hashes[one] for one in stretch]).hex() for stretch in parts]


def _hashes(parts: list[merkle.Subtree]) -> dict[merkle.Subtree, bytes]:
    """The kept hashes of whole subtrees; two queries."""
    leaves = [place for level, place in parts if not level]
    found = {
        (0, index): bytes(hash_)
        for index, hash_ in Leaf.objects.filter(index__in=leaves).values_list("index", "hash")
    }
    wanted = [part for part in parts if part[0]]
    rows = Node.objects.filter(pk__in=wanted).values_list("level", "place", "hash") if wanted else ()
    return found | {(level, place): bytes(hash_) for level, place, hash_ in rows}


# --- The trail of a subject -------------------------------------------------------------------------------


def trail(stream: str) -> list[dict[str, Any]]:
    """Every line of a subject such as `supervision.assignment:17`, oldest first, as plain values."""
    lines = Entry.objects.filter(stream=stream).select_related("remark").order_by("position")
    return [
        {
            "position": line.position,
            "at": line.at.astimezone(OFFICE_TZ).isoformat(timespec="seconds"),
            "verb": line.verb,
            "label": str(line.label),
            "post": line.actor_post,
            "unit": line.unit_id,
            "facts": line.facts,
            "text": line.remark.text if hasattr(line, "remark") else "",
            "digest": line.digest,
        }
        for line in lines
    ]
