"""In the service's own process, once: its tables, its files, a site account, the script's tag."""

import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
call_command("collectstatic", "--no-input", "--ignore", "drf_spectacular_sidecar", verbosity=0)
origin = ["--origin", sys.argv[1], "--contact", "a@site.example"]
call_command("make_site", "Example", *origin, "--test-key")
call_command("poster_script_tag")
