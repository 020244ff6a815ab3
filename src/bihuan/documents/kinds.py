"""What a file is, by its content and never by its name. Reads a seekable stream, a little at a time. Pure."""

import codecs
import re
import struct
import zipfile
from collections.abc import Iterator
from typing import IO

import olefile
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.documents.names import extension_of
from bihuan.kernel.errors import Refused


class FileKind(TextChoices):
    """The kinds of file that are accepted as evidence (佐证材料)."""

    PDF = "pdf", "PDF"
    OFD = "ofd", "OFD"
    DOCX = "docx", gettext_lazy("Word 文档")
    XLSX = "xlsx", gettext_lazy("Excel 表格")
    PPTX = "pptx", gettext_lazy("演示文稿")
    DOC = "doc", gettext_lazy("Word 97-2003 文档")
    XLS = "xls", gettext_lazy("Excel 97-2003 表格")
    PPT = "ppt", gettext_lazy("97-2003 演示文稿")
    PNG = "png", gettext_lazy("PNG 图片")
    JPG = "jpg", gettext_lazy("JPEG 图片")
    WEBP = "webp", gettext_lazy("WebP 图片")
    GIF = "gif", gettext_lazy("GIF 图片")
    BMP = "bmp", gettext_lazy("BMP 图片")
    TIFF = "tiff", gettext_lazy("TIFF 图片")
    HEIC = "heic", gettext_lazy("HEIC 图片")
    MP4 = "mp4", gettext_lazy("视频")
    TXT = "txt", gettext_lazy("文本")  # a table of comma-separated values too: content cannot tell
    ZIP = "zip", gettext_lazy("ZIP 压缩包")

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self]

    @property
    def is_image(self) -> bool:
        """Whether every browser shows it; such a file may be looked at without downloading it."""
        return self in (FileKind.PNG, FileKind.JPG, FileKind.WEBP, FileKind.GIF)


_OOXML = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES: dict[str, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.OFD: "application/ofd",
    FileKind.DOCX: f"{_OOXML}.wordprocessingml.document",
    FileKind.XLSX: f"{_OOXML}.spreadsheetml.sheet",
    FileKind.PPTX: f"{_OOXML}.presentationml.presentation",
    FileKind.DOC: "application/msword",
    FileKind.XLS: "application/vnd.ms-excel",
    FileKind.PPT: "application/vnd.ms-powerpoint",
    FileKind.PNG: "image/png",
    FileKind.JPG: "image/jpeg",
    FileKind.WEBP: "image/webp",
    FileKind.GIF: "image/gif",
    FileKind.BMP: "image/bmp",
    FileKind.TIFF: "image/tiff",
    FileKind.HEIC: "image/heic",
    FileKind.MP4: "video/mp4",
    FileKind.TXT: "text/plain; charset=utf-8",
    FileKind.ZIP: "application/zip",
}
EXTENSIONS: dict[str, tuple[str, ...]] = {
    **{kind: (kind.value,) for kind in FileKind},
    FileKind.JPG: ("jpg", "jpeg", "jfif"),
    FileKind.TIFF: ("tiff", "tif"),
    FileKind.HEIC: ("heic", "heif"),
    FileKind.MP4: ("mp4", "m4v", "mov", "3gp"),
    FileKind.TXT: ("txt", "csv"),
    FileKind.DOC: ("doc", "wps"),  # WPS Office writes the same format under names of its own
    FileKind.XLS: ("xls", "et"),
    FileKind.PPT: ("ppt", "dps"),
}
ACCEPTED = tuple(f".{extension}" for extensions in EXTENSIONS.values() for extension in extensions)

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPG),
    (b"GIF87a", FileKind.GIF),
    (b"GIF89a", FileKind.GIF),
    (b"II*\x00", FileKind.TIFF),
    (b"MM\x00*", FileKind.TIFF),
    (b"%PDF-", FileKind.PDF),
)
_BRANDS = (
    (re.compile(rb"hei[cfx]|mif1|msf1|hevc"), FileKind.HEIC),
    (re.compile(rb"iso\w|mp4\w|M4V |3g[p2]\w|qt  |avc1|MSNV|dash"), FileKind.MP4),
)
_OOXML_KINDS = (
    (b"wordprocessingml.document.main+xml", FileKind.DOCX),
    (b"spreadsheetml.sheet.main+xml", FileKind.XLSX),
    (b"presentationml.presentation.main+xml", FileKind.PPTX),
    (b"presentationml.slideshow.main+xml", FileKind.PPTX),
)
_OLE_KINDS = (
    ("WordDocument", FileKind.DOC),
    ("Workbook", FileKind.XLS),
    ("Book", FileKind.XLS),
    ("PowerPoint Document", FileKind.PPT),
)
# Word and Excel keep macros in storages of these names, PowerPoint in a record: container, atom, reference, yes.
_MACRO_STORAGES = {"_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA", "Macros"}
_MACRO_RECORD = re.compile(rb"\x1f\0\xff\x03\x14\0\0\0\x02\0\0\x04\x0c\0\0\0.{4}\x01\0\0\0", re.DOTALL)
# Windows, Linux, Java or Mac, Mac, a Windows link.
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"L\0\0\0\x01\x14\x02\0")
_MARKUP = re.compile(
    rb"<(!doctype\s+html|html|head|body|script|svg|iframe|object|\?php|%@|!--\s*#exec)", re.IGNORECASE
)
_PROGRAM_EXTENSION = re.compile(
    "exe|dll|com|scr|pif|msi|bat|cmd|ps1|vb[se]|jse?|ws[fh]|hta|jar|class|apk|app|sh|py|php|jsp|aspx?|lnk|reg"
    "|x?html?|svgz?|mht"
)
_HEAD = 4096
_LONGEST_DIRECTORY = 4 * 1024 * 1024  # of a zip: more is an attack on the reader's memory
_CHUNK = 1024 * 1024


def kind_of(stream: IO[bytes], name: str) -> FileKind:
    """What the content is. Raises Refused, at field `file`, for what may not be stored as evidence.

    Refused are programs, scripts and pages, office files with macros or a password, unknown content,
    content under another kind's extension, and files that are two things at once.
    """
    extension = extension_of(name)
    if _PROGRAM_EXTENSION.fullmatch(extension):
        raise _refusal("program", _("不接收程序、脚本和网页文件"))
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(_HEAD)
    kind = _recognised(stream, head, size)
    _refuse_double_nature(stream, head, size, kind)
    if extension and extension not in EXTENSIONS[kind]:
        message = _("文件内容是%(kind)s，与扩展名“%(extension)s”不符，请核对后重新上传")
        raise _refusal("mismatch", message % {"kind": kind.label, "extension": extension})
    return kind


def _recognised(stream: IO[bytes], head: bytes, size: int) -> FileKind:
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(stream, size)
    if head.startswith(olefile.MAGIC):
        return _ole_kind(stream)
    if kind := _by_signature(head):
        return kind
    text, plain = _is_text(stream), head.replace(b"\0", b"")  # UTF-16 too
    if text and not plain.startswith(b"#!") and not _MARKUP.search(plain):
        return FileKind.TXT
    if text or head.startswith(_PROGRAMS):
        raise _refusal("program", _("不接收程序、脚本和网页文件"))
    raise _refusal("unknown", _("无法识别该文件的格式，可上传的格式有：%s") % "、".join(ACCEPTED))


def _by_signature(head: bytes) -> FileKind | None:
    """The kinds that say at their beginning what they are."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.WEBP
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return FileKind.BMP
    if head[4:8] == b"ftyp":
        return next((kind for brand, kind in _BRANDS if brand.fullmatch(head[8:12])), None)
    if head.lstrip(b"\xef\xbb\xbf\0\t\r\n ").startswith(b"%PDF-"):  # as some scanners write it
        return FileKind.PDF
    return None


def _zip_kind(stream: IO[bytes], size: int) -> FileKind:
    """Office Open XML, OFD or a plain archive."""
    end = _zip_end(stream, size)
    if end is None or struct.unpack_from("<I", end, 12)[0] > _LONGEST_DIRECTORY:
        raise _refusal("damaged", _("压缩包已损坏或所含文件过多，请重新压缩后上传"))
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            types = _content_types(archive) if "[Content_Types].xml" in names else b""
            locked = any(entry.flag_bits & 1 for entry in archive.infolist())
    except Exception as fault:  # a broken archive breaks its reader in a dozen ways
        raise _refusal("damaged", _("文件已损坏，无法打开，请核对后重新上传")) from fault
    if locked:
        raise _refusal("encrypted", _("文件设有密码，请取消密码后重新上传"))
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _refusal("macros", _("文件含有宏，请另存为不含宏的格式后重新上传"))
    for marker, kind in _OOXML_KINDS:
        if marker in types:
            return kind
    if any(name.lower() == "ofd.xml" for name in names):
        return FileKind.OFD
    if any(_PROGRAM_EXTENSION.fullmatch(extension_of(name)) for name in names):
        raise _refusal("program", _("压缩包内含有程序、脚本或网页文件，请去除后重新上传"))
    return FileKind.ZIP


def _content_types(archive: zipfile.ZipFile) -> bytes:
    with archive.open("[Content_Types].xml") as part:
        return part.read(_CHUNK)


def _ole_kind(stream: IO[bytes]) -> FileKind:
    """The Office formats before 2007, and today's when locked with a password."""
    stream.seek(0)
    try:
        with olefile.OleFileIO(stream) as ole:
            streams = ole.listdir(storages=True)
            names = {part for path in streams for part in path}
            kind = next((kind for name, kind in _OLE_KINDS if name in names), None)
            locked = "EncryptedPackage" in names or (kind is not None and _ole_is_locked(ole, kind))
            macros = bool(names & _MACRO_STORAGES) or (kind is FileKind.PPT and _has_macro_record(ole))
    except Exception as fault:  # olefile meets a broken file with whatever breaks first
        raise _refusal("damaged", _("文件已损坏，无法打开，请核对后重新上传")) from fault
    if locked:
        raise _refusal("encrypted", _("文件设有密码，请取消密码后重新上传"))
    if macros:
        raise _refusal("macros", _("文件含有宏，请另存为不含宏的格式后重新上传"))
    if kind is None:
        raise _refusal("unknown", _("无法识别该文件的格式，请另存为常用办公格式后上传"))
    return kind


def _ole_is_locked(ole: olefile.OleFileIO, kind: FileKind) -> bool:
    """Whether an old Office file has a password: each of the three keeps the mark elsewhere."""
    if kind is FileKind.DOC:
        flags = struct.unpack_from("<H", ole.openstream("WordDocument").read(12), 10)[0]
        return bool(flags & 0x0100)  # fEncrypted of the file information block
    if kind is FileKind.PPT:
        return ole.openstream("Current User").read(16)[12:16] == b"\xdf\xc4\xd1\xf3"  # headerToken
    book = ole.openstream("Workbook" if ole.exists("Workbook") else "Book")
    begin = book.read(4)
    if len(begin) < 4:
        return False
    book.seek(4 + struct.unpack("<HH", begin)[1])
    return book.read(2) == b"\x2f\x00"  # FilePass, right after the beginning of the file


def _has_macro_record(ole: olefile.OleFileIO) -> bool:
    return bool(_MACRO_RECORD.search(ole.openstream("PowerPoint Document").read()))


def _refuse_double_nature(stream: IO[bytes], head: bytes, size: int, kind: FileKind) -> None:
    """Raises Refused for a file that another program would take for something else (多重格式)."""
    is_archive = kind in (FileKind.ZIP, FileKind.DOCX, FileKind.XLSX, FileKind.PPTX, FileKind.OFD)
    second_pdf = kind is not FileKind.PDF and b"%PDF-" in head[:1024]
    second_zip = not is_archive and _zip_end(stream, size) is not None
    page = kind is not FileKind.PDF and not is_archive and _MARKUP.search(head[:1024])
    if second_pdf or second_zip or page:
        raise _refusal("polyglot", _("文件中夹带了其他格式的内容，请核对后重新上传"))


def _zip_end(stream: IO[bytes], size: int) -> bytes | None:
    """The record that ends a zip archive, if the file ends in one."""
    stream.seek(max(0, size - 22 - 65535))
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    while place >= 0:
        record = tail[place : place + 22]
        if len(record) == 22 and place + 22 + struct.unpack_from("<H", record, 20)[0] == len(tail):
            return record
        place = tail.rfind(b"PK\x05\x06", 0, place)
    return None


def _is_text(stream: IO[bytes]) -> bool:
    """Whether all of it reads as UTF-8, UTF-16 with its mark, or GB 18030, without control characters."""
    stream.seek(0)
    start = stream.read(3)
    encodings = (
        ["utf-16"] if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ["utf-8", "gb18030"]
    )
    return any(_reads_as(stream, encoding) for encoding in encodings)


def _reads_as(stream: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(stream):
            if _CONTROLS.search(decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        yield chunk


def _refusal(code: str, message: str) -> Refused:
    return Refused(message, code=code, field="file")
