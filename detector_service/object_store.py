"""Where evidence and waiting videos are kept: files of this machine, or an S3-compatible store.

    STORE_URL=s3://bucket/folder?endpoint=https://s3.example.org&region=eu-1

The keys are those that boto3 finds by itself: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a
profile, or the role of the machine. It needs docker/requirements-s3.txt.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

_KNOWN = {"endpoint", "region"}
_KEPT_IN_MEMORY_BYTES = 8_000_000  # what is larger passes through a file of ours
_TO_CONNECT_S, _SILENT_FOR_S, _TRIES = 3, 20, 2  # of one call, however large what it moves is


def storage(*, url: str, folder: Path) -> dict[str, Any]:
    """One entry of Django's STORAGES."""
    if not url:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder, "base_url": None},
        }
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or not parts.hostname or set(asked) - _KNOWN or "@" in parts.netloc:
        raise ImproperlyConfigured(
            "STORE_URL is s3://bucket or s3://bucket/folder?endpoint=https://…&region=…, "
            "without keys in it."
        )
    if importlib.util.find_spec("storages") is None:
        raise ImproperlyConfigured(
            "STORE_URL needs a package more: pip install -r docker/requirements-s3.txt"
        )
    from botocore.config import Config

    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": asked.get("endpoint") or None,
            "region_name": asked.get("region") or None,
            "default_acl": None,  # as private as the bucket
            "file_overwrite": True,  # our keys are random: looking for a double is a request more
            "max_memory_size": _KEPT_IN_MEMORY_BYTES,
            "client_config": Config(
                connect_timeout=_TO_CONNECT_S,
                read_timeout=_SILENT_FOR_S,
                retries={"mode": "standard", "total_max_attempts": _TRIES},
            ),
        },
    }
