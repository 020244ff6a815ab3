from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone
from bihuan.kernel.transactions import action
from bihuan.ledger import catalogue
from bihuan.ledger.book import Line, append, append_each, append_many, is_repeat, once
from bihuan.ledger.models import Entry
from bihuan.ledger.offline import Flaw
from bihuan.ledger.queries import flaws_in_ledger, flaws_of, trail, verify
from bihuan.ledger.rules import digest

RENAMED = {"on": date(2026, 1, 1)}


@pytest.fixture
def unit(town):
    unit = town.unit("省厅")
    for _turn in range(3):
        append("org.unit.renamed", actor=system("tests"), subject=unit, **RENAMED)
    return unit


def behind_the_back(sql, *params):
    """Change the ledger as an intruder with the triggers switched off would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        cursor.execute(sql, params)
        cursor.execute("ALTER TABLE ledger_entry ENABLE TRIGGER USER")


def test_entries_of_one_subject_are_contiguous_and_chained(unit):
    trail = list(Entry.objects.of(unit))
    assert [one.position for one in trail] == [1, 2, 3, 4]
    assert [one.previous for one in trail[1:]] == [one.digest for one in trail[:-1]]
    assert flaws_of(unit) == []


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET verb = 'x'", "DELETE FROM ledger_entry"])
def test_the_database_refuses_to_change_a_line(unit, statement):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db(transaction=False)
def test_the_database_refuses_to_empty_the_ledger(unit):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE ledger_entry CASCADE")


@pytest.mark.parametrize(
    ("deed", "position", "code"),
    [
        ("UPDATE ledger_entry SET actor_post = 'x' WHERE stream = %s AND position = 3", 3, "altered"),
        (
            'UPDATE ledger_entry SET facts = \'{"on": "2020-01-01"}\' WHERE stream = %s AND position = 2',
            2,
            "altered",
        ),
        ("DELETE FROM ledger_entry WHERE stream = %s AND position = 2", 2, "missing"),
        ("DELETE FROM ledger_entry WHERE stream = %s AND position = 1", 1, "missing"),
    ],
)
def test_verification_names_the_line_that_was_tampered_with(unit, deed, position, code):
    stream = f"org.unit:{unit.pk}"
    behind_the_back(deed, stream)
    assert list(flaws_in_ledger()) == [Flaw(stream, position, code)]


def test_verification_names_a_line_slipped_in_between(unit):
    stream = f"org.unit:{unit.pk}"
    behind_the_back(
        "UPDATE ledger_entry SET position = position + 1 WHERE stream = %s AND position = 4", stream
    )
    forged = Entry.objects.filter(stream=stream).order_by("position")[2]
    forged.pk, forged.position, forged.previous = None, 4, forged.digest
    forged.digest = forged.compute_digest()
    forged.save(force_insert=True)
    assert list(flaws_in_ledger()) == [Flaw(stream, 4, "inserted")]


def test_words_are_kept_beside_the_entry_and_a_changed_word_shows(unit):
    entry = append("org.unit.renamed", actor=system("tests"), subject=unit, text="因合并更名", **RENAMED)
    assert entry.facts["text"] == digest("因合并更名", entry.remark.salt) != digest("因合并更名")
    assert "合并" not in str(entry.facts)
    entry.remark.text = "别的理由"
    entry.remark.save()
    assert [flaw.code for flaw in flaws_in_ledger()] == ["remark_altered"]


def test_erased_words_are_no_flaw(unit):
    entry = append("org.unit.renamed", actor=system("tests"), subject=unit, text="涉及个人", **RENAMED)
    entry.remark.delete()
    assert verify().is_sound


def test_many_trails_go_on_at_once_each_with_its_own_salt(town, unit):
    other = town.unit("东市局")
    lines = [Line(one, RENAMED) for one in (unit, other)]
    entries = append_each("org.unit.renamed", actor=system("tests"), lines=lines, text="因合并更名")
    assert [entry.position for entry in entries] == [5, 2]
    assert len({entry.facts["text"] for entry in entries}) == 2
    assert [entry.remark.text for entry in entries] == ["因合并更名"] * 2
    assert verify().is_sound


def test_verification_counts_what_it_checked_and_says_it_in_json(unit):
    behind_the_back("DELETE FROM ledger_entry WHERE stream = %s AND position = 2", f"org.unit:{unit.pk}")
    found = verify()
    assert found.as_json() == {
        "entries": 3,
        "streams": 1,
        "sealed": 0,
        "heads": 0,
        "trusted": False,
        "flaws": [{"stream": f"org.unit:{unit.pk}", "position": 2, "code": "missing"}],
        "sound": False,
    }


def test_a_trail_reads_from_the_first_line_with_its_words(unit):
    append("org.unit.renamed", actor=system("tests"), subject=unit, text="因合并更名", **RENAMED)
    lines = trail(f"org.unit:{unit.pk}")
    assert [line["verb"] for line in lines] == ["org.unit.founded"] + ["org.unit.renamed"] * 4
    assert (lines[-1]["text"], lines[-1]["facts"]["on"]) == ("因合并更名", "2026-01-01")


@pytest.mark.parametrize(
    "facts", [{}, {"on": "2026-01-01"}, {"on": date(2026, 1, 1), "name": "张三"}, {"on": "张三"}]
)
def test_facts_of_another_shape_are_refused(unit, facts):
    with pytest.raises(catalogue.FactError):
        append("org.unit.renamed", actor=system("tests"), subject=unit, **facts)


def test_an_unknown_verb_is_refused(unit):
    with pytest.raises(KeyError):
        append("org.unit.praised", actor=system("tests"), subject=unit)


def test_the_same_intention_creates_only_once(town):
    actor = system("tests")
    once("org.unit.renamed", actor=actor)
    append("org.unit.renamed", actor=actor, subject=town.unit("省厅"), **RENAMED)
    with pytest.raises(AlreadyDone):
        once("org.unit.renamed", actor=actor)


def test_many_streams_open_at_once_and_no_stream_twice(town):
    units = [town.unit("东市局"), town.unit("西市局")]
    lines = [Line(unit, RENAMED) for unit in units]
    with pytest.raises(IntegrityError), transaction.atomic():
        append_many("org.unit.renamed", actor=system("tests"), lines=lines)
    assert list(flaws_in_ledger()) == []


@pytest.mark.parametrize("many", [False, True])
def test_an_action_that_writes_again_goes_on_where_it_left_off(unit, town, many):
    other = town.unit("东市局")

    @action
    def write():
        assert not is_repeat(unit, system("tests"))
        append("org.unit.renamed", actor=system("tests"), subject=unit, **RENAMED)
        if many:
            lines = [Line(one, RENAMED) for one in (unit, other)]
            append_each("org.unit.renamed", actor=system("tests"), lines=lines)
        append("org.unit.renamed", actor=system("tests"), subject=unit, **RENAMED)

    write()
    append("org.unit.renamed", actor=system("tests"), subject=unit, **RENAMED)
    write()
    assert flaws_of(unit) == flaws_of(other) == []
    assert Entry.objects.of(unit).count() == 4 + 5 + 2 * many
