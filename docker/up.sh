#!/bin/bash
# The whole service in containers, with one command. HOST=check.example.org docker/up.sh
set -eu
cd "$(dirname "$0")"
# What .env lacks is added, and what is there stays: settings may have been written before.
touch .env
chmod 600 .env
secret() { head -c 48 /dev/urandom | base64 | tr -dc A-Za-z0-9; }
add() { grep -q "^$1=." .env || printf '\n%s=%s\n' "$1" "$2" >>.env; }
for name in SECRET_KEY AUDIT_KEY CALLBACKS_KEY POSTGRES_PASSWORD; do
    add "$name" "$(secret)"
done
add HOST "${HOST:-localhost}"
exec docker compose --file compose.yml up --build --detach --wait "$@"
