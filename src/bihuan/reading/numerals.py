"""Chinese numerals, read and written the way official documents and Word's lists print them."""

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}
# For use inside a character class. 两 is left out: it counts things but never numbers a heading.
NUMERAL_CLASS = "零〇○一二三四五六七八九十百千"


def parse_numeral(text: str) -> int | None:
    """三十二, 二〇二六, 26 → int; None for anything else."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(char not in DIGITS and char not in UNITS for char in text):
        return None
    if not any(char in UNITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))
    total = digit = 0
    for char in text:
        if char in UNITS:
            total += (digit or 1) * UNITS[char]
            digit = 0
        else:
            digit = DIGITS[char]
    return total + digit


def to_counting(number: int) -> str:
    """1 → 一, 10 → 十, 21 → 二十一, 105 → 一百零五: how clauses are counted."""
    if number == 0:
        return "零"
    text, pending_zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit == 0:
            pending_zero = bool(text)
            continue
        text += "零" if pending_zero else ""
        text += "零一二三四五六七八九"[digit] + name
        pending_zero = False
    return text.removeprefix("一") if 10 <= number < 20 else text


def to_digits(number: int, zero: str = "〇") -> str:
    """2026 → 二〇二六."""
    return "".join(zero if char == "0" else "零一二三四五六七八九"[int(char)] for char in str(number))
