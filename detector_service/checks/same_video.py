"""Addresses that turn out to lead to one video of a platform share what is told of it.

A short link, a page that shows somebody else's video, two posts with the same clip: their
canonical addresses differ, and only the fetch tells which video of which platform is behind them.
The platform speaks for its own videos: a page elsewhere is answered with what is known, and changes
it for nobody but itself, whatever it shows.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from analysis.fetch.platforms import PLATFORMS
from detector_service.checks.bundle import current_bundle
from detector_service.checks.models import Address, Finding, Video

# Where the number alone names the video. A PeerTube's says nothing without its host.
_NUMBERED_BY_ITSELF = frozenset(platform.name for platform in PLATFORMS)


def name_of(platform: str, number: str) -> str:
    """ "twitter:13…"; empty where a number could be anybody's."""
    if platform not in _NUMBERED_BY_ITSELF or not 0 < len(number) <= 100:
        return ""
    return f"{platform}:{number}"


def finding_of(found_as: str, *, at: Address) -> Finding | None:
    """The current Finding of what this platform itself has last served under this name.

    None at an address of the platform whose own answer has grown old: it was fetched again to
    learn whether the video is still the same.
    """
    if not found_as or (at.video_id is not None and at.platform == _platform(found_as)):
        return None
    since = timezone.now() - timedelta(seconds=settings.VERDICT_CURRENT_FOR_S)
    return Finding.objects.filter(
        video__addresses__found_as=found_as,
        video__addresses__platform=_platform(found_as),
        video__addresses__fetched_at__gte=since,
        bundle=current_bundle(),
    ).first()


def share(address: Address, video: Video) -> None:
    """What was found at an address of the platform is what is at all addresses of that video."""
    if address.found_as and address.platform == _platform(address.found_as):
        Address.objects.filter(found_as=address.found_as).update(video=video)


def _platform(found_as: str) -> str:
    return found_as.partition(":")[0]
