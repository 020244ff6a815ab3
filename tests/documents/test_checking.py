"""The checker: our own documents have no deviation, and every hand-broken one is named."""

import json
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from bihuan.cli.document import document as command
from bihuan.documents import checking
from bihuan.documents.checking.checks import check
from bihuan.documents.checking.ooxml import Unreadable
from bihuan.documents.gongwen import docx

from .official import SHAPES

DOC, STYLES, SETTINGS = "word/document.xml", "word/styles.xml", "word/settings.xml"
FOOT = r"word/footer\d\.xml"

# What is broken by hand (part, pattern, replacement) → the deviation that names it.
BROKEN = {
    "page.width": (DOC, 'w:w="11906"', 'w:w="12240"'),
    "page.height": (DOC, 'w:h="16838"', 'w:h="15840"'),
    "page.top": (DOC, r'w:top="\d+"', 'w:top="1440"'),
    "page.left": (DOC, r'(pgMar[^>]*)w:left="\d+"', r'\1w:left="1800"'),
    "page.area_width": (DOC, r'(pgMar[^>]*)w:right="\d+"', r'\1w:right="1800"'),
    "page.area_height": (DOC, r'w:bottom="(19|20)\d+"', 'w:bottom="1440"'),
    "grid.lines": (DOC, r'w:line="579"', 'w:line="480"'),
    "grid.characters": (STYLES, r'<w:spacing w:val="-5"/>', '<w:spacing w:val="20"/>'),
    "mark.missing": (DOC, 'w:color w:val="E60012"', 'w:color w:val="000000"'),
    "mark.font": (DOC, "方正小标宋简体", "宋体"),
    "mark.align": (DOC, r'<w:jc w:val="center"/>', '<w:jc w:val="left"/>'),
    "mark.top": (DOC, r'w:before="1984"', 'w:before="1400"'),
    "number.missing": (DOC, "甘教督〔2026〕12号", "甘教督"),
    "number.brackets": (DOC, "〔2026〕", "[2026]"),
    "number.brackets ": (DOC, "〔2026〕", "（2026）"),
    "number.year": (DOC, "〔2026〕", "〔26〕"),
    "number.ordinal": (DOC, "〕12号", "〕第12号"),
    "number.zeros": (DOC, "〕12号", "〕012号"),
    "number.end": (DOC, "〕12号", "〕12"),
    "number.gap": (DOC, r'w:before="1158"( w:after="0" w:line="579")', r'w:before="0"\1'),
    "number.align": (DOC, r'<w:jc w:val="center"/>', '<w:jc w:val="left"/>'),
    "rule.missing": (DOC, r"<w:pBdr>.*?</w:pBdr>", ""),
    "rule.color": (DOC, r'(<w:pBdr><w:bottom[^>]*)w:color="E60012"', r'\1w:color="000000"'),
    "rule.distance": (DOC, r'w:space="4"', 'w:space="24"'),
    "title.font": (DOC, "方正小标宋简体", "黑体"),
    "title.size": (DOC, 'w:sz w:val="44"', 'w:sz w:val="36"'),
    "title.align": (DOC, r'<w:jc w:val="center"/>', '<w:jc w:val="left"/>'),
    "title.gap": (DOC, r'w:before="1158"( w:after="0" w:line="720")', r'w:before="579"\1'),
    "addressees.colon": (DOC, "厅直属各单位：", "厅直属各单位:"),
    "addressees.missing": (DOC, "厅直属各单位：", "厅直属各单位。"),
    "addressees.gap": (DOC, r'w:before="579"( w:after="0" w:line="579")', r'w:before="0"\1'),
    "body.font": (DOC, "仿宋_GB2312", "宋体"),
    "body.size": (DOC, 'w:sz w:val="32"', 'w:sz w:val="28"'),
    "body.indent": (DOC, r'w:firstLineChars="200" w:firstLine="640"', 'w:firstLine="0"'),
    "body.color": (DOC, '(仿宋_GB2312"/>)', r'\1<w:color w:val="0000FF"/>'),
    "levels.font": (DOC, "黑体", "仿宋_GB2312"),
    "levels.font ": (DOC, "楷体_GB2312", "仿宋_GB2312"),
    "levels.form": (DOC, "（一）整改", "(一)整改"),
    "levels.form ": (DOC, "1.以文字", "1、以文字"),
    "levels.form  ": (DOC, "一、总体", "一.总体"),
    "levels.order": (DOC, "一、总体情况|二、存在问题|三、工作要求", "情况"),
    "levels.count": (DOC, "三、工作要求", "五、工作要求"),
    "date.missing": (DOC, "2026年11月23日<", "即日<"),
    "date.form": (DOC, "2026年11月23日<", "二〇二六年十一月二十三日<"),
    "date.form ": (DOC, "2026年11月23日<", "2026-11-23<"),
    "date.zeros": (DOC, "2026年11月23日<", "2026年01月08日<"),
    "date.indent": (DOC, r'w:right="1280"', 'w:right="0"'),
    "issuer.missing": (DOC, "(>)甘肃省教育厅(<)", r"\1\2"),
    "issuer.centre": (DOC, r'w:right="1(4|3|2)\d\d"(?= w:firstLine="0"/><w:jc w:val="right"/></w:pPr><w:r><w:rPr>'
                           r'(?:(?!</w:r>).)*>甘肃省教育厅<)', 'w:right="2000"'),
    "colophon.missing": (DOC, "日印发", "日发"),
    "colophon.size": (DOC, 'w:sz w:val="28"', 'w:sz w:val="32"'),
    "colophon.stop": (DOC, "纪检监察组。", "纪检监察组"),
    "colophon.date": (DOC, "2026年11月23日印发", "11月23日印发"),
    "colophon.place": (DOC, "<wp:align>bottom</wp:align>", "<wp:align>top</wp:align>"),
    "colophon.rules": (DOC, r'<w:pBdr><w:bottom w:val="single" w:sz="6"[^>]*/></w:pBdr>', ""),
    "colophon.thick": (DOC, 'w:sz="8"', 'w:sz="24"'),
    "colophon.thin": (DOC, 'w:sz="6"', 'w:sz="12"'),
    "foot.missing": (FOOT, "PAGE", "DATE"),
    "foot.sides": (SETTINGS, "<w:evenAndOddHeaders/>", ""),
    "foot.align": (FOOT, r'<w:jc w:val="right"/>', '<w:jc w:val="center"/>'),
    "foot.size": (FOOT, 'w:sz w:val="28"', 'w:sz w:val="21"'),
    "foot.font": (FOOT, 'w:ascii="宋体"', 'w:ascii="Arial"'),
    "foot.dashes": (FOOT, "—", ""),
    "foot.distance": (DOC, r'w:footer="\d+"', 'w:footer="600"'),
}  # fmt: skip
BROKEN_LETTERS = {
    "mark.top": (DOC, r'w:header="\d+"', 'w:header="700"'),
    "rule.letter_top": (r"word/header\d\.xml", "thickThinSmallGap", "single"),
    "rule.letter_bottom": (FOOT, r"<w:pBdr>.*?</w:pBdr>", ""),
}
BROKEN_ANNEXES = {
    "note.missing": (DOC, "附件：1.", "1."),
    "note.colon": (DOC, "附件：1.", "附件:1."),
    "note.stop": (DOC, "2.逾期事项清单", "2.逾期事项清单。"),
    "note.gap": (DOC, r'w:before="579"(?=[^/]*/><w:ind w:left="1840")', 'w:before="0"'),
    "note.indent": (DOC, r'w:left="1840"', 'w:left="3000"'),
    "annex.font": (DOC, "黑体", "宋体"),
    "annex.page": (DOC, "<w:pageBreakBefore/>", ""),
    "annex.title": (DOC, r'w:before="579"( w:after="0" w:line="720")', r'w:before="0"\1'),
}  # fmt: skip


@cache
def rendered(said):
    return docx.render(SHAPES[said])


def broken(content: bytes, part: str, pattern: str, replacement: str) -> bytes:
    written, hits = BytesIO(), 0
    with ZipFile(BytesIO(content)) as source, ZipFile(written, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if re.fullmatch(part, name):
                said, count = re.subn(pattern, replacement, text.decode(), flags=re.DOTALL)
                text, hits = said.encode(), hits + count
            target.writestr(name, text)
    assert hits, "the mutation changed nothing"
    return written.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_our_own_documents_have_no_deviation(shape):
    assert [str(one) for one in check(rendered(shape))] == []


@pytest.mark.parametrize(
    ("said", "code", "mutation"),
    [("document", *one) for one in BROKEN.items()]
    + [("letter", *one) for one in BROKEN_LETTERS.items()]
    + [("annexes", *one) for one in BROKEN_ANNEXES.items()],
    ids=[*BROKEN, *(f"letter {one}" for one in BROKEN_LETTERS), *(f"annexes {one}" for one in BROKEN_ANNEXES)],
)  # fmt: skip
def test_what_was_broken_by_hand_is_named(said, code, mutation):
    assert code.strip() in [one.code for one in check(broken(rendered(said), *mutation))]


def test_a_deviation_says_place_expected_found_and_clause():
    found = check(broken(rendered("document"), DOC, "〔2026〕", "[2026]"))
    assert [(one.place, one.expected, one.found, one.clause) for one in found] == [
        ("发文字号", "六角括号〔〕", "[]", "7.2.5")
    ]


def test_the_checker_shares_nothing_with_the_renderer():
    folder = Path(checking.__file__).parent
    assert not [
        path for path in folder.glob("*.py") if re.search(r"^(from|import) .*gongwen", path.read_text(), re.M)
    ]


def emptied(*names):
    written = BytesIO()
    with ZipFile(BytesIO(rendered("document"))) as source, ZipFile(written, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"" if name in names else source.read(name))
    return written.getvalue()


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    b"<w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
)


def with_document(xml):
    written = BytesIO()
    with ZipFile(written, "w") as target:
        target.writestr(DOC, xml)
    return written.getvalue()


BAD = {
    "nothing": b"",
    "text": "关于督查的通知".encode(),
    "an old doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "half a docx": rendered("document")[:4000],
    "another zip": with_document(b"").replace(b"word", b"text"),
    "an empty part": emptied(DOC),
    "empty styles": emptied(STYLES),
    "no body": with_document(b"<document/>"),
    "numbers that are none": broken(rendered("document"), DOC, 'w:w="11906"', 'w:w="wide"'),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_measured_is_refused_in_one_sentence(bad, tmp_path):
    path = tmp_path / "file.docx"
    path.write_bytes(BAD[bad])
    with pytest.raises(Unreadable):
        check(BAD[bad])
    answer = CliRunner().invoke(command, ["check", str(path)])
    assert answer.exit_code == 2
    assert len(answer.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "xml", [BOMB, BOMB.partition(b"]>")[2].replace(b"&b;", b"x")], ids=["entities", "bare"]
)
def test_a_poor_document_is_measured_without_a_traceback(xml):
    assert "number.missing" in [one.code for one in check(with_document(xml))]


@pytest.mark.parametrize(("mutation", "code"), [(None, 0), ((DOC, "〔2026〕", "[2026]"), 1)])
def test_the_command_answers_people_and_machines(tmp_path, mutation, code):
    content = rendered("document")
    path = tmp_path / "file.docx"
    path.write_bytes(broken(content, *mutation) if mutation else content)
    plain = CliRunner().invoke(command, ["check", str(path)])
    said = CliRunner().invoke(command, ["check", str(path), "--json"])
    assert plain.exit_code == said.exit_code == code
    found = json.loads(said.output)
    assert found["ok"] is (code == 0)
    assert [one["code"] for one in found["deviations"]] == ["number.brackets"] * code
