#!/bin/bash
# A worker:  worker.sh fetch,   worker.sh analyse   or   worker.sh housekeeping [--beat]
#
# Fetching waits for the network in many threads; analysing fills a processor in a child of its own.
# What keeps house never waits behind either: it is what finds out that a worker is stuck.
# A worker that ends unasked is started again: some losses of a broker end it.
set -u
cd "$(dirname "$0")/.." || exit
queue=${1:-}
case $queue in
fetch)
    pool=threads
    width=${FETCH_THREADS:-4}
    ;;
analyse)
    pool=prefork
    width=${ANALYSE_PROCESSES:-1}
    ;;
housekeeping)
    pool=threads
    width=${HOUSEKEEPING_THREADS:-4}
    ;;
*)
    echo "worker.sh: fetch, analyse or housekeeping, not '$queue'" >&2
    exit 2
    ;;
esac
shift

asked_to_stop=
trap 'asked_to_stop=yes; kill -TERM "$worker" 2>/dev/null' INT TERM
while [ -z "$asked_to_stop" ]; do
    python -m celery --app detector_service --quiet worker --queues "$queue" --pool "$pool" \
        --concurrency "$width" --hostname "$queue@%h" --without-gossip --without-mingle \
        --without-heartbeat "$@" &
    worker=$!
    # A signal ends the first wait; the second is for the worker to finish what it has begun.
    wait "$worker"
    [ -z "$asked_to_stop" ] || wait "$worker"
    [ -n "$asked_to_stop" ] || sleep 1
done
