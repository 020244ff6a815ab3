"""Posting a message to wherever a channel leads: outside any transaction, without touching the database."""

import http.client
import urllib.error
import urllib.request
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import send_mail

from bihuan.kernel import clock
from bihuan.notifications.rules import ANSWER, Kind, Said, letter_for, refusal_in, why_not_to
from bihuan.notifications.secrecy import unseal

PATIENCE = 5  # seconds for the other side to answer


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: an allowed host must not send us to one that is not."""

    def redirect_request(self, *given: Any) -> None:
        return None


def post(*, kind: str, sealed_address: str, sealed_secret: str, said: Said, number: int) -> str:
    """Post a message; an empty answer where it was taken, else a code for why not. Raises nothing."""
    try:
        address, secret = unseal(sealed_address), unseal(sealed_secret)
    except ValueError:
        return "sealed"
    if kind == Kind.MAIL:
        return _mail(address, said)
    if why_not_to(address, settings.CHANNEL_HOSTS):
        return "host"
    at = int(clock.now().timestamp())
    letter = letter_for(kind, said, address=address, secret=secret, at=at, number=number)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Bihuan", **letter.headers}
    request = urllib.request.Request(letter.url, letter.body, headers, method="POST")
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=PATIENCE) as answer:
            return refusal_in(kind, answer.status, answer.read(ANSWER))
    except urllib.error.HTTPError as refusal:
        return "redirect" if 300 <= refusal.code < 400 else f"http_{refusal.code}"
    except (OSError, ValueError, http.client.HTTPException):  # the last: what answers does not speak HTTP
        return "unreachable"


def _mail(address: str, said: Said) -> str:
    try:
        send_mail(said.heading, said.as_text(), None, [formataddr(("", address))])
    except OSError:  # smtplib's own errors are OSErrors too
        return "unreachable"
    return ""
