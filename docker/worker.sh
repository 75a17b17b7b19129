#!/bin/bash
# A worker:  worker.sh fetch,   worker.sh analyse   or   worker.sh housekeeping
#
# Fetching waits for the network in many threads; analysing fills a processor in a child of its own.
# What keeps house never waits behind either: it is what finds out that a worker is stuck.
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

exec docker/again.sh python -m celery --app detector_service --quiet worker --queues "$queue" \
    --pool "$pool" --concurrency "$width" --hostname "$queue@%h" --without-gossip --without-mingle \
    --without-heartbeat
