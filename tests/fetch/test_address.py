from __future__ import annotations

import subprocess
import sys

import pytest
from yt_dlp.utils import smuggle_url, unsmuggle_url

from analysis.errors import VideoProblem
from analysis.fetch.address import parse_address, url_hash

YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "text",
    [
        "https://youtu.be/dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ?si=abcdef&t=9",
        "http://youtube.com/watch?v=dQw4w9WgXcQ&t=9s",
        "https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ",
        "https://music.youtube.com/watch?v=dQw4w9WgXcQ&list=RDAMVM",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ?feature=share",
        "https://www.youtube.com/embed/dQw4w9WgXcQ?autoplay=1",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "https://www.youtube.com/live/dQw4w9WgXcQ#comments",
        "  HTTPS://WWW.YouTube.COM:443/watch?v=dQw4w9WgXcQ  ",
    ],
)
def test_every_address_of_one_video_is_one(text: str) -> None:
    address = parse_address(text)

    assert (address.url, address.key) == (YOUTUBE, "youtube:dQw4w9WgXcQ")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://Example.COM", "http://example.com/"),
        ("https://example.com:443/a#part", "https://example.com/a"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("https://example.com/a/./b/../c", "https://example.com/a/c"),
        ("https://example.com/%7euser/%e2%82%ac", "https://example.com/~user/%E2%82%AC"),
        ("https://example.com/ü?ä=ö", "https://example.com/%C3%BC?%C3%A4=%C3%B6"),
        ("https://example.com/a#t=9", "https://example.com/a"),
        ("https://example.com/a#!", "https://example.com/a"),
        ("https://example.com/a#/v/1", "https://example.com/a#/v/1"),
        ("https://example.com/a?b=c#!v=ü%7e", "https://example.com/a?b=c#!v=%C3%BC~"),
        ("https://example.com/a#/v/1:~:text=word", "https://example.com/a#/v/1"),
        ("https://example.com/v?title=a|b", "https://example.com/v?title=a%7Cb"),
        ("https://example.com/v?title=a%7cb", "https://example.com/v?title=a%7Cb"),
        ("https://example.com/{1}/`x^2`", "https://example.com/%7B1%7D/%60x%5E2%60"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.com/v?b=2&utm_source=x&a=1&fbclid=y", "https://example.com/v?b=2&a=1"),
        ("https://example.com/v?si=1&sig=2", "https://example.com/v?si=1&sig=2"),
        ("https://example.com./a", "https://example.com/a"),
        ("http://[2606:2800:0220:0001::1]/a", "http://[2606:2800:220:1::1]/a"),
        ("http://017700000001/", "http://127.0.0.1/"),
    ],
)
def test_it_has_one_spelling(text: str, url: str) -> None:
    assert parse_address(text).url == url
    assert parse_address(url).url == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "cats",
        "ytsearch:cats",
        "ytsearch5:cats",
        "file:///etc/passwd",
        "ftp://example.com/a.mp4",
        "javascript:alert(1)",
        "data:video/mp4;base64,AAAA",
        "//example.com/a",
        "http:example.com",
        "http:///a",
        "http://",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com\\@evil.example/",
        "https://exa mple.com/",
        "https://exa|mple.com/",
        "https://exa^mple.com/",
        "https://{example}.com/",
        "https://{bücher}.example/",
        "https://example`.com/",
        "https://[::1`]/",
        "https://example.com/a\nb",
        "https://example.com/\x00",
        "https://example.com/\u202egpj",
        "https://example.com:0/",
        "https://example.com:70000/",
        "https://example.com:port/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://-.example/",
        "https://a..b/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://09.1.1.1/",
        "https://xn--/",
        "https://" + "a" * 64 + ".example/",
        "https://example.com/" + "a" * 2048,
        "https://example.com/" + "ü" * 600,
        "https://example.com/#/" + "ü" * 600,
    ],
)
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(VideoProblem) as caught:
        parse_address(text)
    assert caught.value.code == "link.invalid"


@pytest.mark.parametrize(
    "text",
    [
        "https://www.youtube.com/playlist?list=PL123",
        "https://www.youtube.com/@somebody",
        "https://www.youtube.com/watch?list=PL123",
        "https://www.youtube.com/embed/videoseries?list=PL123",
        "https://vimeo.com/channels/staffpicks",
        "https://www.tiktok.com/@somebody",
        "https://www.dailymotion.com/playlist/x123",
    ],
)
def test_a_list_is_told_from_a_video_at_once(text: str) -> None:
    with pytest.raises(VideoProblem) as caught:
        parse_address(text)
    assert caught.value.code == "link.playlist"


def test_no_route_is_taken_for_yt_dlp_s_own_notes() -> None:
    noted = smuggle_url("https://example.com/#/v/1", {"http_headers": {"Cookie": "mine"}})
    url = parse_address(noted).url

    assert unsmuggle_url(url) == (url, None)


def test_the_hash_is_of_the_key() -> None:
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert url_hash("abc") == expected  # FIPS 180-2's own example


def test_the_web_process_stays_light() -> None:
    heavy = ["yt_dlp", "av", "numpy", "cv2", "tensorflow", "keras"]
    program = (
        "import sys; from analysis.fetch.address import parse_address; "
        "parse_address('https://straße.example/'); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
