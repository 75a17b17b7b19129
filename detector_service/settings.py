"""All settings, read from top to bottom. Every one can be set in the environment.

Right after a checkout it runs on SQLite, an embedded broker and local files under ``.var``.
``DATABASE_URL`` and ``REDIS_URL`` move the same code to PostgreSQL and Redis.
``DEPLOYMENT=production`` refuses to start with a default that is only safe on one's own machine.
"""

from __future__ import annotations

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# -- Where it runs ---------------------------------------------------------------------------

DEPLOYMENT = env.str("DEPLOYMENT", default="embedded")  # "embedded" or "production"
EMBEDDED = DEPLOYMENT == "embedded"
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / ".var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
INSECURE_SECRET_KEY = "embedded-default-key-for-one-machine-only-0123456789abcdefghijklmnop"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=INSECURE_SECRET_KEY)
if not EMBEDDED and (DEBUG or SECRET_KEY == INSECURE_SECRET_KEY):
    raise ImproperlyConfigured(
        "In production set SECRET_KEY to a long random value and leave DEBUG off."
    )

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")

# -- What it is made of ----------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "detector_service.checks",
    "detector_service.api",
    "detector_service.pages",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "detector_service.urls"
WSGI_APPLICATION = "detector_service.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- Database --------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'service.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # A writer that starts as a reader can be refused without waiting; IMMEDIATE waits.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Cache and broker ------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Safe only because attempts are capped in the row.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

# -- Files -----------------------------------------------------------------------------------

STORE_DIR = Path(env.str("STORE_DIR", default=str(VAR_DIR / "store")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Evidence pictures and uploads; keys come from us, never from a person.
    "evidence": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": STORE_DIR, "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"

# -- What a check may cost -------------------------------------------------------------------

BUNDLE = env.str("BUNDLE", default="")  # empty: the bundle that analysis names as its default
VERDICT_CURRENT_FOR_S = env.int("VERDICT_CURRENT_FOR_S", default=7 * 24 * 3600)
MAX_VIDEO_BYTES = env.int("MAX_VIDEO_BYTES", default=500_000_000)
MAX_VIDEO_DURATION_S = env.int("MAX_VIDEO_DURATION_S", default=15 * 60)
MAX_VIDEO_WIDTH_PX = env.int("MAX_VIDEO_WIDTH_PX", default=4096)
MAX_VIDEO_HEIGHT_PX = env.int("MAX_VIDEO_HEIGHT_PX", default=2304)
FETCH_ALLOWED_PRIVATE = env.list("FETCH_ALLOWED_PRIVATE", default=[])  # host:port exceptions
FETCH_PROXY = env.str("FETCH_PROXY", default="")
FETCH_GENERIC = env.bool("FETCH_GENERIC", default=True)

# -- Who may ask -----------------------------------------------------------------------------

ALLOW_ANONYMOUS = env.bool("ALLOW_ANONYMOUS", default=EMBEDDED)
SHOW_VIDEO = env.bool("SHOW_VIDEO", default=False)

# -- Languages -------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "detector_service" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
