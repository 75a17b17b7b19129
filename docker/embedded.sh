#!/bin/bash
# Everything on one machine: web and workers on SQLite, an embedded broker and local files.
# Ends when asked to, or when one of its parts does.
set -eu
cd "$(dirname "$0")/.."
export BIND=${BIND:-127.0.0.1:${PORT:-8000}}
export PORT=${BIND##*:}
export PUBLIC_URL=${PUBLIC_URL:-http://localhost:$PORT}
export WEB_PROCESSES=${WEB_PROCESSES:-1}
export ALLOWED_HOSTS=${ALLOWED_HOSTS:+$ALLOWED_HOSTS,localhost}  # as which it is asked below

python docker/wait_ready.py --port-is-free "$BIND"
docker/release.sh

stop() {
    trap - EXIT INT TERM
    kill $(jobs -p) 2>/dev/null || true
    wait
}
trap stop EXIT
trap 'exit 0' INT TERM

docker/web.sh &
docker/worker.sh fetch &
docker/worker.sh analyse &
docker/worker.sh housekeeping &
docker/beat.sh &

python docker/wait_ready.py "http://${BIND/#:/localhost:}" "$PUBLIC_URL" &
wait -n -p ended
[ "$ended" = "$!" ] || exit 1
wait "$!" || exit 1
wait -n
echo "A part of the service has ended, so all of it stops. The lines above say why." >&2
exit 1
