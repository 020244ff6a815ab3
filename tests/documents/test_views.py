"""Uploading in pieces and at once, and downloading, as a browser does it."""

import hashlib
import io
import os
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import UnreadablePostError
from django.test import Client
from django.utils import translation

from bihuan.documents import access, incoming
from bihuan.documents.actions import receive_file
from bihuan.documents.models import Content, File, Paper
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role

from . import samples as s
from .test_files import cited, on_disk, receive


@pytest.fixture
def browser(client, town):
    client.force_login(town.person("一中", Role.HANDLER))
    return client


def send(browser, upload_id, piece, *, offset, whole, name="整改报告.pdf"):
    return browser.post(
        f"/files/uploads/{upload_id}/",
        data=piece,
        content_type="application/octet-stream",
        headers={"Upload-Offset": offset, "Upload-Length": len(whole), "Upload-Name": quote(name)},
    )


def complete(browser, upload_id, name="整改报告.pdf", **more):
    return browser.post(f"/files/uploads/{upload_id}/complete/", {"name": name, **more})


def test_ten_megabytes_arrive_in_pieces_and_are_receipted(browser, own_store):
    whole, upload_id = s.PDF + os.urandom(10 * 1024 * 1024), uuid4()
    offset = 0
    while offset < len(whole):
        piece = whole[offset : offset + 3_000_000]
        offset = send(browser, upload_id, piece, offset=offset, whole=whole).json()["offset"]
    answer = complete(browser, upload_id, evidence_on="2026-11-20")
    receipt, digest = answer.json(), hashlib.sha256(whole).hexdigest()
    file = File.objects.get()
    assert answer.status_code == 201
    assert receipt == {
        "id": file.pk,
        "upload": str(upload_id),
        "name": "整改报告.pdf",
        "kind": "pdf",
        "size": len(whole),
        "digest": digest,
        "received_at": "2026-11-23T09:00:00+08:00",
        "evidence_on": "2026-11-20",
        "evidence_until": None,
        "entry": Entry.objects.of(file)[0].digest,
        "href": f"/files/{file.pk}/",
    }
    assert [path.name for path in on_disk(own_store)] == [digest]


def test_an_upload_goes_on_from_where_the_line_broke(browser, own_store):
    whole, upload_id = s.PDF + bytes(1000), uuid4()

    class BrokenLine(io.BytesIO):
        def read(self, size=-1):
            if self.tell():
                raise OSError("connection reset")
            return super().read(700)

    with pytest.raises(UnreadablePostError):
        browser.generic(
            "POST",
            f"/files/uploads/{upload_id}/",
            b"",
            content_type="application/octet-stream",
            headers={"Upload-Offset": 0, "Upload-Length": len(whole), "Upload-Name": "a.pdf"},
            **{"wsgi.input": BrokenLine(whole), "CONTENT_LENGTH": str(len(whole))},
        )
    assert not File.objects.exists()
    arrived = browser.get(f"/files/uploads/{upload_id}/").json()["offset"]
    assert arrived == 700
    send(browser, upload_id, whole[arrived:], offset=arrived, whole=whole)
    assert complete(browser, upload_id).json()["digest"] == hashlib.sha256(whole).hexdigest()
    assert list((own_store / "incoming").iterdir()) == []


@pytest.mark.parametrize("cut", [1, 7, len(s.DOCX) // 2, len(s.DOCX) - 1])
def test_a_file_cut_in_two_anywhere_arrives_whole(browser, cut):
    upload_id = uuid4()
    for offset, piece in ((0, s.DOCX[:cut]), (cut, s.DOCX[cut:])):
        send(browser, upload_id, piece, offset=offset, whole=s.DOCX)
    assert complete(browser, upload_id, "方案.docx").json()["digest"] == hashlib.sha256(s.DOCX).hexdigest()


@pytest.mark.parametrize(("offset", "expected"), [(0, 5), (4, 5), (6, 5), (500, 5)])
def test_a_piece_out_of_place_is_told_where_to_go_on(browser, offset, expected):
    upload_id = uuid4()
    send(browser, upload_id, s.PDF[:5], offset=0, whole=s.PDF)
    answer = send(browser, upload_id, s.PDF[:5], offset=offset, whole=s.PDF)
    assert (answer.status_code, answer.json()["offset"]) == (409, expected)
    assert browser.get(f"/files/uploads/{upload_id}/").json() == {"offset": expected}


def test_completing_again_gives_the_same_receipt(browser):
    upload_id = uuid4()
    send(browser, upload_id, s.PDF, offset=0, whole=s.PDF)
    first, again = complete(browser, upload_id), complete(browser, upload_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert browser.get(f"/files/uploads/{upload_id}/").json() == {
        "offset": len(s.PDF),
        "receipt": first.json(),
    }
    assert send(browser, upload_id, s.PDF, offset=0, whole=s.PDF).json()["receipt"] == first.json()
    assert File.objects.count() == 1


def test_completing_what_never_arrived_is_not_found(browser):
    assert complete(browser, uuid4()).status_code == 404


@pytest.mark.parametrize(
    ("name", "length", "code"),
    [
        ("机密.pdf", 10, "secrecy_mark"),
        ("甲.pdf", 0, "empty"),
        ("甲.pdf", 51 * 1024 * 1024, "too_large"),
        ("甲.pdf", 3, "length"),
    ],
)
def test_what_cannot_be_accepted_is_refused_before_it_is_stored(browser, own_store, name, length, code):
    headers = {"Upload-Offset": 0, "Upload-Length": length, "Upload-Name": quote(name)}
    answer = browser.post(
        f"/files/uploads/{uuid4()}/", b"12345", content_type="application/octet-stream", headers=headers
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, "file")
    assert on_disk(own_store) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload-Offset": "x", "Upload-Length": "1", "Upload-Name": "a"},
        {"Upload-Offset": "0", "Upload-Length": "1"},
        {"Upload-Offset": "0", "Upload-Length": "1", "Upload-Name": "%ff%fe"},
    ],
)
def test_a_piece_without_its_headers_is_a_bad_request(browser, headers):
    answer = browser.post(
        f"/files/uploads/{uuid4()}/", b"1", content_type="application/octet-stream", headers=headers
    )
    assert answer.status_code == 400


def test_a_refused_upload_is_gone_and_may_be_sent_anew(browser, own_store):
    upload_id = uuid4()
    send(browser, upload_id, s.EXE, offset=0, whole=s.EXE)
    answer = complete(browser, upload_id)
    assert (answer.status_code, answer.json()["code"]) == (422, "program")
    assert on_disk(own_store) == []
    assert browser.get(f"/files/uploads/{upload_id}/").json() == {"offset": 0}


def test_dates_that_cannot_be_read_are_refused_and_the_upload_waits(browser, own_store):
    upload_id = uuid4()
    send(browser, upload_id, s.PDF, offset=0, whole=s.PDF)
    answer = complete(browser, upload_id, evidence_on="昨天")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["evidence_on"])
    assert complete(browser, upload_id, evidence_on="2026-11-20").status_code == 201


def test_too_many_uploads_left_open_are_refused(browser, monkeypatch):
    monkeypatch.setattr(incoming, "OPEN_UPLOADS", 2)
    codes = [send(browser, uuid4(), b"1", offset=0, whole=s.PDF).status_code for _turn in range(3)]
    assert codes == [200, 200, 422]


def test_nobody_goes_on_with_another_persons_upload(browser, town):
    upload_id = uuid4()
    send(browser, upload_id, s.PDF, offset=0, whole=s.PDF)
    other = Client()
    other.force_login(town.person("学院", Role.HANDLER))
    assert other.get(f"/files/uploads/{upload_id}/").json() == {"offset": 0}
    assert complete(other, upload_id).status_code == 404


def test_files_sent_with_a_form_each_get_a_receipt_and_a_second_click_the_same(browser):
    def post():
        files = [SimpleUploadedFile("甲.pdf", s.PDF), SimpleUploadedFile("乙.jpg", s.JPG)]
        return browser.post("/files/", {"file": files, "evidence_on": "2026-11-20", "request_key": key})

    key = str(uuid4())
    first, again = post(), post()
    assert first.status_code == 201
    assert [one["name"] for one in first.json()["receipts"]] == ["甲.pdf", "乙.jpg"]
    assert first.json() == again.json()
    assert File.objects.count() == 2


def test_a_form_corrected_and_sent_again_brings_the_other_file(browser):
    key = str(uuid4())
    names = [
        browser.post("/files/", {"file": SimpleUploadedFile("甲.pdf", content), "request_key": key}).json()
        for content in (s.PDF, s.PDF + b"corrected")
    ]
    assert names[0]["receipts"][0]["digest"] != names[1]["receipts"][0]["digest"]


def test_a_sender_cannot_name_a_file_of_the_servers_own(browser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "甲.pdf").write_bytes(b"the server's own")
    for size in (0, 4 * 1024 * 1024):  # kept in memory, kept on the disk
        whole = s.PDF + bytes(size)
        answer = browser.post("/files/", {"file": SimpleUploadedFile("甲.pdf", whole)})
        file = File.objects.get(pk=answer.json()["receipts"][0]["id"])
        assert file.content.stored.open().read() == whole
    assert (tmp_path / "甲.pdf").read_bytes() == b"the server's own"


def test_a_large_file_sent_with_a_form_comes_from_the_disk(browser):
    whole = s.PDF + bytes(4 * 1024 * 1024)  # more than Django keeps in memory
    answer = browser.post("/files/", {"file": SimpleUploadedFile("甲.pdf", whole)})
    assert answer.json()["receipts"][0]["digest"] == hashlib.sha256(whole).hexdigest()


@pytest.mark.parametrize(
    "address", ["/files/", f"/files/uploads/{UUID(int=1)}/", f"/files/uploads/{UUID(int=1)}/complete/"]
)
def test_who_has_been_signed_out_is_asked_to_sign_in_and_go_on(client, db, address):
    assert client.post(address).status_code == 401


def test_a_person_without_a_post_uploads_nothing(browser, town):
    nobody = town.post("学院", Role.HANDLER, ends_on=town.post("学院", Role.HANDLER).starts_on)
    nobody.person.appointments.update(ends_on=nobody.starts_on)
    browser.force_login(nobody.person)
    assert send(browser, uuid4(), s.PDF, offset=0, whole=s.PDF).status_code == 403


def test_a_download_is_a_download_under_its_own_name(browser, handler):
    file = receive(handler, s.HTML[:0] + s.TXT, "说明 “一”.txt")
    answer = browser.get(f"/files/{file.pk}/")
    assert b"".join(answer.streaming_content) == s.TXT
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert quote("说明 “一”.txt") in answer["Content-Disposition"]
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("content", "name", "disposition"),
    [(s.JPG, "甲.jpg", "inline"), (s.PDF, "甲.pdf", "attachment"), (s.TXT, "甲.txt", "attachment")],
)
def test_only_a_picture_is_shown_in_the_page(browser, handler, content, name, disposition):
    file = receive(handler, content, name)
    assert browser.get(f"/files/{file.pk}/?view")["Content-Disposition"].startswith(disposition)
    assert browser.get(f"/files/{file.pk}/")["Content-Disposition"].startswith("attachment")


def test_a_file_does_not_exist_for_whom_no_context_lets_read_it(browser, handler, town, readers):
    file = receive(handler)
    leader = Client()
    leader.force_login(town.person("省厅", Role.LEADER))
    assert (browser.get(f"/files/{file.pk}/").status_code, leader.get(f"/files/{file.pk}/").status_code) == (
        200,
        404,
    )
    cited(handler, town.unit("一中"), file)
    # Once cited it is the contexts' to say, even to the sender.
    assert browser.get(f"/files/{file.pk}/").status_code == 404
    access.register("tests", lambda actor, asked: asked == file and actor.unit_id == town.unit("省厅").pk)
    assert (browser.get(f"/files/{file.pk}/").status_code, leader.get(f"/files/{file.pk}/").status_code) == (
        404,
        200,
    )


def test_a_stranger_to_the_site_is_sent_to_sign_in(client, handler):
    assert client.get(f"/files/{receive(handler).pk}/").status_code == 302


@pytest.mark.parametrize("sensitive", [True, False])
def test_reading_is_on_record_where_the_context_says_so(browser, handler, readers, sensitive):
    file = receive(handler)
    access.register("tests", lambda actor, asked: True, is_sensitive=lambda asked: sensitive)
    browser.get(f"/files/{file.pk}/")
    assert Entry.objects.filter(verb="documents.file.read").count() == int(sensitive)


def test_the_sender_dates_and_discards_a_file(browser, handler):
    file = receive(handler)
    assert (
        browser.post(f"/files/{file.pk}/date/", {"evidence_on": "2026-11-01"}).json()["evidence_on"]
        == "2026-11-01"
    )
    assert (
        browser.post(f"/files/{file.pk}/date/", {"evidence_on": "2027-11-01"}).json()["field"]
        == "evidence_on"
    )
    assert browser.post(f"/files/{file.pk}/date/", {"evidence_on": "?"}).status_code == 422
    assert browser.post(f"/files/{file.pk}/discard/").status_code == 204
    assert browser.post(f"/files/{file.pk}/discard/").status_code == 404


def test_an_error_nobody_foresaw_keeps_what_has_arrived(handler, own_store):
    upload_id = uuid4()
    incoming.receive_piece(handler, upload_id, name="a", offset=0, length=len(s.PDF), pieces=[s.PDF])
    with pytest.raises(ZeroDivisionError), incoming.complete(handler, upload_id):
        raise ZeroDivisionError
    with incoming.complete(handler, upload_id) as stream:
        receive_file(actor=handler, upload_id=upload_id, stream=stream, name="a.pdf")
    assert Content.objects.count() == 1


def test_how_urgent_a_document_is_reads_apart_from_how_near_its_deadline():
    with translation.override("en"):
        assert [str(one) for one in Paper.Urgency.labels[1:]] == ["Urgent", "Most urgent"]
