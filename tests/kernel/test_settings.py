"""Settings are tried as an operator meets them: in a fresh process."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

SHOW = "from bihuan import settings; print({})"
SOURCE = Path(__file__).resolve().parents[2] / "src"


def fresh_process(var: Path, expression: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("BIHUAN_")}
    clean |= {"PYTHONPATH": str(SOURCE), "BIHUAN_VAR": str(var)}
    command = [sys.executable, "-c", SHOW.format(expression)]
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        ("PORT", "eighty", '"PORT" invalid: Not a valid integer'),
        ("PORT", "70000", "Must be greater than or equal to 1 and less than or equal to 65535"),
        ("DATABASE_URL", "mysql://host/name", "DATABASE_URL must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://host:port/name", '"DATABASE_URL" invalid'),
        ("BIHUAN_HTTPS", "perhaps", '"BIHUAN_HTTPS" invalid: Not a valid boolean'),
        ("BIHUAN_LOG_LEVEL", "LOUD", "Must be one of: DEBUG, INFO, WARNING, ERROR"),
        ("BIHUAN_IDLE_MINUTES", "0", "Must be greater than or equal to 1"),
        ("BIHUAN_SIGN_IN_PAUSE", "999999999999999", "less than or equal to 527040"),
        ("BIHUAN_SECRET_KEY", "short", "Shorter than minimum length 32"),
        ("BIHUAN_VAR", "var", "Must be an absolute path"),
        ("DATABASE_URL", "postgresql://host", "DATABASE_URL names no database"),
        ("EMAIL_URL", "smtp.example.cn", "EMAIL_URL cannot be meant: it begins with console: or smtp:"),
        ("BIHUAN_URL", "ducha.example.cn", "Must be an address such as https://"),
        ("BIHUAN_TRUSTED_ORIGINS", "ducha.example.cn", "Takes origins such as https://"),
        ("BIHUAN_CHANNEL_HOSTS", "https://oapi.dingtalk.com", "Takes hosts such as"),
        ("BIHUAN_MAIL_FROM", "nobody", "Must be a mailbox"),
        ("BIHUAN_PASSWORD_CLASSES", "5", "less than or equal to 4"),
        ("BIHUAN_BIND", "", "Shorter than minimum length 1"),
        ("BIHUAN_ALLOWED_HOSTS", "https://ducha.example.cn", "without https://"),
        ("BIHUAN_IDEL_MINUTES", "30", "There is no setting BIHUAN_IDEL_MINUTES"),
        ("BIHUAN_VAR", "/proc/nowhere", "The secret key in /proc/nowhere/secret-key cannot be kept"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(tmp_path, name, value, sentence):
    refused = fresh_process(tmp_path, "1", **{name: value})
    assert refused.returncode
    assert sentence in refused.stderr.strip().splitlines()[-1]


def test_the_secret_key_is_drawn_once_and_readable_by_its_owner_alone(tmp_path):
    first, second = (fresh_process(tmp_path, "settings.SECRET_KEY").stdout for _process in range(2))
    assert len(first) > 50
    assert first == second
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    mine = fresh_process(tmp_path, "settings.SECRET_KEY", BIHUAN_SECRET_KEY="mine" * 8)
    assert mine.stdout.strip() == "mine" * 8


def test_https_makes_cookies_and_transport_strict(tmp_path):
    strict = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0"
    assert fresh_process(tmp_path, strict).stdout == "False False False\n"
    assert fresh_process(tmp_path, strict, BIHUAN_HTTPS="on").stdout == "True True True\n"
