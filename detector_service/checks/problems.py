"""Every problem that a person or a program can be told, in one place.

What can keep a video from being judged is in ``analysis.errors``; what can keep the service from
doing what it was asked is here. Whoever adds one adds it to one of the two and to the languages.
"""

from __future__ import annotations

from types import MappingProxyType

from analysis.errors import PROBLEMS as ANALYSIS_PROBLEMS
from analysis.errors import Problem

_SERVICE_PROBLEMS = (
    Problem(
        "request.invalid",
        "The request is not what the service expects.",
        "Look at the detail, correct the request and send it again.",
    ),
    Problem(
        "request.not_found",
        "There is nothing at this address.",
        "Look at the documentation of the API for the addresses that exist.",
    ),
    Problem(
        "request.method_not_allowed",
        "This address does not answer this kind of request.",
        "Look at the Allow header for the kinds that it answers.",
    ),
    Problem(
        "request.unsupported_media_type",
        "The request is in a format that the service does not read.",
        "Send JSON, or a form with a file.",
    ),
    Problem(
        "request.too_large",
        "The request is larger than the service accepts.",
        "Send less at once.",
    ),
    Problem(
        "request.foreign_origin",
        "Another web site may not ask the service in your name.",
        "Ask from the service's own pages, from the extension, or from a program.",
    ),
    Problem(
        "auth.required",
        "The service answers this only to those who have a key.",
        "Send your key in the Authorization header, after the word Bearer.",
    ),
    Problem(
        "auth.invalid_key",
        "This key is not known, or it has been revoked.",
        "Make a new key on the service's pages.",
    ),
    Problem(
        "auth.missing_scope",
        "This key does not allow that.",
        "Make a key that allows it.",
    ),
    Problem(
        "check.not_found",
        "There is no check with this number.",
        "Look whether the address was copied as a whole.",
    ),
    Problem(
        "check.not_yours",
        "Only the one who asked for a check can cancel it.",
        "Send the key or the cancel token that the check was made with.",
    ),
    Problem(
        "check.finished",
        "This check has already ended.",
        "There is nothing left to cancel.",
    ),
    Problem(
        "check.shared",
        "Others wait for this check too, so it goes on.",
        "You need not wait for it: simply leave.",
    ),
    Problem(
        "pairing.invalid",
        "This code for connecting a browser is not valid any more.",
        "Make a new one on the service's page and use it within five minutes.",
    ),
    Problem(
        "verdict.not_yet",
        "There is no verdict on this video yet.",
        "Wait until the check has ended.",
        transient=True,
    ),
    Problem(
        "verdict.withheld",
        "A person is looking at this video before anything is said about it.",
        "Come back later.",
        transient=True,
    ),
    Problem(
        "video.erased",
        "Nothing is said about this video.",
        "This stays so: you need not wait.",
    ),
    Problem(
        "evidence.not_found",
        "There is no such picture.",
        "Use the addresses in the check as they are.",
    ),
    Problem(
        "contest.already_made",
        "You have already contested the verdict on this video.",
        "Wait for the answer. It is being looked at.",
    ),
    Problem(
        "token.invalid",
        "This page token is not valid, or not any more.",
        "Ask the site's server for a new one.",
    ),
    Problem(
        "token.used",
        "This page token was used for something else already.",
        "Ask the site's server for a new one.",
    ),
    Problem(
        "token.mismatch",
        "This page token was made for another page or another file.",
        "Ask the site's server for one that fits.",
    ),
    Problem(
        "quota.used_up",
        "The site has used up what it may send.",
        "Try again later, or ask the operator of the service for more.",
        transient=True,
    ),
    Problem(
        "posting.not_found",
        "There is no posting of yours with this number.",
        "Look whether it was made with the same site account or the same page token.",
    ),
    Problem(
        "upload.media_type",
        "Files of this kind are not taken.",
        "Send a video or a picture in one of the common formats.",
    ),
    Problem(
        "upload.wrong_offset",
        "The upload is at another place than this part begins.",
        "Ask for the offset and go on from there.",
    ),
    Problem(
        "upload.in_use",
        "Another request is sending to this upload.",
        "Wait until it has ended, ask for the offset and go on from there.",
        transient=True,
    ),
    Problem(
        "upload.checksum",
        "This part did not arrive as it was sent.",
        "Send it again from the same offset.",
        transient=True,
    ),
    Problem(
        "upload.altered",
        "What arrived is not what was announced.",
        "Announce the file again, with its own SHA-256.",
    ),
    Problem(
        "upload.mislabelled",
        "The file is not of the kind that was announced.",
        "Announce it as what it is, or choose another.",
    ),
    Problem(
        "upload.gone",
        "This upload has ended.",
        "Announce the file again.",
    ),
    Problem(
        "upload.tus_version",
        "The upload speaks another version of the tus protocol.",
        "Use version 1.0.0 and say so in the header Tus-Resumable.",
    ),
)

PROBLEMS = MappingProxyType(
    dict(ANALYSIS_PROBLEMS) | {problem.code: problem for problem in _SERVICE_PROBLEMS}
)


class Refused(Exception):
    """The service will not do what it was asked. ``detail`` is told to whoever asked."""

    def __init__(self, code: str, detail: str = "", *, retry_after_s: float | None = None) -> None:
        self.problem = PROBLEMS[code]
        self.detail = detail
        self.retry_after_s = retry_after_s
        super().__init__(f"{code}: {detail}" if detail else code)

    @property
    def code(self) -> str:
        return self.problem.code
