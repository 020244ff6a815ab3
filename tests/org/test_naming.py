import pytest

from bihuan.org.rules.naming import (
    Known,
    NameBook,
    Via,
    is_abbreviation,
    likeness,
    parts,
    pinyin_key,
    plain,
    spelled,
    sure,
)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("各市（州）教育局", "市州教育局"),
        ("各市、州教育局", "市州教育局"),
        (" 省教育厅 ", "省教育厅"),
        ("兰州大学（附属中学）", "兰州大学附属中学"),
        ("第１中学", "第1中学"),
        ("各有关高校", "高校"),
    ],
)
def test_what_writers_vary_is_taken_off(written, same):
    assert plain(written) == same


@pytest.mark.parametrize(
    ("name", "places", "core"),
    [
        ("兰州市城关区教育局", {"兰", "城关"}, "教育局"),
        ("甘肃省教育厅", {"甘肃"}, "教育厅"),
        ("省教育厅", set(), "教育厅"),
        ("张家川回族自治县第一中学", {"张家川回族"}, "一中"),
        ("市场监督管理局", set(), "市场监督管理局"),
        ("省级机关幼儿园", set(), "省级机关幼儿园"),
        ("县城小学", set(), "县城小学"),
        ("西北师范大学附属中学", set(), "西北师大附中"),
        ("天水市教育体育局", {"天水"}, "教育局"),
    ],
)
def test_a_name_is_places_and_a_core(name, places, core):
    its = parts(name)
    assert (its.stems, its.core) == (places, core)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("教育局", "教育局", 1), ("教育局", "体育局", 2 / 3), ("", "", 1), ("甲", "乙丙", 0)],
)
def test_likeness_is_edit_distance_against_the_longer_name(one, other, alike):
    assert likeness(one, other) == pytest.approx(alike)


@pytest.mark.parametrize(
    ("short", "full", "fits"),
    [
        ("兰大", "兰州大学", True),
        ("西北师大", "西北师范大学", True),
        ("州大", "兰州大学", False),
        ("兰学大", "兰州大学", False),
    ],
)
def test_an_abbreviation_keeps_the_first_character_and_the_order(short, full, fits):
    assert is_abbreviation(short, full) is fits


def test_the_sort_key_is_pinyin_with_the_initials_even_for_a_very_long_name():
    assert pinyin_key("甘肃A1校") == "gansua1xiao gsa1x"
    long = pinyin_key("张" * 50)
    assert len(long) == 200
    assert long.endswith(" " + "z" * 50)


BOOK = [
    Known(("unit", 1), "甘肃省教育厅", Via.NAME, places=frozenset({"甘肃"})),
    Known(("unit", 2), "兰州市教育局", Via.NAME, places=frozenset({"兰"}), distance=1),
    Known(("unit", 3), "天水市教育局", Via.NAME, places=frozenset({"天水"}), distance=1),
    Known(("unit", 4), "城关区教育局", Via.NAME, places=frozenset({"兰", "城关"}), distance=2),
    Known(("unit", 5), "第一中学", Via.NAME, places=frozenset({"兰", "城关"}), distance=3),
    Known(("unit", 6), "第一中学", Via.NAME, places=frozenset({"天水"}), distance=3),
    Known(("unit", 7), "兰州大学", Via.NAME, pinyin=spelled("兰州大学"), distance=1),
    Known(("unit", 7), "兰州医学院", Via.FORMER_NAME, distance=1),
    Known(("unit", 8), "兰州市实验小学", Via.NAME, places=frozenset({"兰"}), distance=2),
    Known(("unit", 8), "实验一小", Via.ALIAS, distance=2),
    Known(("group", 1), "各市州教育局", Via.GROUP),
]


@pytest.mark.parametrize(
    ("written", "first", "via", "is_sure"),
    [
        ("甘肃省教育厅", ("unit", 1), Via.NAME, True),
        ("省教育厅", ("unit", 1), Via.FORM, False),
        ("教育厅", ("unit", 1), Via.FORM, False),
        ("各市（州）教育局", ("group", 1), Via.GROUP, True),
        ("天水教育局", ("unit", 3), Via.FORM, False),
        ("兰州市城关区教育局", ("unit", 4), Via.FORM, False),
        ("兰州教育局", ("unit", 2), Via.FORM, False),
        ("天水一中", ("unit", 6), Via.FORM, False),
        ("城关区第一中学", ("unit", 5), Via.FORM, False),
        ("实验一小", ("unit", 8), Via.ALIAS, True),
        ("兰州医学院", ("unit", 7), Via.FORMER_NAME, False),
        ("兰洲大学", ("unit", 7), Via.PINYIN, False),
        ("兰大", ("unit", 7), Via.NEAR, False),
        ("兰州市实验小学校", ("unit", 8), Via.NEAR, False),
    ],
)
def test_a_written_name_is_recognised(written, first, via, is_sure):
    matches = NameBook(BOOK).matches(written)
    assert (matches[0].target, matches[0].via) == (first, via)
    assert (sure(matches) is not None) is is_sure


def test_two_units_of_one_name_are_both_offered_and_neither_is_sure():
    matches = NameBook(BOOK).matches("第一中学")
    assert {match.target for match in matches} == {("unit", 5), ("unit", 6)}
    assert sure(matches) is None


def test_all_bearers_of_one_name_are_offered_the_nearest_first():
    known = [Known(("unit", pk), "人事处", Via.NAME, distance=9 - pk) for pk in range(9)]
    matches = NameBook(known).matches("人事处", limit=5)
    assert [match.target[1] for match in matches] == list(range(8, -1, -1))


@pytest.mark.parametrize("written", ["", "  ", "（）", "气象局网络中心"])
def test_what_resembles_nothing_is_matched_with_nothing(written):
    assert NameBook(BOOK).matches(written) == []
