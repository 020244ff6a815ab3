"""The private keys that sign tree heads (封存私钥): never in the database, never in a backup.

A server gets them as `BIHUAN_SEAL_KEYS`, 64 hexadecimal digits each, the newest last. Without that they are
files under `var/seal-keys/`, readable by their owner alone; the first is drawn when sealing first runs.
"""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def public_of(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes_raw().hex()


def held() -> dict[str, Ed25519PrivateKey]:
    """The private keys of this machine by their public halves, oldest first."""
    try:
        keys = [Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text)) for text in _texts()]
    except ValueError:
        raise ImproperlyConfigured("A seal key is not 64 hexadecimal digits.") from None
    return {public_of(key): key for key in keys}


def is_given() -> bool:
    """Whether the keys come from the environment, so that none is drawn here."""
    return bool(settings.SEAL_KEYS)


def draw() -> Ed25519PrivateKey:
    """A fresh key, kept in a file of its own; it is in use once the database names its public half."""
    key = Ed25519PrivateKey.generate()
    folder: Path = settings.SEAL_KEY_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(folder / public_of(key), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(file, "w") as kept:
        kept.write(key.private_bytes_raw().hex())
    return key


def fresh_text() -> str:
    """A new private key as text, for a server's own store of secrets."""
    return secrets.token_bytes(32).hex()


def readable_by_others() -> list[Path]:
    files = settings.SEAL_KEY_FOLDER.glob("*") if settings.SEAL_KEY_FOLDER.is_dir() else ()
    return [file for file in files if file.stat().st_mode & 0o077]


def _texts() -> list[str]:
    if is_given():
        return settings.SEAL_KEYS
    if not settings.SEAL_KEY_FOLDER.is_dir():
        return []
    files = sorted(settings.SEAL_KEY_FOLDER.iterdir(), key=lambda file: file.stat().st_mtime)
    return [file.read_text().strip() for file in files]
