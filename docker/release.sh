#!/bin/bash
# Once before a new version starts: the database as the code expects it, and the files of the pages.
set -eu
cd "$(dirname "$0")/.."
python manage.py migrate --no-input --verbosity 0
python manage.py collectstatic --no-input --verbosity 0
