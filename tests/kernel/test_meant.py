"""What a setting can mean, and what is refused; `test_settings` shows that the settings ask."""

import pytest
from environs import ValidationError

from bihuan.settings import meant


@pytest.mark.parametrize(
    "check, value",
    [
        (meant.site_address, "https://ducha.example.cn/"),
        (meant.site_address, "http://127.0.0.1:8000/"),
        (meant.site_address, "https://ducha.example.cn:8443/bihuan/"),
        (meant.site_hosts, ["ducha.example.cn", ".example.cn", "*", "10.0.0.1", "[::1]"]),
        (meant.origins, []),
        (meant.origins, ["https://ducha.example.cn:8443", "https://*.example.cn", "http://[::1]:8000"]),
        (meant.channel_hosts, []),
        (meant.channel_hosts, ["oapi.dingtalk.com", "http://10.0.0.1:8080", "bot.example.cn:8443"]),
        (meant.mailbox, "bihuan@localhost"),
        (meant.mailbox, "督查室 <ducha@example.cn>"),
        (meant.absolute_path, "/srv/bihuan"),
    ],
)
def test_what_can_be_meant_is_taken(check, value):
    check(value)


@pytest.mark.parametrize(
    "check, value",
    [
        (meant.site_address, ""),
        (meant.site_address, "ducha.example.cn"),
        (meant.site_address, "https://"),
        (meant.site_address, "ftp://ducha.example.cn"),
        (meant.site_address, "https://ducha.example.cn/?next=x"),
        (meant.site_hosts, []),
        (meant.site_hosts, ["a b"]),
        (meant.site_hosts, ["https://ducha.example.cn"]),
        (meant.site_hosts, ["ducha.example.cn:8000"]),
        (meant.site_hosts, ["ducha.example.cn", ""]),
        (meant.origins, ["ducha.example.cn"]),
        (meant.origins, ["https://ducha.example.cn/"]),
        (meant.channel_hosts, ["https://oapi.dingtalk.com"]),
        (meant.channel_hosts, ["oapi.dingtalk.com/robot"]),
        (meant.channel_hosts, ["a b"]),
        (meant.mailbox, ""),
        (meant.mailbox, "nobody"),
        (meant.mailbox, "a@b.cn\nBcc: c@d.cn"),
        (meant.mailbox, "a@b.cn, c@d.cn"),
        (meant.absolute_path, ""),
        (meant.absolute_path, "var"),
    ],
)
def test_what_cannot_be_meant_is_refused(check, value):
    with pytest.raises(ValidationError):
        check(value)


@pytest.mark.parametrize(
    "url, backend, host, port, tls, ssl",
    [
        ("console:", "console", None, None, False, False),
        ("smtp://post.example.cn", "smtp", "post.example.cn", 25, False, False),
        ("smtp+tls://u:p%40x@post.example.cn:587", "smtp", "post.example.cn", 587, True, False),
        ("submission://u:p%40x@post.example.cn", "smtp", "post.example.cn", 587, True, False),
        ("smtp+ssl://u:p%40x@post.example.cn:465?timeout=3", "smtp", "post.example.cn", 465, False, True),
    ],
)
def test_mails_go_where_the_address_says_and_as_safely(url, backend, host, port, tls, ssl):
    found = meant.mail_settings(url)
    assert found["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}.EmailBackend"
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (tls, ssl)
    assert found["EMAIL_HOST_PASSWORD"] == ("p@x" if "@" in url else None)
    assert found["EMAIL_TIMEOUT"] == (3 if "timeout" in url else meant.MAIL_PATIENCE)


@pytest.mark.parametrize(
    "url, why",
    [
        ("smtp.example.cn", "begins with console: or smtp:"),
        ("gopher://host", "begins with console: or smtp:"),
        ("smtp://user:password@", "names no mail server"),
        ("smtp:", "names no mail server"),
        ("smtp://host:port", "Port"),
        ("smtp://host?timeout=soon", "soon"),
    ],
)
def test_an_address_for_mails_that_leads_nowhere_is_refused(url, why):
    with pytest.raises(ValueError, match=why):
        meant.mail_settings(url)
