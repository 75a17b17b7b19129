#!/bin/bash
# Style, types and the direction of imports.
set -eu
cd "$(dirname "$0")/.."
ruff format --check --quiet . || { echo "Not in the one style: make format"; exit 1; }
ruff check --quiet .
lint-imports --no-cache >/dev/null || { lint-imports --no-cache; exit 1; }
mypy analysis detector_service
