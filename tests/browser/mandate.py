"""The plan of story 2 of DESIGN §1 as a college would send it round: a Word file with automatic numbering."""

import io

from docx import Document
from docx.oxml import parse_xml

from tests.reading.office import W, abstract, level, num
from tests.supervision.story import LIST

LETTER = (
    "学院文件",
    "学院党发〔2026〕18号",
    "关于印发《2026年作风建设提质增效行动方案》的通知",
    "各部门、各单位：",
    "现将《2026年作风建设提质增效行动方案》印发给你们，请认真贯彻执行。",
    "学院",
    "2026年2月27日",
    "2026年作风建设提质增效行动方案",
    "为深入推进作风建设，制定本方案。",
)
NUMBERS = abstract(
    90,
    level(0, "chineseCounting", "%1、"),
    level(1, "decimal", "%2.", inside='<w:lvlRestart w:val="0"/>'),
    level(2, "decimal", "%2.%3"),
)
HOMELESS, STANDING = "14.4", "7.1"  # the one without a unit; the one that never ends
ELSEWHERE = {"10.1": "招就处"}  # called by a name that no unit bears
SAME, SILENT = "3.1", ("3.2", "3.3")  # “下同”, and those it is said for


def word_file() -> bytes:
    """The file as its author would save it."""
    paper = Document()
    numbering = paper.part.numbering_part.element
    numbering.insert(0, parse_xml(_declared(NUMBERS)))
    numbering.append(parse_xml(_declared(num(90, 90))))
    for line in LETTER:
        paper.add_paragraph(line)
    for line in LIST.strip().splitlines():
        depth, words = _said(line)
        _numbered(paper.add_paragraph(words), depth)
    kept = io.BytesIO()
    paper.save(kept)
    return kept.getvalue()


def _said(line: str) -> tuple[int, str]:
    words, *duty = line.split("|")
    if not duty:
        head, _space, title = words.partition(" ")
        return (0, words[2:]) if "、" in head else (1, title)
    number, _space, title = words.partition(" ")
    unit, due_on, _progress = duty
    year, month, day = map(int, due_on.split("-"))
    limit = "长期坚持" if number == STANDING else f"{year}年{month}月{day}日前完成"
    if number == HOMELESS:
        return 2, f"{title}。（完成时限：{limit}）"
    if number in SILENT:
        return 2, f"{title}，{limit}。"
    named = ELSEWHERE.get(number, unit) + ("，下同" if number == SAME else "")
    return 2, f"{title}。（责任单位：{named}；完成时限：{limit}）"


def _numbered(paragraph, depth: int) -> None:
    reference = paragraph._p.get_or_add_pPr()._add_numPr()
    reference.get_or_add_ilvl().val = depth
    reference.get_or_add_numId().val = 90


def _declared(markup: str) -> str:
    return markup.replace(">", f" {W}>", 1)
