"""In the service's own process: a verdict on bytes that nobody has sent."""

import sys

import django

django.setup()

from analysis.finding import Outcome  # noqa: E402
from detector_service.checks.bundle import current_bundle  # noqa: E402
from tests.pages.checks import finished_check  # noqa: E402

_, sha256, size_bytes, outcome = sys.argv
check = finished_check(
    Outcome(outcome),
    sha256=sha256,
    url=f"https://video.example/{sha256}",
    bundle=current_bundle(),
)
assert check.video is not None
type(check.video).objects.filter(pk=check.video.pk).update(size_bytes=int(size_bytes))
