"""Which fonts a PDF is set in: the ones the standard names where they are installed, else a named free one."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import typst
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont

from bihuan.documents.gongwen.standard import Face
from bihuan.kernel.errors import Refused
from bihuan.ui.wording import say_list

FREE_PACKAGE = "fonts-noto-cjk"  # Debian; SIL Open Font License 1.1
# In order of preference. No font outside this list is ever used.
FAMILIES: dict[Face, tuple[tuple[str, int], ...]] = {
    Face.XIAOBIAOSONG: (
        ("方正小标宋简体", 400),
        ("FZXiaoBiaoSong-B05S", 400),
        ("FZXiaoBiaoSong-B05", 400),
        ("Noto Serif CJK SC", 700),
    ),
    Face.FANGSONG: (
        ("仿宋_GB2312", 400),
        ("FangSong_GB2312", 400),
        ("FangSong", 400),
        ("STFangsong", 400),
        ("Noto Serif CJK SC", 400),
    ),
    Face.KAITI: (
        ("楷体_GB2312", 400),
        ("KaiTi_GB2312", 400),
        ("KaiTi", 400),
        ("STKaiti", 400),
        ("AR PL UKai CN", 400),
        ("Noto Serif CJK SC", 400),
    ),
    Face.HEITI: (("SimHei", 400), ("STHeiti", 400), ("Noto Sans CJK SC", 400)),
    Face.SONG: (("SimSun", 400), ("STSong", 400), ("Noto Serif CJK SC", 400)),
}
LATIN_FAMILIES = (("Times New Roman", 400), ("Liberation Serif", 400))


@dataclass(frozen=True)
class Font:
    family: str
    weight: int
    path: str
    index: int


def chosen() -> dict[Face, Font]:
    """The font for every face. Raises Refused where a face has none, naming the package that brings one."""
    found = {face: _first(choices) for face, choices in FAMILIES.items()}
    missing = [face.value for face, font in found.items() if font is None]
    if missing:
        said = _("缺少字体：%(faces)s；请管理员安装授权字体，或开源字体包 %(package)s") % {
            "faces": say_list(missing),
            "package": FREE_PACKAGE,
        }
        raise Refused(said, code="fonts")
    return {face: font for face, font in found.items() if font}


def latin() -> Font | None:
    """For Latin letters and figures; without one the Chinese font's own serve."""
    return _first(LATIN_FAMILIES)


def substituted() -> list[Face]:
    """The faces for which a free font stands in for the one the standard names."""
    return [face for face, font in chosen().items() if font.family.startswith(("Noto", "AR PL"))]


def refuse_uncovered(said: Iterable[tuple[str, Face]]) -> None:
    """Stop before a letter would come from a font nobody chose, or show as an empty box."""
    fonts, second = chosen(), latin()
    also = _letters(second.path, second.index) if second else frozenset()
    lost = {
        letter
        for text, face in said
        for letter in set(text)
        if letter.isprintable() and ord(letter) not in _letters(fonts[face].path, fonts[face].index) | also
    }
    if lost:
        said_so = _("所用字体没有这些字：%(letters)s；请改用规范字或安装含这些字的字体")
        raise Refused(said_so % {"letters": say_list(sorted(lost))}, code="glyphs")


@cache
def installed() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


@cache
def _first(choices: tuple[tuple[str, int], ...]) -> Font | None:
    here = {(font.family, font.weight, font.style): font for font in installed().fonts()}
    for family, weight in choices:
        font = here.get((family, weight, "normal"))
        if font is not None and font.path:
            return Font(family, weight, font.path, font.index)
    return None


@cache
def _letters(path: str, index: int) -> frozenset[int]:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(font.getBestCmap())
