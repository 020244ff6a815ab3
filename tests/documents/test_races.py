"""Several real processes at one store. Every race is run a second time without its guard, and then must fail."""

import hashlib
import io
from contextlib import suppress
from uuid import uuid4

import pytest

from bihuan.documents import incoming, store
from bihuan.documents.actions import receive_file
from bihuan.documents.models import Content, File
from bihuan.org.roles import Role
from tests.together import meet, processes, together
from tests.town import Town

from . import samples as s

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def handler(at_work):
    return Town().actor("一中", Role.HANDLER)


@pytest.fixture(params=["guarded", "unguarded"])
def guarded(request, monkeypatch):
    if request.param == "unguarded":
        monkeypatch.setattr(store, "lock", lambda name: None)
    return request.param == "guarded"


@pytest.fixture
def slow_put(monkeypatch):
    """Both processes get as far as storing, if nothing keeps one of them back."""
    barrier, put = processes.Barrier(2), store.put

    def put_together(stream, digest):
        meet(barrier)
        return put(stream, digest)

    monkeypatch.setattr(store, "put", put_together)


@pytest.mark.usefixtures("slow_put")
def test_the_same_content_from_two_processes_is_stored_once(handler, guarded):
    def receive():
        return receive_file(actor=handler, upload_id=uuid4(), stream=io.BytesIO(s.PDF), name="甲.pdf").pk

    given = together(receive, receive)
    if guarded:
        assert File.objects.filter(pk__in=given).count() == 2
    else:
        assert "IntegrityError" in given
    assert Content.objects.count() == 1


@pytest.mark.usefixtures("slow_put")
def test_one_upload_completed_by_two_processes_is_one_file(handler, guarded, monkeypatch):
    upload_id = uuid4()
    incoming.receive_piece(handler, upload_id, name="甲.pdf", offset=0, length=len(s.PDF), pieces=[s.PDF])
    if not guarded:
        monkeypatch.setattr("fcntl.flock", lambda *_args: None)

    def complete():
        with incoming.complete(handler, upload_id) as stream:
            if stream is None:
                return File.objects.get(upload_id=upload_id).pk
            return receive_file(actor=handler, upload_id=upload_id, stream=stream, name="甲.pdf").pk

    given = together(complete, complete)
    file = File.objects.get()
    assert (given == [file.pk, file.pk]) is guarded


def test_sweeping_never_takes_bytes_that_are_just_arriving(handler, guarded, own_store, monkeypatch):
    path = f"evidence/{hashlib.sha256(s.PDF).hexdigest()[:2]}/{hashlib.sha256(s.PDF).hexdigest()}"
    (own_store / path).parent.mkdir(parents=True)
    (own_store / path).write_bytes(b"left by a process that died")
    stored, swept, put = processes.Barrier(2), processes.Barrier(2), store.put

    def put_and_wait(stream, digest):
        name = put(stream, digest)
        meet(stored)
        meet(swept)
        return name

    monkeypatch.setattr(store, "put", put_and_wait)

    def receive():
        return receive_file(actor=handler, upload_id=uuid4(), stream=io.BytesIO(s.PDF), name="甲.pdf").pk

    def sweep():
        meet(stored)
        store.remove_orphan(path)
        meet(swept)

    together(receive, sweep)
    assert (own_store / path).exists() is guarded
    assert list(store.damaged()) == ([] if guarded else [Content.objects.get()])


def test_pieces_of_one_upload_from_two_processes_do_not_mix(handler):
    upload_id, whole = uuid4(), s.PDF + bytes(range(256)) * 4000

    def send():
        while (offset := incoming.offset_of(handler, upload_id)) < len(whole):
            piece = [whole[offset : offset + 5000]]
            with suppress(incoming.OutOfPlace):
                incoming.receive_piece(
                    handler, upload_id, name="甲.pdf", offset=offset, length=len(whole), pieces=piece
                )
        return "sent"

    assert together(send, send) == ["sent", "sent"]
    with incoming.complete(handler, upload_id) as stream:
        assert stream.read() == whole
