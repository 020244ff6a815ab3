"""What a setting can mean: each check refuses the rest with a sentence that says what is wanted."""

import re
import warnings
from typing import Any
from urllib.parse import urlsplit

import dj_email_url
from environs import ValidationError

_NAME = r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*"
_HOST = rf"({_NAME}|\[[0-9A-Fa-f:.]+\])"
MAIL_PATIENCE = 20  # seconds a mail server may take; without an end a dead one would hold a worker for ever
_MAIL_SCHEMES = {  # as they are written → as dj_email_url wants them: scheme, query
    "console": ("console", ""),
    "smtp": ("smtp", ""),
    "smtp+tls": ("submission", ""),
    "submission": ("submission", ""),
    "smtp+ssl": ("smtp", "ssl=on"),
}


def site_address(text: str) -> None:
    """`https://ducha.example.cn/`: a whole address, which links in mails begin with."""
    if not re.fullmatch(rf"https?://{_HOST}(:\d{{1,5}})?(/[^\s?#]*)?", text):
        raise ValidationError("Must be an address such as https://ducha.example.cn/.")


def site_hosts(names: list[str]) -> None:
    """Names the site answers to: at least one, without scheme or port; `*` or a leading dot as Django reads them."""
    wrong = [name for name in names if not re.fullmatch(rf"\*|\.?{_HOST}", name)]
    if wrong or not names:
        raise ValidationError("Takes names such as ducha.example.cn, without https:// and without a port.")


def origins(names: list[str]) -> None:
    """Origins of forms: scheme and host, nothing behind."""
    if any(not re.fullmatch(rf"https?://(\*\.)?{_HOST}(:\d{{1,5}})?", name) for name in names):
        raise ValidationError("Takes origins such as https://ducha.example.cn, with nothing behind the name.")


def channel_hosts(names: list[str]) -> None:
    """Hosts of messengers: `host`, `host:port`, or with `http://` before it one that has no TLS."""
    if any(not re.fullmatch(rf"(http://)?{_HOST}(:\d{{1,5}})?", name) for name in names):
        raise ValidationError(
            "Takes hosts such as oapi.dingtalk.com or host:port; http:// before it allows no TLS."
        )


def mailbox(text: str) -> None:
    """A sender: `ducha@example.cn`, or with a name before it, `督查室 <ducha@example.cn>`."""
    if not re.fullmatch(r"([^<>@\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)", text):
        raise ValidationError("Must be a mailbox such as ducha@example.cn.")


def absolute_path(text: str) -> None:
    """A folder that is the same wherever a command is started."""
    if not text.startswith("/"):
        raise ValidationError("Must be an absolute path, so that every command means the same folder.")


def mail_settings(url: str) -> dict[str, Any]:
    """EMAIL_URL as Django's settings; raises ValueError with a sentence for what cannot be meant."""
    scheme = urlsplit(url).scheme
    if scheme not in _MAIL_SCHEMES:
        raise ValueError(f"it begins with {' or '.join(f'{known}:' for known in _MAIL_SCHEMES)}")
    meant, query = _MAIL_SCHEMES[scheme]
    rest = url[len(scheme) :]
    if meant == "console":
        rest = "://"
    elif not urlsplit(url).hostname:
        raise ValueError(f"it names no mail server; {scheme}://user:password@host:587 does")
    if query:
        rest += f"{'&' if '?' in rest else '?'}{query}"
    with warnings.catch_warnings(action="ignore"):
        found = dj_email_url.parse(meant + rest)
    return found | {"EMAIL_TIMEOUT": found["EMAIL_TIMEOUT"] or MAIL_PATIENCE}
