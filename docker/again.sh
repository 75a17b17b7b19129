#!/bin/bash
# Runs a program, and again when it ends unasked: some losses of a broker end one, and so does a
# machine without memory.  again.sh PROGRAM ARGUMENT...
set -u

asked_to_stop=
trap 'asked_to_stop=yes; kill -TERM "$program" 2>/dev/null' INT TERM
while [ -z "$asked_to_stop" ]; do
    "$@" &
    program=$!
    # A signal ends the first wait; the second is for the program to finish what it has begun.
    wait "$program"
    [ -z "$asked_to_stop" ] || wait "$program"
    [ -n "$asked_to_stop" ] || sleep 1
done
