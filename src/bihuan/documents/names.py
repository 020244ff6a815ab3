"""Names of uploaded files: what may be shown, stored in a header and written to a visitor's disk. Pure."""

import re
import unicodedata

from django.utils.translation import gettext as _

from bihuan.kernel.errors import Refused

LONGEST_NAME = 200  # UTF-8 bytes: under the 255 of every file system, with room for "(1)"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\..*)?", re.IGNORECASE)

# State secrets may not be stored here (保守国家秘密法 §31, domain.md §14.2). The words also stand in harmless
# compounds: the law's own name, trade secrets, confidentiality as a property of systems.
_SECRECY_MARK = re.compile(r"[绝絕]密|[机機]密(?!性)|(?<!国家)(?<!商业)(?<!工作)(?<!技术)秘密")


def clean_name(raw: str) -> str:
    """The name a file is shown and downloaded under, whatever the sender called it.

    No folders, no control or direction-changing characters, nothing that Windows cannot save, and short
    enough for every file system, its extension kept.
    """
    name = unicodedata.normalize("NFC", raw).replace("\\", "/").rsplit("/", 1)[-1]
    # Categories C*: control, format (right-to-left override, zero width), surrogates, private, unassigned.
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    name = _FORBIDDEN.sub("_", " ".join(name.split())).strip(" .")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 10:
        stem, dot, extension = name, "", ""
    stem = _cut(stem, LONGEST_NAME - len(f"{dot}{extension}".encode()))
    return f"{stem or _('未命名')}{dot}{extension}"


def extension_of(name: str) -> str:
    """The extension in lower case without its dot, empty where there is none."""
    stem, _dot, extension = name.rpartition(".")
    return extension.lower() if stem else ""


def refuse_secrecy_mark(raw: str) -> None:
    """Raises Refused for a name that says its file is a state secret (涉密文件)."""
    if _SECRECY_MARK.search(unicodedata.normalize("NFKC", raw)):
        message = _(
            "文件名含有密级标志。国家秘密不得在本系统存储、处理，该文件未被接收；如非涉密文件，请更正文件名后重新上传"
        )
        raise Refused(message, code="secrecy_mark", field="file")


def _cut(text: str, size: int) -> str:
    """`text` cut to `size` bytes of UTF-8, between characters."""
    return text.encode()[:size].decode(errors="ignore").rstrip(" .")


def title_of(name: str) -> str:
    """What a document calls a file that goes with it: its name without the extension, and without a stop at its end."""
    stem = name.rpartition(".")[0] or name
    return stem.strip().rstrip("。，、；：.")[:100] or name[:100]
