"""Sealing: what was written goes under a signed tree head (封存), and the key that signs is changed."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger import keys, queries
from bihuan.ledger.book import append
from bihuan.ledger.models import Head, Sealing, SigningKey
from bihuan.ledger.offline import head_digest, leaf_hash, signed_bytes

CHUNK = 20_000
ONE_SEALER = 0x5EA1  # the advisory lock that only one sealer holds
LEAVES = "ledger_leaf (index, entry_id, hash) AS bigint bigint bytea"
NODES = "ledger_node (level, place, hash) AS smallint bigint bytea"


class KeyMissing(Refused):
    """The private half of the key in force is not on this machine; nothing can be sealed here."""

    code = "seal_key_missing"
    message = gettext_lazy("这台机器上没有现行封存密钥的私钥，无法封存留痕")


@action
def seal(*, actor: Actor, limit: int = CHUNK) -> int:
    """Seal entries that are not sealed yet under a new head, `limit` at most; returns how many.

    Writers are never kept waiting: no lock on the entries. A second sealer finds the first at work and leaves;
    one that is killed leaves nothing behind, its entries go with the next. Leaves no entry of its own, which
    would be one more to seal each time.
    """
    if not _alone():
        return 0
    sealing = Sealing.objects.get_or_create(pk=1)[0]
    reach, writers = queries.last_id(), queries.writers()  # in this order, and before the entries are read
    rows = list(queries.unsealed(sealing.settled)[:limit])
    if rows:
        signer = _signer(actor)
        _put_under(signer, rows)
    if len(rows) < limit:
        _settle(sealing, reach, writers)
    sealing.ran_at = clock.now()
    sealing.save()
    return len(rows)


@action
def change_key(*, actor: Actor, lost: bool = False) -> SigningKey:
    """Let a new key sign from now on (更换封存密钥); the old one names it in the last head it signs.

    The new one is drawn here, or is the last of BIHUAN_SEAL_KEYS. With `lost` the old key is gone and nothing
    vouches for the new one but whoever knows it from elsewhere: only for want of anything better.
    """
    _wait_alone()
    held, current = keys.held(), SigningKey.objects.order_by("pk").last()
    if current is None:
        raise Refused(_("还没有封存过，不需要更换密钥"), code="nothing_sealed")
    if current.public not in held and not lost:
        raise KeyMissing()
    if keys.is_given():
        fresh = list(held.values())[-1]
        if SigningKey.objects.filter(public=keys.public_of(fresh)).exists():
            raise Refused(_("请先把新密钥加在BIHUAN_SEAL_KEYS的最后"), code="no_new_key")
    else:
        fresh = keys.draw()
    named_in = None if lost else _sign(held[current.public], next_key=keys.public_of(fresh))
    return _begin(fresh, actor, named_in)


@step
def _put_under(signer: Ed25519PrivateKey, rows: Sequence[tuple[int, str]]) -> Head:
    """Leaves for these entries, the subtrees they make whole, and a head over everything."""
    last = Head.objects.order_by("number").last()
    edge = queries.edge_at(last.size if last else 0)
    begin, hashes = edge.size, [leaf_hash(digest) for _pk, digest in rows]
    nodes = [node for one in hashes for node in edge.add(one)]
    _insert(LEAVES, range(begin, edge.size), [pk for pk, _digest in rows], hashes)
    _insert(NODES, *([row[part] for row in nodes] for part in range(3)))
    return _sign(signer, size=edge.size, root=edge.root().hex())


@step
def _sign(signer: Ed25519PrivateKey, *, next_key: str = "", **grown: int | str) -> Head:
    """The next head: of a grown tree, or of the same one where only the key changes."""
    last = Head.objects.order_by("number").last()
    head = Head(number=1, size=0, root=queries.edge_at(0).root().hex(), at=clock.now())
    if last:
        head = Head(number=last.number + 1, size=last.size, root=last.root, at=max(clock.now(), last.at))
        head.previous = head_digest(last.as_record())
    for name, value in grown.items():
        setattr(head, name, value)
    head.key, head.next_key = keys.public_of(signer), next_key
    head.signature = signer.sign(signed_bytes(head.as_record())).hex()
    head.save(force_insert=True)
    return head


def _signer(actor: Actor) -> Ed25519PrivateKey:
    """The private half of the key in force; the very first time, a key to begin with."""
    held, current = keys.held(), SigningKey.objects.order_by("pk").last()
    if current is None:
        first = list(held.values())[-1] if held else keys.draw()
        _begin(first, actor, None)
        return first
    if current.public not in held:
        raise KeyMissing()
    return held[current.public]


@step
def _begin(key: Ed25519PrivateKey, actor: Actor, named_in: Head | None) -> SigningKey:
    known = SigningKey(public=keys.public_of(key), from_at=clock.now(), named_in=named_in)
    known.save(force_insert=True)
    number = named_in.number if named_in else None
    append("ledger.key.began", actor=actor, subject=known, public=known.public, head=number)
    return known


def _settle(sealing: Sealing, reach: int, writers: list[str]) -> None:
    """Move the mark below which nothing can come any more: ids are given before they are committed."""
    still = set(sealing.awaited) & set(writers)
    if still:
        sealing.awaited = sorted(still)
        return
    sealing.settled = sealing.awaited_to if writers else reach
    sealing.awaited_to, sealing.awaited = reach, writers


def _insert(into: str, *columns: Sequence[object]) -> None:
    """Many rows in one statement; `into` says the table with its columns and the types of these."""
    table, _as, types = into.partition(" AS ")
    with connection.cursor() as cursor:
        arrays = ", ".join(f"%s::{kind}[]" for kind in types.split())
        cursor.execute(f"INSERT INTO {table} SELECT * FROM unnest({arrays})", [list(one) for one in columns])


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_SEALER])
        return cursor.fetchone()[0]


def _wait_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
