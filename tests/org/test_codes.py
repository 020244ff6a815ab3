import csv
from contextlib import nullcontext

import pytest

from bihuan.kernel.errors import Refused
from bihuan.org.rules.codes import check_code, check_region, region_stem


def refusal(code):
    return pytest.raises(Refused) if code else nullcontext()


@pytest.mark.parametrize(
    ("code", "kind", "region", "reason"),
    [
        ("1162000501", "kindergarten", "620102", None),
        ("2162000001", "school", "", None),
        ("5162000001", "school", "", None),
        ("4162010730", "institution", "620000", None),
        ("", "school", "", None),
        ("216200000", "school", "", "code_length"),
        ("21620000011", "school", "", "code_length"),
        ("２１６２０００００１", "school", "", "code_length"),
        ("21A2000001", "school", "", "code_length"),
        ("9962000001", "school", "", "code_category"),
        ("1162000501", "school", "", "code_kind"),
        ("4162010730", "school", "", "code_kind"),
        ("2199000001", "school", "", "code_province"),
        ("2161000001", "school", "620102", "code_region"),
        ("4162910730", "institution", "", "code_serial"),
        ("GS-JYT-01", "authority", "", None),
        ("12620000438000000X", "authority", "", None),
        ("教育厅", "authority", "", "code_characters"),
        ("-1", "office", "", "code_characters"),
    ],
)
def test_a_code_must_suit_the_kind_of_unit(code, kind, region, reason):
    with refusal(reason) as caught:
        check_code(code, kind=kind, region_code=region)
    if reason:
        assert (caught.value.code, caught.value.field) == (reason, "code")


@pytest.mark.parametrize(
    ("code", "within", "reason"),
    [
        ("620000", "", None),
        ("620100", "620000", None),
        ("620102", "620100", None),
        ("620102", "620102", None),
        ("621000", "620000", None),
        ("110101", "110000", None),
        ("", "620000", None),
        ("62010", "", "region_length"),
        ("6201O2", "", "region_length"),
        ("990000", "", "region_unknown"),
        ("620002", "", "region_unknown"),
        ("620202", "620100", "region_outside_parent"),
        ("620103", "620102", "region_outside_parent"),
        ("610100", "620000", "region_outside_parent"),
    ],
)
def test_a_region_lies_inside_its_parents(code, within, reason):
    with refusal(reason) as caught:
        check_region(code, within=within)
    if reason:
        assert (caught.value.code, caught.value.field) == (reason, "region_code")


@pytest.mark.parametrize(
    ("code", "stem"),
    [("620000", "62"), ("620100", "6201"), ("621000", "6210"), ("620102", "620102"), ("", "")],
)
def test_a_region_is_known_by_the_digits_its_parts_share(code, stem):
    assert region_stem(code) == stem


@pytest.mark.corpus
def test_every_university_of_the_public_list_has_an_acceptable_code(corpus):
    with (corpus / "E1-universities-2017.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            check_code(row["学校标识码"], kind="institution")


@pytest.mark.corpus
def test_every_county_of_the_public_list_has_an_acceptable_region(corpus):
    with (corpus / "E4-counties.csv").open(encoding="utf-8") as rows:
        counties = list(csv.DictReader(rows))
    for row in counties:
        check_region(row["code"], within=row["cityCode"] + "00")
    assert len(counties) > 2900
