"""The table of platforms, held against yt-dlp's own extractors."""

from __future__ import annotations

import pytest
from yt_dlp.extractor import gen_extractor_classes
from yt_dlp.utils import parse_qs

from analysis.fetch import child
from analysis.fetch.address import parse_address
from analysis.fetch.platforms import PLATFORMS

# Several spellings of one video per platform; the first of each is yt-dlp's own kind.
SPELLINGS = {
    "youtube": ["https://www.youtube.com/watch?v=BaW_jenozKc", "https://youtu.be/BaW_jenozKc?t=3"],
    "vimeo": [
        "https://vimeo.com/56015672",
        "https://player.vimeo.com/video/56015672?autoplay=1",
        "https://vimeo.com/channels/staffpicks/56015672",
        "https://vimeo.com/groups/travelhd/videos/56015672",
    ],
    "vimeo-unlisted": [
        "https://vimeo.com/160743502/abd0e13fb4",
        "https://player.vimeo.com/video/160743502?h=abd0e13fb4",
    ],
    "dailymotion": [
        "https://www.dailymotion.com/video/x5kesuj_office-christmas-party_news",
        "https://dai.ly/x5kesuj",
        "https://www.dailymotion.com/embed/video/x5kesuj?autoplay=1",
        "https://geo.dailymotion.com/player/xysxq.html?video=x5kesuj",
    ],
    "tiktok": [
        "https://www.tiktok.com/@patroxofficial/video/6742501081818877190?lang=en",
        "https://m.tiktok.com/@other.name/video/6742501081818877190",
        "https://www.tiktok.com/embed/v2/6742501081818877190",
    ],
    "twitter": [
        "https://twitter.com/freethenipple/status/643211948184596480",
        "https://x.com/i/web/status/643211948184596480?s=20",
        "https://mobile.twitter.com/someone/status/643211948184596480/photo/1",
    ],
    "twitter-second": [
        "https://x.com/someone/status/643211948184596480/video/2",
        "https://twitter.com/i/status/643211948184596480/video/2?s=20",
    ],
    "instagram": [
        "https://www.instagram.com/p/aye83DjauH/?foo=bar",
        "https://instagram.com/reel/aye83DjauH/",
        "https://www.instagram.com/somebody/reels/aye83DjauH",
        "https://www.instagram.com/tv/aye83DjauH/",
    ],
    "facebook": [
        "https://www.facebook.com/watch/?v=637842556329505",
        "https://www.facebook.com/video.php?v=637842556329505&fref=nf",
        "https://m.facebook.com/cnn/videos/637842556329505/",
        "https://www.facebook.com/reel/637842556329505",
    ],
    "reddit": [
        "https://www.reddit.com/r/videos/comments/6rrwyj/that_small_heart_attack/",
        "https://old.reddit.com/r/videos/comments/6rrwyj",
        "https://www.reddit.com/comments/6rrwyj",
    ],
    "twitchclips": [
        "https://clips.twitch.tv/FaintLightGullWholeWheat",
        "https://www.twitch.tv/sergeynixon/clip/FaintLightGullWholeWheat?filter=clips",
        "https://clips.twitch.tv/embed?clip=FaintLightGullWholeWheat&parent=x",
    ],
    "twitchvod": [
        "https://www.twitch.tv/videos/6528877?t=5m10s",
        "https://www.twitch.tv/riotgames/v/6528877",
        "https://player.twitch.tv/?t=5m10s&video=v6528877",
    ],
    "bilibili": [
        "https://www.bilibili.com/video/BV13x41117TL",
        "https://m.bilibili.com/video/BV13x41117TL/?spm_id_from=333&p=1",
    ],
    "bilibili-part": ["https://www.bilibili.com/video/BV1bK411W797?p=2"],
    "rumble": ["https://rumble.com/vdmum1-moose-the-dog-helps-girls-dig-a-snow-fort.html?e9s=1"],
    "rumbleembed": [
        "https://rumble.com/embed/v5pv5f",
        "https://rumble.com/embed/ufe9n.v5pv5f/?x=1",
    ],
    "streamable": ["https://streamable.com/dnd1", "https://streamable.com/e/dnd1?autoplay=1"],
}

REPEATED = [
    "https://www.youtube.com/watch?v=BaW_jenozKc&v=dQw4w9WgXcQ",
    "https://www.youtube.com/watch?app=desktop&v=BaW_jenozKc&t=3&v=dQw4w9WgXcQ",
    "https://player.vimeo.com/video/160743502?h=abd0e13fb4&h=0123456789",
    "https://geo.dailymotion.com/player/xysxq.html?video=x5kesuj&video=x2iuewm",
    "https://www.facebook.com/watch/?v=637842556329505&v=274175099429670",
    "https://www.facebook.com/watch/?v=637842556329505&video_id=274175099429670",
    "https://clips.twitch.tv/embed?clip=FaintLightGullWholeWheat&clip=Another&parent=x",
    "https://player.twitch.tv/?t=5m10s&video=6528877&video=v7000000",
]


@pytest.fixture(scope="module")
def extractors() -> dict[str, type]:
    return {found.ie_key().lower(): found for found in gen_extractor_classes()}


@pytest.mark.parametrize("allow_generic", [True, False])
def test_each_address_gets_the_extractor_that_yt_dlp_would_choose(allow_generic: bool) -> None:
    downloader = child._downloader(allow_generic)
    urls = [url for spellings in SPELLINGS.values() for url in spellings]
    urls += ["https://example.com/clip.mp4", "https://www.youtube.com/@somebody", "ytsearch:cats"]
    urls += ["https://www.bbc.co.uk/programmes/b039g8p7", "https://vimeo.com/showcase/1", "nothing"]

    for url in urls:
        theirs = (key for key, extractor in downloader._ies.items() if extractor.suitable(url))
        assert downloader.extractor_for(url) == next(theirs, None), url


def test_every_platform_has_spellings() -> None:
    assert {name.partition("-")[0] for name in SPELLINGS} == {p.name for p in PLATFORMS}


@pytest.mark.parametrize("name", SPELLINGS)
def test_all_spellings_are_one_address(name: str) -> None:
    found = {parse_address(url) for url in SPELLINGS[name]}

    assert len(found) == 1
    assert parse_address(found.pop().url) == parse_address(SPELLINGS[name][0])


@pytest.mark.parametrize("name", SPELLINGS)
def test_the_canonical_url_is_one_that_yt_dlp_takes_for_the_same_video(
    name: str, extractors: dict[str, type]
) -> None:
    address = parse_address(SPELLINGS[name][0])
    extractor = extractors[address.platform]
    first_match = next(found for found in extractors.values() if found.suitable(address.url))

    assert first_match is extractor
    its_id = extractor._match_id(address.url)
    our_id = address.key.partition(":")[2]
    # A key may say more (an item of several) or less (no title) than the extractor's id.
    assert its_id in our_id or its_id.startswith(our_id)


@pytest.mark.parametrize("url", REPEATED)
def test_of_repeated_parameters_the_one_counts_that_yt_dlp_reads(
    url: str, extractors: dict[str, type]
) -> None:
    address = parse_address(url)
    its_id = extractors[address.platform]._match_id(url)

    assert its_id == extractors[address.platform]._match_id(address.url)
    assert address.key.startswith(f"{address.platform}:{its_id}")


@pytest.mark.parametrize("query", ["p=2&p=3", "p=3&p=2", "p=2&p=1", "p=1&p=2", "p=2&p=", "p=1&p=1"])
def test_of_repeated_parts_the_last_counts(query: str) -> None:
    url = f"https://www.bilibili.com/video/BV1bK411W797?{query}"
    its_part = parse_qs(url)["p"][-1]

    assert parse_qs(parse_address(url).url).get("p", ["1"]) == [its_part]


@pytest.mark.parametrize(
    ("platform", "url"),
    [
        ("vgtv", "http://www.vgtv.no/#!/video/84196/hevnen-er-soet-episode-10-abu"),
        ("dtube", "https://d.tube/#!/v/broncnutz/x380jtr1"),
        ("neteasemusicmv", "https://music.163.com/#/mv?id=10958064"),
        (
            "rteradio",
            "http://rte.ie/radio/utils/radioplayer/rteradioweb.html#!rii=b16_3250678_8861",
        ),
        ("nba", "https://www.nba.com/bucks/play#/video/teams%2fbucks%2f2020%2f64860"),
    ],
)
def test_a_route_behind_the_hash_is_one_that_yt_dlp_reads(
    platform: str, url: str, extractors: dict[str, type]
) -> None:
    address = parse_address(url)

    assert address.key == address.url
    assert extractors[platform]._match_id(address.url) in address.url


def test_the_running_broadcast_of_a_channel_is_no_video_of_that_name(
    extractors: dict[str, type],
) -> None:
    url = "https://www.youtube.com/embed/live_stream?channel=UC2_KI6RB__jGdlnK6dvFEZA"

    assert extractors["youtubelivestreamembed"].suitable(url)
    assert (parse_address(url).url, parse_address(url).platform) == (url, "www.youtube.com")


@pytest.mark.parametrize("url", SPELLINGS["vimeo-unlisted"])
def test_an_unlisted_video_is_not_found_under_its_bare_number(url: str) -> None:
    video = {"extractor_key": "Vimeo", "id": "160743502"}
    public = child._described({**video, "webpage_url": "https://vimeo.com/160743502"})
    unlisted = child._described({**video, "webpage_url": url})

    assert public["platform_id"] == "160743502"
    assert unlisted["platform_id"] == "160743502/abd0e13fb4"
    assert parse_address(url).key == "vimeo:160743502/abd0e13fb4"
