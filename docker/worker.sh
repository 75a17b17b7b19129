#!/bin/bash
# A worker:  worker.sh fetch [--beat]   or   worker.sh analyse
#
# Fetching waits for the network in many threads; analysing fills a processor in a child of its own.
set -eu
cd "$(dirname "$0")/.."
step=$1
shift
case $step in
fetch)
    queues=fetch,housekeeping
    pool=threads
    width=${FETCH_THREADS:-4}
    ;;
analyse)
    queues=analyse
    pool=prefork
    width=${ANALYSE_PROCESSES:-1}
    ;;
*)
    echo "worker.sh: fetch or analyse, not $step" >&2
    exit 2
    ;;
esac
exec python -m celery --app detector_service --quiet worker --queues "$queues" --pool "$pool" \
    --concurrency "$width" --hostname "$step@%h" --without-gossip --without-mingle \
    --without-heartbeat "$@"
