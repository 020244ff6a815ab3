"""The public pages of the seal: nobody signs in, nothing but digests is told."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.actions import change_key, seal
from bihuan.ledger.models import Entry, Head, SigningKey
from bihuan.ledger.offline import check_proof
from tests.ledger.test_seal import write

ROBOT = system("tests")


@pytest.fixture
def _sealed(db, at_work, settings, tmp_path):
    settings.SEAL_KEY_FOLDER = tmp_path / "keys"
    for _turn in range(3):
        write(2)
        seal(actor=ROBOT)


pytestmark = pytest.mark.usefixtures("_sealed")


def first_digest():
    return Entry.objects.earliest("pk").digest


def test_anybody_reads_the_heads_and_keys(client, django_assert_max_num_queries):
    change_key(actor=ROBOT)
    with django_assert_max_num_queries(6):
        page = client.get("/ledger/heads/").content.decode()
    for head in Head.objects.all():
        assert f'data-head="{head.number}"' in page
        assert head.root in page
    assert all(key in page for key in SigningKey.objects.values_list("public", flat=True))


def test_a_watcher_reads_heads_as_json_from_where_it_stopped(client):
    heads = client.get("/ledger/heads.json", {"after": 1}).json()["heads"]
    assert [head["number"] for head in heads] == [2, 3]
    assert client.get("/ledger/heads.json", {"after": "x"}).status_code == 404
    earlier, later = heads
    proof = client.get(f"/ledger/heads/{earlier['number']}-{later['number']}.json").json()
    assert check_proof(proof) is None
    assert (proof["first"], proof["second"]) == (earlier, later)
    assert client.get("/ledger/heads/1-9.json").status_code == 404


def test_a_proof_is_shown_and_can_be_taken_away_to_be_checked(client):
    page = client.get(f"/ledger/proofs/{first_digest()}/")
    assert (page.status_code, b'data-sealed="yes"' in page.content) == (200, True)
    proof = json.loads(client.get(f"/ledger/proofs/{first_digest()}.json").content)
    assert check_proof(proof, SigningKey.objects.values_list("public", flat=True)) is None


@pytest.mark.parametrize(("there", "status", "state"), [(True, 200, "waiting"), (False, 404, "no")])
def test_what_is_not_sealed_is_said_to_wait_and_what_is_not_ours_is_not_found(client, there, status, state):
    write()
    digest = Entry.objects.latest("pk").digest if there else "0" * 64
    page = client.get(f"/ledger/proofs/{digest}/")
    assert (page.status_code, f'data-sealed="{state}"'.encode() in page.content) == (status, True)
    assert client.get(f"/ledger/proofs/{digest}.json").status_code == 404


@pytest.mark.parametrize(("asked", "status"), [("", 200), ("张三", 422), (" {} ", 302)])
def test_a_digest_is_asked_for_by_a_form(client, asked, status):
    answer = client.get("/ledger/proofs/", {"digest": asked.format(first_digest().upper())})
    assert answer.status_code == status
    if status == 302:
        assert answer.url == reverse("ledger-proof", args=[first_digest()])


def test_readiness_says_how_far_sealing_is_behind(client, at_work):
    assert client.get("/readyz").json() == {"status": "ok"}
    write()
    with clock.frozen(at_work + timedelta(minutes=6)):
        assert client.get("/readyz").json() == {"status": "ok", "sealing_behind_seconds": 360}
