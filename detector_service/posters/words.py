"""What the person who posts is told, and what a site can put down as its reasons.

Never an accusation and never "illegal": what was found, by whom, and where to object.
"""

from __future__ import annotations

from django.utils.translation import gettext

from analysis.finding import Outcome


def not_looked_for() -> str:
    return gettext(
        "Only faces are looked at. Faces that were generated whole, changed speech and edits that "
        "touch no face are not looked for."
    )


def disclosure() -> str:
    return gettext(
        "If faces in it were made or altered by a program, it may need a disclosure when it is "
        "published."
    )


def facts(outcome: str, *, by_moderator: bool) -> str:
    """Of any answer: a site may warn at each of them."""
    match outcome, by_moderator:
        case Outcome.LIKELY_MANIPULATED, True:
            return gettext(
                "A person has looked at it after an automated check and holds that at least one "
                "face was likely manipulated."
            )
        case Outcome.LIKELY_MANIPULATED, False:
            return gettext("An automated check found signs that at least one face was manipulated.")
        case Outcome.NO_MANIPULATION_FOUND, True:
            return gettext(
                "A person has looked at it after an automated check and found no sign that a face "
                "was manipulated."
            )
        case Outcome.NO_MANIPULATION_FOUND, False:
            return gettext("An automated check found no sign that a face was manipulated.")
        case _, True:
            return gettext(
                "A person has looked at it after an automated check and could not judge it either "
                "way."
            )
        case _:
            return gettext("The automated check could not judge it either way.")


def ground() -> str:
    return gettext("The site asks that altered media be labelled.")


def means() -> str:
    return gettext(
        "It was detected by automated means. No decision was made by automated means: the person "
        "who posts and the site decide."
    )


def redress() -> str:
    return gettext("Whoever thinks that this is wrong can contest it; a person then looks at it.")
