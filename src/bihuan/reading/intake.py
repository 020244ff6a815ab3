"""Decides what a file really is before anything is parsed, and refuses what must not or cannot be read.

The name is a claim, the bytes are the evidence; a disagreement is told to the person, not papered over.
"""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from bihuan.reading.errors import Unreadable
from bihuan.reading.package import Package, human_size


class Actual(NamedTuple):
    """What the bytes turn out to be: a kind that can be read, or "" with the name people know it by."""

    kind: str
    spoken: object  # a lazy translation


@dataclass(frozen=True)
class Limits:
    """How much one file may contain; the defaults hold a province's yearly list with room to spare (C)."""

    max_bytes: int = 20 * 1024 * 1024
    max_unpacked: int = 200 * 1024 * 1024
    max_marks: int = 4_000_000  # a table of 400,000 cells has 2.8 million
    max_paragraphs: int = 10_000
    max_length: int = 20_000  # characters of a paragraph; a long document without its line ends has more
    max_rows: int = 10_000
    max_cells: int = 400_000


DOCX, XLSX, TEXT, CSV = "docx", "xlsx", "txt", "csv"
_BY_EXTENSION = {
    **dict.fromkeys((".docx", ".docm", ".dotx"), DOCX),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx"), XLSX),
    **dict.fromkeys((".txt", ".text", ".md"), TEXT),
    **dict.fromkeys((".csv", ".tsv"), CSV),
}
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# The first bytes of what people rename or send by mistake.
_SIGNATURES = (
    (b"%PDF", _("PDF 文件")),
    (b"{\\rtf", _("RTF 文件")),
    (b"7z\xbc\xaf\x27\x1c", _("7z 压缩包")),
    (b"Rar!", _("RAR 压缩包")),
    (b"\x1f\x8b\x08", _("gzip 压缩包")),
    (b"\x89PNG", _("PNG 图片")),
    (b"\xff\xd8\xff", _("JPEG 图片")),
    (b"GIF8", _("GIF 图片")),
    (b"II*\x00", _("TIFF 图片")),
    (b"MZ\x90\x00", _("Windows 程序")),
)
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|head|meta|table)\b", re.IGNORECASE)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MIME = re.compile(rb"(?:MIME-Version|From|Content-Type):", re.IGNORECASE)
_MACROS = re.compile(rb"macroEnabled|vbaProject|macrosheet", re.IGNORECASE)
_WORD, _EXCEL = Actual(DOCX, _("Word 文档（docx）")), Actual(XLSX, _("Excel 表格（xlsx）"))
_MAIN_PARTS = (
    (b"wordprocessingml.document.main+xml", _WORD),
    (b"wordprocessingml.template.main+xml", _WORD),
    (b"spreadsheetml.sheet.main+xml", _EXCEL),
    (b"spreadsheetml.template.main+xml", _EXCEL),
    (b"presentationml", Actual("", _("PowerPoint 演示文稿"))),
    (b"ms-excel.sheet.binary", Actual("", _("二进制 Excel 工作簿（xlsb）"))),
)
_ODF = {
    b"application/vnd.oasis.opendocument.text": _("ODT 文档"),
    b"application/vnd.oasis.opendocument.spreadsheet": _("ODS 表格"),
    b"application/epub+zip": _("EPUB 电子书"),
}


def identify(data: bytes, file_name: str, limits: Limits) -> str:
    """One of docx, xlsx, csv, txt, or `Unreadable` with the reason."""
    if not data.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise Unreadable("empty")
    if len(data) > limits.max_bytes:
        raise Unreadable("too_big", size=human_size(len(data)), limit=human_size(limits.max_bytes))
    extension = PurePath(file_name.replace("\\", "/")).suffix.lower()
    claimed = _BY_EXTENSION.get(extension, "")
    actual = _actual(data, limits)
    if actual.kind == TEXT and claimed in (TEXT, CSV):
        return claimed
    if actual.kind == TEXT and claimed and _NO_TEXT.search(data[:4096]):
        raise Unreadable("broken")  # noise, as a disk or a line that failed leaves it
    if actual.kind and (actual.kind == claimed or not extension):
        return actual.kind
    if actual.kind or (claimed and extension):
        raise Unreadable("misnamed", extension=extension, actual=actual.spoken)
    raise Unreadable("unsupported", actual=actual.spoken)


def _actual(data: bytes, limits: Limits) -> Actual:
    if data.startswith(_OLE):
        raise _refuse_ole(data)
    if data.startswith(_ZIP):
        return _zip_content(data, limits)
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return Actual("", name)
    if _HTML.match(data[:1024]):
        return Actual("", _("网页（HTML）"))
    if _MIME.match(data[:64]):
        return Actual("", _("网页或邮件归档（MHT）"))
    if b"<?mso-application" in data[:512]:
        return Actual("", _("Office 2003 XML 文件"))
    return Actual(TEXT, _("纯文本"))


def _refuse_ole(data: bytes) -> Unreadable:
    """Stream names in the compound file's directory tell an encrypted package from the old binary formats."""

    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if has("EncryptedPackage") or has("EncryptionInfo"):
        return Unreadable("encrypted")
    if has("WordDocument"):
        return Unreadable("legacy_word")
    if has("Workbook") or has("Book"):
        return Unreadable("legacy_excel")
    actual = _("旧版 PowerPoint 演示文稿") if has("PowerPoint Document") else _("旧版 Office 文件")
    return Unreadable("unsupported", actual=actual)


def _zip_content(data: bytes, limits: Limits) -> Actual:
    package = Package(data, max_unpacked=limits.max_unpacked, max_marks=limits.max_marks)
    if "[Content_Types].xml" in package:
        types = package.read("[Content_Types].xml")
        if _MACROS.search(types) or any(_MACROS.search(name.encode()) for name in package.names):
            raise Unreadable("macros")
        return next(
            (actual for mark, actual in _MAIN_PARTS if mark in types), Actual("", _("其他 Office 文件"))
        )
    if "mimetype" in package:
        return Actual("", _ODF.get(package.read("mimetype").strip(), _("ODF 文件")))
    return Actual("", _("OFD 版式文件") if "OFD.xml" in package else _("ZIP 压缩包"))
