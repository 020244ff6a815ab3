import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.settings")
os.environ.setdefault("BIHUAN_POOL", "on")  # several threads share a few connections
application = get_wsgi_application()

# Load what the first request would: processes forked from here share it, and the garbage collector, which
# would stop a page for tens of milliseconds to look at it all again, leaves it alone.
import_module(settings.ROOT_URLCONF)
import_module("pypinyin")  # left out by commands, which seldom need its dictionary
gc.collect()
gc.freeze()
