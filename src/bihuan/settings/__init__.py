"""Settings, read once and typed from the environment; the defaults start a working site.

Every variable is documented in docs/settings.md; a wrong one is refused at start.
"""

from datetime import timedelta
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from environs import Env

from bihuan import __version__

env = Env()
ROOT = Path(__file__).resolve().parents[3]
VAR = Path(env.str("BIHUAN_VAR", default=str(ROOT / "var")))

DEBUG = env.bool("BIHUAN_DEBUG", default=False)
SECRET_KEY = env.str("BIHUAN_SECRET_KEY", default="insecure-development-key")
ALLOWED_HOSTS = env.list("BIHUAN_ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("BIHUAN_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "bihuan.web",
    "bihuan.ui",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "django_htmx",
    "template_partials",
    "procrastinate.contrib.django",
    "bihuan.ledger",
    "bihuan.workdays",
    "bihuan.org",
    "bihuan.supervision",
]
MIDDLEWARE = [
    "bihuan.web.middleware.RequestNumber",
    "bihuan.web.middleware.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bihuan.org.middleware.ActorMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "bihuan.urls"
WSGI_APPLICATION = "bihuan.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "bihuan.web.context.shell",
            ]
        },
    }
]
FORM_RENDERER = "bihuan.ui.forms.Renderer"

DATABASES = {
    "default": env.dj_db_url("DATABASE_URL", default="postgresql://postgres@127.0.0.1:5432/bihuan")
    | {"ATOMIC_REQUESTS": False}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "org.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = env.int("BIHUAN_SIGN_IN_ATTEMPTS", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("BIHUAN_SIGN_IN_PAUSE", default=15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "bihuan.web.views.locked_out"
AXES_ENABLE_ADMIN = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "workbench"
LOGOUT_REDIRECT_URL = "sign-in"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("English"))]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [("packages", VAR / "packages")]
MEDIA_ROOT = VAR / "files"

# When offices are open on a workday: deadlines in office hours count these (grade C, domain.md §15).
OFFICE_HOURS = env.str("BIHUAN_OFFICE_HOURS", default="08:00-12:00,14:00-18:00")

BIHUAN_DEMO = env.bool("BIHUAN_DEMO", default=False)
VERSION = __version__
