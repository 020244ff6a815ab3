"""Opens an Office Open XML package (docx, xlsx) as if it came from an enemy.

Nothing is extracted to disk, no entity is expanded, no relationship is followed outside the file.
"""

import io
import zipfile
import zlib

from lxml import etree

from bihuan.reading.errors import Unreadable

_STRICT = (b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/")
_STRICT_TAILS = (
    (b"wordprocessingml/main", b"wordprocessingml/2006/main"),
    (b"spreadsheetml/main", b"spreadsheetml/2006/main"),
    (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, KeyError)


class Package:
    """The parts of a package, each read within the limit on what the whole file may unfold to.

    A mark (`<` or `=`: an element's, an attribute's) takes some twenty times its bytes once it is parsed, so they
    are limited too: 26 KB of empty paragraphs took 330 MB.
    """

    def __init__(self, data: bytes, *, max_unpacked: int, max_marks: int, max_parts: int = 5_000):
        self.limit, self.marks = max_unpacked, max_marks
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as fault:
            raise Unreadable("broken") from fault
        entries = self._zip.infolist()
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise Unreadable("encrypted")
        if len(entries) > max_parts or sum(entry.file_size for entry in entries) > max_unpacked:
            raise self._bomb()
        self.names = frozenset(entry.filename for entry in entries)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as part:
                data = part.read(self.limit + 1)
        except _BROKEN as fault:
            raise Unreadable("broken") from fault
        except RuntimeError as fault:  # zipfile's word for an encrypted entry
            raise Unreadable("encrypted") from fault
        if len(data) > self.limit:
            raise self._bomb()
        if name.endswith((".xml", ".rels")) and data.count(b"<") + data.count(b"=") > self.marks:
            raise Unreadable("too_intricate", limit=self.marks)
        return data

    def xml(self, name: str) -> etree._Element:
        return parse_xml(self.read(name))

    def optional_xml(self, name: str) -> etree._Element | None:
        return self.xml(name) if name in self else None

    def _bomb(self) -> Unreadable:
        return Unreadable("expands_too_much", limit=human_size(self.limit))


def parse_xml(data: bytes) -> etree._Element:
    """Parse without entities, DTD or network; a document type declaration at all is refused as broken."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_transitional(data), parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise Unreadable("broken") from fault
    if root.getroottree().docinfo.doctype:
        raise Unreadable("broken")
    return root


def _transitional(data: bytes) -> bytes:
    """Files saved as “Strict Open XML” differ only in their namespaces; read them under the usual ones."""
    if _STRICT[0] in data[:4096]:
        for strict, usual in _STRICT_TAILS:
            data = data.replace(_STRICT[0] + strict, _STRICT[1] + usual)
    return data


def human_size(size: int) -> str:
    return f"{size / 1_048_576:.0f} MB" if size >= 1_048_576 else f"{size / 1024:.0f} KB"
