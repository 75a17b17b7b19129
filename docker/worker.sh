#!/bin/bash
# A worker:  worker.sh fetch [--beat]   or   worker.sh analyse
#
# Fetching waits for the network in many threads; analysing fills a processor in a child of its own.
# A worker that ends unasked is started again: some losses of a broker end it.
set -u
cd "$(dirname "$0")/.." || exit
step=${1:-}
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
    echo "worker.sh: fetch or analyse, not '$step'" >&2
    exit 2
    ;;
esac
shift

asked_to_stop=
trap 'asked_to_stop=yes; kill -TERM "$worker" 2>/dev/null' INT TERM
while [ -z "$asked_to_stop" ]; do
    python -m celery --app detector_service --quiet worker --queues "$queues" --pool "$pool" \
        --concurrency "$width" --hostname "$step@%h" --without-gossip --without-mingle \
        --without-heartbeat "$@" &
    worker=$!
    # A signal ends the first wait; the second is for the worker to finish what it has begun.
    wait "$worker"
    [ -z "$asked_to_stop" ] || wait "$worker"
    [ -n "$asked_to_stop" ] || sleep 1
done
