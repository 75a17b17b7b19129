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
        "evidence.not_found",
        "There is no such picture.",
        "Use the addresses in the check as they are.",
    ),
    Problem(
        "contest.already_made",
        "You have already contested the verdict on this video.",
        "Wait for the answer. It is being looked at.",
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
