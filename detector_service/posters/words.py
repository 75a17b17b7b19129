"""What the person who posts is told, and what a site can put down as its reasons.

Never an accusation and never "illegal": what was found, by whom, and where to object.
"""

from __future__ import annotations

from django.utils.translation import gettext


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


def facts(*, by_moderator: bool) -> str:
    if by_moderator:
        return gettext(
            "A person has looked at it after an automated check and holds that at least one face "
            "was likely manipulated."
        )
    return gettext("An automated check found signs that at least one face was manipulated.")


def ground() -> str:
    return gettext("The site asks that altered media be labelled.")


def means() -> str:
    return gettext(
        "It was detected by automated means. No decision was made by automated means: the person "
        "who posts and the site decide."
    )


def redress() -> str:
    return gettext("Whoever thinks that this is wrong can contest it; a person then looks at it.")


def uncertain() -> str:
    return gettext("The automated check could not judge it either way.")
