"""What yt-dlp raised, as one of the codes that a person understands.

Classes of exceptions and HTTP statuses decide first, words last, and what nobody knows is
``platform.changed``: a false reason is worse than none. Read through names, so that this module
needs no yt-dlp; the tests keep its real messages.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from analysis.errors import VideoProblem

_BY_CLASS = {
    "GeoRestrictedError": "content.geo_blocked",
    "UnsupportedError": "link.not_a_video",
    "UserNotLive": "link.not_a_video",
    "CertificateVerifyError": "platform.unreachable",
    "SSLError": "platform.unreachable",
    "SSLCertVerificationError": "platform.unreachable",
    "ContentTooShortError": "platform.unreachable",
    "IncompleteRead": "platform.unreachable",
    "gaierror": "platform.unreachable",
    "ConnectionError": "platform.unreachable",
    "ConnectionResetError": "platform.unreachable",
    "ConnectionRefusedError": "platform.unreachable",
    "RemoteDisconnected": "platform.unreachable",
    "TimeoutError": "platform.unreachable",
    "TransportError": "platform.unreachable",
}

_BY_STATUS = {
    401: "content.login_required",
    402: "content.members_only",
    403: "content.unavailable",
    404: "content.removed",
    410: "content.removed",
    429: "platform.rate_limited",
    451: "content.unavailable",
}

_SURER_THAN_A_STATUS = frozenset(
    {
        "content.drm",
        "link.blocked_address",
        "platform.bot_check",
        "platform.rate_limited",
        "platform.unreachable",
    }
)

_MOST_RETRY_AFTER_S = 86_400.0

_NO_FORMATS = "no video formats found"

# Their words are a site's, not yt-dlp's.
_ADDRESS = re.compile(r"https?://\S+")
# Where a link is signed, its key; a log is read by more people than may open the video.
_QUERY = re.compile(r"\?[^\s'\"?]*=[^\s'\"]*")

# In this order: the first that is found decides. Lower case.
_BY_WORDS = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"drm[- ]protect|known to use drm|uses drm|protected by drm", "content.drm"),
        (
            r"not a bot|captcha|anti-bot|cloudflare|unusual traffic|unable to solve|"
            r"tls fingerprint|fresh cookies|ip address is unable to access|"
            r"ip (?:address )?(?:is|may be) (?:likely )?(?:being )?blocked"
            r"(?! from accessing this post)",  # TikTok's, of this one alone
            "platform.bot_check",
        ),
        (
            r"rate[- ]?limit|too many requests|try again later.*session|reached a limit|"
            r"by server \(\d+\)",  # Bilibili's, which names a number and no reason
            "platform.rate_limited",
        ),
        (r"refused by the sandbox|blocked address|file:// urls", "link.blocked_address"),
        (r"redirect (?:error|loop)|infinite loop|too many redirects", "platform.unreachable"),
        (r"no suitable extractor", "link.unsupported_site"),
        (r"unsupported url|is not a video|contain any video", "link.not_a_video"),
        (r"did not get any data|unsupported features", "content.corrupt"),
        (
            r"confirm your age|age[- ]restrict|inappropriate for some|sensitive content|"
            r"sensitive media|over 18|nsfw tweet|comfortable for some audiences|age verified",
            "content.age_restricted",
        ),
        (
            r"(?:members?|supporter|subscribers?)[- ]only|join this channel|premium|"
            r"requires payment|purchase|rental|patreon|subscription",
            "content.members_only",
        ),
        (
            r"geo[- ]?(?:restrict|block)|only available in |available in \w+ only|"
            r"not available in your (?:country|region|location)|your country|"
            r"not made this video available in|from your location|outside of",
            "content.geo_blocked",
        ),
        (
            r"premieres? in|will begin in|not (?:yet )?started|not yet (?:begun|aired|available)|"
            r"upcoming|is scheduled|begin(?:s)? in a few moments",
            "content.upcoming",
        ),
        (r"live ?stream recording|live ?(?:stream|event) has ended", "content.unavailable"),
        (r"live ?stream|is live\b|live event|currently live", "content.live_now"),
        (r"private|protected tweet|not authorized to view", "content.private"),
        (
            r"removed|deleted|terminated|no longer (?:available|exists)|does not exist|"
            r"doesn't exist|suspended|taken down|not found|copyright",
            "content.removed",
        ),
        (
            r"log(?:ged)? ?in|sign ?in|has opted in|registered users|authenticat|--cookies|"
            r"account required|followers|password",
            "content.login_required",
        ),
        (
            r"requested format is not available|no video could be found|no video in|"
            r"there's no video|there is no video|does not contain a video|no media found",
            "content.no_video_stream",
        ),
        (
            r"unavailable|not available|not currently available|not playable|blocked from",
            "content.unavailable",
        ),
        (r"giving up after", "platform.unreachable"),
    )
)


def problem_of_exception(
    error: BaseException, *, manifest_status: int | None = None
) -> VideoProblem:
    """The VideoProblem for whatever yt-dlp raised, with everything that it wraps.

    ``manifest_status`` is what refused the last manifest: the reason where no format was found.
    """
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, VideoProblem):
            return link
    detail = " <- ".join(f"{type(link).__name__}: {link}"[:400] for link in chain)[:1500]
    return VideoProblem(
        _code_of(chain, manifest_status),
        _QUERY.sub("?…", detail),
        retry_after_s=_retry_after_s(chain),
    )


def code_of(
    *, classes: tuple[str, ...], status: int | None, words: str, extractor: str = ""
) -> str:
    """The code for the names of the exceptions' classes, an HTTP status and a message."""
    names = set(classes)
    by_words = _by_words(words)
    if "GeoRestrictedError" in names:
        return "content.geo_blocked"
    if by_words in _SURER_THAN_A_STATUS:
        return by_words
    if status is not None:
        return _of_status(status)
    for name in classes:
        if name in _BY_CLASS:
            return _BY_CLASS[name]
    if extractor == "generic" and _NO_FORMATS in words.lower():
        return "link.not_a_video"
    return by_words or "platform.changed"


def _of_status(status: int) -> str:
    if 300 <= status < 400:  # a redirect that nobody may follow: to a file, to another protocol
        return "link.blocked_address"
    if status >= 500:
        return "platform.unreachable"
    return _BY_STATUS.get(status, "platform.changed")


def _code_of(chain: list[BaseException], manifest_status: int | None) -> str:
    for link in chain:
        if isinstance(link, MemoryError) or getattr(link, "errno", None) == errno.EFBIG:
            return "content.too_large"
        if getattr(link, "errno", None) == errno.ENOSPC:
            return "service.busy"
    statuses = (getattr(link, "status", None) for link in chain)
    status = next((status for status in statuses if isinstance(status, int)), None)
    classes = tuple(type(link).__name__ for link in chain)
    words, extractor = _said(chain)
    if status is None and (_NO_FORMATS in words.lower() or "UnsupportedError" in classes):
        status = manifest_status
    return code_of(classes=classes, status=status, words=words, extractor=extractor)


def _retry_after_s(chain: list[BaseException]) -> float | None:
    """When the site wants to be asked again, if it says so in seconds."""
    for link in chain:
        headers = getattr(getattr(link, "response", None), "headers", None) or {}
        seconds = headers.get("Retry-After", "").strip()
        if seconds.isdecimal():
            return min(float(seconds), _MOST_RETRY_AFTER_S)
    return None


def _said(chain: list[BaseException]) -> tuple[str, str]:
    """The message alone, and whose it is.

    In full it begins with the names of the extractor and of the file, which can be any words:
    CloudflareStream is no bot check, nor is captcha-explained.mp4.
    """
    words, extractor = str(chain[0]), ""
    for link in chain:
        own_words = getattr(link, "orig_msg", None)
        if isinstance(own_words, str) and own_words in words:
            words, extractor = own_words, str(getattr(link, "ie", None) or "")
            break
    return _ADDRESS.sub("", words), extractor


def _by_words(words: str) -> str | None:
    text = words.lower()
    return next((code for pattern, code in _BY_WORDS if pattern.search(text)), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what it came from; yt-dlp also keeps causes in fields of its own."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner = getattr(link, "exc_info", None)
        waiting.append(inner[1] if isinstance(inner, tuple) and len(inner) == 3 else None)
        waiting += getattr(link, "unexpected_errors", None) or []
        for name in ("cause", "reason", "__cause__", "__context__"):
            value = getattr(link, name, None)
            waiting.append(value if isinstance(value, BaseException) else None)
