import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.settings")
os.environ.setdefault("BIHUAN_POOL", "on")  # several threads share a few connections
application = get_wsgi_application()
