"""In the service's own process: what a worker with the shipped weights does, for all that waits."""

import django

django.setup()

from detector_service.checks import run_check  # noqa: E402
from detector_service.checks.models import Check  # noqa: E402

for pk in Check.objects.filter(state=Check.State.QUEUED).values_list("pk", flat=True):
    run_check.analyse(pk)
