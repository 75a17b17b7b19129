#!/bin/bash
# The clock. Exactly one. A process of its own, and no child of a worker: nobody would miss that one.
set -eu
cd "$(dirname "$0")/.."
exec docker/again.sh python -m celery --app detector_service --quiet beat
