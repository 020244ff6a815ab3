"""Rows written alike are the rows that Django would have written one by one."""

from uuid import uuid4

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, connection, transaction
from django.forms import model_to_dict

from bihuan.kernel import clock
from bihuan.kernel.rows import insert_alike, insert_one, refresh_statistics, update_one
from bihuan.ledger.models import Entry
from bihuan.org.models import Alias, Unit
from tests.town import MORNING, Town

WORDS = ["一中", 'a "b" \\n', "{,}", "%s :x", "", "行\n尾"]


@pytest.fixture
def unit(town) -> Unit:
    return town.unit("东市局")


def test_what_varies_and_what_does_not_arrive_as_given(unit):
    with transaction.atomic():
        keys = insert_alike(Alias(unit=unit), name=WORDS)
    assert [Alias.objects.get(pk=key).name for key in keys] == WORDS
    assert set(Alias.objects.values_list("unit", flat=True)) == {unit.pk}


def test_rows_equal_those_of_the_slow_and_obvious_way(unit):
    facts = [{"n": number, "text": word, "none": None} for number, word in enumerate(WORDS)]
    blank = {"verb": "org.unit.renamed", "position": 1, "at": clock.now(), "actor_post": "督查员 %s"}
    blank |= {"request_id": "0b6f5c2e-7a55-4d0e-8f7e-9d0c55e0e6d1", "unit_id": unit.pk}
    with transaction.atomic():
        fast = insert_alike(Entry(**blank), stream=[f"fast:{n}" for n in range(6)], facts=facts)
        slow = [
            Entry.objects.create(**blank, stream=f"slow:{n}", facts=one).pk for n, one in enumerate(facts)
        ]

    def told(keys):
        rows = [model_to_dict(Entry.objects.get(pk=key), exclude=["id"]) for key in keys]
        return [row | {"stream": row["stream"][5:]} for row in rows]

    assert told(fast) == told(slow)
    assert told(fast)[0]["at"] == MORNING


def test_a_value_that_is_too_long_is_refused_not_cut_off(unit):
    with pytest.raises(DataError), transaction.atomic():
        insert_alike(Alias(name="长" * 101), unit=[unit.pk])
    with pytest.raises(DataError), transaction.atomic():
        insert_alike(Alias(unit=unit), name=["长" * 101])


def test_rows_that_are_there_already_are_passed_over(unit):
    with transaction.atomic():
        insert_alike(Alias(unit=unit), name=["甲"])
        assert len(insert_alike(Alias(unit=unit), unless_there=True, name=["甲", "乙"])) == 1
    assert Alias.objects.filter(unit=unit).count() == 2


def test_nothing_is_written_for_no_values(unit):
    with transaction.atomic():
        assert insert_alike(Alias(unit=unit), name=[]) == []


def test_columns_of_different_lengths_are_refused(unit):
    with pytest.raises(ValueError, match="zip"), transaction.atomic():
        insert_alike(Alias(), unit=[unit.pk], name=["甲", "乙"])


def test_membership_in_an_array_is_membership_in_a_list(unit):
    assert list(Unit.objects.filter(pk__among=[unit.pk, 0])) == [unit]
    assert list(Unit.objects.filter(parent__among={unit.parent_id})) == [unit]
    assert not Unit.objects.filter(pk__among=[]).exists()
    assert "= ANY" in str(Unit.objects.filter(parent__among=[1]).query)


def test_one_row_is_written_as_by_saving_it(unit):
    entry = Entry(
        stream="one",
        position=1,
        verb="v",
        facts={"n": [1, "%s"]},
        at=clock.now(),
        request_id=uuid4(),
        unit_id=7,
    )
    alias = Alias(unit=unit, name="甲")
    with transaction.atomic():
        insert_one(entry)
        insert_one(alias)
    assert model_to_dict(Entry.objects.get(pk=entry.pk)) == model_to_dict(entry)
    alias.name = "乙%"
    with transaction.atomic():
        update_one(alias, ["name"])
    assert [one.name for one in Alias.objects.filter(unit=unit)] == ["乙%"]


def test_one_row_is_not_cut_off_nor_written_where_it_is_gone(unit):
    alias = Alias(unit=unit, name="甲")
    with pytest.raises(DataError), transaction.atomic():
        insert_one(Alias(unit=unit, name="长" * 101))
    with transaction.atomic():
        insert_one(alias)
        Alias.objects.all().delete()
        with pytest.raises(ObjectDoesNotExist):
            update_one(alias, ["name"])


def test_keys_are_found_among_any_iterable(town):
    units = {town.unit(name).pk for name in ("东市局", "西市局")}
    assert set(Unit.objects.filter(pk__among=units).values_list("pk", flat=True)) == units
    assert not Unit.objects.filter(pk__among=[]).exists()


@pytest.mark.django_db(transaction=True)
def test_the_planner_is_told_only_of_tables_that_have_changed_by_a_tenth():
    def told(kind):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [kind._meta.db_table])
            return int(cursor.fetchone()[0])

    def write(count):
        with transaction.atomic():
            insert_alike(Alias(unit=unit), name=[f"{Alias.objects.count()}-{n}" for n in range(count)])

    unit = Town().unit("东市局")
    write(100)
    refresh_statistics(Alias)
    assert told(Alias) == 100
    write(5)
    refresh_statistics(Alias)
    assert told(Alias) == 100
    write(100)
    refresh_statistics(Alias, Unit)
    assert told(Alias) == 205
