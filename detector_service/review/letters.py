"""What is written to those who asked: plain text, and nothing in it that a stranger could shape.

A title is a stranger's words, so it stands on a line of its own, without line breaks or links.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext

from detector_service.checks.models import Check, Contest
from detector_service.checks.words import headline
from detector_service.review.models import Decision

LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    body: str


def letter_to_contester(contest: Contest, decision: Decision, *, told: str) -> Letter:
    subject = (
        gettext("Your contest was answered: the verdict has changed")
        if decision.outcome != told
        else gettext("Your contest was answered: the verdict stands")
    )
    opening = gettext("You contested what Deepfake Check said about this video:")
    return _letter(subject, opening, contest.check_asked, decision, told=told)


def letter_to_asker(check: Check, decision: Decision, *, told: str) -> Letter:
    subject = gettext("A verdict that you asked for has changed")
    opening = gettext("You asked Deepfake Check about this video:")
    return _letter(subject, opening, check, decision, told=told)


def _letter(
    subject: str, opening: str, check: Check | None, decision: Decision, *, told: str
) -> Letter:
    now = headline(decision.outcome) if decision.outcome else gettext("withheld for now")
    before = headline(told) if told else gettext("withheld for now")
    parts = [
        opening + "\n    " + _title(check),
        gettext("Before: %(outcome)s") % {"outcome": before}
        + "\n"
        + gettext("Now: %(outcome)s") % {"outcome": now},
        gettext("A person decided this, for this reason:") + "\n" + _quoted(decision.public_reason),
    ]
    if check is not None:
        until = formats.date_format(decision.appeal_until, "DATE_FORMAT")
        parts.append(gettext("The report: %(link)s") % {"link": _link("pages:check", check)})
        parts.append(
            gettext(
                "If you think that this is wrong, you can appeal until %(date)s. "
                "Somebody else will look at it: %(link)s"
            )
            % {"date": until, "link": _link("pages:contest", check)}
        )
    return Letter(subject, "\n\n".join(parts) + "\n")


def _title(check: Check | None) -> str:
    if check is None:
        return "–"
    place = check.address
    said = check.upload_name if place is None else check.title or place.url
    printable = "".join(each if each.isprintable() else " " for each in said)
    # Without these no reader's program makes a link of it.
    return printable.replace("://", ": //")[:LONGEST_TITLE] or "–"


def _quoted(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _link(name: str, check: Check) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[check.public_id])}"
