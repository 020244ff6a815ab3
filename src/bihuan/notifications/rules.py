"""What is said through a channel (通道), and how each kind of messenger wants it said. Pure.

Outside the program only a title and a link are said, or not even the title where the authority wants it so; whoever
follows the link signs in and sees what they may see.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

LINES = 10  # titles in one message
TITLE = 60  # characters of a title
ANSWER = 4096  # bytes of an answer that are read


class Kind(TextChoices):
    WECOM = "wecom", _("企业微信群机器人")
    DINGTALK = "dingtalk", _("钉钉群机器人")
    FEISHU = "feishu", _("飞书群机器人")
    WEBHOOK = "webhook", _("Webhook（供其他系统接收）")
    MAIL = "mail", _("电子邮件")


class Takes(TextChoices):
    """What is sent through a channel, and when; quiet hours hold for all but what is marked urgent."""

    URGENT = "urgent", _("只发紧急事项，随时发")
    PRESSING = "pressing", _("紧急事项随时发，催办督办上班时间即发，其余每日汇总")
    DIGEST = "digest", _("每个工作日汇总一条")


PRESSING = {
    f"supervision.assignment.{name}" for name in ("urged", "instructed", "pressed", "proposed", "slip_issued")
}


@dataclass(frozen=True, slots=True)
class Line:
    """A matter as it is named outside: what happened, and its title."""

    label: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A message, whatever carries it."""

    heading: str
    lines: Sequence[Line]
    url: str

    def as_text(self) -> str:
        rows = [self.heading]
        for line in self.lines[:LINES]:
            rows.append(f"· {line.label}：{line.title[:TITLE]}" if line.title else f"· {line.label}")
        if len(self.lines) > LINES:
            rows.append("……")
        return "\n".join([*rows, self.url])


@dataclass(frozen=True, slots=True)
class Letter:
    """What is posted: address, body, and headers beside the content type."""

    url: str
    body: bytes
    headers: dict[str, str]


def letter_for(kind: str, said: Said, *, address: str, secret: str, at: int, number: int) -> Letter:
    """The request that a messenger's robot, or another system, takes; `at` is the moment in whole seconds.

    Robots sign as their makers ask: DingTalk in the address, Feishu in the body, ours in a header.
    """
    text = said.as_text()
    if kind == Kind.WECOM:
        return _letter(address, {"msgtype": "text", "text": {"content": text}})
    if kind == Kind.DINGTALK:
        return _letter(_dingtalk_address(address, secret, at), {"msgtype": "text", "text": {"content": text}})
    if kind == Kind.FEISHU:
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if secret:
            key = f"{at}\n{secret}".encode()
            body |= {"timestamp": str(at), "sign": _base64(hmac.digest(key, b"", "sha256"))}
        return _letter(address, body)
    lines = [{"label": line.label, "title": line.title} for line in said.lines]
    letter = _letter(
        address, {"delivery": number, "heading": said.heading, "lines": lines, "url": said.url, "at": at}
    )
    letter.headers["X-Bihuan-Delivery"] = str(number)
    if secret:
        signature = hmac.new(secret.encode(), letter.body, hashlib.sha256).hexdigest()
        letter.headers["X-Bihuan-Signature"] = f"sha256={signature}"
    return letter


def _dingtalk_address(address: str, secret: str, at: int) -> str:
    if not secret:
        return address
    stamp = str(at * 1000)
    sign = _base64(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256"))
    joint = "&" if urlsplit(address).query else "?"
    return f"{address}{joint}timestamp={stamp}&sign={quote_plus(sign)}"


def _letter(url: str, body: dict[str, Any]) -> Letter:
    return Letter(url, json.dumps(body, ensure_ascii=False).encode(), {})


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def refusal_in(kind: str, status: int, body: bytes) -> str:
    """Why the other side did not take a message, as a short code; empty where it did.

    Robots answer 200 also when they refuse, with a number in the body.
    """
    if not 200 <= status < 300:
        return f"http_{status}"
    if kind == Kind.WEBHOOK:
        return ""
    try:
        answer = json.loads(body)
        code = answer.get("errcode", answer.get("code", answer.get("StatusCode")))
    except (ValueError, AttributeError):
        return "unreadable"
    return "" if code == 0 else f"code_{str(code)[:20]}"


def why_not_to(address: str, hosts: Collection[str]) -> str:
    """Why nothing may be posted to an address, as a code; empty where it may.

    Only to hosts that the operator named, so that nobody makes the server speak to its own network. Without TLS
    only where the entry says `http://`.
    """
    try:
        parts = urlsplit(address)
        place = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "unreadable"
    if parts.scheme not in ("http", "https") or not place or parts.username or parts.password:
        return "unreadable"
    if any(sign.isspace() or not sign.isprintable() for sign in address):
        return "unreadable"
    named = f"http://{place}{port}" if parts.scheme == "http" else f"{place}{port}"
    return "" if named.lower() in {host.lower() for host in hosts} else "host"


def hint_of(kind: str, address: str) -> str:
    """What is shown of an address that is never shown again: where it leads, and its end."""
    if kind == Kind.MAIL:
        name, _at, domain = address.partition("@")
        return f"{name[:1]}…@{domain}"
    return f"{urlsplit(address).hostname}/…{address[-4:]}"
