"""How the web process serves. Threads, because a request that waits for a check does nothing."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES") or 2)
# More than wait for a body or for news at once: see detector_service/receiving.py.
threads = int(os.environ.get("WEB_THREADS") or 32)
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# Longer than the longest ?wait=, so that stopping cuts nobody off.
graceful_timeout = 25
timeout = 60
limit_request_line = 4094
limit_request_fields = 50
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "detector_service.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "propagate": True},
        "gunicorn.access": {"handlers": [], "propagate": False},
    },
}
