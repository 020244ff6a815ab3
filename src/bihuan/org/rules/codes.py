"""Codes of units: the school identification code and administrative regions (domain.md §9.1, §9.3)."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from bihuan.kernel.errors import Refused

_PROVINCES = (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
PROVINCES = frozenset(map(str, (*_PROVINCES, 71, 81, 82)))
"""GB/T 2260, first two digits."""

SCHOOL_CATEGORIES: Mapping[str, frozenset[str]] = {
    "kindergarten": frozenset({"11"}),
    "school": frozenset({"21", "22", "31", "32", "33", "34", "35", "36", "37", "51", "93"}),
    # 36: the ministry's own list keeps six colleges under the code of the secondary school they grew from
    "institution": frozenset({"36", "41", "42", "91", "92"}),
}
"""The categories of the school (institution) identification code, by the kind of unit that carries it."""

HIGHER_EDUCATION = frozenset({"41", "42"})  # these go on with 0 and the old code of five digits

_OTHER_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")


def check_code(code: str, *, kind: str, region_code: str = "") -> None:
    """Refuse a unit code (代码) that cannot be right for this kind of unit; an empty one is accepted."""
    if not code:
        return
    if kind in SCHOOL_CATEGORIES:
        check_school_code(code, kind=kind, region_code=region_code)
    elif not _OTHER_CODE.fullmatch(code):
        raise Refused(
            _("代码“{code}”只能由字母、数字和短横线组成，最多 32 位").format(code=code),
            code="code_characters",
            field="code",
        )


def check_school_code(code: str, *, kind: str, region_code: str = "") -> None:
    """Refuse what is no school identification code (学校标识码): category, province and a serial number."""

    def refuse(reason: str, message: str) -> None:
        raise Refused(message, code=reason, field="code")

    if not re.fullmatch(r"[0-9]{10}", code):
        refuse("code_length", _("学校标识码应为 10 位数字，“{code}”不是").format(code=code))
    category, province, serial = code[:2], code[2:4], code[4:]
    if category not in frozenset().union(*SCHOOL_CATEGORIES.values()):
        refuse("code_category", _("学校标识码前两位“{part}”不是规定的类别").format(part=category))
    if category not in SCHOOL_CATEGORIES[kind]:
        refuse("code_kind", _("学校标识码前两位“{part}”与所选单位类别不符").format(part=category))
    if province not in PROVINCES:
        refuse("code_province", _("学校标识码第三、四位“{part}”不是省级行政区划代码").format(part=province))
    if region_code and region_code[:2] != province:
        refuse(
            "code_region",
            _("学校标识码的省份“{part}”与行政区划代码“{region}”不一致").format(
                part=province, region=region_code
            ),
        )
    if category in HIGHER_EDUCATION and not serial.startswith("0"):
        refuse("code_serial", _("高等学校标识码第五位应为 0，后接五位学校代码"))


def check_region(code: str, *, within: str = "") -> None:
    """Refuse what is no region code of six digits (行政区划代码), or lies outside the parent's region."""
    if not code:
        return
    if not re.fullmatch(r"[0-9]{6}", code):
        raise Refused(
            _("行政区划代码应为 6 位数字，“{code}”不是").format(code=code),
            code="region_length",
            field="region_code",
        )
    province, city, county = code[:2], code[2:4], code[4:]
    if province not in PROVINCES or (city == "00" and county != "00"):
        raise Refused(
            _("“{code}”不是 GB/T 2260 的行政区划代码").format(code=code),
            code="region_unknown",
            field="region_code",
        )
    if not code.startswith(region_stem(within)):
        raise Refused(
            _("行政区划代码“{code}”不在上级单位的区划“{within}”之内").format(code=code, within=within),
            code="region_outside_parent",
            field="region_code",
        )


def region_stem(code: str) -> str:
    """The digits that everything inside the region shares: 62 of 620000, 6201 of 620100."""
    while code.endswith("00"):
        code = code[:-2]
    return code
