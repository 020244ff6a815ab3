"""Keeping the addresses and keys of channels: sealed by a key that is not in the database, and never shown again."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(text: str) -> str:
    """The text as it may lie in the database; empty stays empty."""
    return _box().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """The text again. Raises ValueError where the site's secret key is not the one it was sealed with."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ValueError("sealed with another key") from None


def _box() -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"bihuan.notifications.channel")
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())))
