#!/bin/bash
# The web process. BIND, WEB_PROCESSES and WEB_THREADS say where and how wide.
set -eu
cd "$(dirname "$0")/.."
exec python -m gunicorn --config docker/gunicorn.py detector_service.wsgi
