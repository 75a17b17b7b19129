"""One address for one video: the form that is fetched, and the key that verdicts are cached under.

    youtu.be/X, youtube.com/watch?v=X&t=9, /shorts/X, m. and music.  ->  key "youtube:X"

Light on purpose, because the web process calls it: the platforms that people use most are a short
table here, which a test holds against yt-dlp's own extractors. Any other address is its own key.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import SplitResult, quote, urlsplit

from analysis.errors import VideoProblem
from analysis.fetch.platforms import PLATFORMS, PLAYLISTS

MAX_URL_CHARS = 2048

_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"\u2000-\u200f\u2028-\u202f\ufeff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT_IN_PATH = "/%:@!$&'()*+,;=-._~[]"
_KEPT_IN_QUERY = _KEPT_IN_PATH + "?"

# Of a site whose pages are told apart behind the "#": "#!/v/1" and "#/v/1", not "#t=9" or "#!".
_ROUTE = re.compile(r"[!/]+[^!/]")

# Set by whoever shares a link, read by nobody who serves a video. "si" is not among them: it is
# part of a signature elsewhere, and the platforms that use it are in the table.
_TRACKING = re.compile(
    r"(?:utm_\w+|_?hs(?:enc|mi|ctatracking)|oly_(?:anon|enc)_id|mc_[ce]id|(?:fb|g|d|ms|y|tw|tt|wick)"
    r"cl(?:id|kid|src)|[gw]braid|igshi?d?|li_fat_id|mkt_tok|vero_(?:id|conv)|_g[al]|ref_(?:src|url))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CanonicalAddress:
    """``url`` is what is fetched; ``key`` is the same for every address of one video.

    ``platform`` is yt-dlp's extractor key in lower case, or the host where the table has none.
    """

    url: str
    key: str
    platform: str


def parse_address(text: str) -> CanonicalAddress:
    """The canonical address of what a person pasted, or a VideoProblem that says why not."""
    parts = _split(text)
    host = _host(parts)
    port = _port(parts)
    netloc = host if port is None else f"{host}:{port}"
    path = _without_dots(_escaped(parts.path or "/", _KEPT_IN_PATH))
    query = _without_tracking(_escaped(parts.query, _KEPT_IN_QUERY))
    route = _route(parts.fragment)
    url = f"{parts.scheme}://{netloc}{path}" + (f"?{query}" if query else "") + route
    if len(url) > MAX_URL_CHARS:
        _invalid("longer than the limit")
    return _of_platform(f"{netloc}{path}?{query}") or CanonicalAddress(url, key=url, platform=host)


def url_hash(key: str) -> str:
    """SHA-256 of a canonical key in hexadecimal; clients ask for verdicts by its first digits."""
    return hashlib.sha256(key.encode()).hexdigest()


def _of_platform(address: str) -> CanonicalAddress | None:
    for platform in PLATFORMS:
        for pattern in platform.patterns:
            match = pattern.match(address)
            if match:
                found = {name: value or "" for name, value in match.groupdict().items()}
                return CanonicalAddress(
                    url=platform.url.format(**found),
                    key=f"{platform.name}:{platform.key.format(**found)}",
                    platform=platform.name,
                )
    for playlist in PLAYLISTS:
        if playlist.match(address):
            raise VideoProblem("link.playlist", "a page that lists videos")
    return None


def _split(text: str) -> SplitResult:
    text = text.strip()
    if not text or len(text) > MAX_URL_CHARS or _FORBIDDEN.search(text):
        _invalid("empty, too long, or with characters that no link has")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        _invalid(str(error))
    if parts.scheme not in _DEFAULT_PORTS:
        _invalid(f"scheme {parts.scheme!r}")
    if "@" in parts.netloc or "%" in parts.netloc:
        _invalid("user information or escapes in the host")
    if not text[len(parts.scheme) :].startswith("://"):
        _invalid("no host")
    return parts


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError as error:
        _invalid(str(error))
    if port == 0:
        _invalid("port 0")
    return None if port == _DEFAULT_PORTS[parts.scheme] else port


def _host(parts: SplitResult) -> str:
    """As a browser reads it: numbers of any base are an IPv4 address, names are ASCII."""
    host = (parts.hostname or "").rstrip(".")
    if parts.netloc.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host).compressed}]"
        except ValueError as error:
            _invalid(str(error))
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError as error:
            _invalid(str(error))
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(labels)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        _invalid("not a host name")
    return host


def _ipv4(labels: list[str]) -> str:
    """Decimal, octal and hexadecimal, one to four of them: http://2130706433 is 127.0.0.1."""
    if len(labels) > 4 or not all(_NUMBER.fullmatch(label) for label in labels):
        _invalid("not a host name")
    try:
        *first, last = [_integer(label) for label in labels]
    except ValueError as error:
        _invalid(str(error))
    if any(number > 255 for number in first) or last >= 256 ** (5 - len(labels)):
        _invalid("not an IPv4 address")
    value = last + sum(number << (8 * (3 - place)) for place, number in enumerate(first))
    return str(ipaddress.IPv4Address(value))


def _integer(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if len(label) > 1 and label.startswith("0") else int(label)


def _escaped(text: str, kept: str) -> str:
    """One spelling: what needs an escape has one in capitals, what needs none has none."""
    escaped = quote(_BROKEN_ESCAPE.sub("%25", text), safe=kept)
    return _ESCAPE.sub(lambda found: _one_spelling(found.group()), escaped)


def _one_spelling(escape: str) -> str:
    character = chr(int(escape[1:], 16))
    return character if character in _UNRESERVED else escape.upper()


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _without_tracking(query: str) -> str:
    fields = [field for field in query.split("&") if field]
    return "&".join(field for field in fields if not _TRACKING.fullmatch(field.partition("=")[0]))


def _route(fragment: str) -> str:
    """Without what browsers keep from the page. A "#" in it is escaped, or yt-dlp could take what
    follows for its own notes on the address."""
    kept = _escaped(fragment, _KEPT_IN_QUERY).partition(":~:")[0]
    return f"#{kept}" if _ROUTE.match(kept) else ""


def _invalid(why: str) -> NoReturn:
    raise VideoProblem("link.invalid", why)
