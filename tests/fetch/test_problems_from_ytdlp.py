"""Real messages of yt-dlp, by class, each with the code that a person is told."""

from __future__ import annotations

import pytest
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import (
    ContentTooShortError,
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    UnsupportedError,
    UserNotLive,
)

from analysis.fetch.problems_from_ytdlp import problem_of_exception

MESSAGES = {
    "content.private": [
        "[youtube] x: Private video. Sign in if you've been granted access to this video. Use "
        "--cookies-from-browser or --cookies for the authentication.",
        "[twitter] 1: You are not authorized to view this protected tweet. Use --cookies",
    ],
    "content.removed": [
        "[youtube] x: Video unavailable. This video has been removed by the uploader",
        "[youtube] x: Video unavailable. This video is no longer available because the YouTube "
        "account associated with this video has been terminated.",
        "[youtube] x: This video has been removed for violating YouTube's Terms of Service",
        "[twitch:vod] 1: Broadcast no longer exists",
    ],
    "content.unavailable": [
        "[youtube] x: Video unavailable",
        "[youtube] x: This video is not available",
        "[youtube] x: This live stream recording is not available.",
        "[youtube] x: This live event has ended.",
        "[tiktok:live] x: This livestream has ended",
        "[TikTok] 1: Your IP address is blocked from accessing this post",
    ],
    "content.age_restricted": [
        "[youtube] x: Sign in to confirm your age. This video may be inappropriate for some users.",
        "[twitter] 1: NSFW tweet requires authentication. Use --cookies for the authentication.",
        "[ARDMediathek] x: This video is only available for age verified users or after 22:00",
        "[TikTok] 1: This post may not be comfortable for some audiences. Log in for access. Use "
        "--cookies-from-browser or --cookies for the authentication.",
    ],
    "content.login_required": [
        "[Instagram] x: This content is only available for registered users who follow this "
        "account",
        "[facebook] 1: This video is only available for registered users. Use --cookies",
        "[reddit] x: Account authentication is required. Use --cookies",
        "[reddit] x: Quarantined subreddit; an account that has opted in is required",
        "[niconico:history] x: You have to be logged in to get your history",
    ],
    "content.members_only": [
        "[youtube] x: Join this channel to get access to members-only content like this video, and "
        "other exclusive perks.",
        "[youtube] x: This video is available to this channel's members on level: Fans (or any "
        "higher level). Join this channel to get access.",
        "[BiliBili] 1: This is a supporter-only video: for members of this plan",
    ],
    "content.geo_blocked": [
        "[youtube] x: The uploader has not made this video available in your country",
        "[generic] This video is not available from your location due to geo restriction",
        "[svt:play] x: This video is only available in Sweden",
        "[youku] x: Youku said: Sorry, this video is available in China only",
        "[ARDMediathek] x: This video is not available due to geoblocking",
    ],
    "content.drm": [
        "[generic] x: This video is DRM protected",
        "[DRM] The requested site is known to use DRM protection. It will NOT be supported.",
    ],
    "content.upcoming": [
        "[youtube] x: Premieres in 3 hours",
        "[youtube] x: This live event will begin in a few moments.",
        "[youtube] x: This live event has not started yet. It is scheduled for tomorrow.",
        "[twitter:spaces] x: Twitter Space not started yet",
        "[BilibiliCheese] 1: This course episode is not yet available.",
    ],
    "content.no_video_stream": [
        "[generic] x: Requested format is not available. Use --list-formats for a list",
        "[Instagram] x: There is no video in this post",
        "[twitter] 1: No video could be found in this tweet",
    ],
    "link.not_a_video": [
        "Unsupported URL: https://example.com/page",
        "[twitter] 1: Media #1 is not a video",
        "[imgur] x: x is not a video or animated image",
        "[rtve.es:program] x: The webpage doesn't contain any video",
    ],
    "link.unsupported_site": ["No suitable extractor found for URL https://example.com/page"],
    "platform.bot_check": [
        "[youtube] x: Sign in to confirm you’re not a bot. Use --cookies-from-browser or "
        "--cookies for the authentication.",
        "[generic] Got HTTP Error 403 caused by Cloudflare anti-bot challenge; try again with  "
        '--extractor-args "generic:impersonate"',
        "[youtube] x: This video is unavailable. YouTube is requiring a captcha challenge before "
        "playback",
        "[vimeo] 1: This request has been blocked due to its TLS fingerprint. Install a required "
        "impersonation dependency if possible",
        "[vimeo] 1: Got HTTP Error 403. If you are using a data center IP or VPN/proxy, your IP "
        "may be blocked",
        "[reddit] x: Your IP address is unable to access the Reddit API",
        "[Douyin] 1: Fresh cookies (not necessarily logged in) are needed",
        "[youtube] x: All player responses are invalid. Your IP is likely being blocked by Youtube",
    ],
    "platform.rate_limited": [
        "[youtube] x: Video unavailable. This content isn't available, try again later. Your "
        "account has been rate-limited by YouTube for up to an hour.",
        "[twitter] 1: Rate-limit exceeded",
        "[BiliBili] 1: Request is blocked by server (412), please wait and try later.",
        "[BilibiliSpaceVideo] 1: Request is rejected by server (352)",
        "[Instagram] x: HTTP Error 429: Too Many Requests",
    ],
    "platform.changed": [
        "[youtube] x: Failed to extract any player response; please report this issue on  "
        "https://github.com/yt-dlp/yt-dlp/issues",
        "[TikTok] 1: Unable to extract universal data for rehydration",
        "[rumble] something that nobody has seen before",
    ],
}


@pytest.mark.parametrize(
    ("code", "message"), [(code, text) for code, texts in MESSAGES.items() for text in texts]
)
def test_a_message_has_its_code(code: str, message: str) -> None:
    error = DownloadError(f"ERROR: {message}")

    assert problem_of_exception(error).code == code


def said(words: str, *, extractor: str, video_id: str, cause: Exception | None = None) -> Exception:
    """As yt-dlp passes on what one of its extractors raised."""
    error = ExtractorError(words, expected=True, ie=extractor, video_id=video_id, cause=cause)
    passed_on = DownloadError(f"ERROR: {error}")
    passed_on.__context__ = error
    return passed_on


@pytest.mark.parametrize(
    ("extractor", "video_id"),
    [
        ("CloudflareStream", "31c9291ab41fac05471db4e73aa11717"),
        ("generic", "captcha-explained"),
        ("livestream", "not-a-bot"),
    ],
)
def test_the_names_of_extractors_and_files_are_no_words(extractor: str, video_id: str) -> None:
    gone = HTTPError(Answer(404))
    missing = said(f"Unable: {gone}", extractor=extractor, video_id=video_id, cause=gone)
    odd = said("Unable to extract data", extractor=extractor, video_id=video_id)

    assert problem_of_exception(missing).code == "content.removed"
    assert problem_of_exception(odd).code == "platform.changed"


def test_the_words_of_an_address_are_a_site_s() -> None:
    page = UnsupportedError("https://www.cloudflare.com/learning/video/")

    assert problem_of_exception(page).code == "link.not_a_video"


@pytest.mark.parametrize(
    ("extractor", "code"), [("generic", "link.not_a_video"), ("Reddit", "platform.changed")]
)
def test_a_page_without_formats_is_no_video_and_a_platform_has_changed(
    extractor: str, code: str
) -> None:
    error = said("No video formats found!", extractor=extractor, video_id="[generic]")

    assert problem_of_exception(error).code == code


def test_the_manifest_that_was_refused_is_why_there_are_no_formats() -> None:
    error = said("No video formats found!", extractor="CloudflareStream", video_id="x")

    assert problem_of_exception(error, manifest_status=404).code == "content.removed"
    assert problem_of_exception(error).code == "platform.changed"


def test_a_fingerprint_that_is_refused_is_a_bot_check_whatever_its_status() -> None:
    refused = HTTPError(Answer(403))
    error = said(
        "This request has been blocked due to its TLS fingerprint.",
        extractor="vimeo",
        video_id="56015672",
    )
    error.__context__.__context__ = refused

    assert problem_of_exception(error).code == "platform.bot_check"


def wrapped(cause: Exception) -> DownloadError:
    error = ExtractorError("Unable to download webpage", cause=cause)
    return DownloadError(f"ERROR: {error}", (type(error), error, None))


class Answer:
    """As much of an HTTP response as an HTTPError of yt-dlp needs."""

    reason = "because"

    def __init__(self, status: int) -> None:
        self.status = status

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GeoRestrictedError("not here", countries=["DE"]), "content.geo_blocked"),
        (UnsupportedError("https://example.com"), "link.not_a_video"),
        (UserNotLive(video_id="x"), "link.not_a_video"),
        (ContentTooShortError(1, 2), "platform.unreachable"),
        (TransportError("Connection reset by peer"), "platform.unreachable"),
        (TransportError(cause=TimeoutError("timed out")), "platform.unreachable"),
        (HTTPError(Answer(404)), "content.removed"),
        (HTTPError(Answer(429)), "platform.rate_limited"),
        (HTTPError(Answer(403)), "content.unavailable"),
        (HTTPError(Answer(502)), "platform.unreachable"),
        (HTTPError(Answer(302)), "link.blocked_address"),
        (OSError(27, "File too large"), "content.too_large"),
        (OSError(28, "No space left on device"), "service.busy"),
        (MemoryError(), "content.too_large"),
    ],
)
def test_a_class_decides_before_words(error: Exception, code: str) -> None:
    assert problem_of_exception(wrapped(error)).code == code


@pytest.mark.parametrize(
    "error",
    [
        UnsupportedError("https://example.com/clip?t=3&signature=s3cret"),
        ExtractorError("Unable to download webpage", video_id="clip?token=s3cret", ie="generic"),
        TransportError("redirected to 'https://example.com/a?b=1?key=s3cret' too often"),
    ],
)
def test_the_key_of_a_signed_link_is_written_into_no_log(error: Exception) -> None:
    logged = str(problem_of_exception(wrapped(error)))
    assert "s3cret" not in logged
    assert "clip" in logged or "too often" in logged


def test_the_rest_of_a_message_is() -> None:
    error = ExtractorError("Sign in? Is it available? See x=1", video_id="x", ie="youtube")
    assert "Sign in? Is it available? See x=1" in str(problem_of_exception(wrapped(error)))
