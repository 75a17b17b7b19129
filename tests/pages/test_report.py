"""The report: what it tells, what it keeps, and how quickly it follows a decision."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from analysis.finding import Finding, Outcome
from detector_service import settings as as_shipped
from detector_service.checks.models import Finding as FindingRow
from detector_service.checks.overrides import set_override
from detector_service.pages import report
from detector_service.pages.templatetags.pages import picture_format
from tests.pages.checks import BUNDLE, finished_check

pytestmark = pytest.mark.django_db


def page_of(client: Client, check: Any, rest: str = "") -> str:
    return client.get(f"/checks/{check.public_id}{rest}").content.decode()


@pytest.mark.parametrize(
    ("outcome", "headline"),
    [
        (Outcome.LIKELY_MANIPULATED, "Likely manipulated"),
        (Outcome.NO_MANIPULATION_FOUND, "No manipulation found"),
        (Outcome.INCONCLUSIVE, "Inconclusive"),
    ],
)
def test_it_tells_the_verdict_in_words_shape_and_social_card(
    client: Client, outcome: Outcome, headline: str
) -> None:
    page = page_of(client, finished_check(outcome))
    assert f"<h1>{headline}</h1>" in page
    assert f'class="wide {outcome}"' in page
    assert f'property="og:title" content="{headline}: A minister speaks"' in page
    assert f"/static/pages/cards/{outcome}.en.png" in page


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_verdict_has_a_social_picture_in_every_language(
    outcome: Outcome, language: str
) -> None:
    assert finders.find(f"pages/cards/{outcome}.{language}.png")


def test_it_tells_how_often_such_a_verdict_is_wrong(client: Client) -> None:
    # Of 100 videos 1 is manipulated: 0.82 found against 0.99 accused; 55 of 100 are wrong.
    page = page_of(client, finished_check())
    assert "about 55 in 100 results like this one are wrong" in page
    dots = page[page.index('class="dots"') : page.index("</svg>", page.index('class="dots"'))]
    assert dots.count("<circle") == 100
    assert dots.count('class="off"') == 55


def test_the_threshold_is_that_of_so_many_faces(client: Client) -> None:
    """.7 are odds of 7 to 3; for the higher of two faces they are twice that: 14 to 17."""
    page = page_of(client, finished_check())
    assert '<rect class="zone-manipulated" x="82.4"' in page
    assert "the more were judged, the higher its score must be" in page

    limits = re.findall(r'<line class="limit"[^>]* y1="([\d.]+)"', page)
    assert limits == [str(round(8 + (1 - 14 / 17) * 144, 1))] * 2


def test_the_line_over_time_is_no_promise_of_the_verdict(client: Client) -> None:
    """Moments have a calibration of their own: all can lie below it where the whole does not."""
    check = finished_check()
    row = check.finding
    assert row is not None
    face = row.document["tracks"][0]
    face["fake_probability"] = row.document["fake_probability"] = 0.72
    for moment in face["timeline"]:
        moment["fake_probability"] = 0.69
    row.document["tracks"] = [face]
    row.save()

    page = page_of(client, check)
    assert "Likely manipulated" in page
    key = page[page.index('<ul class="key">') : page.index("</ul>", page.index('<ul class="key">'))]
    assert "from here on: suspicious" in key
    assert "manipulated" not in key


def test_one_face_alone_says_nothing_of_many(client: Client) -> None:
    check = finished_check()
    row = check.finding
    assert row is not None
    row.document["tracks"] = row.document["tracks"][:1]
    row.save()
    page = page_of(client, check)
    assert '<rect class="zone-manipulated" x="70.0"' in page
    assert "the higher its score must be" not in page


def test_each_face_has_its_score_timeline_pictures_and_table(client: Client) -> None:
    check = finished_check()
    page = page_of(client, check)
    assert re.findall(r'data-face="(\d)"', page) == ["1", "2"]  # the most suspicious first
    assert "93 of 100" in page
    assert page.count('class="timeline"') == 2
    assert page.count('<rect class="stretch"') == 2
    assert f"/api/v1/checks/{check.public_id}/evidence/track-1-face-1.webp" in page
    assert f"/api/v1/checks/{check.public_id}/evidence/track-1-heat-1.webp" in page
    assert page.count("<tr><td>0:00.0</td>") == 2


def test_a_report_on_a_picture_speaks_of_a_picture(client: Client) -> None:
    check = finished_check()
    document = check.finding.document
    document["media"] |= {
        "kind": "picture",
        "container": "jpeg_pipe",
        "codec": "mjpeg",
        "duration_s": None,
        "frames_per_s": None,
    }
    document["counts"] = {"frames_decoded": 1, "faces_seen": 3, "faces_used": 2}
    for track in document["tracks"]:
        stretch = {"start_s": 0.0, "end_s": 0.0}
        track |= {"first_seen_s": 0.0, "last_seen_s": 0.0, "suspicious": [stretch]}
        track |= {kind: track[kind][:1] for kind in ("timeline", "strip", "heat_maps")}
    check.finding.save()
    page = page_of(client, check)
    main = page[page.index("<main") :]
    assert "0:00.0" not in main
    assert "this video" not in main
    assert "About this picture" in main
    assert ">JPEG, 1280×720</span>" in main
    assert main.count('class="strip"') == 0  # the one picture is shown large already
    assert ">faces seen: 3, good enough to be used: 2</dd>" in main
    assert "93 of 100" in main


@pytest.mark.parametrize(
    ("codec", "name"), [("mjpeg", "JPEG"), ("av1", "AVIF"), ("hevc", "HEIC"), ("png", "PNG")]
)
def test_a_picture_goes_by_the_name_of_its_format(codec: str, name: str) -> None:
    assert picture_format(codec) == name


def test_every_picture_is_lazy_and_sized(client: Client) -> None:
    page = page_of(client, finished_check())
    pictures = re.findall(r"<img[^>]*>", page[page.index("<main") :])
    assert len(pictures) > 15
    for picture in pictures:
        assert 'loading="lazy"' in picture
        assert re.search(r'width="\d+" height="\d+"', picture)
        assert "alt=" in picture


def test_a_face_that_was_not_judged_is_named_with_the_reason(client: Client) -> None:
    page = page_of(client, finished_check())
    told = page[page.index("What was not judged") :]
    assert "Face 3" in told
    assert "too small to be judged" in told


def test_a_glimpsed_face_that_stands_out_is_shown_and_no_verdict_given_on_it(
    client: Client,
) -> None:
    check = finished_check(Outcome.NO_MANIPULATION_FOUND)
    finding = FindingRow.objects.get(checks=check)
    finding.document["tracks"][1] |= {
        "fake_probability": None,
        "reason": "too_short",
        "timeline": [],
        "suspicious": [{"start_s": 2.0, "end_s": 2.4}],
        "heat_maps": [],
    }
    finding.save()

    page = page_of(client, check)
    told = page[page.index("What was not judged") :]
    assert "what was seen of it shows signs of manipulation" in told
    assert 'aria-label="Pictures of face 2"' in told
    assert "No verdict is given on these faces" in told


def test_source_fingerprint_provenance_and_model_are_told(client: Client) -> None:
    page = page_of(client, finished_check(sha256="ab" * 32))
    assert "SHA-256 " + "ab" * 32 in page
    assert "no content credentials. That is neutral" in page
    assert f"<code>{BUNDLE}</code>" in page
    assert 'href="https://video.example/watch?v=1" rel="noopener noreferrer nofollow"' in page


def test_content_credentials_are_told_without_taking_sides(client: Client) -> None:
    page = page_of(client, finished_check(signer="A camera maker"))
    assert "not on the trust list" in page
    assert "A camera maker" in page


def test_a_decision_changes_the_report_at_once(client: Client) -> None:
    check = finished_check()
    assert "<h1>Likely manipulated</h1>" in page_of(client, check)
    assert check.video is not None
    set_override(
        check.video, outcome=Outcome.NO_MANIPULATION_FOUND, public_reason="The face is her own."
    )
    page = page_of(client, check)
    assert "<h1>No manipulation found</h1>" in page
    assert "The face is her own." in page
    assert "The model's score" in page or "The model&#x27;s score" in page
    earlier = page[page.index("Other verdicts") :]
    assert "Likely manipulated" in earlier


def test_verdicts_of_other_bundles_are_listed_and_later_ones_not_called_earlier(
    client: Client,
) -> None:
    check = finished_check(Outcome.NO_MANIPULATION_FOUND)
    assert check.finding is not None
    document = dict(check.finding.document, bundle="new-1")
    FindingRow.objects.create(
        video=check.finding.video,
        bundle="new-1",
        outcome="inconclusive",
        reason="borderline",
        fake_probability=0.5,
        document=document,
        evidence_folder="evidence/none",
        created_at=timezone.now(),
    )
    page = page_of(client, check)
    others = page[page.index("Other verdicts") :]
    assert "<code>new-1</code>" in others
    assert f"<code>{BUNDLE}</code>" not in others
    assert "Earlier" not in page


def test_a_report_of_a_bundle_whose_card_is_gone_is_still_told(client: Client) -> None:
    page = page_of(client, finished_check(bundle="gone-1"))
    assert "<h1>Likely manipulated</h1>" in page
    assert "has not been measured" in page
    assert 'class="limit"' not in page


def test_a_report_that_was_seen_before_costs_one_query(
    client: Client, django_assert_num_queries: Any
) -> None:
    check = finished_check()
    first = page_of(client, check)
    with django_assert_num_queries(1):
        again = page_of(client, check)
    assert re.sub(r'"csrf\w+" value="\w+"', "", again) == re.sub(
        r'"csrf\w+" value="\w+"', "", first
    )


def test_the_next_release_does_not_show_what_the_last_one_left_in_the_cache(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = finished_check()
    assert "<h1>Likely manipulated</h1>" in page_of(client, check)
    monkeypatch.setattr(report.words, "headline", lambda outcome: "In other words")
    assert "<h1>Likely manipulated</h1>" in page_of(client, check)
    monkeypatch.setattr(report, "release", lambda: "the next")
    assert "<h1>In other words</h1>" in page_of(client, check)


def test_the_first_view_is_small(client: Client) -> None:
    from pathlib import Path

    import detector_service.pages as pages

    static = Path(pages.__file__).parent / "static" / "pages"
    served = ["tokens.css", "style.css", "report.js", "copy.js", "icon.svg"]
    fonts = sum(path.stat().st_size for path in (static / "fonts").glob("*.woff2"))
    size = len(page_of(client, finished_check())) + fonts
    assert size + sum((static / name).stat().st_size for name in served) < 150_000


def test_the_saved_report_needs_nothing_from_outside(client: Client) -> None:
    check = finished_check()
    answer = client.get(f"/checks/{check.public_id}/report.html")
    page = answer.content.decode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert "<h1>Likely manipulated</h1>" in page
    assert page.count("data:image/webp;base64,") > 15
    assert 'href="data:' not in page  # no browser follows that
    assert not re.findall(r"(?:src|href)=\"(?!data:|https?://|#)", page)
    assert "<script" not in page
    assert "url(" not in page.replace("url(#high-", "")


def test_the_saved_data_is_the_whole_finding(client: Client) -> None:
    check = finished_check()
    answer = client.get(f"/checks/{check.public_id}/report.json")
    document = json.loads(answer.content)
    assert answer["Content-Disposition"].startswith("attachment")
    assert document["verdict"]["outcome"] == "likely_manipulated"
    assert check.finding is not None
    assert Finding.from_document(document["finding"]).to_document() == check.finding.document


def test_no_report_is_kept_by_caches_or_indexed(client: Client) -> None:
    answer = client.get(f"/checks/{finished_check().public_id}")
    assert "no-store" in answer["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_a_disk_that_takes_nothing_more_hides_no_report(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    check = finished_check()
    backend = as_shipped.CACHES["default"]["BACKEND"]
    cache = {"BACKEND": backend, "LOCATION": tmp_path / "cache"}
    settings.CACHES = {**settings.CACHES, "default": cache}
    assert client.get(f"/checks/{check.public_id}").status_code == 200
    for kept in (tmp_path / "cache").iterdir():
        kept.unlink()
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").touch()  # no file can be made in it, not even by root
    assert client.get(f"/checks/{check.public_id}").status_code == 200
    assert client.get(f"/api/v1/checks/{check.public_id}").status_code == 200
