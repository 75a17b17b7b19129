#!/bin/bash
# Everything that can be checked here, and one line for each thing that cannot.
set -eu
cd "$(dirname "$0")/.."

without() { echo "Without $1: $2."; }
has() { command -v "$1" >/dev/null; }
has redis-server || without Redis "the workers are killed on the embedded broker alone"
has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ||
    without PostgreSQL "the database tests run on SQLite alone"
has chromium || has google-chrome || without Chromium "the extension and the pages are not opened in it"
has firefox || has firefox-esr || without Firefox "the extension is not opened in it"

docker/lint.sh

# The recovery tests wait far more than they work, so they run beside the rest, a broker each.
logs=$(mktemp -d)
trap 'rm -rf "$logs"; kill $(jobs -p) 2>/dev/null || true' EXIT
python -m pytest tests/recovery -m 'not redis' >"$logs/embedded" 2>&1 & embedded=$!
python -m pytest tests/recovery -m redis >"$logs/redis" 2>&1 & redis=$!

failed=
python -m pytest --ignore tests/recovery -n 2 --dist loadfile --no-loadscope-reorder "$@" || failed=yes
wait "$embedded" || failed=yes
wait "$redis" || failed=yes
cat "$logs/embedded" "$logs/redis"
[ -z "$failed" ]
