"""The PDF: its pages as another library reads them, its fonts, and what it refuses."""

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from bihuan.cli.doctor import document_fonts
from bihuan.documents.gongwen import fonts, pdf
from bihuan.documents.gongwen.layout import Foot, _end, foot
from bihuan.documents.gongwen.standard import Face
from bihuan.kernel.errors import Refused

from .official import DOCUMENT, SHAPES

MM = 72 / 25.4
FAMILIES = (
    "Noto Serif CJK",
    "Noto Sans CJK",
    "Liberation Serif",
    "Times New Roman",
    "AR PL UKai",
    "FZ",
    "Sim",
    "ST",
    "Kai",
)


def read(said) -> PdfReader:
    return PdfReader(BytesIO(pdf.render(said)))


def places(page) -> list[tuple[str, float, float]]:
    """Every stretch of text with where its baseline begins, in millimetres from the top left."""
    found = []

    def visit(text, cm, tm, _font, _size):
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        found.append((text, x / MM, 297 - y / MM))

    page.extract_text(visitor_text=visit)
    return [one for one in found if one[0].strip()]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_set_on_an_even_number_of_pages_with_its_fonts_inside(shape):
    pages = read(SHAPES[shape]).pages
    if SHAPES[shape].form == "document":
        assert len(pages) % 2 == 0
    inside = {
        str(font["/BaseFont"]).partition("+")[2]
        for page in pages
        for font in (one.get_object() for one in page["/Resources"].get("/Font", {}).values())
    }
    assert inside
    listed = tuple(name.replace(" ", "") for name in FAMILIES)
    assert all(name.startswith(listed) for name in inside)
    assert [round(one / MM) for one in pages[0].mediabox[2:]] == [210, 297]


def test_the_words_can_be_found_and_stand_in_their_places():
    pages = read(DOCUMENT).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "")
    for said in (DOCUMENT.number, "教育系统督查督办情况的通报", "（一）整改落实不到位。", "抄送：", "— 2 —"):
        assert said in text
    first = places(pages[0])
    assert min(x for _text, x, _y in first) == pytest.approx(28, abs=1)
    mark = next(y for text, _x, y in first if "甘" in text)
    assert mark == pytest.approx(37 + 35 + 0.88 * 52 / MM, abs=1)  # its baseline
    assert max(y for _text, _x, y in first) == pytest.approx(262 + 7 + 0.88 * 14 / MM, abs=1)


def test_a_full_page_has_22_lines_of_28_characters():
    said = replace(DOCUMENT, sections=[{"heading": "", "paragraphs": ["督" * 28 * 60]}], tables=[])
    page = read(said).pages[1]
    lines: dict[float, int] = {}
    for text, _x, y in places(page):
        if "督" in text and y < 265:
            for line in text.split("\n"):
                if set(line.strip()) == {"督"}:
                    lines[round(y, 1)] = lines.get(round(y, 1), 0) + len(line.strip())
    assert set(lines.values()) == {28}
    assert len(lines) == 22


def test_the_same_words_give_the_same_bytes():
    assert pdf.render(DOCUMENT) == pdf.render(DOCUMENT)


def test_a_letter_no_font_has_is_refused_by_name():
    with pytest.raises(Refused) as refusal:
        pdf.render(replace(DOCUMENT, title="关于𰻝𰻝面🍜的通报"))
    assert refusal.value.code == "glyphs"
    assert "🍜" in str(refusal.value)


def test_words_are_never_read_as_markup():
    said = replace(DOCUMENT, sections=[{"heading": "", "paragraphs": ["#panic() $x$ *甲* @乙 <丙> ”\\"]}])
    assert "#panic() $x$ *甲* @乙 <丙>" in "".join(page.extract_text() for page in read(said).pages)


@pytest.fixture
def no_fonts(monkeypatch):
    fonts._first.cache_clear()
    monkeypatch.setattr(fonts, "FAMILIES", dict.fromkeys(Face, (("无此字体", 400),)))
    yield
    fonts._first.cache_clear()


def test_without_a_font_on_the_list_nothing_is_set(no_fonts):
    with pytest.raises(Refused) as refusal:
        pdf.render(DOCUMENT)
    assert refusal.value.code == "fonts"
    assert fonts.FREE_PACKAGE in str(refusal.value)
    assert document_fonts().state == "warning"
    assert fonts.FREE_PACKAGE in document_fonts().text


def test_the_doctor_names_what_stands_in():
    assert document_fonts().state == "ok"


@pytest.mark.parametrize("form", ["document", "letter"])
def test_no_page_ends_with_a_heading(form):
    """However many lines stand before it; and the pages are as many as the docx counts on."""
    ends = set()
    for above in range(4, 16):
        sections = [
            {"heading": "", "paragraphs": ["正文。"] * above},
            {"heading": "存在问题", "paragraphs": ["整改。"] * 12},
            {"heading": "工作要求", "paragraphs": ["落实。"] * 20},
        ]
        said = replace(DOCUMENT, form=form, sections=sections, cc="")
        pages = read(said).pages
        for page in pages:
            said_last = [line for line in page.extract_text().splitlines() if "—" not in line][-1:]
            ends.update(said_last)
            assert not any(line.startswith(("一、", "二、")) for line in said_last)
        if form == "document":
            last, _used = _end(said)
            extra = {Foot.HERE: 0, Foot.NEXT: 1, Foot.BEHIND_BLANK: 2}[foot(said)]
            assert len(pages) == last + extra
    assert ends
