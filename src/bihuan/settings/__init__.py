"""Settings, read once and typed from the environment; the defaults start a working site.

Every variable is documented in docs/settings.md; a wrong one is refused at start.
"""

import os
import urllib.parse
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, validate

from bihuan import __version__
from bihuan.kernel.postgres import Server
from bihuan.settings import meant
from bihuan.settings.secret import kept_secret

env = Env()
a_few = validate.Range(min=1, max=1000)
MINUTES_OF_A_YEAR = 366 * 24 * 60

# Where things are
ROOT = Path(__file__).resolve().parents[3]
VAR = Path(env.str("BIHUAN_VAR", default=str(ROOT / "var"), validate=meant.absolute_path))
BIND = env.str("BIHUAN_BIND", default="127.0.0.1", validate=validate.Length(min=1))
PORT = env.int("PORT", default=8000, validate=validate.Range(min=1, max=65535))
HTTPS = env.bool("BIHUAN_HTTPS", default=False)
DEBUG = env.bool("BIHUAN_DEBUG", default=False)
# One that could be guessed would let anybody sign sessions of their own.
SECRET_KEY = env.str(
    "BIHUAN_SECRET_KEY", default="", validate=lambda key: not key or validate.Length(min=32)(key)
) or kept_secret(VAR / "secret-key")
ALLOWED_HOSTS = env.list(
    "BIHUAN_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"], validate=meant.site_hosts
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("BIHUAN_TRUSTED_ORIGINS", default=[], validate=meant.origins)

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
    "bihuan.kernel",
    "bihuan.ledger",
    "bihuan.workdays",
    "bihuan.org",
    "bihuan.registers",
    "bihuan.documents",
    "bihuan.supervision",
    "bihuan.circulars",
    "bihuan.alike",
    "bihuan.notifications",
    "bihuan.insight",
    "bihuan.api",
]
MIDDLEWARE = [
    "bihuan.web.middleware.RequestNumber",
    "bihuan.web.middleware.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bihuan.kernel.middleware.IdleSession",
    "bihuan.kernel.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bihuan.web.middleware.PrivatePages",
    "bihuan.web.middleware.PartAnswers",
    "bihuan.org.middleware.ActorMiddleware",
    "bihuan.web.middleware.ReadableAddress",
    "bihuan.web.middleware.PostInUse",
    "bihuan.web.middleware.FirstPassword",
    "axes.middleware.AxesMiddleware",
    "bihuan.web.middleware.GoneMeanwhile",
]
CSRF_FAILURE_VIEW = "bihuan.web.errors.forged"
ROOT_URLCONF = "bihuan.urls"
WSGI_APPLICATION = "bihuan.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.cached.Loader", ["bihuan.ui.loaders.Loader"])],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "bihuan.web.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "bihuan.ui.forms.Renderer"

# Database and jobs
DATABASE_URL = env.str("DATABASE_URL", default="")
if DATABASE_URL and urllib.parse.urlsplit(DATABASE_URL).scheme not in ("postgres", "postgresql"):
    raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://; there is no second engine.")
if DATABASE_URL and not urllib.parse.urlsplit(DATABASE_URL).path.strip("/"):
    raise ImproperlyConfigured(
        "DATABASE_URL names no database; postgresql://user:password@host:port/name does."
    )
EMBEDDED_SERVER = None if DATABASE_URL else Server(VAR / "postgres")
WEB_PROCESSES = env.int("BIHUAN_WEB_PROCESSES", default=min(os.cpu_count() or 1, 4), validate=a_few)
WEB_THREADS = env.int("BIHUAN_WEB_THREADS", default=4, validate=a_few)
WORKER_JOBS = env.int("BIHUAN_WORKER_JOBS", default=2, validate=a_few)
# A pool pays in a web process with its threads (`bihuan.wsgi` asks for one), not in a short command.
POOL = {"min_size": 1, "max_size": WEB_THREADS + 1} if env.bool("BIHUAN_POOL", default=False) else False
_database = EMBEDDED_SERVER.django_settings() if EMBEDDED_SERVER else env.dj_db_url("DATABASE_URL")
# Django forbids statements to be prepared unless it is told when; ours say so one by one (kernel.statements).
_database["OPTIONS"] = _database.get("OPTIONS", {}) | {"pool": POOL, "prepare_threshold": 5}
# Without a pool a thread keeps its connection for the next job: a new one costs as much as the work on many a chunk.
_kept = {} if POOL else {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES = {"default": _database | {"ATOMIC_REQUESTS": False} | _kept}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# Sign-in (domain.md §15, auth.*)
AUTH_USER_MODEL = "org.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "bihuan.org.accounts.Accounts",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
PASSWORD_LENGTH = env.int("BIHUAN_PASSWORD_LENGTH", default=8, validate=validate.Range(min=8, max=64))
PASSWORD_CLASSES = env.int("BIHUAN_PASSWORD_CLASSES", default=3, validate=validate.Range(min=1, max=4))
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_LENGTH},
    },
    {"NAME": "bihuan.kernel.passwords.CharacterClasses", "OPTIONS": {"classes": PASSWORD_CLASSES}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AXES_FAILURE_LIMIT = env.int("BIHUAN_SIGN_IN_ATTEMPTS", default=5, validate=a_few)
AXES_COOLOFF_TIME = timedelta(
    minutes=env.int("BIHUAN_SIGN_IN_PAUSE", default=30, validate=validate.Range(min=1, max=MINUTES_OF_A_YEAR))
)
# The pair: a whole school behind one address is not locked out by one pupil, nor an account by a stranger.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "bihuan.web.views.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "workbench"
LOGOUT_REDIRECT_URL = "sign-in"

# Sessions and cookies; the content security policy is web.middleware's
SESSION_ENGINE = "bihuan.kernel.sessions"
SESSION_COOKIE_AGE = 60 * env.int(
    "BIHUAN_IDLE_MINUTES", default=30, validate=validate.Range(min=1, max=MINUTES_OF_A_YEAR)
)
SESSION_COOKIE_NAME = f"bihuan_{PORT}"  # browsers do not tell ports apart: two sites on one machine
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"

# Language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("English"))]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
PACKAGES = VAR / "packages"  # the few files we serve out of npm packages; `make setup` puts them there
STATICFILES_DIRS = [("packages", PACKAGES)] if PACKAGES.is_dir() else []
ICONS = VAR / "icons.json"  # from the icon package too, but drawn into the pages
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR / "files"
FILE_UPLOAD_PERMISSIONS = 0o640
SEAL_KEYS: list[str] = env.list("BIHUAN_SEAL_KEYS", default=[])
SEAL_KEY_FOLDER = VAR / "seal-keys"
EXPORT_HOURS = env.int("BIHUAN_EXPORT_HOURS", default=24, validate=validate.Range(min=1, max=366 * 24))
MAX_FILE_BYTES = 2**20 * env.int("BIHUAN_MAX_FILE_MB", default=50, validate=a_few)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a bulk action on every row of a long register

# Log, on standard error
LOG_LEVEL = env.str(
    "BIHUAN_LOG_LEVEL", default="WARNING", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"])
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "NOTSET"},
        "django.request": {"level": "ERROR"},  # what was not found is the visitor's mistake
    },
}

# When offices are open on a workday: deadlines in office hours count these (grade C, domain.md §15).
OFFICE_HOURS = env.str("BIHUAN_OFFICE_HOURS", default="08:00-12:00,14:00-18:00")

# An empty database of our own gets the demonstration, and pages say so; another's only if asked to.
BIHUAN_DEMO = env.bool("BIHUAN_DEMO", default=not DATABASE_URL)
# As people reach it; stands in mails.
BIHUAN_URL = env.str("BIHUAN_URL", default=f"http://127.0.0.1:{PORT}/", validate=meant.site_address)

# Without EMAIL_URL mails are written to the log, so that a first trial sends nothing to anybody.
try:
    vars().update(meant.mail_settings(env.str("EMAIL_URL", default="") or "console:"))
except ValueError as fault:
    raise ImproperlyConfigured(f"EMAIL_URL cannot be meant: {fault}.") from None
DEFAULT_FROM_EMAIL = env.str("BIHUAN_MAIL_FROM", default="bihuan@localhost", validate=meant.mailbox)

# Where messages may go outside: to these hosts only; `http://host:port` lets one go without TLS.
CHANNEL_HOSTS = env.list(
    "BIHUAN_CHANNEL_HOSTS",
    default=["qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn"],
    validate=meant.channel_hosts,
)

VERSION = __version__

# A misspelt name would otherwise be a setting that silently does nothing.
if unknown := sorted({name for name in os.environ if name.startswith("BIHUAN_")} - set(env.dump())):
    raise ImproperlyConfigured(f"There is no setting {', '.join(unknown)}; docs/settings.md lists them all.")
