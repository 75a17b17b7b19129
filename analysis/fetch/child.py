"""The guarded child of a fetch: with ``plain_file`` the only importer of yt-dlp.

It runs inside a sandbox and cannot connect by itself, start a program or write outside of its
folder. It reports what it does, obeys the budgets that it can see, and returns what it found.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

import yt_dlp.downloader.fragment as fragments
import yt_dlp.networking._urllib as urllib_networking
from yt_dlp import YoutubeDL
from yt_dlp.downloader.common import FileDownloader
from yt_dlp.downloader.hls import HlsFD
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.networking._helper import make_ssl_context
from yt_dlp.networking.common import Request, RequestDirector, Response
from yt_dlp.networking.exceptions import HTTPError

from analysis.errors import VideoProblem
from analysis.fetch import aes
from analysis.fetch.address import parse_address
from analysis.fetch.plain_file import PlainFile, watch_for_plain_file
from analysis.fetch.platforms import PLATFORMS
from analysis.fetch.problems_from_ytdlp import problem_of_exception

_REPORT_EVERY_S = 0.2
_MAX_TEXT_CHARS = 2048
_NAMELESS = frozenset({"", "generic", "html5mediaembed"})
_OFTEN = {"generic", *(platform.name for platform in PLATFORMS)}
_ORDINARY = {"InfoExtractor", "LazyLoadExtractor"}
_MAX_HOPS = 3
_MANIFEST = re.compile(r"\.(?:m3u8|mpd)(?:$|[?#])")
# A playlist of media, of which a site says that nothing will be added. An EVENT only grows, but
# until its end what there is of it is not the video.
_HLS_MEDIA = "#EXT-X-TARGETDURATION"
_HLS_COMPLETE = re.compile(r"^#EXT-X-(?:ENDLIST|PLAYLIST-TYPE: *VOD)\b", re.MULTILINE)


class Channel(Protocol):
    def send(self, header: dict[str, Any]) -> None: ...

    def connect(self, host: str, port: int, *, timeout_s: float | None = None) -> socket.socket: ...


def fetch(arguments: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Download the one video at ``arguments["url"]`` to the file ``arguments["target"]``."""
    limits = arguments["limits"]
    _connect_through(channel)
    _notice_broadcasts()
    fragments.aes_cbc_decrypt_bytes = aes.decrypt_cbc
    FileDownloader.try_remove = _empty
    _Http.max_page_bytes = limits["max_page_bytes"]
    urllib_networking.RedirectHandler.max_redirections = limits["max_redirects"]
    urllib_networking.RedirectHandler.max_repeats = 2
    report = _Report(channel, limits)
    try:
        allow_generic = limits["allow_generic"]
        with _downloader(allow_generic) as downloader:
            downloader.params |= {
                "compat_opts": {"no-certifi"} if limits["own_certificates"] else set(),
                "socket_timeout": limits["socket_timeout_s"],
            }
            downloader.add_progress_hook(report)
            if allow_generic:
                watch_for_plain_file(downloader, Path(arguments["target"]), report)
            try:
                video = _only_video(downloader, arguments["url"])
            except PlainFile as file:
                return _described({"title": file.title, "webpage_url": file.url})
            _refuse_by_description(video, limits)
            report.begin()
            _download(downloader, arguments["target"], video)
    except (VideoProblem, MemoryError):
        raise
    except Exception as error:
        raise problem_of_exception(error, manifest_status=_Http.manifest_status) from error
    return _described({"webpage_url": arguments["url"], **video})


def prepare() -> None:
    """In a nursery, once: what every fetch needs and what says nothing of any."""
    _shipped_certificates()
    for allow_generic in (True, False):
        downloader = _downloader(allow_generic)
        for key in list(downloader._ies):
            if key.lower() in _OFTEN:
                downloader.get_info_extractor(key)  # it imports its code
        downloader.extractor_for("https://example.invalid/")  # it compiles all patterns
    _downloader(True).get_info_extractor("Generic")._generic_title("https://example.invalid/")


def _download(downloader: YoutubeDL, target: str, video: dict[str, Any]) -> None:
    whole, _ = downloader.dl(target, video)
    if not whole:
        raise VideoProblem("content.unavailable", "the download ended before the video did")


def _described(video: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": _one_line(str(video.get("title") or "")),
        "webpage_url": _one_line(str(video.get("webpage_url") or "")),
        **_identity(video),
        "duration_s": video.get("duration"),
    }


def _identity(video: dict[str, Any]) -> dict[str, str]:
    """Where the video lives; empty for a plain file or page, whose ids are only file names."""
    platform = str(video.get("extractor_key") or "").lower()
    if platform in _NAMELESS:
        return {"platform": "", "platform_id": ""}
    return {"platform": platform, "platform_id": _one_line(_id_at(platform, video))}


def _id_at(platform: str, video: dict[str, Any]) -> str:
    """With all of its address that it takes to see it: no unlisted video goes by its number."""
    number = str(video.get("id") or "")
    try:
        key = parse_address(str(video.get("webpage_url") or "")).key
    except VideoProblem:
        return number
    name = key.removeprefix(f"{platform}:")
    return name if name.startswith(f"{number}/") else number


def _one_line(text: str) -> str:
    """Without what could disturb a page or a log: control characters, turned directions."""
    return "".join(character for character in text if character.isprintable())[:_MAX_TEXT_CHARS]


def _parameters(*, allow_generic: bool) -> dict[str, Any]:
    return {
        # quiet, and with nothing of its own: no configuration, cache, cookies, netrc or programs
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "cachedir": False,
        "usenetrc": False,
        "proxy": "",
        "js_runtimes": {},
        "remote_components": set(),
        "external_downloader": None,
        "ffmpeg_location": "/nonexistent",
        "fixup": "never",
        # The sandbox lets no file be renamed.
        "nopart": True,
        "_no_ytdl_file": True,
        "postprocessors": [],
        "enable_file_urls": False,
        "allowed_extractors": ["default"] if allow_generic else ["default", "-generic"],
        "default_search": "error",
        # one item, as small as serves: up to 720 lines, with or without sound, cheap to decode
        "noplaylist": True,
        "playlist_items": "1:2",
        "lazy_playlist": True,
        "extract_flat": "in_playlist",
        "format": "bv*",
        "format_sort": ["res:720", "vcodec:h264", "+size", "+br"],
        "hls_prefer_native": True,
        "hls_use_mpegts": True,
        "updatetime": False,
        "overwrites": True,
        "continuedl": False,
        "skip_unavailable_fragments": False,
        "concurrent_fragment_downloads": 1,
        "buffersize": 64 * 1024,
        "retries": 2,
        "fragment_retries": 2,
        "extractor_retries": 1,
        "file_access_retries": 0,
    }


class _Downloader(YoutubeDL):  # type: ignore[misc]
    """yt-dlp with one way to the network, and a shorter one to the extractor of an address.

    To ask each extractor writes to it, if only that somebody holds it; in a forked child the kernel
    then copies the memory of them all. To ask their patterns, bound beforehand, writes to little.
    """

    def extract_info(
        self, url: str, download: bool = True, ie_key: str | None = None, **more: Any
    ) -> Any:
        return super().extract_info(url, download, ie_key or self.extractor_for(url), **more)

    def extractor_for(self, url: str) -> str | None:
        """The key of the first extractor that takes this address, as yt-dlp would find it."""
        keys, tests = self._tests
        return next((keys[place] for place, takes in enumerate(tests) if takes(url)), None)

    @cached_property
    def _tests(self) -> tuple[list[str], list[Callable[[str], Any]]]:
        return list(self._ies), list(map(_test_of, self._ies.values()))

    @cached_property
    def _request_director(self) -> RequestDirector:
        return self.build_request_director([_Http])


def _test_of(extractor: Any) -> Callable[[str], Any]:
    """Its one pattern, where nothing else decides."""
    suitable: Callable[[str], Any] = extractor.suitable
    suitable("https://example.invalid/")  # it compiles its patterns
    methods = (extractor.suitable, extractor._match_valid_url)
    ordinary = {method.__qualname__.partition(".")[0] for method in methods} <= _ORDINARY
    if not (ordinary and isinstance(extractor._VALID_URL, str)):
        return suitable
    (pattern,) = extractor._VALID_URL_RE
    match: Callable[[str], Any] = pattern.match
    return match


@cache
def _downloader(allow_generic: bool) -> _Downloader:
    """Put together in a nursery, for the one fetch of each child."""
    return _Downloader(_parameters(allow_generic=allow_generic))


class _Http(urllib_networking.UrllibRH):  # type: ignore[misc]
    """Python's own HTTP, with pages of bounded size. A download is read in pieces instead."""

    max_page_bytes = 0
    # Many extractors go on without a manifest, and say in the end only that there are no formats.
    manifest_status: int | None = None
    _SUPPORTED_URL_SCHEMES = ("http", "https", "data")
    RH_KEY = "Urllib"

    def _make_sslcontext(self, legacy_ssl_support: bool | None = None) -> ssl.SSLContext:
        if self.prefer_system_certs or legacy_ssl_support:
            context: ssl.SSLContext = super()._make_sslcontext(legacy_ssl_support)
            return context
        return _shipped_certificates()

    def _send(self, request: Request) -> Response:
        try:
            response = super()._send(request)
        except HTTPError as error:
            self._note(request, error.status)
            self._bound(error.response)
            raise
        self._note(request, None)
        return self._bound(response)

    def _note(self, request: Request, refused: int | None) -> None:
        if _MANIFEST.search(request.url):
            _Http.manifest_status = refused

    def _bound(self, response: Response) -> Response:
        read: Callable[[int | None], bytes] = response.read

        def read_bounded(amount: int | None = None) -> bytes:
            if amount is not None and amount >= 0:
                return read(amount)
            page, left = bytearray(), self.max_page_bytes + 1
            while left > 0 and (piece := read(min(left, 64 * 1024))):
                page += piece
                left -= len(piece)
            if left <= 0:
                raise VideoProblem("content.too_large", "a page that does not end")
            return bytes(page)

        response.read = read_bounded
        return response


@cache
def _shipped_certificates() -> ssl.SSLContext:
    context: ssl.SSLContext = make_ssl_context(verify=True, use_certifi=True)
    return context


class _Report:
    """yt-dlp's progress hook: tells the parent, and stops a download that breaks its budget."""

    def __init__(self, channel: Channel, limits: dict[str, Any]) -> None:
        self._channel = channel
        self._limits = limits
        self._told_at = 0.0
        self.received_bytes = 0

    def begin(self) -> None:
        self._channel.send({"stage": "downloading", "received_bytes": 0, "total_bytes": None})

    def __call__(self, progress: dict[str, Any]) -> None:
        self.received_bytes = int(progress.get("downloaded_bytes") or 0)
        segments = progress.get("fragment_count") or 0
        # With segments the total is only yt-dlp's guess from those that it has seen.
        total = progress.get("total_bytes")
        if max(self.received_bytes, total or 0) > self._limits["max_bytes"]:
            raise VideoProblem("content.too_large", f"{total or self.received_bytes} bytes")
        if segments > self._limits["max_segments"]:
            raise VideoProblem("content.too_long", f"{segments} segments")
        now = time.monotonic()
        if now - self._told_at >= _REPORT_EVERY_S or progress.get("status") == "finished":
            self._told_at = now
            total = total or progress.get("total_bytes_estimate")
            self._channel.send(
                {
                    "stage": "downloading",
                    "received_bytes": self.received_bytes,
                    "total_bytes": int(total) if total else None,
                }
            )


def _connect_through(channel: Channel) -> None:
    """Every connection is the parent's. Were one missed, the sandbox would refuse it."""

    def create_connection(
        address: tuple[str, int], timeout: Any = None, *_: Any, **__: Any
    ) -> socket.socket:
        timeout_s = float(timeout) if isinstance(timeout, int | float) else None
        return channel.connect(address[0], address[1], timeout_s=timeout_s)

    urllib_networking.create_connection = create_connection
    socket.create_connection = create_connection  # type: ignore[assignment]


def _empty(downloader: FileDownloader, filename: str) -> None:
    """What yt-dlp would remove: the sandbox lets nothing lose its name."""
    with suppress(FileNotFoundError):
        os.truncate(filename, 0)


def _notice_broadcasts() -> None:
    """By their manifests: of one that a page embeds yt-dlp asks nothing, and would take for a video
    the seconds that are listed at the moment."""
    can_download = HlsFD.can_download
    parse_periods = InfoExtractor._parse_mpd_periods

    def can_download_whole(manifest: str, *more: Any) -> bool:
        can: bool = can_download(manifest, *more)
        if can and _HLS_MEDIA in manifest and not _HLS_COMPLETE.search(manifest):
            raise VideoProblem("content.live_now", "an HLS playlist without an end")
        return can

    def parse_periods_and_mark(extractor: Any, manifest: Any, *more: Any, **named: Any) -> Any:
        periods = list(parse_periods(extractor, manifest, *more, **named))
        if manifest.get("type") == "dynamic":
            for period in periods:
                for found in period["formats"]:
                    found["is_live"] = True
        return periods

    HlsFD.can_download = staticmethod(can_download_whole)
    InfoExtractor._parse_mpd_periods = parse_periods_and_mark


def _only_video(downloader: YoutubeDL, url: str) -> dict[str, Any]:
    """What lies at ``url``, when that is exactly one video."""
    found = downloader.extract_info(url, download=False)
    for _ in range(_MAX_HOPS):
        if not found:
            raise VideoProblem("link.not_a_video", "nothing was extracted")
        if found.get("_type", "video") == "video":
            return dict(found)
        entries = [entry for entry in found.get("entries") or () if entry]
        if len(entries) != 1:
            code = "link.playlist" if entries else "link.not_a_video"
            raise VideoProblem(code, f"{len(entries)} entries or more")
        entry = entries[0]
        # A resolved entry has formats already; a flat one names where to look next.
        if entry.get("_type", "video") == "video" and entry.get("url"):
            return dict(entry)
        found = downloader.process_ie_result(entry, download=False)
    raise VideoProblem("link.playlist", "a list of lists")


def _refuse_by_description(video: dict[str, Any], limits: dict[str, Any]) -> None:
    """What the site itself says of the video, before a byte of it is taken."""
    if video.get("live_status") in {"is_live", "post_live"} or video.get("is_live"):
        raise VideoProblem("content.live_now", str(video.get("live_status")))
    if video.get("live_status") == "is_upcoming":
        raise VideoProblem("content.upcoming")
    duration_s = video.get("duration")
    if isinstance(duration_s, int | float) and duration_s > limits["max_duration_s"]:
        raise VideoProblem("content.too_long", f"{duration_s} s")
    size_bytes = video.get("filesize")
    if isinstance(size_bytes, int) and size_bytes > limits["max_bytes"]:
        raise VideoProblem("content.too_large", f"{size_bytes} bytes")
    if video.get("vcodec") == "none":
        raise VideoProblem("content.no_video_stream", "no format with a picture")
    if len(video.get("fragments") or ()) > limits["max_segments"]:
        raise VideoProblem("content.too_long", "too many segments")
