#!/bin/bash
# The clock of a deployment with many workers. Exactly one; the embedded default has it inside.
set -eu
cd "$(dirname "$0")/.."
exec python -m celery --app detector_service --quiet beat
