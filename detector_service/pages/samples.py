"""Three short videos to try, checked on the same path as anybody's upload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.files import File
from django.templatetags.static import static
from django.utils.translation import gettext, gettext_noop

import analysis
from analysis.errors import VideoProblem

FOLDER = Path(analysis.__file__).resolve().parent / "samples"

#: File by file: what it is called and what is in it.
_TOLD: Mapping[str, tuple[str, str]] = {
    "untouched.mp4": (
        gettext_noop("A person talks"),
        gettext_noop("Three seconds in which nothing was changed."),
    ),
    "blended.mp4": (
        gettext_noop("The same, with a changed face"),
        gettext_noop("A warmer, softer copy of the face was blended back in."),
    ),
    "dark.mp4": (
        gettext_noop("Almost dark"),
        gettext_noop("A face with a tenth of the light."),
    ),
}


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    title: str
    about: str
    poster: str


def samples() -> tuple[Sample, ...]:
    return tuple(
        Sample(
            name=name,
            title=gettext(title),
            about=gettext(about),
            poster=static(f"pages/samples/{Path(name).stem}.webp"),
        )
        for name, (title, about) in _TOLD.items()
    )


def open_sample(name: str) -> File[bytes]:
    """By its name in the list above, so that no other file can be asked for."""
    if name not in _TOLD:
        raise VideoProblem("link.not_a_video", "no such sample")
    return File((FOLDER / name).open("rb"), name=name)
