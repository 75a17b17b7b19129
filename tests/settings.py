"""The service's own settings in a private folder that is thrown away, with quick passwords."""

import atexit
import os
import shutil
import tempfile

_private = tempfile.mkdtemp(prefix="deepfake-check-tests-")
atexit.register(shutil.rmtree, _private, ignore_errors=True)
os.environ.update({"VAR_DIR": _private, "DEPLOYMENT": "embedded", "LOG_LEVEL": "WARNING"})
for _name in ("DATABASE_URL", "REDIS_URL", "STORE_DIR", "SCRATCH_DIR", "BUNDLE"):
    os.environ.pop(_name, None)

if "TESTS_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["TESTS_DATABASE_URL"]

from detector_service.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
    for name in ("default", "process")
}
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
MIN_FREE_DISK_BYTES = 0
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A database in memory locks whole tables between threads; the service runs on a file.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}  # noqa: F405
