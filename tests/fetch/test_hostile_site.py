"""Each way in which a site can mean no good: contained within its budget, and named rightly."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.errors import VideoProblem
from analysis.fetch.limits import MEBIBYTE, FetchLimits
from tests.fetch.conftest import Fetch
from tests.fetch.site.server import HostileSite

FETCHED = {
    "/ok.webm": (320, 180),
    "/ok.mov": (320, 180),
    "/ok.ts": (320, 180),
    "/no-extension": (320, 180),
    "/chunked.mp4": (320, 180),
    "/unmeasured.mp4": (320, 180),
    "/attachment": (320, 180),
    "/hop/4": (320, 180),
    "/hls/index.m3u8": (320, 180),
    "/hls/master.m3u8": (320, 180),
    "/dash/manifest.mpd": (320, 180),
    "/page/video": (320, 180),
    "/page/source": (320, 180),
    "/page/jw-master": (320, 180),
    "/page/dash": (320, 180),
    "/page/vod": (320, 180),
    "/page/og": (320, 180),
    "/page/jsonld": (320, 180),
    "/page/smuggled": (320, 180),
    "/rotated.mp4": (180, 320),
    "/variable.mp4": (320, 180),
    "/liar.mp4": (320, 180),
    "/tiny.webm": (2, 2),
}

REFUSED = {
    # transfers
    "/endless.mp4": "content.too_large",
    "/endless-chunked.mp4": "content.too_large",
    "/endless-206.mp4": "content.too_large",
    "/claims-10-gb.mp4": "content.too_large",
    "/longer-than-it-is.mp4": "platform.unreachable",
    "/shorter-than-it-is.mp4": "content.corrupt",
    "/negative-length.mp4": "platform.unreachable",
    "/two-lengths.mp4": "content.corrupt",
    "/bad-chunks.mp4": "platform.unreachable",
    "/huge-chunk-header.mp4": "platform.unreachable",
    "/slow-body.mp4": "service.timeout",
    "/slow-after-start.mp4": "service.timeout",
    "/slow-headers.mp4": "service.timeout",
    "/endless-headers.mp4": "platform.unreachable",
    "/endless-header-line.mp4": "platform.unreachable",
    "/endless-continue.mp4": "service.timeout",
    "/silent.mp4": "service.timeout",
    "/hangs-up.mp4": "platform.unreachable",
    "/not-http.mp4": "platform.unreachable",
    "/gzip-bomb.mp4": "content.too_large",
    "/gzip-bomb-twice.mp4": "content.too_large",
    "/empty.mp4": "content.corrupt",
    "/status/401": "content.login_required",
    "/status/402": "content.members_only",
    "/status/403": "content.unavailable",
    "/status/404": "content.removed",
    "/status/410": "content.removed",
    "/status/418": "platform.changed",
    "/status/429": "platform.rate_limited",
    "/status/451": "content.unavailable",
    "/status/500": "platform.unreachable",
    "/status/503": "platform.unreachable",
    "/captcha-explained.mp4": "content.removed",
    "/blocked-by-challenge": "platform.bot_check",
    # files that are not what they seem
    "/truncated.mp4": "content.corrupt",
    "/flipped.mp4": "content.corrupt",
    "/archive.mp4": "content.corrupt",
    "/login.mp4": "content.corrupt",
    "/login-page.mp4": "link.not_a_video",
    "/noise.mp4": "content.corrupt",
    "/only-ftyp.mp4": "content.corrupt",
    "/wide.mp4": "content.too_large",
    "/tall.webm": "content.too_large",
    "/ten-hours.mp4": "content.too_long",
    "/sound.mp4": "content.no_video_stream",
    "/many-streams.mkv": "content.corrupt",
    "/concat.mp4": "content.corrupt",
    "/concat-of-network.mp4": "content.corrupt",
    "/sdp.mp4": "content.corrupt",
    "/script.mp4": "content.corrupt",
    "/picture.svg": "content.corrupt",
    "/bmff-loop.mp4": "content.corrupt",
    "/playlist.mp4": "content.corrupt",
    "/playlist-private.mp4": "content.corrupt",
    # redirects
    "/to/loopback": "link.blocked_address",
    "/to/decimal": "link.blocked_address",
    "/to/mapped": "link.blocked_address",
    "/to/v6": "link.blocked_address",
    "/to/metadata": "link.blocked_address",
    "/to/name": "link.blocked_address",
    "/to/rebind": "link.blocked_address",
    "/to/file": "link.blocked_address",
    "/to/ftp": "link.blocked_address",
    "/to/gopher": "link.blocked_address",
    "/to/data": "link.blocked_address",
    "/to/userinfo": "platform.unreachable",
    "/to/junk": "platform.changed",
    "/to/loop": "platform.unreachable",
    "/to/ping": "platform.unreachable",
    "/hop/30": "platform.unreachable",
    # playlists of segments
    "/hls/file.m3u8": "link.blocked_address",
    "/hls/private.m3u8": "link.blocked_address",
    "/hls/metadata.m3u8": "link.blocked_address",
    "/hls/redirected.m3u8": "link.blocked_address",
    "/hls/key.m3u8": "link.blocked_address",
    "/hls/key-file.m3u8": "link.blocked_address",
    "/hls/map.m3u8": "link.blocked_address",
    "/hls/master-private.m3u8": "link.blocked_address",
    "/hls/master-file.m3u8": "link.blocked_address",
    "/hls/concat-protocol.m3u8": "link.not_a_video",
    "/hls/master-of-itself.m3u8": "content.live_now",
    "/hls/many.m3u8": "content.too_long",
    "/hls/missing.m3u8": "content.removed",
    "/hls/endless-segment.m3u8": "content.too_large",
    "/hls/endless.m3u8": "content.too_large",
    "/hls/drm.m3u8": "content.drm",
    "/hls/encrypted-short-key.m3u8": "content.corrupt",
    "/hls/empty.m3u8": "link.not_a_video",
    "/hls/segments-are-text.m3u8": "content.corrupt",
    "/hls/live.m3u8": "content.live_now",
    "/hls/live-master.m3u8": "content.live_now",
    "/dash/live.mpd": "content.live_now",
    "/dash/private.mpd": "link.blocked_address",
    "/dash/file.mpd": "content.removed",
    "/dash/entities.mpd": "link.not_a_video",
    "/dash/external.mpd": "link.not_a_video",
    "/dash/many.mpd": "content.too_large",
    # pages
    "/page/text": "link.not_a_video",
    "/page/empty": "content.corrupt",
    "/page/two-videos": "link.playlist",
    "/page/removed-manifest": "content.removed",
    "/page/forbidden-manifest": "content.unavailable",
    "/page/live": "content.live_now",
    "/page/live-master": "content.live_now",
    "/page/live-jw": "content.live_now",
    "/page/live-jw-master": "content.live_now",
    "/page/live-event": "content.live_now",
    "/page/live-dash": "content.live_now",
    "/page/video-private": "link.blocked_address",
    "/page/og-private": "link.blocked_address",
    "/page/jsonld-private": "link.blocked_address",
    "/page/refresh": "link.blocked_address",
    "/page/video-file": "link.blocked_address",
    "/page/video-script": "link.not_a_video",
    "/page/jsonld-file": "link.not_a_video",
    "/page/deep": "link.not_a_video",
    "/page/deep-json": "link.not_a_video",
    "/page/regex": "service.timeout",
    "/page/endless": "content.too_large",
    "/page/slow": "service.timeout",
}


@pytest.mark.parametrize("path", FETCHED)
def test_it_fetches(path: str, site: HostileSite, fetch: Fetch, tmp_path: Path) -> None:
    video = fetch(site.http + path)

    assert (video.facts.width_px, video.facts.height_px) == FETCHED[path]
    assert video.path.is_relative_to(tmp_path)
    assert video.path.stat().st_size == video.size_bytes
    video.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", REFUSED)
def test_it_is_contained_and_named(
    path: str,
    site: HostileSite,
    fetch: Fetch,
    limits: FetchLimits,
    impatient: FetchLimits,
    tmp_path: Path,
) -> None:
    budget = impatient if REFUSED[path] == "service.timeout" else limits
    began_at = time.monotonic()

    with pytest.raises(VideoProblem) as caught:
        fetch(site.http + path, limits=budget)

    assert caught.value.code == REFUSED[path], caught.value.detail
    assert time.monotonic() - began_at < budget.max_wall_s + 2
    assert list(tmp_path.iterdir()) == []
    assert site.listener.connections == []


def test_damaged_pictures_decode_or_fail_cleanly(site: HostileSite, fetch: Fetch) -> None:
    try:
        fetch(site.http + "/scratched.mp4").discard()
    except VideoProblem as problem:
        assert problem.code == "content.corrupt"


def test_there_are_at_least_eighty_of_them() -> None:
    assert len(REFUSED) >= 80


def test_a_plain_file_is_asked_for_once(site: HostileSite, fetch: Fetch) -> None:
    site.requests.clear()
    fetch(site.http + "/ok.mp4")
    assert site.requests == {"/ok.mp4": 1}


@pytest.mark.parametrize(
    ("path", "asked_s"), [("/later", 120.0), ("/much-later", 86_400.0), ("/some-day", None)]
)
def test_a_site_is_asked_again_when_it_says(
    path: str, asked_s: float | None, site: HostileSite, fetch: Fetch
) -> None:
    with pytest.raises(VideoProblem, match=r"platform\.rate_limited") as caught:
        fetch(site.http + path)

    assert caught.value.retry_after_s == asked_s


def test_what_breaks_off_is_asked_for_again(site: HostileSite, fetch: Fetch) -> None:
    site.requests.clear()
    whole = fetch(site.http + "/ok.mp4")
    assert fetch(site.http + "/breaks-off-once.mp4").sha256 == whole.sha256


def test_encrypted_segments_take_little_of_the_processor(
    site: HostileSite, fetch: Fetch, limits: FetchLimits
) -> None:
    video = fetch(site.http + "/hls/encrypted-key.m3u8", limits=replace(limits, max_processor_s=20))

    assert (video.facts.width_px, video.facts.height_px) == (640, 360)
    assert video.size_bytes > MEBIBYTE


def test_it_fetches_over_https(site: HostileSite, fetch: Fetch) -> None:
    assert fetch(site.https + "/ok.mp4").facts.codec == "h264"


def test_a_certificate_of_another_authority_is_refused(site: HostileSite, fetch: Fetch) -> None:
    with pytest.raises(VideoProblem, match=r"platform\.unreachable"):
        fetch(site.https_of_stranger + "/ok.mp4")


def test_a_certificate_for_another_name_is_refused(site: HostileSite, fetch: Fetch) -> None:
    with pytest.raises(VideoProblem, match=r"platform\.unreachable"):
        fetch(site.https_of_other_name + "/ok.mp4")


def test_a_title_cannot_disturb_a_page_or_a_log(site: HostileSite, fetch: Fetch) -> None:
    assert fetch(site.http + "/page/titled").title.isprintable()


def test_the_generic_extractor_can_be_switched_off(
    site: HostileSite, fetch: Fetch, limits: FetchLimits
) -> None:
    site.requests.clear()
    with pytest.raises(VideoProblem, match=r"link\.unsupported_site"):
        fetch(site.http + "/ok.mp4", limits=replace(limits, allow_generic=False))
    assert not site.requests
