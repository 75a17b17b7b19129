"""What a site needs beyond Django's own defaults: ``CHECKED_UPLOADS``, one app, one address."""

import os
import tempfile
from pathlib import Path

SITE_DIR = Path(os.environ.get("SITE_DIR", tempfile.gettempdir())) / "example-site"
SITE_DIR.mkdir(parents=True, exist_ok=True)

CHECKED_UPLOADS = {
    "SERVICE": os.environ.get("SERVICE", "http://localhost:8000"),
    "KEY": os.environ.get("SERVICE_KEY", ""),
    "SCRIPT": {
        "src": os.environ.get("SCRIPT_SRC", ""),
        "integrity": os.environ.get("SCRIPT_INTEGRITY", ""),
    },
    "SIGNED_IN_ONLY": False,  # here strangers may post
    "PATIENCE_S": int(os.environ.get("PATIENCE_S", "20")),
    "WAIT_S": int(os.environ.get("WAIT_S", "10")),
}

# A page may load the service's script and talk to the service; everything else is forbidden.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    f"script-src {CHECKED_UPLOADS['SERVICE']}; "
    f"connect-src 'self' {CHECKED_UPLOADS['SERVICE']}; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types check-before-posting"
)

SECRET_KEY = "an example, and only here"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "clips.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "checked_uploads", "clips"]
MIDDLEWARE = [
    "clips.views.strict_policy",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.i18n"]},
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": SITE_DIR / "site.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = SITE_DIR / "media"
STATIC_URL = "/static/"
LANGUAGE_CODE = "en"
LANGUAGES = [(code, code) for code in ("en", "es", "de", "fr", "pt", "ar")]
USE_TZ = True
