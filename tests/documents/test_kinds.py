"""What a file is, and what is not accepted."""

import io

import docx
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from bihuan.documents.kinds import EXTENSIONS, MEDIA_TYPES, FileKind, kind_of
from bihuan.kernel.errors import Refused

from . import samples as s


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (s.PDF, "整改报告.pdf", "pdf"),
        (s.OFD, "通报.ofd", "ofd"),
        (s.DOCX, "方案.docx", "docx"),
        (s.DOCX, "方案.DOCX", "docx"),
        (s.XLSX, "台账.xlsx", "xlsx"),
        (s.PPTX, "汇报.pptx", "pptx"),
        (s.DOC, "方案.doc", "doc"),
        (s.DOC, "方案.wps", "doc"),
        (s.XLS, "台账.xls", "xls"),
        (s.PPT, "汇报.ppt", "ppt"),
        (s.PNG, "现场.png", "png"),
        (s.JPG, "现场.jpeg", "jpg"),
        (s.JPG, "image", "jpg"),  # telephones send names without an extension
        (s.WEBP, "现场.webp", "webp"),
        (s.GIF, "现场.gif", "gif"),
        (s.BMP, "现场.bmp", "bmp"),
        (s.TIFF, "扫描.tif", "tiff"),
        (s.HEIC, "IMG_1.HEIC", "heic"),
        (s.MP4, "现场.mp4", "mp4"),
        (s.TXT, "说明.txt", "txt"),
        (s.GBK, "说明.txt", "txt"),
        (s.UTF16, "说明.txt", "txt"),
        (s.CSV, "名单.csv", "txt"),
        (b"BMI and MZ mean nothing here", "MZ.txt", "txt"),
        (b"MZ mean nothing here", "BM.txt", "txt"),
        (b"\xef\xbb\xbf\r\n" + s.PDF, "扫描件.pdf", "pdf"),
        (s.ZIP, "照片.zip", "zip"),
        # A mark of another format inside is no reason: prose may speak of anything.
        (s.TXT + b"%PDF", "说明.txt", "txt"),
        (s.PDF + b"PK\x05\x06 mentioned, not meant", "说明.pdf", "pdf"),
    ],
)
def test_a_file_is_what_its_content_says(content, name, kind):
    assert kind_of(io.BytesIO(content), name) == kind


def test_what_office_libraries_write_is_recognised():
    text, table = io.BytesIO(), io.BytesIO()
    docx.Document().save(text)
    xlsxwriter.Workbook(table).close()
    assert (kind_of(text, "方案.docx"), kind_of(table, "台账.xlsx")) == ("docx", "xlsx")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (s.EXE, "报告.pdf", "program"),
        (s.EXE, "报告", "program"),
        (s.ELF, "报告", "program"),
        (s.SHELL, "说明.txt", "program"),
        (s.HTML, "说明.txt", "program"),
        (s.HTML.decode().encode("utf-16"), "说明.txt", "program"),
        (s.SVG, "图.txt", "program"),
        (s.PHP, "说明.txt", "program"),
        (s.TXT, "运行.bat", "program"),
        (s.TXT, "运行.pdf.js", "program"),
        (s.PNG, "图.svg", "program"),
        (s.ZIP_WITH_PROGRAM, "材料.zip", "program"),
        (s.DOCM, "方案.docm", "macros"),
        (s.DOCM, "方案.docx", "macros"),
        (s.SMUGGLED_MACRO, "方案.docx", "macros"),
        (s.DOC_WITH_MACROS, "方案.doc", "macros"),
        (s.PPT_WITH_MACROS, "汇报.ppt", "macros"),
        (s.LOCKED_DOCX, "方案.docx", "encrypted"),
        (s.LOCKED_DOC, "方案.doc", "encrypted"),
        (s.LOCKED_XLS, "台账.xls", "encrypted"),
        (s.LOCKED_PPT, "汇报.ppt", "encrypted"),
        (s.locked_zip(), "材料.zip", "encrypted"),
        (s.PDF, "方案.docx", "mismatch"),
        (s.DOCX, "方案.pdf", "mismatch"),
        (s.DOCX, "方案.zip", "mismatch"),
        (s.ZIP, "方案.docx", "mismatch"),
        (s.JPG, "现场.png", "mismatch"),
        (s.TXT, "台账.xlsx", "mismatch"),
        (s.DOC, "台账.xls", "mismatch"),
        (s.PDF + s.ZIP, "报告.pdf", "polyglot"),
        (s.GIF + s.ZIP, "图.gif", "polyglot"),
        (s.JPG + s.ZIP, "图.jpg", "polyglot"),
        (s.GIF + s.PDF, "图.gif", "polyglot"),
        (s.GIF + b"<script>alert(1)</script>", "图.gif", "polyglot"),
        (s.PNG + s.HTML, "图.png", "polyglot"),
        (s.DOCX[:-30], "方案.docx", "damaged"),
        (s.DOCX[:40] + s.DOCX[60:], "方案.docx", "damaged"),
        (s.DOC[:700], "方案.doc", "damaged"),
        (s.NOISE, "数据.txt", "unknown"),
        (s.TXT + b"\0", "说明.txt", "unknown"),
        (s.OLE_OF_NO_KIND, "材料.doc", "unknown"),
    ],
)
def test_what_may_not_be_stored_is_refused_with_its_reason(content, name, code):
    with pytest.raises(Refused) as refusal:
        kind_of(io.BytesIO(content), name)
    assert (refusal.value.code, refusal.value.field) == (code, "file")


@given(st.binary(min_size=1, max_size=2000), st.sampled_from(["", s.DOCX[:64], s.DOC[:1200], s.PDF[:20]]))
def test_no_content_whatever_meets_anything_but_an_answer(noise, beginning):
    content = (beginning or b"") + noise
    for name in ("材料.docx", "材料.doc", "材料", "材料.txt"):
        try:
            kind = kind_of(io.BytesIO(content), name)
        except Refused:
            continue
        assert kind in FileKind


@pytest.mark.parametrize("size", [1, 70, 700])
@pytest.mark.parametrize("whole", [s.DOCX, s.DOC, s.ZIP])
def test_a_file_cut_off_anywhere_is_refused(whole, size):
    with pytest.raises(Refused):
        kind_of(io.BytesIO(whole[: len(whole) - size]), "材料.docx")


def test_every_kind_has_a_media_type_and_an_extension():
    assert set(MEDIA_TYPES) == set(EXTENSIONS) == set(FileKind)
