"""What the site serves: honest videos first, then everything else."""

from __future__ import annotations

import functools
import gzip
import io
import json
import zipfile
from fractions import Fraction
from html import escape

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from tests.fetch.site.media import (
    boxes,
    make_many_streams,
    make_sound,
    make_video,
    split_for_hls,
    with_claimed_size,
    with_rotation,
)
from tests.fetch.site.server import PRIVATE_V4, HostileSite, Request, Route

M3U8 = "application/vnd.apple.mpegurl"
KEY = bytes(range(16))
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n"


def add_routes(site: HostileSite) -> None:
    add_honest_routes(site)
    add_broken_transfers(site)
    add_broken_media(site)
    add_traps(site)
    add_pages(site)


def add_honest_routes(site: HostileSite) -> None:
    routes = site.routes
    mp4 = make_video()
    for path, body, kind in (
        ("/ok.mp4", mp4, "video/mp4"),
        ("/ok.webm", make_video(container="webm", codec="libvpx-vp9"), "video/webm"),
        ("/ok.mov", make_video(container="mov", codec="mpeg4"), "video/quicktime"),
        ("/ok.ts", make_video(container="mpegts"), "video/mp2t"),
        ("/no-extension", mp4, "video/mp4"),
        ("/rotated.mp4", with_rotation(mp4), "video/mp4"),
        ("/variable.mp4", _variable_rate(), "video/mp4"),
        ("/tiny.webm", make_video(container="webm", codec="libvpx-vp9", width=2, height=2), "x/y"),
        ("/liar.mp4", with_claimed_size(mp4, width=16_000, height=16_000), "video/mp4"),
    ):
        routes[path] = _file(body, kind)
    routes["/chunked.mp4"] = lambda request: request.raw(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *map(_chunk, _pieces(mp4)), b"0\r\n\r\n"
    )
    routes["/unmeasured.mp4"] = lambda request: request.raw(_HEAD + b"\r\n", mp4)
    routes["/attachment"] = lambda request: request.send(
        mp4, headers={"Content-Disposition": 'attachment; filename="../../../escaped.sh"'}
    )
    routes["/breaks-off-once.mp4"] = lambda request: request.send(
        mp4 if request.site.requests["/breaks-off-once.mp4"] > 1 else mp4[: len(mp4) // 2],
        headers={"Content-Length": str(len(mp4))},
    )
    for hop in range(1, 40):
        target = "/ok.mp4" if hop == 1 else f"/hop/{hop - 1}"
        routes[f"/hop/{hop}"] = functools.partial(Request.redirect, target=target)
    _add_streams(site)


def _add_streams(site: HostileSite) -> None:
    routes = site.routes
    segments = split_for_hls(make_video(container="mpegts"), pieces=4)
    for number, segment in enumerate(segments):
        routes[f"/hls/{number}.ts"] = _file(segment, "video/mp2t")
    names = [f"{number}.ts" for number in range(len(segments))]
    routes["/hls/index.m3u8"] = _file(playlist(*names), M3U8)
    routes["/hls/master.m3u8"] = _file(master("index.m3u8"), M3U8)
    for name, extra in {"live": "", "event": "EVENT", "vod": "VOD"}.items():
        kind = f"#EXT-X-PLAYLIST-TYPE:{extra}" if extra else "#EXT-X-MEDIA-SEQUENCE:1234"
        routes[f"/hls/{name}.m3u8"] = _file(playlist(*names, extra=kind, ends=False), M3U8)
        routes[f"/hls/{name}-master.m3u8"] = _file(master(f"{name}.m3u8"), M3U8)
    encrypted = make_video(container="mpegts", width=640, height=360, noise=True)
    routes["/hls/key"] = _file(KEY, "application/octet-stream")
    routes["/hls/short-key"] = _file(KEY[:9], "application/octet-stream")
    routes["/hls/encrypted.ts"] = _file(_encrypted(encrypted), "video/mp2t")
    for name in ("key", "short-key"):
        how = f'METHOD=AES-128,URI="{name}",IV=0x{bytes(16).hex()}'
        routes[f"/hls/encrypted-{name}.m3u8"] = _file(playlist("encrypted.ts", key=how), M3U8)
    fragmented = make_video(options={"movflags": "frag_keyframe+empty_moov+default_base_moof"})
    found = boxes(fragmented)
    first = next(place for place, (name, _) in enumerate(found) if name == b"moof")
    init = b"".join(box for _, box in found[:first])
    media = [found[at][1] + found[at + 1][1] for at in range(first, len(found) - 1, 2)]
    routes["/dash/init.mp4"] = _file(init, "video/mp4")
    for number, segment in enumerate(media, start=1):
        routes[f"/dash/{number}.m4s"] = _file(segment, "video/iso.segment")
    whole = manifest(len(media))
    routes["/dash/manifest.mpd"] = _file(whole, "application/dash+xml")
    routes["/dash/live.mpd"] = _file(whole.replace(b"static", b"dynamic"), "application/dash+xml")


def add_broken_transfers(site: HostileSite) -> None:
    routes = site.routes
    mp4 = make_video()
    noise = bytes(range(256)) * 256
    routes["/endless-chunked.mp4"] = _after(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _chunk(mp4), _chunk(noise)
    )
    routes["/endless.mp4"] = _after(_HEAD + b"\r\n" + mp4, noise)
    routes["/endless-206.mp4"] = _after(
        b"HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\n"
        b"Content-Range: bytes 0-99999999999/100000000000\r\n\r\n" + mp4,
        noise,
    )
    routes["/claims-10-gb.mp4"] = _after(
        _HEAD + b"Content-Length: 10737418240\r\n\r\n" + mp4, noise, pause_s=0.05
    )
    routes["/longer-than-it-is.mp4"] = _raw(_HEAD + b"Content-Length: 99999\r\n\r\n" + mp4)
    routes["/shorter-than-it-is.mp4"] = _raw(_HEAD + b"Content-Length: 2000\r\n\r\n" + mp4)
    routes["/negative-length.mp4"] = _raw(_HEAD + b"Content-Length: -5\r\n\r\n" + mp4)
    routes["/two-lengths.mp4"] = _raw(
        _HEAD + b"Content-Length: 100\r\nContent-Length: 99999\r\n\r\n" + mp4
    )
    routes["/bad-chunks.mp4"] = _raw(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n" + mp4
    )
    routes["/huge-chunk-header.mp4"] = _raw(
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 100_000 + b"5\r\nhello"
    )
    routes["/slow-body.mp4"] = _after(_HEAD + b"Content-Length: 99999\r\n\r\n", b"x", pause_s=0.2)
    routes["/slow-after-start.mp4"] = _after(
        _HEAD + b"Content-Length: 99999\r\n\r\n" + mp4[:5000], b"x", pause_s=0.2
    )
    routes["/slow-headers.mp4"] = _after(b"HTTP/1.1 200 OK\r\nX-A: ", b"x", pause_s=0.2)
    routes["/endless-headers.mp4"] = _after(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 50)
    routes["/endless-header-line.mp4"] = _after(b"HTTP/1.1 200 OK\r\nX-A: ", b"x" * 1000)
    routes["/endless-continue.mp4"] = _after(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50)
    routes["/silent.mp4"] = lambda request: request.site.closing.wait(30) and None
    routes["/hangs-up.mp4"] = lambda request: request.connection.close()
    routes["/not-http.mp4"] = _raw(b"\x16\x03\x01\x02\x00" + b"\xff" * 500)
    routes["/gzip-bomb.mp4"] = _file(_bomb(), "text/html", headers={"Content-Encoding": "gzip"})
    routes["/gzip-bomb-twice.mp4"] = _file(
        gzip.compress(_bomb()), "text/html", headers={"Content-Encoding": "gzip, gzip"}
    )
    routes["/empty.mp4"] = _file(b"", "video/mp4")
    for path, when in {
        "/later": "120",
        "/much-later": "9" * 400,
        "/some-day": "Fri, 1 Jan",
    }.items():
        routes[path] = functools.partial(
            Request.send, body=b"busy", status=429, headers={"Retry-After": when}
        )
    for status in (401, 402, 403, 404, 410, 418, 429, 451, 500, 503):
        for path in (f"/status/{status}", f"/status/{status}/index.m3u8"):
            routes[path] = functools.partial(
                Request.send, body=b"no", kind="text/html", status=status
            )
    routes["/blocked-by-challenge"] = functools.partial(
        Request.send,
        body=b"<title>Just a moment...</title>",
        kind="text/html",
        status=403,
        headers={"Server": "cloudflare", "Cf-Mitigated": "challenge"},
    )


def add_broken_media(site: HostileSite) -> None:
    mp4 = make_video()
    flipped = bytearray(mp4)
    for at in range(40, len(flipped), 97):
        flipped[at] ^= 0x55
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("video.mp4", mp4)
    hours = make_video(pts=[0, 24 * 36_000], frames=2, codec="mpeg4", width=16, height=16)
    for path, body in (
        ("/truncated.mp4", mp4[: len(mp4) // 2]),
        ("/flipped.mp4", bytes(flipped)),
        ("/scratched.mp4", _scratched(mp4)),
        ("/archive.mp4", archive.getvalue()),
        ("/login.mp4", b"<!doctype html><title>Sign in</title><form></form>"),
        ("/noise.mp4", bytes(range(256)) * 64),
        ("/only-ftyp.mp4", mp4[:32]),
        ("/wide.mp4", make_video(codec="mpeg4", width=8000, height=16, frames=2)),
        (
            "/tall.webm",
            make_video(container="webm", codec="libvpx-vp9", width=16, height=16_000, frames=1),
        ),
        ("/ten-hours.mp4", hours),
        ("/sound.mp4", make_sound()),
        ("/many-streams.mkv", make_many_streams(count=20)),
        ("/concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("/concat-of-network.mp4", f"ffconcat version 1.0\nfile http://{PRIVATE_V4}/\n".encode()),
        ("/sdp.mp4", b"v=0\no=- 0 0 IN IP4 127.0.0.2\nm=video 5004 RTP/AVP 96\n"),
        ("/script.mp4", b"#!/bin/sh\ntouch /tmp/pwned\n"),
        (
            "/picture.svg",
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        ),
        ("/bmff-loop.mp4", _endless_boxes(mp4)),
    ):
        site.routes[path] = _file(body, "video/mp4")
    site.routes["/login-page.mp4"] = _file(b"<!doctype html><title>Sign in</title>", "text/html")


def add_traps(site: HostileSite) -> None:
    """Everything that leads somewhere else."""
    routes = site.routes
    private = f"http://{PRIVATE_V4}:{site.port}"
    for name, target in {
        "loopback": f"{private}/secret.mp4",
        "decimal": f"http://2130706434:{site.port}/",
        "mapped": f"http://[::ffff:{PRIVATE_V4}]:{site.port}/",
        "v6": f"http://[::1]:{site.port}/",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "name": f"http://private.test:{site.port}/",
        "rebind": f"http://rebind.test:{site.port}/rebound.mp4",
        "file": "file:///etc/passwd",
        "ftp": f"ftp://{PRIVATE_V4}:{site.port}/x.mp4",
        "gopher": f"gopher://{PRIVATE_V4}:{site.port}/x",
        "data": "data:video/mp4;base64,AAAA",
        "userinfo": f"http://user:pass@{PRIVATE_V4}:{site.port}/",
        "junk": "http://[bad/",
        "loop": "/to/loop",
        "ping": "/to/pong",
        "pong": "/to/ping",
    }.items():
        routes[f"/to/{name}"] = functools.partial(Request.redirect, target=target)
    routes["/rebound.mp4"] = functools.partial(
        Request.redirect, target=f"http://rebind.test:{site.port}/again.mp4"
    )
    listed = {
        "file": playlist("file:///etc/passwd"),
        "private": playlist(f"{private}/0.ts"),
        "metadata": playlist("http://169.254.169.254/0.ts"),
        "redirected": playlist("/to/loopback"),
        "key": playlist("0.ts", key=f'METHOD=AES-128,URI="{private}/key"'),
        "key-file": playlist("0.ts", key='METHOD=AES-128,URI="file:///etc/passwd"'),
        "map": playlist("0.ts", extra=f'#EXT-X-MAP:URI="{private}/init.mp4"'),
        "many": playlist(*[f"{number}.ts" for number in range(5_000)]),
        "missing": playlist("gone.ts"),
        "endless-segment": playlist("/endless.mp4"),
        "drm": playlist("0.ts", key='METHOD=SAMPLE-AES,URI="skd://key"'),
        "empty": b"#EXTM3U\n#EXT-X-ENDLIST\n",
        "master-private": master(f"{private}/index.m3u8"),
        "master-file": master("file:///etc/passwd"),
        "master-of-itself": master("master-of-itself.m3u8"),
        "segments-are-text": playlist("/login.mp4"),
        "concat-protocol": playlist("concat:/etc/passwd|/etc/hosts"),
    }
    for name, body in listed.items():
        routes[f"/hls/{name}.m3u8"] = _file(body, M3U8)
    routes["/hls/endless.m3u8"] = _after(
        b"HTTP/1.1 200 OK\r\nContent-Type: " + M3U8.encode() + b"\r\n\r\n#EXTM3U\n",
        b"#EXTINF:1,\n0.ts\n" * 2000,
    )
    routes["/playlist.mp4"] = _file(playlist("file:///etc/passwd"), "video/mp4")
    routes["/playlist-private.mp4"] = _file(playlist(f"{private}/0.ts"), "video/mp4")
    for name, body in {
        "private": manifest(2, base=f"{private}/"),
        "file": manifest(2, base="file:///etc/"),
        "entities": _many_laughs(),
        "external": b'<?xml version="1.0"?><!DOCTYPE MPD [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b"<MPD>&x;</MPD>",
        "many": manifest(100_000),
    }.items():
        routes[f"/dash/{name}.mpd"] = _file(body, "application/dash+xml")


def add_pages(site: HostileSite) -> None:
    private = f"http://{PRIVATE_V4}:{site.port}"
    bodies = {
        "video": '<video src="/ok.mp4"></video>',
        "source": '<video><source src="/hls/index.m3u8" type="application/x-mpegURL"></video>',
        "jw-master": _jw_player("/hls/master.m3u8"),
        "removed-manifest": _PLAYS.format("/status/410/index.m3u8"),
        "forbidden-manifest": _PLAYS.format("/status/403/index.m3u8"),
        "dash": '<video><source src="/dash/manifest.mpd" type="application/dash+xml"></video>',
        "vod": '<video><source src="/hls/vod.m3u8" type="application/x-mpegURL"></video>',
        "live": '<video><source src="/hls/live.m3u8" type="application/x-mpegURL"></video>',
        "live-master": '<video><source src="/hls/live-master.m3u8"></video>',
        "live-jw": _jw_player("/hls/live.m3u8"),
        "live-jw-master": _jw_player("/hls/live-master.m3u8"),
        "live-event": '<video><source src="/hls/event.m3u8"></video>',
        "live-dash": '<video><source src="/dash/live.mpd" type="application/dash+xml"></video>',
        "og": '<meta property="og:video" content="/ok.mp4"><meta property="og:title" content="t">',
        "jsonld": _json_ld("/ok.mp4", site),
        "titled": '<title>../../\x07"&lt;script&gt;\u202e</title><video src="/ok.mp4"></video>',
        "two-videos": '<video src="/ok.mp4"></video><video src="/ok.webm"></video>',
        "text": "<p>no video here</p>",
        "empty": "",
        "video-private": f'<video src="{private}/secret.mp4"></video>',
        "video-file": '<video src="file:///etc/passwd"></video>',
        "video-script": '<video src="javascript:alert(1)"></video>',
        "og-private": f'<meta property="og:video" content="{private}/secret.mp4">',
        "jsonld-private": _json_ld(f"{private}/secret.mp4", site),
        "jsonld-file": _json_ld("file:///etc/passwd", site),
        "smuggled": '<video src="/ok.mp4#__youtubedl_smuggle='
        + escape(json.dumps({"http_headers": {"Ytdl-request-proxy": private}}))
        + '"></video>',
        "refresh": f'<meta http-equiv="refresh" content="0;url={private}/">',
        "deep": "<div>" * 50_000,
        "regex": "<video " * 60_000 + "src=" * 60_000,
        "deep-json": '<script type="application/ld+json">' + "[" * 200_000 + "</script>",
    }
    for name, body in bodies.items():
        site.routes[f"/page/{name}"] = functools.partial(Request.html, body=body)
    site.routes["/page/endless"] = _after(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", b"<p>word</p>" * 5000
    )
    site.routes["/page/slow"] = _after(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", b"<p>", pause_s=0.2
    )


def playlist(*segments: str, key: str = "", extra: str = "", ends: bool = True) -> bytes:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1"]
    lines += [f"#EXT-X-KEY:{key}"] if key else []
    lines += [extra] if extra else []
    for segment in segments:
        lines += ["#EXTINF:1,", segment]
    lines += ["#EXT-X-ENDLIST"] if ends else []
    return "\n".join([*lines, ""]).encode()


def _encrypted(segment: bytes) -> bytes:
    padding = PKCS7(128).padder()
    encryptor = Cipher(AES(KEY), CBC(bytes(16))).encryptor()
    return encryptor.update(padding.update(segment) + padding.finalize()) + encryptor.finalize()


def master(variant: str) -> bytes:
    return (f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=320x180\n{variant}\n").encode()


def manifest(count: int, *, base: str = "") -> bytes:
    segments = "".join(f'<SegmentURL media="{n}.m4s"/>' for n in range(1, count + 1))
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S">'
        + (f"<BaseURL>{base}</BaseURL>" if base else "")
        + '<Period><AdaptationSet mimeType="video/mp4">'
        '<Representation id="1" bandwidth="200000" width="320" height="180" codecs="avc1.42c00c">'
        f'<SegmentList duration="1"><Initialization sourceURL="init.mp4"/>{segments}</SegmentList>'
        "</Representation></AdaptationSet></Period></MPD>"
    ).encode()


_PLAYS = '<video><source src="{}" type="application/x-mpegURL"></video>'


def _jw_player(url: str) -> str:
    return f'<script>jwplayer("x").setup({{file: "{url}", type: "hls"}});</script>'


def _json_ld(url: str, site: HostileSite) -> str:
    absolute = url if "://" in url else f"{site.http}{url}"
    described = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": "a video",
        "contentUrl": absolute,
        "encodingFormat": "video/mp4",
    }
    return f'<script type="application/ld+json">{json.dumps(described)}</script>'


def _variable_rate() -> bytes:
    pts, at = [], 0
    for number in range(24):
        pts.append(at)
        at += 10 if number % 3 else 95
    return make_video(pts=pts, time_base=Fraction(1, 1000))


def _endless_boxes(mp4: bytes) -> bytes:
    """A file whose first box says that it is empty, again and again."""
    return mp4[:28] + (8).to_bytes(4, "big") + b"free" + b"\x00\x00\x00\x00moov" * 50_000


def _many_laughs() -> bytes:
    lines = ['<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    return f'<?xml version="1.0"?><!DOCTYPE MPD [{"".join(lines)}]><MPD>&a11;</MPD>'.encode()


@functools.cache
def _bomb() -> bytes:
    return gzip.compress(bytes(512 * 1024 * 1024), compresslevel=1)


def _file(body: bytes, kind: str, headers: dict[str, str] | None = None) -> Route:
    return functools.partial(Request.send, body=body, kind=kind, headers=headers)


def _raw(*pieces: bytes) -> Route:
    return lambda request: request.raw(*pieces)


def _after(beginning: bytes, piece: bytes, *, pause_s: float = 0.0) -> Route:
    def route(request: Request) -> None:
        request.raw(beginning)
        request.forever(piece, pause_s=pause_s)

    return route


def _pieces(body: bytes) -> list[bytes]:
    return [body[at : at + 4096] for at in range(0, len(body), 4096)]


def _chunk(piece: bytes) -> bytes:
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


def _scratched(mp4: bytes) -> bytes:
    """Damage in the pictures, none in the headers."""
    scratched = bytearray(mp4)
    for at in range(mp4.index(b"mdat") + 600, mp4.index(b"moov") - 4, 211):
        scratched[at] ^= 0x55
    return bytes(scratched)
