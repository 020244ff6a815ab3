"""Check an exported ledger without the program, its database or its settings (离线校验).

    python -m bihuan.ledger.offline EXPORT --key PUBLIC [--head NUMBER:ROOT]

This one file is all an auditor needs besides Python and the package `cryptography`; it can be copied out and run
as a script. It is also the one place that says how a line, a leaf, a node and a head are written down and
hashed: the program itself imports it. Trees and proofs are those of RFC 6962, signatures Ed25519.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = 1
EXPORT, INCLUSION, CONSISTENCY = "ledger", "ledger-inclusion", "ledger-consistency"
PUBLICATION = "ledger-publication"
COLUMNS = (
    *("stream", "position", "verb", "facts", "actor_id", "actor_post", "appointment_id", "unit_id", "at"),
    *("request_id", "previous"),
)
SIGNED = ("number", "size", "root", "at", "previous", "key", "next_key")
HASH_BYTES = 32


class Unreadable(ValueError):
    """The file is not one of ours, or not whole."""


# --- How things are written down and hashed ---------------------------------------------------------------

# Made once: `json.dumps` with these options makes an encoder for every line.
spell = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def line_digest(columns: Sequence[Any]) -> str:
    """SHA-256 over a line's columns, in the order of COLUMNS, in their one spelling."""
    return hashlib.sha256(spell(columns).encode()).hexdigest()


def leaf_hash(digest: str) -> bytes:
    """The leaf of an entry. Its data is the entry's digest, so that a proof can be shown without the entry."""
    return hash_leaf(bytes.fromhex(digest))


def hash_leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def signed_bytes(head: Mapping[str, Any]) -> bytes:
    """What the signature of a tree head covers; the first line keeps it apart from anything else ever signed."""
    return b"bihuan ledger head 1\n" + spell({name: head[name] for name in SIGNED}).encode()


def head_digest(head: Mapping[str, Any]) -> str:
    return hashlib.sha256(signed_bytes(head)).hexdigest()


def is_signed(head: Mapping[str, Any]) -> bool:
    """Whether the head bears a signature of the key it names."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["key"]))
        key.verify(bytes.fromhex(head["signature"]), signed_bytes(head))
    except (InvalidSignature, ValueError):
        return False
    return True


# --- The tree of RFC 6962 ---------------------------------------------------------------------------------


class Edge:
    """The right edge of a growing tree: the roots of its largest whole subtrees, widest first."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()):
        self.size, self.roots = size, list(roots)

    def add(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Take one more leaf; gives the subtrees it made whole as (level, place, hash)."""
        self.roots.append(leaf)
        level, place = 0, self.size
        while place & 1:
            right, left = self.roots.pop(), self.roots.pop()
            self.roots.append(hash_node(left, right))
            level, place = level + 1, place >> 1
            yield level, place, self.roots[-1]
        self.size += 1

    def root(self) -> bytes:
        return fold(self.roots) if self.roots else hashlib.sha256().digest()


def fold(roots: Sequence[bytes]) -> bytes:
    """The hash over neighbouring whole subtrees, widest first."""
    found = roots[-1]
    for left in reversed(roots[:-1]):
        found = hash_node(left, found)
    return found


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf to the root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = hash_node(step, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = hash_node(found, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree of `second` leaves only added to that of `first` (RFC 9162 §2.1.4.2)."""
    if not 0 < first <= second:
        return first == 0 and not path and first_root == hashlib.sha256().digest()
    if first == second:
        return not path and first_root == second_root
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not steps:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = hash_node(step, old), hash_node(step, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = hash_node(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


# --- Checking ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flaw:
    """Something that does not fit, and why; docs/ledger.md explains the codes.

    An entry is named by its stream and position; `ledger.leaf`, `ledger.node` and `ledger.head` stand for parts
    of the seal, with a leaf's index, a node's place and a head's number.
    """

    stream: str
    position: int
    code: str


@dataclass(frozen=True)
class Verification:
    """What a check came to (留痕校验). `trusted` says whether a key from outside vouches for the heads."""

    entries: int
    streams: int
    sealed: int
    heads: int
    trusted: bool
    flaws: list[Flaw]

    @property
    def is_sound(self) -> bool:
        return not self.flaws

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "sound": self.is_sound}


class Chains:
    """The chains of all streams; entries come ordered by stream and position.

    Numbers are given in the order of writing, so a line that is numbered after its successor was slipped in
    before it. Only the first flaw of each chain is told.
    """

    def __init__(self) -> None:
        self.streams = self.entries = 0
        self._stream: str | None = None
        self._before: Mapping[str, Any] | None = None
        self._flawed = False

    def flaw_in(self, line: Mapping[str, Any]) -> Flaw | None:
        self.entries += 1
        if line["stream"] != self._stream:
            self._stream, self._before, self._flawed = line["stream"], None, False
            self.streams += 1
        if self._flawed:
            return None
        flaw = self._judged(line, self._before)
        self._before, self._flawed = line, flaw is not None
        return flaw

    def _judged(self, line: Mapping[str, Any], before: Mapping[str, Any] | None) -> Flaw | None:
        expected = before["position"] + 1 if before else 1
        if line["position"] != expected:
            return Flaw(line["stream"], expected, "missing")
        if before and line["id"] < before["id"]:
            return Flaw(line["stream"], before["position"], "inserted")
        if line["digest"] != line_digest([line[name] for name in COLUMNS]):
            return Flaw(line["stream"], expected, "altered")
        if line["previous"] != (before["digest"] if before else ""):
            return Flaw(line["stream"], expected, "unchained")
        return None


@dataclass
class Seals:
    """Leaves and signed heads, checked against each other and then against the entries."""

    trusted: frozenset[str]
    settled: int = 0
    heads: list[dict[str, Any]] = field(default_factory=list)
    leaves: bytearray = field(default_factory=bytearray)
    in_doubt: int | None = None  # the first leaf that no sound head vouches for

    @property
    def size(self) -> int:
        return len(self.leaves) // HASH_BYTES

    def leaf(self, index: int) -> bytes:
        return bytes(self.leaves[index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def flaws(self) -> Iterator[Flaw]:
        """What does not fit among leaves and heads: the first head at fault, and where trust is missing."""
        edge, before, expected_key = Edge(), None, None
        for head in self.heads:
            code = self._code(head, before, expected_key, edge)
            if code:
                yield Flaw("ledger.head", before["number"] + 1 if before else 1, code)
                self.in_doubt = before["size"] if before else 0
                return
            before, expected_key = head, head["next_key"] or head["key"]
        if edge.size < self.size:
            yield Flaw("ledger.leaf", edge.size, "unsigned")
        if self.trusted and self.heads and not self.trusted & {head["key"] for head in self.heads}:
            yield Flaw("ledger.head", 1, "untrusted")

    def _code(
        self, head: dict[str, Any], before: dict[str, Any] | None, expected_key: str | None, edge: Edge
    ) -> str | None:
        if head["number"] != (before["number"] + 1 if before else 1):
            return "missing"
        if head["previous"] != (head_digest(before) if before else ""):
            return "unchained"
        if expected_key and head["key"] != expected_key and head["key"] not in self.trusted:
            return "unknown_key"
        if not is_signed(head):
            return "signature"
        if before and (head["size"] < before["size"] or head["at"] < before["at"]):
            return "backwards"
        if head["size"] > self.size:
            return "cut"
        while edge.size < head["size"]:
            for _whole in edge.add(self.leaf(edge.size)):
                pass
        return None if edge.root().hex() == head["root"] else "root"


class Check:
    """Takes an export record by record: header, heads, leaves, then entries by stream and position."""

    def __init__(self, keys: Iterable[str] = (), head: tuple[int, str] | None = None):
        self._seals, self._chains = Seals(frozenset(keys)), Chains()
        self._known, self._flaws = head, list[Flaw]()
        self._seen: bytearray | None = None
        self._unfit: str | None = None  # the stream whose first misfit with its leaf was told

    def take(self, record: Mapping[str, Any]) -> None:
        kind, value = next(iter(record.items()))
        if kind == "entry":
            self._entry(value)
        elif kind == "head":
            self._seals.heads.append(value)
        elif kind == "leaves":
            self._leaves(*value)
        elif kind == "bihuan":
            if (value, record.get("format")) != (EXPORT, FORMAT):
                raise Unreadable("not an export of the ledger in a format this verifier knows")
            self._seals.settled = record["settled"]

    def done(self) -> Verification:
        if self._seen is None:
            self._judge_seals()
        assert self._seen is not None
        if (lost := self._seen.find(0)) >= 0:
            self._flaws.append(Flaw("ledger.leaf", lost, "missing"))
        return Verification(
            self._chains.entries,
            self._chains.streams,
            self._seals.size,
            len(self._seals.heads),
            bool(self._seals.trusted),
            self._flaws,
        )

    def _leaves(self, start: int, hashes: Sequence[str]) -> None:
        if start != self._seals.size:
            self._flaws.append(Flaw("ledger.leaf", self._seals.size, "gap"))
        for one in hashes:
            self._seals.leaves += bytes.fromhex(one)

    def _judge_seals(self) -> None:
        self._seen = bytearray(self._seals.size)
        self._flaws += self._seals.flaws()
        if self._known:
            number, root = self._known
            published = [head["root"] for head in self._seals.heads if head["number"] == number]
            if published != [root]:
                self._flaws.append(Flaw("ledger.head", number, "not_as_published"))

    def _entry(self, line: Mapping[str, Any]) -> None:
        if self._seen is None:
            self._judge_seals()
        flaw = self._chains.flaw_in(line)
        misfit = self._misfit(line, line["leaf"])
        if misfit and not flaw and self._unfit != line["stream"]:
            flaw = Flaw(line["stream"], line["position"], misfit)
        if flaw:
            self._unfit = line["stream"]
            self._flaws.append(flaw)

    def _misfit(self, line: Mapping[str, Any], leaf: int | None) -> str | None:
        """How a line disagrees with the seal: another was sealed in its place, or it should have been."""
        assert self._seen is not None
        if leaf is None:
            return "unsealed" if line["id"] <= self._seals.settled else None
        if leaf >= self._seals.size or self._seen[leaf]:
            return "unsealed"
        self._seen[leaf] = 1
        if leaf_hash(line["digest"]) != self._seals.leaf(leaf):
            return "rewritten"
        return "in_doubt" if leaf == self._seals.in_doubt else None


def check(
    records: Iterable[Mapping[str, Any]], *, keys: Iterable[str] = (), head: tuple[int, str] | None = None
) -> Verification:
    """Check an export from its first record to its last.

    `keys` are public keys known from outside the file, `head` the number and root of a head that was published:
    without them the record is only checked against itself, and what was cut off its end cannot show.
    """
    checking = Check(keys, head)
    for record in records:
        checking.take(record)
    return checking.done()


def check_proof(proof: Mapping[str, Any], keys: Iterable[str] = ()) -> str | None:
    """What is wrong with a proof of inclusion or of consistency; None if nothing is."""
    trusted = set(keys)
    heads = [proof["head"]] if proof["bihuan"] == INCLUSION else [proof["first"], proof["second"]]
    for head in heads:
        if not is_signed(head):
            return f"the signature of head {head['number']} does not fit"
        if trusted and head["key"] not in trusted:
            return f"head {head['number']} is signed by another key: {head['key']}"
    path, roots = (
        [bytes.fromhex(step) for step in proof["path"]],
        [bytes.fromhex(one["root"]) for one in heads],
    )
    if proof["bihuan"] == INCLUSION:
        fits = is_included(leaf_hash(proof["digest"]), proof["leaf"], heads[0]["size"], path, roots[0])
        return None if fits else f"the entry is not in head {heads[0]['number']}"
    fits = is_consistent(heads[0]["size"], heads[1]["size"], roots[0], roots[1], path)
    return None if fits else f"head {heads[1]['number']} does not continue head {heads[0]['number']}"


def check_publication(record: Mapping[str, Any], keys: Iterable[str] = ()) -> str | None:
    """What is wrong with a publication; None if nothing is.

    Its content must be the one whose digest the published line bears, the line the one its proof is of, and the
    line that it names as `issued` must be proved as well.
    """
    line, proofs = record["line"], record["proofs"]
    if hashlib.sha256(spell(record["content"]).encode()).hexdigest() != line["facts"]["digest"]:
        return "the content is not the one that was published"
    wanted = {line_digest([line[name] for name in COLUMNS]), line["facts"]["issued"]}
    if not wanted <= {proof["digest"] for proof in proofs}:
        return "a line that this rests on has no proof"
    return next((fault for proof in proofs if (fault := check_proof(proof, keys))), None)


# --- The command ------------------------------------------------------------------------------------------


def records_in(path: str) -> Iterator[dict[str, Any]]:
    """The records of an export or a proof; `.gz` is unpacked on the way."""
    opened: Any = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield json.loads(line)
            except ValueError:
                raise Unreadable(f"line {number} is not whole") from None


def check_file(path: str, *, keys: Sequence[str] = (), head: tuple[int, str] | None = None) -> Verification:
    records = records_in(path)
    first = next(records, None)
    if first is None or first.get("bihuan") != EXPORT:
        raise Unreadable("this is no export of the ledger")
    checking = Check(keys, head)
    checking.take(first)
    last: Mapping[str, Any] = first
    for last in records:
        checking.take(last)
    if "end" not in last:
        raise Unreadable("the export is not whole: its end is missing")
    return checking.done()


def known_head(text: str) -> tuple[int, str]:
    """`NUMBER:ROOT`, as published and as printed in circulars."""
    number, _colon, root = text.partition(":")
    if not number.isdigit() or len(bytes.fromhex(root)) != HASH_BYTES:
        raise ValueError(text)
    return int(number), root.lower()


def said(found: Verification) -> Iterator[str]:
    """The result in lines for a person."""
    for flaw in found.flaws:
        yield f"{flaw.stream} line {flaw.position}: {flaw.code}"
    verdict = "sound" if found.is_sound else "NOT SOUND"
    yield (
        f"{found.entries} entries in {found.streams} chains, {found.sealed} sealed under {found.heads} heads:"
        f" {verdict}"
    )
    if not found.trusted:
        yield "No public key from outside was given: the heads vouch only for themselves (--key)."


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bihuan.ledger.offline", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", help="an export of the ledger (may be .gz), a proof, or a publication")
    parser.add_argument("--key", action="append", default=[], help="a public key, 64 hexadecimal digits")
    parser.add_argument("--head", type=known_head, help="NUMBER:ROOT of a head that was published")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args(arguments)
    keys = [key.lower() for key in given.key]
    try:
        first = next(records_in(given.file), {})
        if first.get("bihuan") in (INCLUSION, CONSISTENCY, PUBLICATION):
            fault = (check_publication if first["bihuan"] == PUBLICATION else check_proof)(first, keys)
            print(json.dumps({"sound": not fault, "fault": fault}) if given.json else fault or "sound")
            return 1 if fault else 0
        found = check_file(given.file, keys=keys, head=given.head)
    except (OSError, EOFError, Unreadable, KeyError, TypeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
        print(f"{given.file}: {why}", file=sys.stderr)
        return 2
    for line in [json.dumps(found.as_json())] if given.json else said(found):
        print(line)
    return 0 if found.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
