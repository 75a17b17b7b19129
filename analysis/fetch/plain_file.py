"""A link that is the video itself: taken from the answer to the very first request.

yt-dlp would ask once to learn what the link is, hang up, and ask again for the file. Its generic
extractor, which is tried when no other knows the address, is watched here: if what it gets begins
as a video does, that answer is the download. Whatever is odd about it is left to yt-dlp.
"""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Any, Protocol

from yt_dlp import YoutubeDL
from yt_dlp.networking.common import Response

from analysis.fetch.magic import VIDEO_FAMILIES, family_of

_HEAD_BYTES = 1024
# Copied to the file while it still lies in the processor's cache.
_PIECE_BYTES = 256 * 1024


class Report(Protocol):
    def begin(self) -> None: ...

    def __call__(self, progress: dict[str, Any]) -> None: ...


class PlainFile(BaseException):
    """It has been saved. No Exception: yt-dlp would take that for a failure of its own."""

    def __init__(self, *, url: str, title: str) -> None:
        self.url = url
        self.title = title


def watch_for_plain_file(downloader: YoutubeDL, target: Path, report: Report) -> None:
    """Let the first page that the generic extractor asks for raise PlainFile if it is one.

    It is read before yt-dlp goes on to anything else: meanwhile the site would have to wait.
    """
    generic = downloader.get_info_extractor("Generic")
    ask = generic._request_webpage

    def ask_and_look(url: Any, *arguments: Any, **named: Any) -> Response:
        generic._request_webpage = ask
        response = ask(url, *arguments, **named)
        if not _is_plain_video(response):
            return response
        if _save(response, target, report):
            raise PlainFile(url=response.url, title=generic._generic_title(response.url))
        target.write_bytes(b"")
        return ask(url, *arguments, **named)

    generic._request_webpage = ask_and_look


def _save(response: Response, target: Path, report: Report) -> bool:
    """False if the site broke off, which yt-dlp knows how to try again."""
    length = response.headers.get("Content-Length")
    total_bytes = None if length is None else int(length)
    received = 0
    report.begin()
    with response.fp as answer, target.open("wb") as file:
        while True:
            try:
                piece = answer.read1(_PIECE_BYTES)
            except (OSError, http.client.HTTPException, ValueError):
                return False
            received += len(piece)
            progress = {"downloaded_bytes": received, "total_bytes": total_bytes}
            if not piece:
                break
            file.write(piece)
            report(progress)
    if received < (total_bytes or 1):
        return False
    report({**progress, "status": "finished"})
    return True


def _is_plain_video(response: Response) -> bool:
    answer, headers = response.fp, response.headers
    lengths = headers.get_all("Content-Length") or []
    if (
        not isinstance(answer, http.client.HTTPResponse)
        or response.status != http.HTTPStatus.OK
        or headers.get("Content-Encoding")
        or len(lengths) > 1
        or not all(length.isdecimal() for length in lengths)
    ):
        return False
    try:
        head = answer.peek(_HEAD_BYTES)
    except (OSError, http.client.HTTPException, ValueError):
        return False
    return family_of(head) in VIDEO_FAMILIES
