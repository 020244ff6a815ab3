"""Writers and sealers as processes of their own. Each guard is also taken away, where the test must fail."""

import os
import signal
import time
from contextlib import nullcontext

import pytest
from django.db import connection, connections, transaction

from bihuan.kernel.actor import system
from bihuan.ledger import actions, queries
from bihuan.ledger.actions import seal
from bihuan.ledger.book import Line, append, append_many
from bihuan.ledger.models import Entry, Leaf, Sealing
from bihuan.ledger.queries import verify
from bihuan.ledger.rules import Key
from bihuan.org.models import Unit
from tests.together import meet, processes, together
from tests.town import TODAY

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_work")]


@pytest.fixture(autouse=True)
def _own_keys(settings, tmp_path):
    settings.SEAL_KEY_FOLDER = tmp_path / "keys"


def write(subject, count=1):
    for _turn in range(count):
        with transaction.atomic():
            append("org.unit.renamed", actor=system("tests"), subject=Key(Unit, subject), on=TODAY)


def unsealed():
    return list(Entry.objects.filter(leaf__isnull=True).values_list("stream", flat=True))


@pytest.mark.parametrize("guarded", [True, False])
def test_an_entry_committed_after_its_successors_were_sealed_is_sealed_too(monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(queries, "writers", list)  # as if nobody were at work
    drawn, sealed = processes.Barrier(2), processes.Barrier(2)

    def slow():
        with transaction.atomic():
            append("org.unit.renamed", actor=system("slow"), subject=Key(Unit, 1), on=TODAY)
            drawn.wait(10)
            sealed.wait(10)

    def others():
        drawn.wait(10)
        write(2, 3)
        for _turn in range(3):
            seal(actor=system("sealer"))
        early = Leaf.objects.count()
        sealed.wait(10)
        return early

    _slow, early = together(slow, others)
    assert early == 4  # the three, and the line on the key; the slow one was not waited for
    seal(actor=system("sealer"))
    assert (unsealed() == []) is guarded
    for _turn in range(2):
        seal(actor=system("sealer"))
    assert Sealing.objects.get().settled == queries.last_id()  # and the next look begins at the end
    assert verify().is_sound is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_two_sealers_never_seal_the_same_entries(monkeypatch, guarded):
    write(1, 3)
    seal(actor=system("first"))
    write(1, 5)
    if not guarded:
        monkeypatch.setattr(actions, "_alone", lambda: True)
    put, ready = actions._put_under, processes.Barrier(2)

    def put_together(*given):
        meet(ready)
        return put(*given)

    monkeypatch.setattr(actions, "_put_under", put_together)
    results = together(*[lambda: seal(actor=system("sealer"))] * 2)
    assert (sorted(results, key=str) == [0, 6]) is guarded  # five, and the line on the first key
    assert verify().is_sound
    assert unsealed() == []


def test_writers_go_on_while_a_sealer_is_at_work_and_one_that_is_killed_leaves_nothing(monkeypatch):
    lines = [Line(Key(Unit, number), {"on": TODAY}) for number in range(500)]
    with transaction.atomic():
        append_many("org.unit.renamed", actor=system("tests"), lines=lines)
    seal(actor=system("first"), limit=100)
    connections.close_all()
    sign, reached = actions._sign, processes.Event()

    def hang(*given, **more):
        sign(*given, **more)  # leaves, nodes and head are written, not committed
        reached.set()
        time.sleep(60)

    def sealer():
        actions._sign = hang
        seal(actor=system("doomed"), limit=100)

    doomed = processes.Process(target=sealer)
    doomed.start()
    assert reached.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    write(7)  # would be refused if the sealer held it up
    assert seal(actor=system("second")) == 0  # only one at a time
    os.kill(doomed.pid, signal.SIGKILL)
    doomed.join()
    assert Leaf.objects.count() == 100
    with _gone():
        while seal(actor=system("next"), limit=100):
            pass
    assert unsealed() == []
    assert verify().is_sound


class _gone(nullcontext):
    """Wait until the server has noticed that the killed sealer's connection is gone."""

    def __enter__(self):
        with connection.cursor() as cursor:
            for _turn in range(200):
                cursor.execute(
                    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted",
                    [actions.ONE_SEALER],
                )
                if cursor.fetchone() is None:
                    return
                cursor.execute("SELECT pg_sleep(0.02)")


def test_a_storm_of_writers_and_sealers_ends_with_everything_sealed_once():
    def writer(number):
        def run():
            for turn in range(25):
                with transaction.atomic():
                    append("org.unit.renamed", actor=system("w"), subject=Key(Unit, number), on=TODAY)
                    if turn % 3 == number % 3:
                        connection.cursor().execute("SELECT pg_sleep(0.01)")

        return run

    def sealer():
        for _turn in range(30):
            seal(actor=system("sealer"))

    together(writer(1), writer(2), writer(3), sealer, sealer)
    while seal(actor=system("sealer")):
        pass
    assert Leaf.objects.count() == Entry.objects.count() == 76
    assert unsealed() == []
    assert verify().is_sound
