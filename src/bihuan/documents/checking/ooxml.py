"""A docx as measured paragraphs: text, and the look that styles and direct settings come to."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _
from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
LARGEST = 64 * 2**20
PARTS = ("word/document.xml", "word/styles.xml", "word/settings.xml", "word/theme/theme1.xml")


class Unreadable(Exception):
    """The file is no docx that can be measured; the message says why, for people."""


@dataclass(frozen=True)
class Look:
    """What a run comes to, in points."""

    east: str = ""
    latin: str = ""
    size: float = 10.0
    color: str = ""
    spacing: float = 0.0

    @property
    def is_red(self) -> bool:
        if len(self.color) != 6:
            return False
        red, green, blue = (int(self.color[place : place + 2], 16) for place in (0, 2, 4))
        return red > 180 and green < 110 and blue < 110


@dataclass(frozen=True)
class Border:
    style: str
    eighths: float
    space: float
    color: str


@dataclass(frozen=True)
class Setting:
    """What a paragraph comes to, in points; an indent in characters is told apart."""

    left: float = 0.0
    right: float = 0.0
    first: float = 0.0  # negative when hanging
    first_characters: float | None = None
    before: float = 0.0
    after: float = 0.0
    line: float | None = None
    line_rule: str = "auto"
    align: str = "left"
    new_page: bool = False
    borders: tuple[tuple[str, Border], ...] = ()

    def border(self, side: str) -> Border | None:
        return dict(self.borders).get(side)


@dataclass
class Paragraph:
    text: str
    runs: list[tuple[str, Look]]
    setting: Setting
    inside: str = ""  # "table", "box" or "frame"
    bottom: bool = False  # of a box that stands at the bottom of the text area
    number: int = 0
    has_drawing: bool = False
    has_page_field: bool = False
    cell_borders: tuple[tuple[str, Border], ...] = ()
    columns: int = 0  # of the table it is in

    @property
    def look(self) -> Look:
        """Of the longest run that shows something."""
        shown = [run for run in self.runs if run[0].strip()] or self.runs
        return max(shown, key=lambda run: len(run[0]))[1] if shown else Look()

    @property
    def is_empty(self) -> bool:
        return not self.text.strip()

    @property
    def height(self) -> float | None:
        """Of one line; None where Word decides by the font."""
        if self.setting.line is not None and self.setting.line_rule in ("exact", "atLeast"):
            return self.setting.line
        return None


@dataclass
class Page:
    """Measures of a section in millimetres, its grid in points, its feet."""

    width: float = 0.0
    height: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0
    header: float = 0.0
    footer: float = 0.0
    grid: str = ""
    line_pitch: float = 0.0
    char_space: float = 0.0
    has_first: bool = False
    feet: dict[str, list[Paragraph]] = field(default_factory=dict)
    heads: dict[str, list[Paragraph]] = field(default_factory=dict)


@dataclass
class Measured:
    paragraphs: list[Paragraph]
    pages: list[Page]
    odd_and_even: bool
    normal_size: float


def measure(content: bytes) -> Measured:
    """Raises Unreadable."""
    try:
        with ZipFile(BytesIO(content)) as bundle:
            return _Reader(bundle).measured()
    except BadZipFile as problem:
        raise Unreadable(_("不是 docx 文件，或文件已损坏")) from problem
    except (
        etree.XMLSyntaxError,
        KeyError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as problem:
        raise Unreadable(_("文件内容不完整或已加密，无法读取")) from problem


class _Reader:
    def __init__(self, bundle: ZipFile) -> None:
        self.bundle = bundle
        names = set(bundle.namelist())
        if PARTS[0] not in names:
            raise Unreadable(_("不是 docx 文件：缺少正文部分"))
        if sum(info.file_size for info in bundle.infolist()) > LARGEST:
            raise Unreadable(_("文件展开后过大，未予读取"))
        self.names = names
        self.document = self._part(PARTS[0])
        self.styles = {style.get(f"{W}styleId"): style for style in self._part(PARTS[1]).iter(f"{W}style")}
        self.defaults = self._part(PARTS[1]).find(f"{W}docDefaults")
        self.theme = self._part(PARTS[3])
        self.normal = next(
            (
                key
                for key, style in self.styles.items()
                if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true")
            ),
            None,
        )

    def measured(self) -> Measured:
        body = self.document.find(f"{W}body")
        if body is None:
            raise Unreadable(_("不是 docx 文件：缺少正文部分"))
        paragraphs = list(self._paragraphs(body))
        for number, one in enumerate(paragraphs, 1):
            one.number = number
        settings = self._part(PARTS[2])
        sections = list(body.iter(f"{W}sectPr"))
        return Measured(
            paragraphs,
            [self._page(section) for section in sections] or [Page()],
            _is_on(settings.find(f"{W}evenAndOddHeaders")),
            self._look([], self.normal).size,
        )

    def _part(self, name: str) -> Any:
        if name not in self.names:
            return etree.Element("missing")
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        return etree.fromstring(self.bundle.read(name), parser)

    def _page(self, section: Any) -> Page:
        size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
        grid, page = section.find(f"{W}docGrid"), Page()
        if size is not None:
            page.width, page.height = _mm(size.get(f"{W}w")), _mm(size.get(f"{W}h"))
        if margins is not None:
            for name in ("top", "bottom", "left", "right", "header", "footer"):
                setattr(page, name, _mm(margins.get(f"{W}{name}")))
        if grid is not None:
            page.grid = grid.get(f"{W}type", "")
            page.line_pitch = _number(grid.get(f"{W}linePitch")) / 20
            page.char_space = _number(grid.get(f"{W}charSpace")) / 4096
        page.has_first = _is_on(section.find(f"{W}titlePg"))
        for tag, kept in (("footerReference", page.feet), ("headerReference", page.heads)):
            for reference in section.findall(f"{W}{tag}"):
                kept[reference.get(f"{W}type", "default")] = self._related(reference.get(f"{R}id"))
        return page

    def _related(self, key: str) -> list[Paragraph]:
        relations = self._part("word/_rels/document.xml.rels")
        target = next((one.get("Target", "") for one in relations if one.get("Id") == key), "")
        name = target.lstrip("/") if target.startswith("/") else f"word/{target}"
        return list(self._paragraphs(self._part(name)))

    def _paragraphs(self, holder: Any, inside: str = "") -> Iterator[Paragraph]:
        for child in holder:
            if child.tag == f"{W}p":
                yield from self._paragraph(child, inside)
            elif child.tag == f"{W}tbl":
                columns = len(child.findall(f"{W}tblGrid/{W}gridCol"))
                edges = _borders(child.find(f"{W}tblPr/{W}tblBorders"))
                for cell in child.iter(f"{W}tc"):
                    own = dict(edges) | dict(_borders(cell.find(f"{W}tcPr/{W}tcBorders")))
                    for one in self._paragraphs(cell, inside or "table"):
                        one.cell_borders, one.columns = tuple(own.items()), columns
                        yield one
            elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}smartTag"):
                yield from self._paragraphs(child, inside)

    def _paragraph(self, element: Any, inside: str) -> Iterator[Paragraph]:
        """The paragraph, and then what stands in its text boxes."""
        properties = element.find(f"{W}pPr")
        style = _value(properties, "pStyle") or self.normal
        setting = self._setting(properties, style)
        runs, drawn, fields, boxes = [], False, "", []
        for run in _runs(element):
            runs.append((_text(run), self._look([run.find(f"{W}rPr")], style)))
            fields += "".join(one.text or "" for one in run.findall(f"{W}instrText"))
            found = [
                box
                for box in run.iter(f"{W}txbxContent")
                if not any(above.tag == FALLBACK for above in box.iterancestors())
            ]
            boxes += [(box, _stands_at_bottom(run)) for box in found]
            drawn = drawn or (not found and any(one.tag in (f"{W}drawing", f"{W}pict") for one in run.iter()))
            if any(one.get(f"{W}type") == "page" for one in run.findall(f"{W}br")):
                setting = replace(setting, new_page=True)
        if properties is not None and properties.find(f"{W}framePr") is not None:
            inside = "frame"
        fields += "".join(one.get(f"{W}instr", "") for one in element.iter(f"{W}fldSimple"))
        yield Paragraph(
            "".join(text for text, _look in runs),
            runs,
            setting,
            inside,
            has_drawing=drawn,
            has_page_field="PAGE" in fields.split(),
        )
        for box, bottom in boxes:
            for one in self._paragraphs(box, "box"):
                one.bottom = bottom
                yield one

    def _chain(self, style: str | None) -> list[Any]:
        """The style and what it is based on, the base first."""
        found: list[Any] = []
        while style in self.styles and self.styles[style] not in found:
            found.insert(0, self.styles[style])
            style = _value(self.styles[style], "basedOn")
        return found

    def _look(self, direct: list[Any], style: str | None) -> Look:
        layers = [self.defaults.find(f"{W}rPrDefault/{W}rPr")] if self.defaults is not None else []
        layers += [one.find(f"{W}rPr") for one in self._chain(style)]
        for own in direct:
            if own is not None:
                layers += [one.find(f"{W}rPr") for one in self._chain(_value(own, "rStyle"))]
            layers.append(own)
        look = Look()
        for layer in layers:
            if layer is None:
                continue
            fonts = layer.find(f"{W}rFonts")
            if fonts is not None:
                look = replace(
                    look,
                    east=self._font(fonts, "eastAsia") or look.east,
                    latin=self._font(fonts, "ascii") or look.latin,
                )
            if (size := _value(layer, "sz")) is not None:
                look = replace(look, size=_number(size) / 2)
            if (color := _value(layer, "color")) is not None:
                look = replace(look, color="" if color == "auto" else color)
            if (spacing := _value(layer, "spacing")) is not None:
                look = replace(look, spacing=_number(spacing) / 20)
        return look

    def _font(self, fonts: Any, kind: str) -> str:
        if name := fonts.get(f"{W}{kind}"):
            return name
        theme = fonts.get(f"{W}{kind}Theme")
        if not theme:
            return ""
        set_ = self.theme.find(f".//{A}{'major' if theme.startswith('major') else 'minor'}Font")
        if set_ is None:
            return theme
        if kind != "eastAsia":
            return set_.find(f"{A}latin").get("typeface", theme)
        named = [one.get("typeface", "") for one in set_.findall(f"{A}font") if one.get("script") == "Hans"]
        return (set_.find(f"{A}ea").get("typeface", "") or next(iter(named), "")) or theme

    def _setting(self, direct: Any, style: str | None) -> Setting:
        layers = [self.defaults.find(f"{W}pPrDefault/{W}pPr")] if self.defaults is not None else []
        layers += [one.find(f"{W}pPr") for one in self._chain(style)]
        setting = Setting()
        for layer in [*layers, direct]:
            if layer is not None:
                setting = _over(setting, layer)
        return setting


def _over(setting: Setting, layer: Any) -> Setting:
    changed: dict[str, Any] = {}
    indent, spacing = layer.find(f"{W}ind"), layer.find(f"{W}spacing")
    if indent is not None:
        for name in ("left", "right"):
            given = indent.get(f"{W}{name}") or indent.get(f"{W}{'start' if name == 'left' else 'end'}")
            if given is not None:
                changed[name] = _number(given) / 20
        if (given := indent.get(f"{W}firstLine")) is not None:
            changed["first"] = _number(given) / 20
        if (given := indent.get(f"{W}hanging")) is not None:
            changed["first"] = -_number(given) / 20
        if (given := indent.get(f"{W}firstLineChars")) is not None:
            changed["first_characters"] = _number(given) / 100
    if spacing is not None:
        for name in ("before", "after"):
            if (given := spacing.get(f"{W}{name}")) is not None:
                changed[name] = _number(given) / 20
        if (given := spacing.get(f"{W}line")) is not None:
            changed |= {"line": _number(given) / 20, "line_rule": spacing.get(f"{W}lineRule", "auto")}
    if (align := _value(layer, "jc")) is not None:
        changed["align"] = {"start": "left", "end": "right"}.get(align, align)
    if (page := layer.find(f"{W}pageBreakBefore")) is not None:
        changed["new_page"] = _is_on(page)
    if (borders := layer.find(f"{W}pBdr")) is not None:
        changed["borders"] = _borders(borders)
    return replace(setting, **changed)


def _borders(holder: Any) -> tuple[tuple[str, Border], ...]:
    if holder is None:
        return ()
    return tuple(
        (
            etree.QName(one).localname,
            Border(
                one.get(f"{W}val", "none"),
                _number(one.get(f"{W}sz")),
                _number(one.get(f"{W}space")),
                one.get(f"{W}color", ""),
            ),
        )
        for one in holder
        if one.get(f"{W}val") not in (None, "nil", "none")
    )


def _runs(element: Any) -> Iterator[Any]:
    """The paragraph's own runs, not those of its text boxes; deleted text is no text."""
    for child in element:
        if child.tag == f"{W}r":
            yield child
        elif child.tag in (
            f"{W}hyperlink",
            f"{W}ins",
            f"{W}smartTag",
            f"{W}fldSimple",
            f"{W}sdt",
            f"{W}sdtContent",
        ):
            yield from _runs(child)


def _text(run: Any) -> str:
    said = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}noBreakHyphen": "-"}
    return "".join(one.text or "" if one.tag == f"{W}t" else said.get(one.tag, "") for one in run)


def _stands_at_bottom(run: Any) -> bool:
    return any(
        etree.QName(one).localname == "positionV"
        and one.get("relativeFrom") == "margin"
        and "".join(one.itertext()).strip() == "bottom"
        for one in run.iter()
        if isinstance(one.tag, str)
    )


def _value(holder: Any, name: str) -> str | None:
    child = holder.find(f"{W}{name}") if holder is not None else None
    return None if child is None else child.get(f"{W}val")


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(f"{W}val", "1") not in ("0", "false", "off")


def _number(given: str | None) -> float:
    """Attributes written by other programs may carry units or nothing at all."""
    if not given:
        return 0.0
    text = given.strip()
    for unit, twips in (("pt", 20.0), ("mm", 56.6929), ("cm", 566.929), ("in", 1440.0)):
        if text.endswith(unit):
            return float(text[: -len(unit)]) * twips
    return float(text)


def _mm(twips: str | None) -> float:
    return _number(twips) / 56.6929
