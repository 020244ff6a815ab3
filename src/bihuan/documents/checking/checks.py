"""The checks: each part of a document is found by what it says, then measured (公文格式校验)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from django.utils.translation import gettext as _

from bihuan.documents.checking import figures as f
from bihuan.documents.checking.ooxml import Measured, Page, Paragraph, measure

CLOSE = 0.6  # points or characters that pass for equal


@dataclass(frozen=True)
class Deviation:
    """One way in which a file differs from the standard; `clause` of GB/T 9704-2012."""

    code: str
    clause: str
    place: str
    expected: str
    found: str

    def __str__(self) -> str:
        return _("%(place)s：应为%(expected)s，实为%(found)s（GB/T 9704-2012 第 %(clause)s 条）") % asdict(
            self
        )


@dataclass
class Parts:
    """The parts of a document, as far as they were found."""

    is_letter: bool
    mark: list[Paragraph]
    number: Paragraph | None
    title: list[Paragraph]
    addressees: Paragraph | None
    body: list[Paragraph]
    note: list[Paragraph]
    issuers: list[Paragraph]
    date: Paragraph | None
    annexes: list[Paragraph]
    colophon: list[Paragraph]


def check(content: bytes) -> list[Deviation]:
    """Every deviation of a docx, in the order of the standard. Raises Unreadable."""
    document = measure(content)
    parts = _parts(document)
    return [found for one in CHECKS for found in one(document, parts)]


# ---- finding the parts


def _parts(document: Measured) -> Parts:
    flow = [one for one in document.paragraphs if not one.inside]
    page = document.pages[0]
    head = page.heads.get("first", []) if page.has_first else []
    letter_mark = [one for one in head if one.look.is_red and not one.is_empty]
    number = next((one for one in flow[:40] if f.NUMBER.search(one.text) and len(one.text) < 60), None)
    start = number.number if number else 0
    marks = [
        one
        for one in document.paragraphs
        if one.look.is_red and not one.is_empty and one.look.size > 15 and (not number or one.number < start)
    ]
    rest = [one for one in flow if one.number > start]
    title = _title_of(rest)
    after = [one for one in rest if not title or one.number > title[-1].number]
    annexes = [one for one in after if _is_annex_head(one)]
    before_annex = [one for one in after if not annexes or one.number < annexes[0].number]
    date = next(
        (one for one in reversed(before_annex) if _is_date(one) and one.setting.align == "right"),
        next((one for one in reversed(before_annex) if _is_date(one)), None),
    )
    shown = [one for one in before_annex if not one.is_empty and (not date or one.number < date.number)]
    issuers: list[Paragraph] = []
    while date and shown and shown[-1].setting.align == "right":
        issuers.insert(0, shown.pop())
    addressees = None
    if shown and shown[0].text.rstrip()[-1] in "：:" and len(shown) > 1:
        addressees = shown.pop(0)
    note = _note_of(shown)
    shown = [one for one in shown if one not in note]
    colophon = [one for one in document.paragraphs if _is_colophon(one, date)]
    return Parts(
        bool(letter_mark),
        letter_mark or marks,
        number,
        title,
        addressees,
        shown,
        note,
        issuers,
        date,
        annexes,
        colophon,
    )


def _title_of(rest: Sequence[Paragraph]) -> list[Paragraph]:
    """The first lines that stand in the middle, or are large, below the number."""
    found: list[Paragraph] = []
    for one in rest[:14]:
        if one.is_empty:
            if found:
                break
            continue
        stands = one.setting.align == "center" or one.look.size >= 20
        if not stands:
            break
        found.append(one)
    return found


def _note_of(shown: Sequence[Paragraph]) -> list[Paragraph]:
    """附件：… and the lines that go on with it."""
    for place in range(len(shown) - 1, -1, -1):
        text = shown[place].text.strip()
        if text.startswith(("附件：", "附件:")):
            return list(shown[place:])
    return []


def _is_date(one: Paragraph) -> bool:
    text = one.text.strip()
    return bool(f.DATE.fullmatch(text) or f.LIKE_DATE.match(text))


def _is_annex_head(one: Paragraph) -> bool:
    text = one.text.strip()
    return text.startswith("附件") and (text == "附件" or text[2:].rstrip(":：").isdigit())


def _is_colophon(one: Paragraph, date: Paragraph | None) -> bool:
    text = one.text.strip()
    late = date is None or one.number > date.number
    return late and (text.endswith("印发") or text.startswith(("抄送：", "抄送:", "主送：", "主送:")))


# ---- measuring them


def _page(document: Measured, parts: Parts) -> Iterator[Deviation]:
    page = document.pages[0]
    for name, key, wanted, tolerance in (*f.PAPER, *f.MARGINS):
        found = getattr(page, key)
        if abs(found - wanted) > tolerance:
            yield Deviation(f"page.{key}", "5.1", _("页面"), f"{name} {wanted:g} mm", f"{found:.1f} mm")
    area = (page.width - page.left - page.right, page.height - page.top - page.bottom)
    for (name, wanted, tolerance), found, key in zip(
        f.AREA, area, ("area_width", "area_height"), strict=True
    ):
        if abs(found - wanted) > tolerance:
            yield Deviation(f"page.{key}", "5.1", _("页面"), f"{name} {wanted:g} mm", f"{found:.1f} mm")


def _grid(document: Measured, parts: Parts) -> Iterator[Deviation]:
    """22 lines of 28 characters, whether a grid or fixed lines bring them about."""
    page = document.pages[0]
    plain = [one for one in parts.body if abs(one.look.size - f.BODY) < CLOSE] or parts.body
    if not plain or not page.height:
        return
    one = max(plain, key=lambda paragraph: len(paragraph.text))
    high = (page.height - page.top - page.bottom) / 25.4 * 72
    pitch = one.height or (page.line_pitch if page.grid else None)
    if not pitch:
        yield Deviation("grid.lines", "5.2.2", _("版心"), _("每面 22 行"), _("未设行网格，也未设固定行距"))
    elif int(high / pitch + 0.03) != f.LINES:
        said = _("每面 %(n)d 行（行距 %(pitch).2f 磅）") % {"n": int(high / pitch + 0.03), "pitch": pitch}
        yield Deviation("grid.lines", "5.2.2", _("版心"), _("每面 22 行"), said)
    wide = (page.width - page.left - page.right) / 25.4 * 72
    space = page.char_space if page.grid in ("linesAndChars", "snapToChars") else 0.0
    advance = document.normal_size + space if page.grid == "snapToChars" else one.look.size + space
    count = int(wide / (advance + one.look.spacing) + 0.03)
    if count != f.CHARACTERS:
        yield Deviation(
            "grid.characters", "5.2.2", _("版心"), _("每行 28 字"), _("每行 %(n)d 字") % {"n": count}
        )


def _mark(document: Measured, parts: Parts) -> Iterator[Deviation]:
    place = _("发文机关标志")
    if not parts.mark:
        yield Deviation("mark.missing", "7.2.4", place, _("红色发文机关标志"), _("没有找到"))
        return
    for one in parts.mark:
        yield from _face(one, "小标宋", "mark.font", "7.2.4", place)
    first = parts.mark[0]
    if not parts.is_letter:
        if first.setting.align not in ("center", "distribute") and not first.inside:
            yield Deviation("mark.align", "7.2.4", place, _("居中"), _align(first))
        above = sum(_down(one, document.pages[0]) for one in document.paragraphs if one.number < first.number)
        top = (above + first.setting.before) / 72 * 25.4
        if first.inside != "box" and abs(top - f.MARK_TOP) > 3:
            yield Deviation("mark.top", "7.2.4", place, _("上边缘距版心上边缘 35 mm"), f"{top:.0f} mm")
    else:
        top = document.pages[0].header + first.setting.before / 72 * 25.4
        if abs(top - f.LETTER_TOP) > 2:
            yield Deviation("mark.top", "10.1", place, _("上边缘距页面上边缘 30 mm"), f"{top:.0f} mm")
        yield from _letter_rules(document, first)


def _letter_rules(document: Measured, mark: Paragraph) -> Iterator[Deviation]:
    page = document.pages[0]
    foot = next(
        (one.setting.border("bottom") or one.setting.border("top") for one in page.feet.get("first", [])),
        None,
    )
    for border, code, place, wanted in (
        (mark.setting.border("bottom"), "rule.letter_top", _("信函首条红线"), "thickThin"),
        (foot, "rule.letter_bottom", _("信函末条红线"), "thinThick"),
    ):
        if border is None:
            yield Deviation(code, "10.1", place, _("红色双线"), _("没有找到"))
        elif not border.style.startswith(wanted):
            said = _("上粗下细") if wanted == "thickThin" else _("上细下粗")
            yield Deviation(code, "10.1", place, said, border.style)


def _number(document: Measured, parts: Parts) -> Iterator[Deviation]:
    place, one = _("发文字号"), parts.number
    if one is None:
        yield Deviation("number.missing", "7.2.5", place, _("机关代字〔年份〕序号"), _("没有找到"))
        return
    said = f.NUMBER.search(one.text)
    assert said is not None
    if (said["open"], said["close"]) != ("〔", "〕"):
        yield Deviation("number.brackets", "7.2.5", place, _("六角括号〔〕"), said["open"] + said["close"])
    if len(said["year"]) != 4:
        yield Deviation("number.year", "7.2.5", place, _("年份用四位数字"), said["year"])
    if said["ordinal"]:
        yield Deviation("number.ordinal", "7.2.5", place, _("不加“第”字"), said[0])
    if said["serial"].startswith("0"):
        yield Deviation("number.zeros", "7.2.5", place, _("序号不编虚位"), said["serial"])
    if not said["end"]:
        yield Deviation("number.end", "7.2.5", place, _("序号后加“号”字"), said[0])
    only = _part(
        one, *said.span()
    )  # a letter has the urgency, an upward document the signer on the same line
    yield from _face(only, "仿宋", "number.font", "7.2.5", place)
    yield from _size(only, f.BODY, "number.size", "7.2.5", place)
    if parts.is_letter:
        return
    if parts.mark and parts.mark[0].inside != "box":
        gap = _gap(document, one)
        if abs(gap - 2) > CLOSE:
            yield Deviation("number.gap", "7.2.5", place, _("标志下空二行"), _("空 %(n).1f 行") % {"n": gap})
    signer = "签发人" in one.text
    if not signer and one.setting.align != "center":
        yield Deviation(
            "number.align", "7.2.5", place, _("居中（上行文居左空一字并标注签发人）"), _align(one)
        )
    yield from _red_line(document, one)


def _red_line(document: Measured, number: Paragraph) -> Iterator[Deviation]:
    place = _("版头分隔线")
    following = next((one for one in document.paragraphs if one.number == number.number + 1), None)
    border = number.setting.border("bottom") or (following.setting.border("top") if following else None)
    if border is None:
        drawn = any(one.has_drawing for one in (number, following) if one)
        if not drawn:
            yield Deviation(
                "rule.missing", "7.2.7", place, _("发文字号之下 4 mm 处一条红色分隔线"), _("没有找到")
            )
        return
    if not _reddish(border.color):
        yield Deviation("rule.color", "7.2.7", place, _("红色"), border.color)
    slack = max(0.0, ((number.height or number.look.size) - number.look.size) / 2)
    below = (border.space + slack) / 72 * 25.4
    if abs(below - f.BELOW_NUMBER) > 1.5:
        yield Deviation("rule.distance", "7.2.7", place, _("发文字号之下 4 mm"), f"{below:.1f} mm")
    if abs(number.setting.left) + abs(number.setting.right) > 2:
        yield Deviation("rule.width", "7.2.7", place, _("与版心等宽"), _("随段落缩进变窄"))


def _title(document: Measured, parts: Parts) -> Iterator[Deviation]:
    place = _("标题")
    if not parts.title:
        yield Deviation("title.missing", "7.3.1", place, _("二号小标宋居中的标题"), _("没有找到"))
        return
    for one in parts.title:
        yield from _face(one, "小标宋", "title.font", "7.3.1", place)
        yield from _size(one, f.TITLE, "title.size", "7.3.1", place)
        if one.setting.align != "center":
            yield Deviation("title.align", "7.3.1", place, _("居中"), _align(one))
    gap = _gap(document, parts.title[0])
    if abs(gap - 2) > CLOSE:
        yield Deviation("title.gap", "7.3.1", place, _("红色分隔线下空二行"), _("空 %(n).1f 行") % {"n": gap})


def _addressees(document: Measured, parts: Parts) -> Iterator[Deviation]:
    place, one = _("主送机关"), parts.addressees
    if one is None:
        if not any(line.text.strip().startswith("主送") for line in parts.colophon):
            yield Deviation(
                "addressees.missing", "7.3.2", place, _("标题下的主送机关，或移至版记"), _("没有找到")
            )
        return
    if not one.text.rstrip().endswith("："):
        yield Deviation("addressees.colon", "7.3.2", place, _("末尾用全角冒号"), one.text.strip()[-1])
    if _first(one) > CLOSE or one.setting.left > CLOSE:
        yield Deviation(
            "addressees.indent", "7.3.2", place, _("居左顶格"), _("缩进 %(n).1f 字") % {"n": _first(one)}
        )
    gap = _gap(document, one)
    if abs(gap - 1) > CLOSE:
        yield Deviation("addressees.gap", "7.3.2", place, _("标题下空一行"), _("空 %(n).1f 行") % {"n": gap})
    yield from _face(one, "仿宋", "addressees.font", "7.3.2", place)
    yield from _size(one, f.BODY, "addressees.size", "7.3.2", place)


def _body(document: Measured, parts: Parts) -> Iterator[Deviation]:
    if not parts.body:
        yield Deviation("body.missing", "7.3.3", _("正文"), _("正文"), _("没有找到"))
    for one in parts.body:
        place = _place(one)
        level = _level(one.text)
        if level is None:
            yield from _face(one, "仿宋", "body.font", "7.3.3", place)
        else:
            yield from _heading_face(one, level, place)
        yield from _size(one, f.BODY, "body.size", "7.3.3", place)
        indent = _first(one) + one.setting.left / f.BODY
        if abs(indent - 2) > CLOSE:
            yield Deviation("body.indent", "7.3.3", place, _("左空二字"), _("空 %(n).1f 字") % {"n": indent})
        if any(look.color not in ("", "000000") for text, look in one.runs if text.strip()):
            yield Deviation("body.color", "5.2.3", place, _("黑色"), one.look.color)


def _levels(document: Measured, parts: Parts) -> Iterator[Deviation]:
    """一、（一）1.（1）: written so, entered from above, counted without gap."""
    counts, met = [0, 0, 0, 0], -1
    for one in parts.body:
        text, place = one.text.strip(), _place(one)
        wrong = next((right for pattern, right in f.WRONG_LEVELS if pattern.match(text)), None)
        if wrong:
            yield Deviation(
                "levels.form", "7.3.3", place, _("层次序数形如“%(form)s”") % {"form": wrong}, text[:4]
            )
        level = _level(text)
        if level is None:
            continue
        if level > met + 1 and not (met == 0 and level == 2):
            yield Deviation(
                "levels.order",
                "7.3.3",
                place,
                _("先用“%(form)s”") % {"form": f.LEVEL_NAMES[met + 1]},
                f.LEVEL_NAMES[level],
            )
        met = max(level, met)
        ordinal = _ordinal(text, level)
        if ordinal not in (counts[level] + 1, 1):
            yield Deviation(
                "levels.count", "7.3.3", place, _("序数为 %(n)d") % {"n": counts[level] + 1}, str(ordinal)
            )
        counts[level] = ordinal
        counts[level + 1 :] = [0] * (3 - level)


def _note(document: Measured, parts: Parts) -> Iterator[Deviation]:
    place = _("附件说明")
    if not parts.note:
        if parts.annexes:
            yield Deviation("note.missing", "7.3.4", place, _("正文下注明附件名称"), _("没有找到"))
        return
    first = parts.note[0]
    if first.text.strip().startswith("附件:"):
        yield Deviation("note.colon", "7.3.4", place, _("“附件”后用全角冒号"), ":")
    gap = _gap(document, first)
    if abs(gap - 1) > CLOSE:
        yield Deviation("note.gap", "7.3.4", place, _("正文下空一行"), _("空 %(n).1f 行") % {"n": gap})
    indent = (first.setting.left + first.setting.first) / f.BODY if first.setting.first < 0 else _first(first)
    if abs(indent - 2) > CLOSE:
        yield Deviation("note.indent", "7.3.4", place, _("左空二字"), _("空 %(n).1f 字") % {"n": indent})
    for one in parts.note:
        if one.text.rstrip()[-1:] in "。；，.;,":
            yield Deviation("note.stop", "7.3.4", _place(one), _("附件名称后不加标点"), one.text.rstrip()[-1])
        yield from _face(one, "仿宋", "note.font", "7.3.4", place)
        yield from _size(one, f.BODY, "note.size", "7.3.4", place)


def _signature(document: Measured, parts: Parts) -> Iterator[Deviation]:
    place, one = _("成文日期"), parts.date
    if one is None:
        yield Deviation("date.missing", "7.3.5.4", place, _("阿拉伯数字的成文日期"), _("没有找到"))
        return
    text = one.text.strip()
    said = f.DATE.fullmatch(text)
    if said is None:
        yield Deviation("date.form", "7.3.5.4", place, _("如 2026年1月8日"), text)
    elif said[2].startswith("0") or said[3].startswith("0"):
        yield Deviation("date.zeros", "7.3.5.4", place, _("月、日不编虚位"), text)
    yield from _face(one, "仿宋", "date.font", "7.3.5", place)
    yield from _size(one, f.BODY, "date.size", "7.3.5", place)
    right = one.setting.right / f.BODY
    if one.setting.align != "right" or (right < 4 - CLOSE and abs(right - 2) > CLOSE):
        found = _align(one) if one.setting.align != "right" else _("右空 %(n).1f 字") % {"n": right}
        yield Deviation("date.indent", "7.3.5", place, _("右空四字（不加盖印章的右空二字）"), found)
    if not parts.issuers:
        yield Deviation("issuer.missing", "7.3.5", _("发文机关署名"), _("成文日期之上的署名"), _("没有找到"))
    for issuer in parts.issuers:
        middle = issuer.setting.right / f.BODY + _wide(issuer.text.strip()) / 2
        wanted = right + _wide(text) / 2
        if abs(middle - wanted) > 1 and right >= 4 - CLOSE:
            said_so = _("偏离 %(n).1f 字") % {"n": abs(middle - wanted)}
            yield Deviation("issuer.centre", "7.3.5.1", _("发文机关署名"), _("以成文日期为准居中"), said_so)


def _annexes(document: Measured, parts: Parts) -> Iterator[Deviation]:
    for one in parts.annexes:
        place = _place(one)
        yield from _face(one, "黑体", "annex.font", "7.3.7", place)
        yield from _size(one, f.BODY, "annex.size", "7.3.7", place)
        if _first(one) + one.setting.left > CLOSE:
            yield Deviation("annex.indent", "7.3.7", place, _("顶格"), _("有缩进"))
        if not one.setting.new_page and not _broken_before(document, one):
            yield Deviation("annex.page", "7.3.7", place, _("另面编排"), _("接排"))
        title = next(
            (two for two in document.paragraphs if two.number > one.number and not two.is_empty), None
        )
        if title and (gap := _gap(document, title)) is not None and abs(gap - 1) > CLOSE:
            yield Deviation(
                "annex.title",
                "7.3.7",
                _place(title),
                _("附件标题居版心第三行"),
                _("空 %(n).1f 行") % {"n": gap},
            )


def _colophon(document: Measured, parts: Parts) -> Iterator[Deviation]:
    place = _("版记")
    if parts.is_letter:
        return
    printed = next((one for one in parts.colophon if one.text.strip().endswith("印发")), None)
    if printed is None:
        yield Deviation("colophon.missing", "7.4", place, _("印发机关和印发日期"), _("没有找到"))
        return
    for one in parts.colophon:
        yield from _face(one, "仿宋", "colophon.font", "7.4", place)
        yield from _size(one, f.SMALL, "colophon.size", "7.4", place)
        text = one.text.strip()
        if text.startswith(("抄送", "主送")) and not text.endswith("。"):
            yield Deviation("colophon.stop", "7.4.2", place, _("抄送机关后标句号"), text[-1])
        if text.startswith(("抄送:", "主送:")):
            yield Deviation("colophon.colon", "7.4.2", place, _("全角冒号"), ":")
    if not f.DATE.search(printed.text):
        yield Deviation(
            "colophon.date", "7.4.3", place, _("印发日期如 2026年1月8日印发"), printed.text.strip()
        )
    if not printed.bottom and printed.inside not in ("table", "frame"):
        yield Deviation("colophon.place", "7.4.1", place, _("末条分隔线与版心下边缘重合"), _("随正文流动"))
    yield from _colophon_rules(document, parts, place)


def _colophon_rules(document: Measured, parts: Parts, place: str) -> Iterator[Deviation]:
    first, last = parts.colophon[0].number, parts.colophon[-1].number
    floor = parts.date.number if parts.date else 0
    near = document.paragraphs[max(floor, first - 3) : last + 2]
    rules = [
        border.eighths / 8 / 72 * 25.4
        for one in near
        for side, border in (*one.setting.borders, *one.cell_borders)
        if side in ("top", "bottom", "between", "insideH")
    ]
    wanted = 3 if len(parts.colophon) > 1 else 2
    if not rules and any(one.has_drawing for one in near):
        return
    if len(rules) < wanted:
        said = _("%(n)d 条") % {"n": len(rules)}
        yield Deviation("colophon.rules", "7.4.1", place, _("首条、末条粗线，其间细线"), said)
        return
    if abs(rules[0] - f.THICK) > 0.06 or abs(rules[-1] - f.THICK) > 0.06:
        yield Deviation(
            "colophon.thick", "7.4.1", place, _("首末分隔线 0.35 mm"), f"{rules[0]:.2f}、{rules[-1]:.2f} mm"
        )
    if any(abs(rule - f.THIN) > 0.06 for rule in rules[1:-1]):
        yield Deviation("colophon.thin", "7.4.1", place, _("中间分隔线 0.25 mm"), f"{rules[1]:.2f} mm")


def _feet(document: Measured, parts: Parts) -> Iterator[Deviation]:
    place, page = _("页码"), document.pages[0]
    if not any(one.has_page_field for one in page.feet.get("default", [])):
        yield Deviation("foot.missing", "7.5", place, _("版心下边缘之下的页码"), _("没有找到"))
        return
    if not document.odd_and_even or "even" not in page.feet:
        yield Deviation("foot.sides", "7.5", place, _("单页居右、双页居左"), _("单双页相同"))
    for kind, side, name in (("default", "right", _("单页码")), ("even", "left", _("双页码"))):
        one = next((line for line in page.feet.get(kind, []) if line.has_page_field), None)
        if one is None:
            continue
        indent = one.setting.right if side == "right" else one.setting.left + max(0.0, one.setting.first)
        if document.odd_and_even and (one.setting.align != side or abs(indent / f.SMALL - 1) > CLOSE):
            wanted = _("居右空一字") if side == "right" else _("居左空一字")
            yield Deviation("foot.align", "7.5", name, wanted, f"{_align(one)} {indent / f.SMALL:.1f}")
        yield from _size(one, f.SMALL, "foot.size", "7.5", name)
        if not _is_face(one.look.latin, "宋体"):
            yield Deviation("foot.font", "7.5", name, _("四号半角宋体"), one.look.latin or _("未指定"))
        if one.text.count("—") + one.text.count("－") < 2:
            yield Deviation("foot.dashes", "7.5", name, _("数字左右各一条一字线"), one.text.strip())
        dash = (one.height or one.look.size) / 72 * 25.4
        below = page.bottom - page.footer - one.setting.after / 72 * 25.4 - dash
        if abs(below - f.FOOT_BELOW) > 1.5:
            yield Deviation("foot.distance", "7.5", name, _("一字线上距版心下边缘 7 mm"), f"{below:.1f} mm")


# ---- measures


def _face(one: Paragraph, face: str, code: str, clause: str, place: str) -> Iterator[Deviation]:
    wrong = {look.east for text, look in one.runs if _has_han(text) and not _is_face(look.east, face)}
    if wrong:
        yield Deviation(code, clause, place, face, "、".join(sorted(name or _("未指定") for name in wrong)))


def _heading_face(one: Paragraph, level: int, place: str) -> Iterator[Deviation]:
    """A heading that runs on into text is measured up to its first full stop."""
    heading, left = [], len(one.text.partition("。")[0]) if level else len(one.text)
    for text, look in one.runs:
        if left > 0 and text.strip():
            heading.append((text, look))
        left -= len(text)
    face = f.LEVEL_FACES[level]
    wrong = {look.east for text, look in heading if _has_han(text) and not _is_face(look.east, face)}
    if wrong:
        yield Deviation(
            "levels.font", "7.3.3", place, face, "、".join(sorted(name or _("未指定") for name in wrong))
        )


def _part(one: Paragraph, start: int, end: int) -> Paragraph:
    """The paragraph with only the runs that reach into this stretch of its text."""
    runs, at = [], 0
    for text, look in one.runs:
        if at < end and at + len(text) > start:
            runs.append((text[max(0, start - at) : end - at], look))
        at += len(text)
    return replace(one, runs=runs)


def _size(one: Paragraph, wanted: float, code: str, clause: str, place: str) -> Iterator[Deviation]:
    wrong = {look.size for text, look in one.runs if text.strip() and abs(look.size - wanted) > 0.3}
    if wrong:
        yield Deviation(code, clause, place, _size_name(wanted), "、".join(map(_size_name, sorted(wrong))))


def _size_name(points: float) -> str:
    name = f.SIZES.get(round(points)) if abs(points - round(points)) < 0.1 else None
    return f"{name}（{points:g} 磅）" if name else f"{points:g} 磅"


def _is_face(name: str, face: str) -> bool:
    plain = name.lower().replace(" ", "")
    if face == "宋体" and any(part in plain for part in ("仿宋", "fangsong", "小标宋")):
        return False
    return any(part in plain for part in f.FACES[face])


def _has_han(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def _first(one: Paragraph) -> float:
    """The indent of the first line in characters."""
    if one.setting.first_characters is not None:
        return one.setting.first_characters
    lead = len(one.text) - len(one.text.lstrip("\u3000"))
    return one.setting.first / f.BODY + lead


def _down(one: Paragraph, page: Page) -> float:
    """How far an (empty) paragraph moves what follows it, in points."""
    if one.inside in ("box", "frame"):
        return 0.0
    return one.setting.before + one.setting.after + (one.height or page.line_pitch or one.look.size * 1.3)


def _gap(document: Measured, one: Paragraph) -> float:
    """Empty lines above a paragraph, counting empty paragraphs and space before alike."""
    page = document.pages[0]
    pitch = (page.line_pitch if page.grid else 0) or 29.0
    points = one.setting.before
    for above in reversed(document.paragraphs[: one.number - 1]):
        if above.inside in ("box", "frame") or (above.inside and above.is_empty):
            continue
        if not above.is_empty or above.has_drawing:
            points += above.setting.after
            break
        points += _down(above, page)
    return points / pitch


def _broken_before(document: Measured, one: Paragraph) -> bool:
    above = next((two for two in reversed(document.paragraphs) if two.number < one.number), None)
    return above is not None and above.is_empty and above.setting.new_page


def _level(text: str) -> int | None:
    return next((number for number, form in enumerate(f.LEVELS) if form.match(text.strip())), None)


def _ordinal(text: str, level: int) -> int:
    matched = f.LEVELS[level].match(text.strip())
    assert matched is not None
    inside = matched[0].strip("（）、.．")
    if inside.isdigit():
        return int(inside)
    digits = {letter: number for number, letter in enumerate("一二三四五六七八九", 1)}
    tens, ten, ones = inside.partition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones if ten else inside, 0)


def _wide(text: str) -> float:
    return sum(0.5 if ord(letter) < 0x2000 else 1.0 for letter in text)


def _align(one: Paragraph) -> str:
    names = {
        "left": _("居左"),
        "right": _("居右"),
        "center": _("居中"),
        "both": _("两端对齐"),
        "distribute": _("分散对齐"),
    }
    return names.get(one.setting.align, one.setting.align)


def _place(one: Paragraph) -> str:
    return _("第 %(n)d 段“%(text)s”") % {"n": one.number, "text": one.text.strip()[:12]}


def _reddish(color: str) -> bool:
    try:
        red, green, blue = (int(color[place : place + 2], 16) for place in (0, 2, 4))
    except ValueError:
        return False
    return red > 180 and green < 110 and blue < 110


CHECKS: tuple[Callable[[Measured, Parts], Iterator[Deviation]], ...] = (
    _page,
    _grid,
    _mark,
    _number,
    _title,
    _addressees,
    _body,
    _levels,
    _note,
    _signature,
    _annexes,
    _colophon,
    _feet,
)
