"""Every kind on paper: no deviation from GB/T 9704, and what the XML of the docx says when it is read on its own."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from lxml import etree

from bihuan.documents.actions import edit_paper
from bihuan.documents.checking.checks import check
from bihuan.documents.gongwen import docx, pdf
from bihuan.documents.models import Paper
from bihuan.documents.queries import said_by
from bihuan.kernel.errors import Refused
from bihuan.org.roles import Role
from tests.circulars.scenes import drawn, plan_of
from tests.supervision.letter_scenes import KINDS, issued, lettered
from tests.town import MORNING

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LETTERS = {"slip", "rectification", "recommendation", "interview", "handover"}
FULL = {"cc": "省纪委监委驻省教育厅纪检监察组", "urgency": "加急", "note": "联系人：督查室"}


def of_kind(town, kind, **more) -> Paper:
    if kind == "circular":
        paper = drawn(town, plan_of(town)).paper
        if more:
            said = {name: getattr(paper, name) for name in ("title", "addressees", "sections", "code")}
            paper = edit_paper(paper_id=paper.pk, actor=town.actor("省厅"), **said, **more)
        paper.year, paper.serial, paper.issued_at = 2026, 1, MORNING
        return paper
    return Paper.objects.get(pk=issued(town, kind, **more).paper_id)


def parts_of(content: bytes) -> dict[str, etree._Element]:
    with ZipFile(BytesIO(content)) as archive:
        return {
            name: etree.fromstring(archive.read(name))
            for name in archive.namelist()
            if re.fullmatch(r"word/(document|header\d|footer\d)\.xml", name)
        }


def text_of(node) -> str:
    return "".join(one.text or "" for one in node.iter(f"{W}t"))


@pytest.mark.parametrize("kind", ["circular", *KINDS])
@pytest.mark.parametrize("more", [{}, FULL], ids=["plain", "full"])
def test_our_own_documents_deviate_in_nothing(town, kind, more):
    paper = of_kind(town, kind, **more)
    assert [str(one) for one in check(docx.render(said_by(paper)))] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_xml_says_what_the_kind_wants(town, kind):
    paper = of_kind(town, kind, **FULL)
    parts = parts_of(docx.render(said_by(paper)))
    body = parts["word/document.xml"]
    whole = text_of(body)
    page = body.find(f".//{W}sectPr/{W}pgSz")
    margins = body.find(f".//{W}sectPr/{W}pgMar")
    assert (int(page.get(f"{W}w")), int(page.get(f"{W}h"))) == (11906, 16838)
    assert abs(int(margins.get(f"{W}top")) - 2098) <= 2
    assert abs(int(margins.get(f"{W}left")) - 1587) <= 2
    for said in (paper.number, "加急", "（联系人：督查室）", "抄送：省纪委监委驻省教育厅纪检监察组。"):
        assert said in whole
    assert whole.index("加急") < whole.index(paper.addressees + "：")
    heads = "".join(text_of(node) for name, node in parts.items() if "header" in name)
    if kind in LETTERS:
        assert "省厅" in heads
        assert "文件" not in heads + whole[:40]
        assert "印发" not in whole[-30:]  # a letter has no printing line (10.1)
        rules = [
            one.get(f"{W}val") for node in parts.values() for one in node.iter() if one.tag == f"{W}bottom"
        ]
        assert {"thickThinSmallGap", "thinThickSmallGap"} <= set(rules)
    else:
        assert whole.startswith("加急省厅" if kind == "brief" else "加急省厅文件")
        assert "日印发" in whole
    assert ("签发人：" in whole) == (kind == "report")
    if kind == "report":
        named = next(one for one in body.iter(f"{W}r") if text_of(one) == paper.signer)
        assert named.find(f"{W}rPr/{W}rFonts").get(f"{W}eastAsia") == "楷体_GB2312"
    urgency = next(one for one in body.iter(f"{W}r") if text_of(one) == "加急")
    assert urgency.find(f"{W}rPr/{W}rFonts").get(f"{W}eastAsia") == "黑体"


def test_a_letter_stands_alike_in_pdf_and_pages(town):
    paper = of_kind(town, "recommendation", **FULL)
    assert pdf.render(said_by(paper)).startswith(b"%PDF")
    sheets = pdf.pages(said_by(paper))
    assert len(sheets) >= 1
    assert all(one.startswith("<svg") and "<text" not in one and "<script" not in one for one in sheets)


def test_no_letter_comes_from_a_font_that_nobody_chose(town):
    letter = lettered(town, "handover", note="联系人：𪚥")
    with pytest.raises(Refused) as refusal:
        pdf.render(said_by(letter.paper))
    assert refusal.value.code == "glyphs"
    assert "𪚥" in str(refusal.value)
    with pytest.raises(Refused):
        pdf.pages(said_by(letter.paper))


def test_marks_of_a_person_stay_words(town):
    letter = lettered(town, "brief", words={"work": "#set page(fill: red) <b>粗</b> & \\ $x$"})
    drawn_pages = "".join(pdf.pages(said_by(letter.paper)))
    assert "<b>" not in drawn_pages
    assert pdf.render(said_by(letter.paper)).startswith(b"%PDF")
    assert "#set page" in text_of(parts_of(docx.render(said_by(letter.paper)))["word/document.xml"])


def test_a_circulars_head_is_edited_too(town):
    circular = drawn(town, plan_of(town))
    paper = circular.paper
    edit_paper(
        paper_id=paper.pk,
        actor=town.actor("省厅", Role.LEADER),
        title=paper.title,
        addressees=paper.addressees,
        sections=paper.sections,
        code=paper.code,
        **FULL,
    )
    paper.refresh_from_db()
    said = said_by(paper)
    assert (said.cc, said.urgency, said.note) == tuple(FULL.values())
