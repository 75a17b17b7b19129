#!/bin/bash
# The whole service in containers, with one command. HOST=check.example.org docker/up.sh
set -eu
cd "$(dirname "$0")"
if [ ! -e .env ]; then
    umask 077
    secret() { head -c 48 /dev/urandom | base64 | tr -dc A-Za-z0-9; }
    printf 'SECRET_KEY=%s\nAUDIT_KEY=%s\nCALLBACKS_KEY=%s\nPOSTGRES_PASSWORD=%s\nHOST=%s\n' \
        "$(secret)" "$(secret)" "$(secret)" "$(secret)" "${HOST:-localhost}" >.env
fi
exec docker compose --file compose.yml up --build --detach --wait "$@"
