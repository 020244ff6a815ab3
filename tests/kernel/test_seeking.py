"""Keyset paging: for every way to sort, what is behind a place and what is before it part the list there."""

import pytest
from django.db.models import F

from bihuan.kernel.seeking import as_token, beyond, from_token, keys_of
from bihuan.org.models import Unit

ORDERS = [
    ["pk"],
    ["-pk"],
    ["parent__sort_order", "parent_id", "sort_order", "pinyin", "pk"],
    ["-parent__sort_order", "parent_id", "pk"],
    ["ends_on", "pk"],
    ["-ends_on", "-pk"],
    [F("ends_on").desc(nulls_last=True), "pk"],
    [F("ends_on").asc(nulls_first=True), "-pk"],
    ["kind", "-ends_on", "pk"],
]


@pytest.mark.parametrize("by", ORDERS, ids=str)
def test_a_place_parts_the_list(town, by):
    """Some units ended on one day, some on another, most on none."""
    for name in ("省厅", "基教处", "东市局", "东一县局", "西市局", "学院", "教务处"):
        town.unit(name)
    some = list(Unit.objects.order_by("pk").values_list("pk", flat=True))
    Unit.objects.filter(pk__in=some[1:3]).update(ends_on="2026-11-30", starts_on="2020-01-01")
    Unit.objects.filter(pk__in=some[3:5]).update(ends_on="2026-12-31", starts_on="2020-01-01")
    keys = keys_of(by)
    rows = Unit.objects.order_by(*by)
    listed = list(rows.values_list(*[key.path for key in keys], "pk"))
    whole = [row[-1] for row in listed]
    assert len(whole) > 6
    for at, row in enumerate(listed):
        place = from_token(as_token(row[:-1], "list"), "list")
        behind = rows.filter(beyond(Unit, keys, place)).values_list("pk", flat=True)
        assert list(behind) == whole[at + 1 :], row
        before = rows.filter(beyond(Unit, keys, place, backwards=True)).reverse().values_list("pk", flat=True)
        assert list(before) == whole[:at][::-1], row


def test_a_token_is_of_one_list_alone():
    token = as_token([1, None, "甲"], "one")
    assert from_token(token, "one") == [1, None, "甲"]
    assert from_token(token, "another") is None
    assert from_token("", "one") is None
    assert from_token("eyJ:x", "one") is None
