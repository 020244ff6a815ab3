"""Receiving, citing and discarding evidence files."""

import hashlib
import io
import os
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from bihuan.documents import access, incoming, store
from bihuan.documents.actions import cite, date_evidence, discard_file, receive_file, record_reading
from bihuan.documents.jobs import KEPT, sweep
from bihuan.documents.models import Citation, Content, File
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.kernel.errors import NotPermitted, Refused
from bihuan.ledger.models import Entry
from bihuan.org.actors import bystander
from bihuan.org.roles import Role
from tests.town import MORNING, TODAY

from . import samples as s


def receive(actor, content=s.PDF, name="整改报告.pdf", **more):
    given = {"upload_id": uuid4(), "stream": io.BytesIO(content), "name": name}
    return receive_file(actor=actor, **given | more)


def cited(actor, subject, *files):
    with transaction.atomic():
        return cite([file.pk for file in files], subject, actor=actor)


def on_disk(root):
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_a_file_is_kept_under_its_digest_with_one_entry(handler, own_store):
    file = receive(handler, evidence_on=date(2026, 11, 20))
    digest = hashlib.sha256(s.PDF).hexdigest()
    assert (file.content.digest, file.content.size, file.kind) == (digest, len(s.PDF), "pdf")
    assert (file.received_at, file.evidence_on) == (MORNING, date(2026, 11, 20))
    assert (file.uploaded_by_id, file.unit_id) == (handler.person_id, handler.unit_id)
    assert on_disk(own_store) == [own_store / "evidence" / digest[:2] / digest]
    assert file.content.stored.open().read() == s.PDF
    (entry,) = Entry.objects.of(file)
    assert entry.facts == {
        "digest": digest,
        "size": len(s.PDF),
        "kind": "pdf",
        "upload": str(file.upload_id),
        "evidence_on": "2026-11-20",
    }


def test_a_file_of_our_own_is_copied_and_stays(handler, tmp_path):
    ours = tmp_path / "整改报告.pdf"
    ours.write_bytes(s.PDF)
    with ours.open("rb") as stream:
        assert receive(handler, stream=stream).content.size == len(s.PDF)
    assert ours.read_bytes() == s.PDF


def test_the_same_upload_again_is_the_same_file(handler):
    upload_id = uuid4()
    first = receive(handler, upload_id=upload_id)
    assert receive(handler, upload_id=upload_id) == first
    assert Entry.objects.of(first).count() == File.objects.count() == 1


def test_the_same_content_from_two_people_is_stored_once_and_theirs_apart(handler, town, own_store):
    other = town.actor("学院", Role.HANDLER)
    mine, theirs = receive(handler), receive(other, name="别的名字.pdf")
    assert mine.content == theirs.content
    assert (mine.name, theirs.name) == ("整改报告.pdf", "别的名字.pdf")
    assert len(on_disk(own_store)) == 1


def test_two_people_may_choose_the_same_upload_id(handler, town):
    upload_id = uuid4()
    assert receive(handler, upload_id=upload_id) != receive(town.actor("学院"), upload_id=upload_id)


def test_a_name_without_an_extension_gets_the_one_of_its_content(handler):
    assert receive(handler, s.JPG, "现场照片").name == "现场照片.jpg"


def test_a_picture_is_kept_with_every_byte_of_its_metadata(handler):
    assert receive(handler, s.JPG, "现场.jpg").content.stored.open().read() == s.JPG


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"content": b""}, "empty", "file"),
        ({"content": s.PDF + bytes(2000)}, "too_large", "file"),
        ({"name": "绝密.pdf"}, "secrecy_mark", "file"),
        ({"content": s.EXE}, "program", "file"),
        ({"content": s.DOCX}, "mismatch", "file"),
        ({"digest": "0" * 64}, "digest", "file"),
        ({"evidence_on": TODAY + timedelta(1)}, "evidence_on", "evidence_on"),
        ({"evidence_until": TODAY}, "evidence_until", "evidence_until"),
        ({"evidence_on": TODAY, "evidence_until": TODAY - timedelta(1)}, "evidence_until", "evidence_until"),
        ({"evidence_on": TODAY, "evidence_until": TODAY + timedelta(1)}, "evidence_until", "evidence_until"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(handler, own_store, settings, changes, code, field):
    settings.MAX_FILE_BYTES = 1900
    with pytest.raises(Refused) as refusal:
        receive(handler, **changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not File.objects.exists()
    assert not Content.objects.exists()
    assert on_disk(own_store) == []


def test_who_holds_no_post_uploads_nothing(town):
    with pytest.raises(NotPermitted):
        receive(bystander(town.person("一中")))


def test_the_evidence_date_may_be_set_until_something_rests_on_the_file(handler, town):
    file = receive(handler)
    date_evidence(actor=handler, file_id=file.pk, evidence_on=date(2026, 9, 1), evidence_until=TODAY)
    file.refresh_from_db()
    assert file.evidence_period == (date(2026, 9, 1), TODAY)
    assert file.received_at == MORNING
    cited(handler, town.unit("一中"), file)
    with pytest.raises(Refused) as refusal:
        date_evidence(actor=handler, file_id=file.pk, evidence_on=None)
    assert refusal.value.code == "frozen"


def test_citing_freezes_and_is_on_record_once(handler, town):
    subject = town.unit("一中")
    second, first = receive(handler), receive(handler, s.JPG, "现场.jpg")
    for _turn in range(2):
        assert cited(handler, subject, first, second) == [first, second]
    for file in (first, second):
        file.refresh_from_db()
        assert file.frozen_at == MORNING
        assert [entry.verb for entry in Entry.objects.of(file)] == [
            "documents.file.received",
            "documents.file.cited",
        ]
        assert Entry.objects.of(file)[1].facts == {"by": f"org.unit:{subject.pk}"}
    assert Citation.objects.count() == 2


def test_a_frozen_file_may_be_cited_by_another_subject(handler, town, readers):
    file = receive(handler)
    cited(handler, town.unit("一中"), file)
    access.register("tests", lambda actor, file: True)
    cited(handler, town.unit("省厅"), file)
    assert {one.subject for one in file.citations.all()} == {
        f"org.unit:{town.unit(name).pk}" for name in ("一中", "省厅")
    }


def test_citing_needs_an_open_action(handler, town):
    file = receive(handler)
    connection.in_atomic_block, was = False, connection.in_atomic_block
    try:
        with pytest.raises(RuntimeError, match="step"):
            cite([file.pk], town.unit("一中"), actor=handler)
    finally:
        connection.in_atomic_block = was


@pytest.mark.parametrize("who", ["colleague", "stranger"])
def test_nobody_cites_what_they_may_not_read(handler, town, readers, who):
    file = receive(handler)
    other = town.actor("一中", Role.LEADER) if who == "colleague" else town.actor("学院", Role.HANDLER)
    with pytest.raises(Refused) as refusal:
        cited(other, town.unit("一中"), file)
    assert (refusal.value.code, refusal.value.field) == ("file_gone", "files")
    file.refresh_from_db()
    assert not file.is_frozen


def test_a_file_that_is_gone_is_not_cited(handler, town):
    file, other = receive(handler), receive(handler, s.JPG, "现场.jpg")
    discard_file(actor=handler, file_id=file.pk)
    with pytest.raises(Refused), transaction.atomic():
        cite([file.pk, other.pk], town.unit("一中"), actor=handler)
    assert not Citation.objects.exists()


@pytest.mark.parametrize(
    ("state", "statement", "refused"),
    [
        ("fresh", "UPDATE documents_file SET evidence_on = '2026-01-01'", False),
        ("fresh", "DELETE FROM documents_file", False),
        ("fresh", "UPDATE documents_file SET received_at = now()", True),
        ("fresh", "UPDATE documents_file SET name = 'x'", True),
        ("fresh", "UPDATE documents_content SET digest = repeat('0', 64)", True),
        ("frozen", "UPDATE documents_file SET evidence_on = '2026-01-01'", True),
        ("frozen", "UPDATE documents_file SET frozen_at = NULL", True),
        ("frozen", "DELETE FROM documents_file", True),
        ("frozen", "DELETE FROM documents_citation", True),
        ("frozen", "UPDATE documents_citation SET subject = 'x:1'", True),
        ("frozen", "TRUNCATE documents_citation", True),
        ("frozen", "TRUNCATE documents_file CASCADE", True),
    ],
)
def test_the_database_keeps_what_was_received_and_what_was_cited(handler, town, state, statement, refused):
    file = receive(handler)
    if state == "frozen":
        cited(handler, town.unit("一中"), file)
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    if refused:
        with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
            connection.cursor().execute(statement)
    else:
        connection.cursor().execute(statement)


def test_only_the_sender_discards_and_only_before_a_citation(handler, town):
    file = receive(handler)
    with pytest.raises(File.DoesNotExist):
        discard_file(actor=town.actor("学院"), file_id=file.pk)
    cited(handler, town.unit("一中"), file)
    with pytest.raises(Refused):
        discard_file(actor=handler, file_id=file.pk)
    other = receive(handler, s.JPG, "现场.jpg")
    discard_file(actor=handler, file_id=other.pk)
    assert not File.objects.filter(pk=other.pk).exists()
    assert Entry.objects.filter(verb="documents.file.discarded").count() == 1


def test_reading_a_sensitive_file_is_on_record(handler):
    file = receive(handler)
    record_reading(actor=handler, file_id=file.pk)
    assert Entry.objects.of(file).last().verb == "documents.file.read"


def age(path, by=KEPT * 2):
    moment = (MORNING - by).timestamp()
    os.utime(path, (moment, moment))


def test_sweeping_removes_what_belongs_to_nobody_and_nothing_else(handler, own_store):
    kept, dropped = receive(handler), receive(handler, s.JPG, "现场.jpg")
    discard_file(actor=handler, file_id=dropped.pk)
    orphan = own_store / "evidence" / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"left by a process that died")
    for upload_id in (uuid4(), uuid4()):
        incoming.receive_piece(handler, upload_id, name="甲.pdf", offset=0, length=10, pieces=[b"12345"])
    broken_off, going_on = sorted((own_store / "incoming").iterdir())
    for path in (
        broken_off,
        orphan,
        own_store / dropped.content.stored.name,
        own_store / kept.content.stored.name,
    ):
        age(path)
    age(going_on, KEPT / 2)
    with clock.frozen(MORNING + KEPT / 2):
        sweep()
    assert {path.name for path in on_disk(own_store)} == {
        kept.content.digest,
        dropped.content.digest,  # its row is younger than two days
        going_on.name,
    }
    with clock.frozen(MORNING + KEPT * 2):
        sweep()
        sweep()
    assert on_disk(own_store) == [own_store / kept.content.stored.name]
    assert list(Content.objects.all()) == [kept.content]
    assert Entry.objects.filter(verb="documents.content.swept").count() == 1


def test_bytes_left_by_a_process_that_died_are_replaced(handler, own_store):
    digest = hashlib.sha256(s.PDF).hexdigest()
    left = own_store / "evidence" / digest[:2] / digest
    left.parent.mkdir(parents=True)
    left.write_bytes(s.PDF[:7])
    file = receive(handler)
    assert file.content.stored.open().read() == s.PDF
    assert on_disk(own_store) == [left]


def test_damage_to_the_store_is_found(handler, own_store):
    files = [receive(handler), receive(handler, s.JPG, "甲.jpg"), receive(handler, s.CSV, "乙.csv")]
    assert list(store.damaged()) == []
    changed, gone = (own_store / file.content.stored.name for file in files[:2])
    changed.chmod(0o600)
    changed.write_bytes(b"x" + s.PDF[1:])
    gone.unlink()
    assert list(store.damaged()) == [file.content for file in files[:2]]


def test_a_system_actor_belongs_to_no_unit_and_uploads_nothing(db):
    with pytest.raises(NotPermitted):
        receive(system("tests"))
