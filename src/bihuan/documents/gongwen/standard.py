"""The figures of GB/T 9704-2012 that both renderings share (domain.md §8). Millimetres and points.

The checker (`documents.checking`) has its own and never reads these.
"""

from enum import StrEnum

PAGE = (210.0, 297.0)
TOP, BOTTOM, LEFT, RIGHT = 37.0, 35.0, 28.0, 26.0  # leaves 156 × 225
LINES, CHARACTERS = 22, 28
PITCH_TWIPS = 579  # 22 × 579 fill the 12,756 twips of 225 mm; 22 × 580 would push the last line over
PITCH = PITCH_TWIPS / 20
# 28 characters of 16 pt fill 156 mm when each is 0.21 pt tighter. Word would take that from the grid as charSpace -848,
# but LibreOffice then gives every character a cell and a half; as letter spacing both set 28.
SPACING_TWIPS = -5

SANHAO, ERHAO, SIHAO = 16.0, 22.0, 14.0
TITLE_PITCH = 36.0
RED = "E60012"
MARK_TOP = 35.0  # below the top of the text area
MARK_LARGEST, MARK_SMALLEST = 52.0, 16.0
RULE_BELOW = 4.0
THICK, THIN = 0.35, 0.25  # rules of the colophon
FOOT_BELOW = 7.0  # from the text area to the dash beside the page number
FOOT_BOTTOM = BOTTOM - FOOT_BELOW - 5.0  # a dash of 14 pt is 5 mm high

LETTER_TOP, LETTER_BOTTOM, LETTER_RULE = 30.0, 20.0, 170.0


class Face(StrEnum):
    """The faces the standard names; 小标宋 and 仿宋_GB2312 may be used, not passed on."""

    FANGSONG = "仿宋_GB2312"
    HEITI = "黑体"
    KAITI = "楷体_GB2312"
    XIAOBIAOSONG = "方正小标宋简体"
    SONG = "宋体"


LATIN = "Times New Roman"


def mm(millimetres: float) -> float:
    """In points."""
    return millimetres / 25.4 * 72
