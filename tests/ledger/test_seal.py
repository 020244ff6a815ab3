"""Sealing, proofs, export and what the verifier says of a record that was tampered with."""

import json
import stat
import subprocess
import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, connection, transaction

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import Refused
from bihuan.ledger import keys, offline, queries
from bihuan.ledger.actions import KeyMissing, change_key, seal
from bihuan.ledger.book import Line, append, append_many
from bihuan.ledger.checks import seal_keys_can_be_read
from bihuan.ledger.models import Entry, Head, Leaf, Node, Sealing, SigningKey
from bihuan.ledger.offline import Flaw, check_proof, hash_node, leaf_hash, signed_bytes
from bihuan.ledger.rules import Key
from bihuan.org.models import Unit
from tests.town import TODAY

ROBOT = system("tests")
TABLES = ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_head", "ledger_signingkey")
STREAM = "org.unit:9001"


@pytest.fixture(autouse=True)
def _own_keys(settings, tmp_path):
    settings.SEAL_KEY_FOLDER = tmp_path / "keys"


@pytest.fixture
def _at_work(db, at_work):
    return at_work


pytestmark = pytest.mark.usefixtures("_at_work")


def write(count=1, subject=9001):
    for _turn in range(count):
        append("org.unit.renamed", actor=ROBOT, subject=Key(Unit, subject), on=TODAY)


def sealed_thrice():
    """Two streams under three heads: 1–4, 5–6, 7–9 of the first, one line of the second in the middle."""
    for count in (4, 2, 3):
        write(count)
        write(1, 9002)
        seal(actor=ROBOT)
    return Head.objects.get(pk=3)


def behind_the_back(*statements):
    """Change what is sealed as an intruder with the triggers switched off would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement) if isinstance(statement, str) else statement()
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def ours():
    return list(SigningKey.objects.values_list("public", flat=True))


def exported(tmp_path):
    file = tmp_path / "ledger.jsonl"
    with file.open("w") as target:
        queries.export(target)
    return file


def test_every_entry_is_sealed_once_and_in_the_order_of_writing():
    sealed_thrice()
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(12 + 1))
    assert Leaf.objects.count() == Entry.objects.count()  # with the line that says which key began
    assert [head.size for head in Head.objects.order_by("number")] == [5, 9, 13]
    assert seal(actor=ROBOT) == 0
    found = queries.verify(keys=ours())
    assert (found.flaws, found.sealed, found.heads, found.trusted) == ([], 13, 3, True)


@pytest.mark.parametrize("table", TABLES[1:])
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_seal(table, deed):
    sealed_thrice()
    column = {"ledger_signingkey": "public"}.get(table, "number" if table == "ledger_head" else "hash")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(deed.format(table, column, column))


def test_a_large_batch_is_sealed_in_chunks_with_a_head_each():
    lines = [Line(Key(Unit, number), {"on": TODAY}) for number in range(2500)]
    append_many("org.unit.renamed", actor=ROBOT, lines=lines)
    while seal(actor=ROBOT, limit=1000) == 1000:
        pass
    assert [head.size for head in Head.objects.order_by("number")] == [1000, 2000, 2501]
    assert Node.objects.count() == 2501 - bin(2501).count("1")
    assert queries.verify().is_sound


def forge_root():
    """Rewrite a line, everything that follows from it, and the heads; only the signatures cannot be made."""
    line = Entry.objects.get(stream=STREAM, position=2)
    previous = line.previous
    for line in Entry.objects.filter(stream=STREAM, position__gte=2).order_by("position"):
        line.facts = {"on": "1999-01-01"} if line.position == 2 else line.facts
        line.previous = previous
        line.digest = previous = line.compute_digest()
        Entry.objects.filter(pk=line.pk).update(facts=line.facts, previous=line.previous, digest=line.digest)
        Leaf.objects.filter(entry=line.pk).update(hash=leaf_hash(line.digest))
    hashes = {(0, leaf.index): bytes(leaf.hash) for leaf in Leaf.objects.all()}
    for node in Node.objects.order_by("level", "place"):
        left = hashes[node.level - 1, node.place * 2]
        hashes[node.level, node.place] = hash_node(left, hashes[node.level - 1, node.place * 2 + 1])
        Node.objects.filter(pk=node.pk).update(hash=hashes[node.level, node.place])
    for head in Head.objects.order_by("number"):
        Head.objects.filter(pk=head.pk).update(root=queries.edge_at(head.size).root().hex())


def sign_anew(thief):
    """Sign every head with a key of one's own, and put it in the place of the old."""

    def sign():
        forge_root()
        previous = ""
        SigningKey.objects.update(public=keys.public_of(thief))
        for head in Head.objects.order_by("number"):
            head.key, head.previous = keys.public_of(thief), previous
            head.signature = thief.sign(signed_bytes(head.as_record())).hex()
            previous = offline.head_digest(head.as_record())
            head.save()

    return sign


def change_leaf_and_entry():
    """A line at the end of its chain, with its digest and its leaf."""
    line = Entry.objects.get(stream=STREAM, position=9)
    line.actor_post = "x"
    Entry.objects.filter(pk=line.pk).update(actor_post="x", digest=line.compute_digest())
    Leaf.objects.filter(entry=line.pk).update(hash=leaf_hash(line.compute_digest()))


def rewrite_end_of_chain():
    line = Entry.objects.get(stream=STREAM, position=9)
    line.actor_post = "x"
    Entry.objects.filter(pk=line.pk).update(actor_post="x", digest=line.compute_digest())


def insert_unseen():
    """A line put in with an id from the past, which the sealer passed long ago."""
    known = Entry.objects.order_by("pk").first()
    fresh = Entry.objects.get(pk=known.pk)
    fresh.stream, fresh.position, fresh.previous = "org.unit:9003", 1, ""
    fresh.pk, fresh.digest = 0, fresh.compute_digest()
    fresh.save(force_insert=True)


def replace_head():
    Head.objects.filter(pk=2).update(root="0" * 64)


WHERE = f"WHERE stream = '{STREAM}' AND position"
TAMPERING = {
    "one byte": ([f"UPDATE ledger_entry SET actor_post = actor_post || 'x' {WHERE} = 3"], Flaw(STREAM, 3, "altered")),
    "one row removed": ([f"DELETE FROM ledger_entry {WHERE} = 5"], Flaw(STREAM, 5, "missing")),
    "the last row removed": ([f"DELETE FROM ledger_entry {WHERE} = 9"], Flaw("ledger.leaf", 11, "missing")),
    "one inserted": ([insert_unseen], Flaw("org.unit:9003", 1, "unsealed")),
    "the end of a chain rewritten": ([rewrite_end_of_chain], Flaw(STREAM, 9, "rewritten")),
    "with its leaf": ([change_leaf_and_entry], Flaw("ledger.head", 3, "root")),
    "one head replaced": ([replace_head], Flaw("ledger.head", 2, "signature")),
    "one head removed": (["DELETE FROM ledger_head WHERE number = 2"], Flaw("ledger.head", 2, "missing")),
    "everything rewritten": ([forge_root], Flaw("ledger.head", 1, "signature")),
    "the end cut off": (
        ["DELETE FROM ledger_entry WHERE id IN (SELECT entry_id FROM ledger_leaf WHERE index > 8)"],
        Flaw("ledger.leaf", 9, "missing"),
    ),
    "with its leaves": (
        [
            "DELETE FROM ledger_entry WHERE id IN (SELECT entry_id FROM ledger_leaf WHERE index > 8)",
            "DELETE FROM ledger_leaf WHERE index > 8",
        ],
        Flaw("ledger.head", 3, "cut"),
    ),
    "the last head removed": (["DELETE FROM ledger_head WHERE number = 3"], Flaw("ledger.leaf", 9, "unsigned")),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_named_in_the_database_and_in_an_export(name, tmp_path):
    sealed_thrice()
    deeds, flaw = TAMPERING[name]
    assert queries.verify(keys=ours()).is_sound
    behind_the_back(*deeds)
    assert queries.verify(keys=ours()).flaws[0] == flaw
    assert offline.check_file(str(exported(tmp_path)), keys=ours()).flaws[0] == flaw


def test_the_first_entry_that_a_forged_head_leaves_in_doubt_is_named():
    sealed_thrice()
    behind_the_back(change_leaf_and_entry)
    assert Flaw(STREAM, 7, "in_doubt") in queries.verify().flaws
    assert Flaw("ledger.node:1", 5, "altered") in queries.verify().flaws


def test_a_record_signed_anew_by_a_thief_shows_to_whoever_knows_the_key():
    sealed_thrice()
    known = ours()
    behind_the_back(sign_anew(Ed25519PrivateKey.generate()))
    assert queries.verify().is_sound  # in itself it is whole: that is why keys are published
    assert [flaw.code for flaw in queries.verify(keys=known).flaws] == ["untrusted"]


def test_an_end_cut_off_with_its_heads_shows_to_whoever_knows_a_head():
    last = sealed_thrice()
    published = (last.number, last.root)
    behind_the_back(
        "DELETE FROM ledger_entry WHERE id IN (SELECT entry_id FROM ledger_leaf WHERE index > 8)",
        "DELETE FROM ledger_leaf WHERE index > 8",
        "DELETE FROM ledger_node WHERE (place + 1) << level > 9",
        "DELETE FROM ledger_head WHERE number = 3",
    )
    assert queries.verify(keys=ours()).is_sound
    assert queries.verify(keys=ours(), head=published).flaws == [Flaw("ledger.head", 3, "not_as_published")]


def test_proofs_show_an_entry_in_a_head_and_a_head_in_a_later_one(django_assert_max_num_queries):
    sealed_thrice()
    lines = [Line(Key(Unit, number), {"on": TODAY}) for number in range(300)]
    append_many("org.unit.renamed", actor=ROBOT, lines=lines)
    seal(actor=ROBOT)
    heads = list(Head.objects.order_by("number"))
    for entry in Entry.objects.order_by("pk")[::37]:
        with django_assert_max_num_queries(4):
            proof = json.loads(json.dumps(queries.inclusion_proof(entry.digest)))
        assert check_proof(proof, ours()) is None
        assert "is not in head" in check_proof(proof | {"digest": "0" * 64})
        assert "another key" in check_proof(proof, ["0" * 64])
        assert "signature" in check_proof(proof | {"head": proof["head"] | {"size": 7}})
    for first in heads:
        for second in heads[first.number - 1 :]:
            grown = queries.consistency_proof(first, second)
            assert check_proof(grown, ours()) is None
            if first.size < second.size:
                assert "does not continue" in check_proof(grown | {"path": grown["path"][:-1]})


def test_an_entry_not_sealed_yet_has_no_proof_and_is_said_to_wait():
    sealed_thrice()
    write()
    fresh = Entry.objects.latest("pk")
    assert queries.inclusion_proof(fresh.digest) is None
    assert queries.is_waiting(fresh.digest)
    assert not queries.is_waiting("0" * 64)


@pytest.mark.parametrize("late", [timedelta(minutes=4), timedelta(minutes=6)])
def test_lagging_is_said_after_five_minutes(at_work, late):
    write()
    with clock.frozen(at_work + late):
        assert (queries.behind() is not None) is (late > timedelta(minutes=5))
        seal(actor=ROBOT)
        assert queries.behind() is None


# --- Keys -------------------------------------------------------------------------------------------------


def test_the_first_key_is_drawn_into_a_file_of_its_owner_alone(settings):
    sealed_thrice()
    [file] = settings.SEAL_KEY_FOLDER.iterdir()
    assert file.name == ours()[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not keys.readable_by_others()


def test_a_new_key_is_named_by_the_old_one(tmp_path):
    sealed_thrice()
    old = ours()
    change_key(actor=ROBOT)
    write()
    seal(actor=ROBOT)
    rotation, last = Head.objects.order_by("number")[3:]
    assert (rotation.key, rotation.next_key, rotation.size) == (old[0], ours()[1], 13)
    assert (last.key, last.size) == (ours()[1], 15)
    for known in (old, ours()[1:]):  # whoever knows either key believes all of it
        assert offline.check_file(str(exported(tmp_path)), keys=known).is_sound


def test_a_key_that_nobody_named_is_refused_unless_known_from_elsewhere():
    sealed_thrice()
    old = ours()
    change_key(actor=ROBOT, lost=True)
    seal(actor=ROBOT)
    assert Flaw("ledger.head", 4, "unknown_key") in queries.verify(keys=old).flaws
    assert queries.verify(keys=ours()).is_sound


@pytest.mark.parametrize(("lost", "refusal"), [(False, KeyMissing), (True, None)])
def test_without_the_private_key_nothing_is_sealed_until_a_new_one_begins(settings, lost, refusal):
    sealed_thrice()
    for file in settings.SEAL_KEY_FOLDER.iterdir():
        file.unlink()
    write()
    with pytest.raises(KeyMissing):
        seal(actor=ROBOT)
    with pytest.raises(refusal) if refusal else nullcontext():
        change_key(actor=ROBOT, lost=lost)
        seal(actor=ROBOT)
    assert Head.objects.count() == (3 if refusal else 4)


def test_a_server_gives_its_keys_by_environment_and_adds_the_next_one(settings):
    first, second = keys.fresh_text(), keys.fresh_text()
    settings.SEAL_KEYS = [first]
    write()
    seal(actor=ROBOT)
    with pytest.raises(Refused) as refusal:
        change_key(actor=ROBOT)
    assert refusal.value.code == "no_new_key"
    settings.SEAL_KEYS = [first, second]
    change_key(actor=ROBOT)
    seal(actor=ROBOT)
    assert ours() == list(keys.held())
    assert not settings.SEAL_KEY_FOLDER.exists()
    assert queries.verify(keys=ours()).is_sound


@pytest.mark.parametrize(("given", "faults"), [(["zz"], 1), (["00"], 1), (["11" * 32], 0)])
def test_keys_that_cannot_be_read_are_found_at_start(settings, given, faults):
    settings.SEAL_KEYS = given
    assert len(seal_keys_can_be_read()) == faults


# --- The verifier as an auditor runs it -------------------------------------------------------------------


@pytest.mark.parametrize("spoil", [None, "byte", "cut", "other"])
def test_the_verifier_runs_alone_on_a_copy_of_its_one_file(tmp_path, spoil):
    last = sealed_thrice()
    file, script = exported(tmp_path), tmp_path / "check.py"
    script.write_text(Path(offline.__file__).read_text())
    text = file.read_text()
    if spoil == "byte":
        file.write_text(text.replace("system:tests", "system:testz", 1))
    elif spoil == "cut":
        file.write_text(text[: len(text) // 2])
    elif spoil == "other":
        file.write_text("{}\n")
    options = ["--key", ours()[0], "--head", str(last), "--json"]
    done = subprocess.run(
        [sys.executable, "-I", script, file, *options], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == {None: 0, "byte": 1}.get(spoil, 2), done.stderr
    if spoil in (None, "byte"):
        assert json.loads(done.stdout)["sound"] is (spoil is None)
    else:
        assert "Traceback" not in done.stderr


def test_a_proof_file_is_checked_by_the_same_command(tmp_path, capsys):
    sealed_thrice()
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(queries.inclusion_proof(Entry.objects.earliest("pk").digest)))
    assert offline.main([str(file), "--key", ours()[0]]) == 0
    assert offline.main([str(file), "--key", "0" * 64]) == 1


def test_an_export_holds_no_words(tmp_path):
    append("org.unit.renamed", actor=ROBOT, subject=Key(Unit, 9001), text="涉及个人", on=TODAY)
    seal(actor=ROBOT)
    assert "涉及个人" not in exported(tmp_path).read_text()
    assert Sealing.objects.get().ran_at
