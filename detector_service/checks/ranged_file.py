"""A stored video, in the pieces that a player asks for: without them no player can seek."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from django.core.files import File
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from detector_service.checks import store

_PIECE_BYTES = 1 << 18
_ONE_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def ranged_response(request: HttpRequest, *, key: str, content_type: str) -> HttpResponseBase:
    """The whole file, or the one range that was asked for; 416 for a range that it has not."""
    try:
        file = store.opened(key)
    except FileNotFoundError as error:
        raise Http404 from error
    size = file.size
    asked = _ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    first = int(asked[1]) if asked else 0
    last = min(int(asked[2]), size - 1) if asked and asked[2] else size - 1
    if asked and (first >= size or last < first):
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(
        _pieces(file, first=first, length=last - first + 1),
        status=206 if asked else 200,
        content_type=content_type,
    )
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(last - first + 1)
    # Whatever the bytes are, a browser that opens them as a page runs nothing.
    response["Content-Security-Policy"] = "default-src 'none'; media-src 'self'; sandbox"
    if asked:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _pieces(file: File[bytes] | IO[bytes], *, first: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        while length > 0:
            piece = file.read(min(_PIECE_BYTES, length))
            if not piece:
                return
            length -= len(piece)
            yield piece
