"""Names that are harmless everywhere, and names that say too much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.documents.names import LONGEST_NAME, clean_name, extension_of, refuse_secrecy_mark
from bihuan.kernel.errors import Refused


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("整改报告（定稿）.docx", "整改报告（定稿）.docx"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\系统\\报告.pdf", "报告.pdf"),
        ("C:\\fakepath\\报告.pdf", "报告.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ("报\u200b告\x00\x1f.pdf", "报告.pdf"),
        ('a<b>c:d"e|f?g*.pdf', "a_b_c_d_e_f_g_.pdf"),
        ("con.txt", "_con.txt"),
        ("COM1", "_COM1"),
        ("  报告 \t 二.pdf . ", "报告 二.pdf"),
        ("...", "未命名"),
        ("", "未命名"),
        (".pdf", "pdf"),
        ("\udcff报告.pdf", "报告.pdf"),
        ("e\u0301cole.pdf", "\u00e9cole.pdf"),
    ],
)
def test_a_hostile_name_becomes_a_harmless_one(raw, clean):
    assert clean_name(raw) == clean


def test_a_long_name_is_cut_between_characters_and_keeps_its_extension():
    clean = clean_name("报" * 300 + ".docx")
    assert clean == "报" * 65 + ".docx"
    assert len(clean.encode()) <= LONGEST_NAME


@given(st.text(max_size=400))
def test_a_clean_name_is_safe_short_and_stays_as_it_is(raw):
    clean = clean_name(raw)
    assert clean
    assert len(clean.encode()) <= LONGEST_NAME
    assert not set(clean) & set('<>:"/\\|?*\r\n\x00\u202e')
    assert clean not in (".", "..")
    assert clean_name(clean) == clean


@pytest.mark.parametrize(
    ("name", "extension"), [("a.PDF", "pdf"), ("a.tar.gz", "gz"), ("a", ""), (".pdf", "")]
)
def test_the_extension_is_what_follows_the_last_dot(name, extension):
    assert extension_of(name) == extension


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("绝密文件.pdf", True),
        ("（机密）会议纪要.docx", True),
        ("秘密★3年.pdf", True),
        ("工作方案（秘密）.docx", True),
        ("機密.pdf", True),
        ("保守国家秘密法学习记录.docx", False),
        ("商业秘密保护培训.pptx", False),
        ("数据机密性评估.docx", False),
        ("保密工作台账.xlsx", False),
        ("整改报告.docx", False),
    ],
)
def test_a_name_with_a_mark_of_secrecy_is_refused(name, marked):
    if not marked:
        refuse_secrecy_mark(name)
        return
    with pytest.raises(Refused) as refusal:
        refuse_secrecy_mark(name)
    assert refusal.value.code == "secrecy_mark"
