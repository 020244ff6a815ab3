"""Word's automatic numbering (自动编号), resolved to what Word prints; python-docx does not offer it (R53).

A paragraph points to a list (`num`), itself or through its style; the list points to a definition
(`abstractNum`) of nine levels and may override them. Lists of one definition count together unless an
override restarts them (ECMA-376 part 1, 17.9).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from bihuan.reading.numerals import to_counting, to_digits

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9


@dataclass(frozen=True, slots=True)
class Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart_after: int | None = None  # None: after any higher level; 0: never
    legal: bool = False  # all numbers decimal, whatever the form
    style: str = ""

    @property
    def is_bullet(self) -> bool:
        return self.form in ("bullet", "none") and "%" not in self.text


@dataclass(frozen=True, slots=True)
class NumberedList:
    """A `num`: levels with its overrides applied; `counter` names what it counts together with."""

    counter: str
    levels: tuple[Level, ...]
    restarts: Mapping[int, int]


class Numbering:
    """Definitions of one document, and the counters while its paragraphs pass by in order."""

    def __init__(self, numbering: etree._Element | None, styles: "Styles"):
        self._styles = styles
        self._lists = {} if numbering is None else _lists(numbering, styles)
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()

    def label(self, paragraph: etree._Element) -> str:
        """What Word prints before this paragraph, "" for none or a bullet; counts, so ask once for each."""
        identifier, depth = self._reference(paragraph)
        numbered = self._lists.get(identifier)
        if numbered is None or not 0 <= depth < LEVELS:
            return ""
        level = numbered.levels[depth]
        if level.is_bullet:
            return ""
        counts = self._advance(identifier, numbered, depth)
        return _printed(numbered.levels, level, counts)

    def _advance(self, identifier: str, numbered: NumberedList, depth: int) -> dict[int, int]:
        counts = self._counts.setdefault(numbered.counter, {})
        first_use = (identifier, depth) not in self._begun
        self._begun.add((identifier, depth))
        if first_use and depth in numbered.restarts:
            counts[depth] = numbered.restarts[depth]
        else:
            counts[depth] = counts[depth] + 1 if depth in counts else numbered.levels[depth].start
        for deeper in range(depth + 1, LEVELS):
            after = numbered.levels[deeper].restart_after
            if after is None or depth < after:
                counts.pop(deeper, None)
        return counts

    def _reference(self, paragraph: etree._Element) -> tuple[str, int]:
        """The list and level of a paragraph: its own properties first, then what its style inherits."""
        own = _reference_in(paragraph.find(f"{W}pPr"))
        style = self._styles.of(paragraph)
        inherited = self._styles.reference(style)
        identifier = own[0] if own[0] is not None else inherited[0]
        if identifier is None or identifier == "0":  # 0 takes the number away again
            return "", 0
        depth = own[1] if own[1] is not None else (inherited[1] if own[0] is None else None)
        if depth is None:
            depth = self._level_of_style(identifier, style)
        return identifier, depth

    def _level_of_style(self, identifier: str, style: str) -> int:
        levels = self._lists[identifier].levels if identifier in self._lists else ()
        chain = self._styles.chain(style)
        return next((depth for depth, level in enumerate(levels) if level.style and level.style in chain), 0)


class Styles:
    """Paragraph and list styles (styles.xml) as far as numbering needs them."""

    def __init__(self, root: etree._Element | None):
        self._default = ""
        self._based_on: dict[str, str] = {}
        self._references: dict[str, tuple[str | None, int | None]] = {}
        self._names: dict[str, str] = {}
        for style in () if root is None else root.iter(f"{W}style"):
            self._add(style)

    def _add(self, style: etree._Element) -> None:
        identifier = style.get(f"{W}styleId", "")
        self._names[identifier] = (_value(style, "name") or "").lower()
        self._based_on[identifier] = _value(style, "basedOn") or ""
        self._references[identifier] = _reference_in(style.find(f"{W}pPr"))
        if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true"):
            self._default = identifier

    def of(self, paragraph: etree._Element) -> str:
        return _value(paragraph.find(f"{W}pPr"), "pStyle") or self._default

    def is_contents(self, paragraph: etree._Element) -> bool:
        """Whether the paragraph is a line of an automatic table of contents (目录)."""
        return self._names.get(self.of(paragraph), "").startswith("toc ")

    def chain(self, style: str) -> list[str]:
        """The style and its ancestors; a cycle in a damaged file ends the walk."""
        chain: list[str] = []
        while style and style not in chain:
            chain.append(style)
            style = self._based_on.get(style, "")
        return chain

    def reference(self, style: str) -> tuple[str | None, int | None]:
        """List and level that the style sets or inherits."""
        identifier = depth = None
        for ancestor in self.chain(style):
            found_identifier, found_depth = self._references.get(ancestor, (None, None))
            identifier = found_identifier if identifier is None else identifier
            depth = found_depth if depth is None else depth
        return identifier, depth


def _lists(root: etree._Element, styles: Styles) -> dict[str, NumberedList]:
    definitions = {item.get(f"{W}abstractNumId", ""): item for item in root.iter(f"{W}abstractNum")}
    lists: dict[str, NumberedList] = {}
    for num in root.iter(f"{W}num"):
        definition = _value(num, "abstractNumId") or ""
        levels = list(_levels(definitions, definition, root, styles))
        restarts: dict[int, int] = {}
        for override in num.iter(f"{W}lvlOverride"):
            depth = _number(override.get(f"{W}ilvl"), -1)
            if not 0 <= depth < LEVELS:
                continue
            own = override.find(f"{W}lvl")
            levels[depth] = _level(own) if own is not None else levels[depth]
            start = _value(override, "startOverride")
            if start is not None:
                restarts[depth] = _number(start, 1)
                levels[depth] = replace(levels[depth], start=restarts[depth])
        lists[num.get(f"{W}numId", "")] = NumberedList(definition, tuple(levels), restarts)
    return lists


def _levels(
    definitions: Mapping[str, etree._Element], identifier: str, root: etree._Element, styles: Styles
) -> tuple[Level, ...]:
    """The levels of a definition; one that only names a list style (`numStyleLink`) borrows that style's."""
    element = definitions.get(identifier)
    link = _value(element, "numStyleLink")
    if link:
        target = styles.reference(link)[0]
        for num in root.iter(f"{W}num"):
            if num.get(f"{W}numId") == target:
                element = definitions.get(_value(num, "abstractNumId") or "")
    levels = [Level()] * LEVELS
    for item in () if element is None else element.iterchildren(f"{W}lvl"):
        depth = _number(item.get(f"{W}ilvl"), -1)
        if 0 <= depth < LEVELS:
            levels[depth] = _level(item)
    return tuple(levels)


def _level(element: etree._Element) -> Level:
    form = element.find(f"{W}numFmt")
    if form is None:  # newer formats stand beside an older fallback
        form = next(element.iter(f"{W}numFmt"), None)
    restart = _value(element, "lvlRestart")
    legal = element.find(f"{W}isLgl")
    return Level(
        start=_number(_value(element, "start"), 1),
        form=form.get(f"{W}val", "decimal") if form is not None else "decimal",
        text=_value(element, "lvlText") or "",
        restart_after=None if restart is None else _number(restart, 0),
        legal=legal is not None and legal.get(f"{W}val", "1") not in ("0", "false", "off"),
        style=_value(element, "pStyle") or "",
    )


def _printed(levels: tuple[Level, ...], level: Level, counts: Mapping[int, int]) -> str:
    text = level.text
    for depth in range(LEVELS):
        if f"%{depth + 1}" in text:
            number = counts.get(depth, levels[depth].start)
            form = "decimal" if level.legal else levels[depth].form
            text = text.replace(f"%{depth + 1}", format_number(number, form))
    return text.strip()


def format_number(number: int, form: str) -> str:
    """A number as the named `numFmt` prints it; what is not known is printed in decimal, as Word does."""
    writer = _WRITERS.get(form)
    return writer(number) if writer and number >= 0 else str(number)


def _roman(number: int) -> str:
    text = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"],
        strict=True,
    ):
        text += sign * (number // value)
        number %= value
    return text


def _letters(number: int) -> str:
    """A … Z, AA, BB …: Word repeats the letter instead of counting on."""
    return chr(65 + (number - 1) % 26) * ((number - 1) // 26 + 1) if number else ""


def _from(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if 0 < number <= len(signs) else str(number)


def _consecutive(first: str, count: int) -> str:
    return "".join(chr(ord(first) + offset) for offset in range(count))


def _financial(number: int) -> str:
    return to_counting(number).translate(
        str.maketrans("一二三四五六七八九十百千零", "壹贰叁肆伍陆柒捌玖拾佰仟零")
    )


_CIRCLED = _consecutive("①", 20) + _consecutive("㉑", 15) + _consecutive("㊱", 15)
_WRITERS: dict[str, Callable[[int], str]] = {
    "chineseCounting": to_counting,
    "chineseCountingThousand": to_counting,
    "taiwaneseCounting": to_counting,
    "taiwaneseCountingThousand": to_counting,
    "japaneseCounting": to_counting,
    "chineseLegalSimplified": _financial,
    "ideographLegalTraditional": _financial,
    "ideographDigital": to_digits,
    "taiwaneseDigital": to_digits,
    "japaneseDigitalTenThousand": to_digits,
    "ideographTraditional": _from("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _from("子丑寅卯辰巳午未申酉戌亥"),
    "decimalEnclosedCircle": _from(_CIRCLED),
    "decimalEnclosedCircleChinese": _from(_CIRCLED),
    "decimalEnclosedParen": _from(_consecutive("⑴", 20)),
    "decimalEnclosedFullstop": _from(_consecutive("⒈", 20)),
    "ideographEnclosedCircle": _from(_consecutive("㊀", 10)),
    "decimalZero": lambda number: f"{number:02d}",
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
    "upperLetter": _letters,
    "lowerLetter": lambda number: _letters(number).lower(),
    "none": lambda number: "",
}


def _reference_in(properties: etree._Element | None) -> tuple[str | None, int | None]:
    numbering = None if properties is None else properties.find(f"{W}numPr")
    depth = _value(numbering, "ilvl")
    return _value(numbering, "numId"), None if depth is None else _number(depth, 0)


def _value(element: etree._Element | None, child: str) -> str | None:
    found = None if element is None else element.find(f"{W}{child}")
    return None if found is None else found.get(f"{W}val")


def _number(text: str | None, default: int) -> int:
    """Attributes of damaged files hold anything; a count beyond reason is no count."""
    return int(text) if text and text.isdecimal() and len(text) < 7 else default
