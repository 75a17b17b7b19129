"""Everything that can keep a video from being judged, in one place.

A ``VideoProblem`` is something a person can act on: it carries one of the stable codes below.
An ``AnalysisFault`` is ours to mend: it is logged in full and shown as ``service.internal``.
Neither is ever turned into a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which a check can fail, in the words that a person reads.

    ``transient`` says whether trying the very same thing again later can help.
    """

    code: str
    sentence: str
    what_to_do: str
    transient: bool = False


def _catalogue(*problems: Problem) -> MappingProxyType[str, Problem]:
    return MappingProxyType({problem.code: problem for problem in problems})


PROBLEMS = _catalogue(
    Problem(
        "link.invalid",
        "This does not look like a link to a web page or video.",
        "Copy the whole address from the browser, beginning with https://.",
    ),
    Problem(
        "link.unsupported_site",
        "Videos from this site cannot be fetched.",
        "Download the video yourself and upload the file instead.",
    ),
    Problem(
        "link.not_a_video",
        "No video was found at this address.",
        "Open the video itself and send the address of that page.",
    ),
    Problem(
        "link.playlist",
        "This address leads to a list of videos, not to one.",
        "Open one video of the list and send its address.",
    ),
    Problem(
        "link.blocked_address",
        "This address leads to a place that the service does not connect to.",
        "Only public addresses can be checked. Upload the file instead.",
    ),
    Problem(
        "content.private",
        "This video is private.",
        "Ask its owner to share it, or upload the file if you have it.",
    ),
    Problem(
        "content.removed",
        "This video has been removed.",
        "If you have a copy, upload the file.",
    ),
    Problem(
        "content.unavailable",
        "The site says that this video is not available.",
        "Check that it plays for you without signing in, then try again.",
    ),
    Problem(
        "content.age_restricted",
        "The site shows this video only to people who prove their age.",
        "Upload the file if you have it.",
    ),
    Problem(
        "content.login_required",
        "The site shows this video only to people who sign in.",
        "Upload the file if you have it.",
    ),
    Problem(
        "content.members_only",
        "The site shows this video only to paying members.",
        "Upload the file if you have it.",
    ),
    Problem(
        "content.geo_blocked",
        "The site does not show this video in the country that the service runs in.",
        "Upload the file if you have it.",
    ),
    Problem(
        "content.drm",
        "This video is protected against copying, so it cannot be looked at.",
        "Nothing can be done about this video.",
    ),
    Problem(
        "content.live_now",
        "This is a live broadcast that is still running.",
        "Try again when the broadcast has ended.",
    ),
    Problem(
        "content.upcoming",
        "This video has not been published yet.",
        "Try again after it has been published.",
    ),
    Problem(
        "content.too_long",
        "This video is longer than the service accepts.",
        "Cut out the part that matters and upload it.",
    ),
    Problem(
        "content.too_large",
        "This file is larger than the service accepts.",
        "Send a smaller version or cut out the part that matters.",
    ),
    Problem(
        "content.no_video_stream",
        "This file has no picture in it, only sound or other data.",
        "Send the version of it that has a picture.",
    ),
    Problem(
        "content.corrupt",
        "This file cannot be played: it is damaged or is not a video or picture.",
        "Check that it plays on your own device, then send it again.",
    ),
    Problem(
        "content.unsupported_kind",
        "Files of this kind cannot be looked at.",
        "Save it as a JPEG picture or as an MP4 video and send that.",
    ),
    Problem(
        "platform.bot_check",
        "The site asks the service to prove that it is not a robot.",
        "Try again later, or upload the file.",
        transient=True,
    ),
    Problem(
        "platform.rate_limited",
        "The site has asked the service to slow down.",
        "Try again in some minutes, or upload the file.",
        transient=True,
    ),
    Problem(
        "platform.unreachable",
        "The site could not be reached, or broke off in the middle.",
        "Check that the address opens in your browser, then try again in some minutes.",
        transient=True,
    ),
    Problem(
        "platform.changed",
        "The site answered in a way that the service does not understand yet.",
        "Try again after the service's next update, or upload the file.",
        transient=True,
    ),
    Problem(
        "service.busy",
        "The service has more to do than it can take on right now.",
        "Try again in a minute.",
        transient=True,
    ),
    Problem(
        "service.timeout",
        "Looking at this video took longer than is allowed.",
        "Try again later or with a shorter part of it.",
        transient=True,
    ),
    Problem(
        "service.internal",
        "Something went wrong in the service. It has been logged.",
        "Try again. If it happens again, tell the operator the number of the check.",
        transient=True,
    ),
    Problem(
        "service.rate_limited",
        "Too many checks have been asked for from here.",
        "Wait a moment, then try again.",
        transient=True,
    ),
    Problem(
        "service.cancelled",
        "This check was cancelled by the person who asked for it.",
        "Ask again to start a new one.",
    ),
)


class VideoProblem(Exception):
    """A person can act on this. ``detail`` is for the log and is never shown."""

    def __init__(self, code: str, detail: str = "", *, retry_after_s: float | None = None) -> None:
        self.problem = PROBLEMS[code]
        self.detail = detail
        self.retry_after_s = retry_after_s
        super().__init__(f"{code}: {detail}" if detail else code)

    @property
    def code(self) -> str:
        return self.problem.code


class AnalysisFault(Exception):
    """We must act on this: a broken bundle, a missing file of ours, a bug."""


class Cancelled(Exception):
    """Raised out of a progress callback to stop the work at once; nothing is kept."""
