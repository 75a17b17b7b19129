"""The settings of the tests, on whichever database a race is to be run."""

import os

import environ

from tests.settings import *  # noqa: F403

if os.environ.get("RACE_DATABASE_URL"):
    DATABASES["default"] = environ.Env.db_url_config(os.environ["RACE_DATABASE_URL"])  # noqa: F405
