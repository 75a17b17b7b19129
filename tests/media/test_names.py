"""Nothing that the decoder opens is passed over in a folder for what its name ends with."""

from __future__ import annotations

import mimetypes

import av

from analysis.media.container import _FORMATS
from analysis.media.names import ENDINGS

ONLY_SOUND = {"m4a", "m4b", "isma", "mka", "wma", "ra", "mpa", "ogg"}  # ogg by RFC 5334
NO_PICTURE_EITHER = {"ism", "mks"}  # a list of others, and subtitles
SEVERAL_KINDS = {"image2"}  # its endings are also those of pictures that are not opened


def endings_of(name: str, mode: str) -> set[str]:
    try:
        return set(av.format.ContainerFormat(name, mode).extensions)
    except ValueError:  # it is only read, or only written
        return set()


def test_every_ending_that_the_decoder_gives_to_its_formats_is_known() -> None:
    formats = set(_FORMATS.split(",")) - SEVERAL_KINDS
    given = {ending for name in formats for mode in "rw" for ending in endings_of(name, mode)}
    assert {"mp4", "mts", "webp", "3g2"} <= given
    known = {ending.removeprefix(".") for ending in ENDINGS}
    assert given - known - ONLY_SOUND - NO_PICTURE_EITHER == set()
    assert known & (ONLY_SOUND | NO_PICTURE_EITHER) == set()


def test_every_ending_of_a_kind_of_file_that_is_judged_is_known() -> None:
    kinds = mimetypes.MimeTypes()  # Python's own, not those of this machine
    judged = ("video/mp4", "video/mpeg", "video/quicktime", "video/webm", "video/x-msvideo")
    judged += ("image/jpeg", "image/png", "image/gif", "image/tiff", "image/bmp", "image/x-ms-bmp")
    given = {ending for kind in judged for ending in kinds.guess_all_extensions(kind)}
    assert {".jpe", ".qt", ".m1v"} <= given
    assert given - ENDINGS - {".mpa"} == set()
