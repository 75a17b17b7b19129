"""The service's settings for real processes with a toy engine and little patience.

Where its database, broker and files lie is said in the environment, as for any deployment.
"""

import os

from detector_service.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.recovery.toy_engine.ToyEngine"]  # noqa: F405
ASKS_PER_MINUTE = 1_000_000
READS_PER_MINUTE = 1_000_000
MIN_FREE_DISK_BYTES = 0
SECURE_SSL_REDIRECT = False
if "DATABASE_TIMEOUT_S" in os.environ and "DATABASE_URL" not in os.environ:
    DATABASES["default"]["OPTIONS"]["timeout"] = float(os.environ["DATABASE_TIMEOUT_S"])  # noqa: F405
