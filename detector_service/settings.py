"""All settings, read from top to bottom. Every one can be set in the environment; empty is not set.

Right after a checkout it runs on SQLite, an embedded broker and local files under ``.var``.
``DATABASE_URL`` and ``REDIS_URL`` move the same code to PostgreSQL and Redis.
``DEPLOYMENT=production`` refuses to start with a default that is only safe on one's own machine.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import environ
from django.core.exceptions import ImproperlyConfigured

from detector_service import embedded_broker, object_store

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(environ.Env):  # type: ignore[misc]
    """A switch that is neither on nor off could be either, so it is refused."""

    # Files of settings are full of lines with nothing behind the sign. An empty key would sign for
    # everybody, an empty folder is the one that we run in. Where we run must not be guessed.
    ENVIRON: ClassVar = {
        name: said for name, said in os.environ.items() if said or name == "DEPLOYMENT"
    }
    BOOLEAN_FALSE_STRINGS = ("false", "off", "n", "no", "0")

    def bool(self, var: str, default: Any = environ.Env.NOTSET) -> bool:
        said = self.str(var, default=str(default)).lower().strip()
        if said in self.BOOLEAN_TRUE_STRINGS:
            return True
        if said in self.BOOLEAN_FALSE_STRINGS:
            return False
        raise ImproperlyConfigured(f"{var} is true or false, not {said!r}.")


env = Environment()

# -- Where it runs ---------------------------------------------------------------------------

DEPLOYMENT = env.str("DEPLOYMENT", default="embedded")
if DEPLOYMENT not in {"embedded", "production"}:
    raise ImproperlyConfigured(f"DEPLOYMENT is embedded or production, not {DEPLOYMENT!r}.")
EMBEDDED = DEPLOYMENT == "embedded"
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / ".var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
INSECURE_SECRET_KEY = "embedded-default-key-for-one-machine-only-0123456789abcdefghijklmnop"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=INSECURE_SECRET_KEY)
SECRET_IS_WEAK = SECRET_KEY == INSECURE_SECRET_KEY or len(SECRET_KEY) < 50
if not EMBEDDED and (DEBUG or SECRET_IS_WEAK):
    raise ImproperlyConfigured(
        "In production set SECRET_KEY to a long random value and leave DEBUG off."
    )

# Production speaks HTTPS alone, behind a proxy that says so. Health probes come from inside.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not EMBEDDED
SECURE_REDIRECT_EXEMPT = [r"^api/v1/health/"]
SECURE_HSTS_SECONDS = 0 if EMBEDDED else 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not EMBEDDED
if env.bool("BEHIND_PROXY", default=not EMBEDDED):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 7 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# -- What it is made of ----------------------------------------------------------------------

INSTALLED_APPS = [
    "detector_service.review.apps.ReviewAdmin",  # Django's admin, behind a second factor
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
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "detector_service.review",
    "detector_service.posters",
]

MIDDLEWARE = [
    "detector_service.logs.OneCheckPerRequest",
    "django.middleware.security.SecurityMiddleware",
    "detector_service.response_headers.ResponseHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "detector_service.pages.body_limit.BodyLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "detector_service.review.acting.Acting",
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

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL")
    if "DATABASE_URL" in env
    # Not by way of an address, in which c++ and C# would be other folders than they are.
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "service.sqlite3")}
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # A writer that starts as a reader can be refused without waiting; IMMEDIATE waits.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # To open the file and set its pragmas costs ten times what a look-up costs.
    DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Cache and broker ------------------------------------------------------------------------

REQUEUE_EVERY_S = env.float("REQUEUE_EVERY_S", default=30)
LEASE_S = env.float("LEASE_S", default=60)  # a worker that is silent for so long is taken for dead
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "detector_service.spare_cache.SpareRedisCache",
            "LOCATION": env.str("CACHE_URL", default=REDIS_URL),
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    # More than twice the hard time limit: what is unacknowledged for longer is delivered again.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 3600,
        "socket_connect_timeout": 2,
        "socket_timeout": 30,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "max_retries": 0,
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "detector_service.spare_cache.SpareFileCache",
            "LOCATION": VAR_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }
    CELERY_BROKER_URL = embedded_broker.URL
    CELERY_BROKER_TRANSPORT_OPTIONS = embedded_broker.transport_options(VAR_DIR / "broker")

# A dead broker never holds up a request: the row is there, and the sweep rings later.
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 5
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# The row is the job, not the message: work goes on without a broker, and whoever the message is
# given to again finds the row leased.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# What one process remembers for itself, without asking anybody.
CACHES["process"] = {
    "BACKEND": "detector_service.process_cache.ProcessCache",
    "LOCATION": "process",
    "OPTIONS": {"MAX_ENTRIES": 50_000},
}

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TIMEZONE = "UTC"
# Safe only because attempts are capped in the row.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_LOST_WAIT = 1  # for a dead child's last result: ours have none
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 600
CELERY_TASK_TIME_LIMIT = 660
# A library that leaks is given a new process now and then.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 50
CELERY_WORKER_MAX_MEMORY_PER_CHILD = env.int("WORKER_MAX_MEMORY_KB", default=3_000_000)
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60  # loading a model on a busy machine takes a while
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BEAT_SCHEDULER = "detector_service.timetable:Timetable"
CELERY_BEAT_SCHEDULE = {
    "requeue-stalled": {
        "task": "checks.requeue_stalled",
        "schedule": REQUEUE_EVERY_S,
        "options": {"expires": REQUEUE_EVERY_S * 0.9},
    },
    "release-canaries": {
        "task": "checks.release_canaries",
        "schedule": 30,
        "options": {"expires": 27},
    },
    "sweep": {"task": "checks.sweep", "schedule": 3600, "options": {"expires": 3000}},
    "apply-decisions": {"task": "review.apply_due", "schedule": 5, "options": {"expires": 4}},
    "send-notices": {"task": "review.send_notices", "schedule": 15, "options": {"expires": 14}},
    "catch-up-cases": {"task": "review.catch_up", "schedule": 300, "options": {"expires": 290}},
    "settle-postings": {"task": "posters.settle", "schedule": 5, "options": {"expires": 4}},
    "send-callbacks": {"task": "posters.send_due", "schedule": 5, "options": {"expires": 4}},
    "sweep-uploads": {"task": "posters.sweep", "schedule": 60, "options": {"expires": 55}},
}

# -- Files -----------------------------------------------------------------------------------

STORE_DIR = Path(env.str("STORE_DIR", default=str(VAR_DIR / "store")))
SCRATCH_DIR = Path(env.str("SCRATCH_DIR", default=str(VAR_DIR / "scratch")))
MIN_FREE_DISK_BYTES = env.int("MIN_FREE_DISK_BYTES", default=1_000_000_000)
# Larger uploads go to a file while they arrive, next to where they will stay.
FILE_UPLOAD_TEMP_DIR = SCRATCH_DIR
SCRATCH_DIR.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Evidence pictures and uploads; keys come from us, never from a person.
    "evidence": object_store.storage(url=env.str("STORE_URL", default=""), folder=STORE_DIR),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"

# -- What a check may cost -------------------------------------------------------------------

BUNDLE = env.str("BUNDLE", default="")  # empty: the bundle that analysis names as its default
THREADS = env.int("THREADS", default=0)  # of a model; 0: every core that its process may use
MAX_WAITING_CHECKS = env.int("MAX_WAITING_CHECKS", default=2000)
FORGET_ASKERS_AFTER_DAYS = env.int("FORGET_ASKERS_AFTER_DAYS", default=30)  # or contested
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
# never: a video is gone when its check has ended. reviewed: it stays a day, and as long as a review
# needs it; decided: also afterwards, to learn from. See checks/keeping.py.
KEEP_VIDEOS = env.str("KEEP_VIDEOS", default="never")
if KEEP_VIDEOS not in {"never", "reviewed", "decided"}:
    raise ImproperlyConfigured("KEEP_VIDEOS is never, reviewed or decided.")
KEEP_UNREVIEWED_S = env.int("KEEP_UNREVIEWED_S", default=24 * 3600)
SHOW_VIDEO = env.bool("SHOW_VIDEO", default=False)

LOGIN_URL = "pages:sign-in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "pages:front"

# -- Review ----------------------------------------------------------------------------------

# Signs the audit; kept apart from the database. Set it, so that SECRET_KEY can be changed alone.
AUDIT_KEY = env.str("AUDIT_KEY", default=f"audit {SECRET_KEY}")
REVIEW_SECOND_FACTOR = env.bool("REVIEW_SECOND_FACTOR", default=not EMBEDDED)
REVIEW_OPEN_AT_SCORE = env.float("REVIEW_OPEN_AT_SCORE", default=0.9)
REVIEW_OPEN_AT_REACH = env.int("REVIEW_OPEN_AT_REACH", default=3)  # different askers in a week
REVIEW_BLIND_SHARE = env.float("REVIEW_BLIND_SHARE", default=0.02)  # of all videos
REVIEW_CLAIM_S = env.int("REVIEW_CLAIM_S", default=30 * 60)
REVIEW_UNDO_S = env.int("REVIEW_UNDO_S", default=5 * 60)  # before anybody is told
REVIEW_SECOND_PERSON_FROM_REACH = env.int("REVIEW_SECOND_PERSON_FROM_REACH", default=50)
REVIEW_APPEAL_DAYS = env.int("REVIEW_APPEAL_DAYS", default=14)  # until it is to be answered
REVIEW_APPEAL_WITHIN_DAYS = env.int("REVIEW_APPEAL_WITHIN_DAYS", default=184)

# smtp+tls://name:password@host:587. Empty: nobody is mailed, and what would have been sent stands
# on the page of the case, for moderators to pass on.
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="") or "Deepfake Check <noreply@localhost>"

# -- Posters: sites that ask before they publish ---------------------------------------------

# Shared by all web processes and all workers, also with STORE_URL: what arrived in one of them is
# finished, kept and deleted by others. Best on the store's disk: then nothing is copied.
UPLOADS_DIR = Path(env.str("UPLOADS_DIR", default=str(VAR_DIR / "uploads")))
UPLOAD_EXPIRES_S = env.int("UPLOAD_EXPIRES_S", default=24 * 3600)  # after its last byte
# Silent for longer than this, an upload takes nobody's place; it may still be gone on with.
UPLOAD_HOLDS_PLACE_S = env.int("UPLOAD_HOLDS_PLACE_S", default=300)
# Uploads that one process receives at once, of its 32 threads.
MAX_RECEIVING_UPLOADS = env.int("MAX_RECEIVING_UPLOADS", default=10)
PAGE_TOKEN_S = env.int("PAGE_TOKEN_S", default=600)
POSTINGS_KEPT_DAYS = env.int("POSTINGS_KEPT_DAYS", default=184)  # changed verdicts are told so long
# Secrets of callbacks are derived from it. Set it, so that SECRET_KEY can be changed alone.
CALLBACKS_KEY = env.str("CALLBACKS_KEY", default=f"callbacks {SECRET_KEY}")
CALLBACKS_ALLOWED_PRIVATE = env.list("CALLBACKS_ALLOWED_PRIVATE", default=[])  # host:port
CALLBACKS_DISABLE_AFTER_DAYS = env.int("CALLBACKS_DISABLE_AFTER_DAYS", default=5)

# How many of our own proxies stand in front of us, each adding to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# Per minute and per key or address. Asking makes work for the workers; reading does not.
ASKS_PER_MINUTE = env.int("ASKS_PER_MINUTE", default=300 if EMBEDDED else 20)
SIGN_INS_PER_MINUTE = env.int("SIGN_INS_PER_MINUTE", default=10)
READS_PER_MINUTE = env.int("READS_PER_MINUTE", default=6000 if EMBEDDED else 600)
# Requests that may wait for news at once in one process, of its 32 threads; the next do not wait.
MAX_WAITING_READERS = env.int("MAX_WAITING_READERS", default=12)

# No cookie is ever sent across origins, and every extension has an origin of its own.
CORS_URLS_REGEX = r"^/api/v1/"
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOWED_ORIGIN_REGEXES = [r"^(chrome|moz|safari-web)-extension://[A-Za-z0-9-]+$"]
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = [
    "accept-language",
    "authorization",
    "content-type",
    "if-none-match",
    "tus-resumable",
    "upload-checksum",
    "upload-length",
    "upload-metadata",
    "upload-offset",
    "x-cancel-token",
    "x-http-method-override",
]
CORS_EXPOSE_HEADERS = [
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Offset",
]

# -- The API ---------------------------------------------------------------------------------

# How an endpoint authenticates, parses and refuses is said once, in api/endpoint.py.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Deepfake Check",
    "DESCRIPTION": (
        "Ask whether the faces in a video look manipulated, how sure that is, and where."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "detector_service.api.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Outcome": "detector_service.api.serializers.OUTCOMES",
        "Reason": "detector_service.api.serializers.REASONS",
        "State": "detector_service.api.serializers.STATES",
        "ProblemCode": "detector_service.api.serializers.PROBLEM_CODES",
        "SourceKindEnum": "detector_service.api.serializers.SOURCE_KINDS",
    },
}

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

# -- Logs ------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "detector_service.logs.JsonFormatter"}},
    "filters": {
        "no_probes": {"()": "detector_service.logs.NoProbes"},
        "no_addresses": {"()": "detector_service.logs.NoAddresses"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["no_probes", "no_addresses"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # A line for every message that a worker took says nothing that ours do not say better.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
