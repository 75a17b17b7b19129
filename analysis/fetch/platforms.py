"""How the platforms that people use most write one and the same video.

Each pattern is matched against ``host/path?query``, already in canonical spelling. A new platform
is one entry; the tests hold every entry against yt-dlp's extractor of that name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Platform:
    """``name`` is yt-dlp's extractor key in lower case; ``url`` and ``key`` are filled from it."""

    name: str
    patterns: tuple[re.Pattern[str], ...]
    url: str
    key: str = "{id}"


def _platform(name: str, *patterns: str, url: str, key: str = "{id}") -> Platform:
    return Platform(name, tuple(map(re.compile, patterns)), url, key)


# Of several parameters of one name the first counts, for the platforms' pages and for yt-dlp.
_QUERY = r"\?(?:.*?&)??"
_END = r"(?=$|[/?&])"

PLATFORMS = (
    _platform(
        "youtube",
        rf"(?:[\w-]+\.)?youtube(?:-nocookie)?\.com/watch/?{_QUERY}v=(?P<id>[\w-]{{11}}){_END}",
        rf"(?:[\w-]+\.)?youtube(?:-nocookie)?\.com/(?:shorts|embed|live|v|e)/"
        rf"(?P<id>(?!videoseries|live_stream)[\w-]{{11}}){_END}",
        rf"(?:www\.)?youtu\.be/(?P<id>[\w-]{{11}}){_END}",
        url="https://www.youtube.com/watch?v={id}",
    ),
    _platform(
        "vimeo",
        rf"player\.vimeo\.com/video/(?P<id>\d+){_QUERY}h=(?P<hash>[\da-f]{{10}}){_END}",
        rf"(?:www\.)?vimeo\.com/(?P<id>\d+)/(?P<hash>[\da-f]{{10}}){_END}",
        url="https://vimeo.com/{id}/{hash}",
        # The hash is what lets somebody see an unlisted video: who has the number has it not.
        key="{id}/{hash}",
    ),
    _platform(
        "vimeo",
        rf"player\.vimeo\.com/video/(?P<id>\d+){_END}",
        r"(?:www\.)?vimeo\.com/(?:channels/[^/?]+/|groups/[^/?]+/videos/|videos?/)?"
        r"(?P<id>\d+)/?(?=$|\?)",
        url="https://vimeo.com/{id}",
    ),
    _platform(
        "dailymotion",
        r"(?:(?:www|touch|geo)\.)?dailymotion\.com/(?:(?:embed|crawler)/)?video/"
        r"(?P<id>x?[0-9a-zA-Z]+)(?=$|[/?_])",
        rf"geo\.dailymotion\.com/player(?:/\w+)?\.html{_QUERY}video=(?P<id>[0-9a-zA-Z]+){_END}",
        rf"dai\.ly/(?P<id>[0-9a-zA-Z]+){_END}",
        url="https://www.dailymotion.com/video/{id}",
    ),
    _platform(
        "tiktok",
        rf"(?:(?:www|m)\.)?tiktok\.com/(?:@[\w.-]*/video|embed(?:/v\d)?|share/video|player/v1)/"
        rf"(?P<id>\d+){_END}",
        url="https://www.tiktok.com/@_/video/{id}",
    ),
    _platform(
        "twitter",
        rf"(?:(?:www|m|mobile)\.)?(?:twitter|x)\.com/(?:i/web/status|[^/?]+/status|statuses)/"
        rf"(?P<id>\d+)(?P<item>/video/[1-9]){_END}",
        rf"(?:(?:www|m|mobile)\.)?(?:twitter|x)\.com/(?:i/web/status|[^/?]+/status|statuses)/"
        rf"(?P<id>\d+)(?P<item>){_END}",
        url="https://x.com/i/status/{id}{item}",
        key="{id}{item}",
    ),
    _platform(
        "instagram",
        rf"(?:www\.)?instagram\.com/(?:(?!share/)[^/?]+/)?(?:p|tv|reels?)/(?!audio/)"
        rf"(?P<id>[\w-]+){_END}",
        url="https://www.instagram.com/p/{id}/",
    ),
    _platform(
        "facebook",
        rf"(?:[\w-]+\.)?facebook\.com/(?:watch/?(?:live/?)?|video\.php|video/embed){_QUERY}"
        rf"(?:v|video_id)=(?P<id>\d+){_END}",
        r"(?:[\w-]+\.)?facebook\.com/[^/?]+/videos/(?:[^/?]+/)?(?P<id>\d+)/?(?=$|\?)",
        rf"(?:[\w-]+\.)?facebook\.com/reel/(?P<id>\d+){_END}",
        url="https://www.facebook.com/watch/?v={id}",
    ),
    _platform(
        "reddit",
        rf"(?:\w+\.)?reddit\.com/(?:(?:r|user|u)/[^/?]+/)?comments/(?P<id>[0-9a-z]+){_END}",
        url="https://www.reddit.com/comments/{id}",
    ),
    _platform(
        "twitchclips",
        rf"clips\.twitch\.tv/embed{_QUERY}clip=(?P<id>[\w-]+){_END}",
        r"clips\.twitch\.tv/(?!embed\?)(?P<id>[\w-]+)/?(?=$|\?)",
        rf"(?:(?:www|go|m)\.)?twitch\.tv/(?:[^/?]+/)?clip/(?P<id>[\w-]+){_END}",
        url="https://clips.twitch.tv/{id}",
    ),
    _platform(
        "twitchvod",
        rf"(?:(?:www|go|m)\.)?twitch\.tv/(?:[^/?]+/v(?:ideo)?|videos)/(?P<id>\d+){_END}",
        rf"player\.twitch\.tv/{_QUERY}video=v?(?P<id>\d+){_END}",
        url="https://www.twitch.tv/videos/{id}",
    ),
    _platform(
        "bilibili",
        # Of several parts the last counts for yt-dlp.
        rf"(?:(?:www|m)\.)?bilibili\.com/video/[bB][vV](?P<id>[0-9a-zA-Z]+)/?{_QUERY}"
        rf"p=(?P<part>[2-9]|[1-9]\d+){_END}(?!.*&p=[^&])",
        url="https://www.bilibili.com/video/BV{id}?p={part}",
        key="BV{id}?p={part}",
    ),
    _platform(
        "bilibili",
        rf"(?:(?:www|m)\.)?bilibili\.com/video/[bB][vV](?P<id>[0-9a-zA-Z]+){_END}",
        url="https://www.bilibili.com/video/BV{id}",
        key="BV{id}",
    ),
    _platform(
        "rumble",
        r"(?:www\.)?rumble\.com/(?P<id>v(?!ideos)[0-9a-z]+)(?P<slug>-[^/?]*)(?=$|\?)",
        url="https://rumble.com/{id}{slug}",
    ),
    _platform(
        "rumbleembed",
        rf"(?:www\.)?rumble\.com/embed/(?:[0-9a-z]+\.)?(?P<id>[0-9a-z]+){_END}",
        url="https://rumble.com/embed/{id}",
    ),
    _platform(
        "streamable",
        r"(?:www\.)?streamable\.com/(?:[eso]/)?(?P<id>[0-9a-z]{4,8})/?(?=$|\?)",
        url="https://streamable.com/{id}",
    ),
)

# Pages that can only be lists, so that a person hears of it at once and not after a fetch.
PLAYLISTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:[\w-]+\.)?youtube\.com/(?:playlist|results|feed/|channel/|c/|user/|@)",
        rf"(?:[\w-]+\.)?youtube\.com/(?:watch|embed/videoseries)/?{_QUERY}list=",
        r"(?:www\.)?vimeo\.com/(?:channels|showcase|album|groups)/[^/?]+/?(?:videos/?)?(?=$|\?)",
        r"(?:www\.)?dailymotion\.com/playlist/",
        r"(?:www\.)?tiktok\.com/@[\w.-]+/?(?=$|\?)",
        r"(?:(?:www|m)\.)?twitch\.tv/[^/?]+/(?:videos|clips)/?(?=$|\?)",
        r"space\.bilibili\.com/",
        r"(?:www\.)?rumble\.com/(?:c|user)/",
    )
)
