"""What tests change, and nothing else: a far time zone finds every forgotten conversion."""

from bihuan.settings import *  # noqa: F403

# The process runs far from Shanghai; deadlines must still be computed in Asia/Shanghai.
SECRET_KEY = "tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; strength is not under test
