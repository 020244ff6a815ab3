"""Small files of every kind, made here."""

import io
import struct
import zipfile
from collections.abc import Mapping

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(30)
JPG = b"\xff\xd8\xff\xe1\x00\x10Exif\0\0" + bytes(40) + b"\xff\xd9"
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + bytes(24)
GIF = b"GIF89a" + bytes(20)
BMP = b"BM\x3e\0\0\0" + bytes(60)
TIFF = b"II*\x00" + bytes(30)
HEIC = b"\0\0\0\x18ftypheic" + bytes(30)
MP4 = b"\0\0\0\x18ftypisom" + bytes(30)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
TXT = "关于报送整改情况的说明\r\n".encode()
GBK = "关于报送整改情况的说明\r\n".encode("gb18030")
UTF16 = "关于报送整改情况的说明".encode("utf-16")
CSV = "单位,人数\n东市局,12\n".encode()
EXE = b"MZ\x90\0" + bytes(60)
ELF = b"\x7fELF" + bytes(60)
SHELL = b"#!/bin/sh\necho hello\n"
HTML = b"<!DOCTYPE html><html><body>hello</body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
PHP = b"notes\n<?php echo 1; ?>"
NOISE = bytes(range(256)) * 4

_MAIN = "application/vnd.openxmlformats-officedocument.{}.main+xml"


def archive(entries: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return packed.getvalue()


def office(part: str, *, main: str = "", **more: bytes) -> bytes:
    """An Office Open XML file as far as anybody looks before opening it."""
    types = f'<Types><Override ContentType="{main or _MAIN.format(part)}"/></Types>'
    return archive({"[Content_Types].xml": types.encode(), "word/document.xml": b"<w/>", **more})


DOCX = office("wordprocessingml.document")
XLSX = office("spreadsheetml.sheet")
PPTX = office("presentationml.presentation")
DOCM = office("", main="application/vnd.ms-word.document.macroEnabled.main+xml")
SMUGGLED_MACRO = office("wordprocessingml.document", **{"word/vbaProject.bin": b"\0"})
OFD = archive({"OFD.xml": b"<ofd/>", "Doc_0/Document.xml": b"<d/>"})
ZIP = archive({"照片/一.jpg": JPG, "说明.txt": TXT})
ZIP_WITH_PROGRAM = archive({"setup.exe": EXE})


def locked_zip() -> bytes:
    """A zip whose only entry says it is encrypted."""
    packed = bytearray(archive({"a.txt": TXT}))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file, as Office wrote before 2007: header, one FAT sector, directory, the streams."""
    end, free, fat_mark = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    padded = {
        name: content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        for name, content in streams.items()
    }
    directory_sectors = -(-(len(padded) + 1) // 4)
    fat = [fat_mark] + [n + 2 for n in range(directory_sectors - 1)] + [end]
    entries = [_ole_entry("Root Entry", 5, child=1 if padded else free, start=end, size=0)]
    bodies = []
    for place, (name, content) in enumerate(padded.items(), start=1):
        first, count = len(fat), len(content) // 512
        fat += [first + n + 1 for n in range(count - 1)] + [end]
        right = place + 1 if place < len(padded) else free
        entries.append(_ole_entry(name, 2, right=right, start=first, size=len(content)))
        bodies.append(content)
    assert len(fat) <= 128
    entries += [bytes(128)] * (directory_sectors * 4 - len(entries))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0, 0)
    header += struct.pack("<108I", *[free] * 108)
    fat_sector = struct.pack("<128I", *fat, *[free] * (128 - len(fat)))
    return header + fat_sector + b"".join(entries) + b"".join(bodies)


def _ole_entry(
    name: str, kind: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF, start: int, size: int
) -> bytes:
    label = name.encode("utf-16-le")
    none = 0xFFFFFFFF
    head = label.ljust(64, b"\0") + struct.pack("<HBBIII", len(label) + 2, kind, 1, none, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


WORD_HEAD = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0)
DOC = ole({"WordDocument": WORD_HEAD, "1Table": b"\0"})
XLS = ole({"Workbook": struct.pack("<HH", 0x809, 16) + bytes(16) + struct.pack("<HH", 0x42, 2)})
PPT = ole({"PowerPoint Document": b"\0", "Current User": struct.pack("<IIII", 0, 0, 20, 0xE391C05F)})
_MACROS = b"\x1f\0\xff\x03\x14\0\0\0\x02\0\0\x04\x0c\0\0\0\x07\0\0\0\x01\0\0\0\x02\0\0\0"
PPT_WITH_MACROS = ole({"PowerPoint Document": bytes(40) + _MACROS, "Current User": bytes(20)})
DOC_WITH_MACROS = ole({"WordDocument": WORD_HEAD, "_VBA_PROJECT": b"\0"})
LOCKED_DOC = ole({"WordDocument": struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0x0100)})
LOCKED_XLS = ole({"Workbook": struct.pack("<HH", 0x809, 16) + bytes(16) + struct.pack("<HH", 0x2F, 54)})
LOCKED_PPT = ole({"PowerPoint Document": b"\0", "Current User": struct.pack("<IIII", 0, 0, 20, 0xF3D1C4DF)})
LOCKED_DOCX = ole({"EncryptionInfo": b"\0", "EncryptedPackage": b"\0"})
OLE_OF_NO_KIND = ole({"Contents": b"\0"})
