"""The site as it is served, but for its styles, which need not be collected where a benchmark runs."""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.settings")
STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
settings.STORAGES = STORAGES

from bihuan.wsgi import application  # noqa: E402, F401
