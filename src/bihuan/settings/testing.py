"""What tests change, and nothing else: a far time zone finds every forgotten conversion."""

from bihuan.kernel.postgres import Server
from bihuan.settings import *  # noqa: F403
from bihuan.settings import DATABASES, EMBEDDED_SERVER, STORAGES, VAR

SECRET_KEY = "tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; strength is not under test

# The process runs far from Shanghai; deadlines must still be computed in Asia/Shanghai.
TIME_ZONE = "America/Los_Angeles"

# Without DATABASE_URL a throw-away server, which tests/conftest.py keeps up while tests run.
if EMBEDDED_SERVER:
    EMBEDDED_SERVER = Server(VAR / "test-postgres", durable=False)
    _throw_away = EMBEDDED_SERVER.django_settings()
    _options = DATABASES["default"]["OPTIONS"] | _throw_away.get("OPTIONS", {})
    DATABASES = {"default": _throw_away | {"OPTIONS": _options, "ATOMIC_REQUESTS": False}}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 0
}  # a thread that keeps its own would keep the database from being dropped

MEDIA_ROOT = VAR / "test-files"
SEAL_KEY_FOLDER = VAR / "test-seal-keys"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
BIHUAN_DEMO = False
