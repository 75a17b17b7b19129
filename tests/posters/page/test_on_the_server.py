"""The site's own server believes no browser: it reads back, or asks for itself."""

from __future__ import annotations

import hashlib
import http.cookiejar
import json
import re
import subprocess
import sys
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.posters.contents import MP4_HEAD
from tests.posters.page.line import Line
from tests.posters.page.running import ROOT, ExampleSite, Service

FOR_DJANGO = ROOT / "detector_service" / "posters" / "for_django"
BOUNDARY = "two-hyphens-and-some-words"


def line_of(sample: str) -> bytes:
    return f"deepfake-check sample: {sample}\n".encode()


class Browser:
    """One without scripts."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._opener = build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self._csrf = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', self.get("/"))[0]

    def get(self, path: str) -> str:
        return str(self._opener.open(self._site + path).read().decode())

    def post(self, path: str, content: bytes, **fields: str) -> str:
        """The page that comes back, its status first, where something was stored."""
        said = {"csrfmiddlewaretoken": self._csrf, "title": "My clip", **fields}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in said.items()
        ]
        head = (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=video; "
            "filename=clip.mp4\r\nContent-Type: video/mp4\r\n\r\n"
        )
        body = "".join([*parts, head]).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return str(self._opener.open(Request(self._site + path, body, kind)).read().decode())

    def token(self, asked: object, *, csrf: bool = True) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"}
        if csrf:
            headers["X-CSRFToken"] = self._csrf
        body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
        try:
            answer = self._opener.open(Request(f"{self._site}/check/token", body, headers))
        except HTTPError as error:
            return error.code, None
        return answer.status, json.load(answer)


def asked(method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Any:
    try:
        answer = build_opener().open(Request(url, body, headers, method=method))
    except HTTPError as error:
        answer = error
    return json.loads(answer.read() or b"null")


def status_of(page: str) -> str:
    found = re.search(r'id="status">(\w+)<', page)
    return found[1] if found else ""


@pytest.fixture
def browser(example: ExampleSite, line: Line) -> Browser:
    return Browser(example.url)


def test_without_a_script_the_server_asks_and_the_person_still_chooses(browser: Browser) -> None:
    warned = browser.post("/", line_of("likely_manipulated"))
    assert "Likely manipulated. At least one face" in warned
    assert 'name="video_with_label"' in warned
    assert status_of(warned) == ""
    labelled = browser.post("/", line_of("likely_manipulated"), video_with_label="on")
    assert status_of(labelled) == "answered"
    assert '<p class="label"><strong>Likely manipulated' in labelled


def test_without_a_script_what_needs_no_warning_is_stored(browser: Browser) -> None:
    assert status_of(browser.post("/", line_of("inconclusive"))) == "answered"
    assert status_of(browser.post("/", line_of("failed"))) == "failed"
    assert "A person looks at it" in browser.post("/", line_of("second_look"))
    assert status_of(browser.post("/holding", line_of("second_look"))) == "held"


def test_closed_lets_nothing_through_that_could_not_be_checked(browser: Browser) -> None:
    refused = browser.post("/closed", line_of("failed"))
    assert status_of(refused) == ""
    assert "This file cannot be played" in refused


def test_unknown_bytes_are_sent_by_the_server_itself(browser: Browser) -> None:
    video = MP4_HEAD + b"by the server" * 99
    assert status_of(browser.post("/", video)) == "unanswered"
    assert "It is still being checked" in browser.post("/closed", video)


def test_the_answer_on_another_file_is_worth_nothing(browser: Browser) -> None:
    clear = browser.post("/", line_of("no_manipulation_found"))
    posting = json.loads(re.findall(r'id="label"[^>]*>(.+?)<', clear)[0])["posting"]
    said = json.dumps({"state": "answered", "posting": posting, "label": {"outcome": "x"}})
    assert status_of(browser.post("/", line_of("likely_manipulated"), video_check=said)) == ""


def test_what_a_page_has_only_announced_is_worth_nothing(
    browser: Browser, service: Service, line: Line
) -> None:
    video = MP4_HEAD + b"announced" * 50
    about = {
        "sha256": hashlib.sha256(video).hexdigest(),
        "size_bytes": len(video),
        "media_type": "video/mp4",
    }
    announced = []
    for then in ("sends nothing", "gives it up", "sends other bytes"):
        token = browser.token({"sha256": about["sha256"]})[1]["token"]
        page = {"Authorization": f"Bearer {token}", "Origin": service.site_url}
        as_json = {**page, "Content-Type": "application/json"}
        posting = asked("POST", f"{line.url}/api/v1/uploads", json.dumps(about).encode(), as_json)
        where, by_tus = posting["upload"]["url"], {**page, "Tus-Resumable": "1.0.0"}
        if then == "gives it up":
            asked("DELETE", where, None, by_tus)
        elif then == "sends other bytes":
            by_tus |= {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
            altered = asked("PATCH", where, b"x" * len(video), by_tus)
            assert altered["code"] == "upload.altered"
        announced.append(posting["id"])
    service.knows(video, "likely_manipulated")
    for number in announced:
        said = json.dumps({"posting": number, "choice": "published"})
        warned = browser.post("/", video, video_check=said)
        assert status_of(warned) == ""
        assert "Likely manipulated. At least one face" in warned


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"posting": "../../admin"}',
        '{"posting": 7, "choice": ["x"]}',
    ],
)
def test_what_no_script_of_ours_has_said_is_as_if_it_had_said_nothing(
    browser: Browser, said: str
) -> None:
    page = browser.post("/", line_of("no_manipulation_found"), video_check=said)
    assert status_of(page) == "answered"


def test_while_the_service_is_away_it_is_open_or_closed(browser: Browser, line: Line) -> None:
    line.cut()
    assert status_of(browser.post("/", line_of("likely_manipulated"))) == "away"
    assert "only what has been checked can be posted here" in browser.post(
        "/closed", line_of("no_manipulation_found")
    )


@pytest.mark.parametrize("answer", [b"{}", b'{"status": "ok"}', b"[" * 100_000])
def test_an_answer_that_is_not_the_services_is_none(
    browser: Browser, line: Line, answer: bytes
) -> None:
    line.lead_to_another(answer)
    said = json.dumps({"posting": "of-the-browser"})
    assert status_of(browser.post("/", line_of("inconclusive"), video_check=said)) == "away"
    assert status_of(browser.post("/", line_of("inconclusive"))) == "away"
    assert browser.token({"sha256": None})[0] == 503


def test_a_token_is_for_this_page_alone(browser: Browser, service: Service, line: Line) -> None:
    sha256 = "0" * 64
    status, told = browser.token({"sha256": sha256, "language": "de"})
    assert status == 200
    assert told["token"].startswith("dfp_")
    assert service.key not in json.dumps(told)
    assert browser.token({"sha256": sha256, "language": "de"}, csrf=False)[0] == 403
    wrong = ({"sha256": "short"}, {"sha256": None, "language": "<x>"})
    for nonsense in ({}, [], "x", b"[" * 990, *wrong):
        assert browser.token(nonsense)[0] == 400, nonsense
    line.cut()
    assert browser.token({"sha256": None})[0] == 503


def test_a_model_refuses_what_came_another_way_and_is_warned_of(
    example: ExampleSite, line: Line
) -> None:
    program = """
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from clips.models import Clip
for name in ("likely_manipulated", "no_manipulation_found"):
    file = ContentFile(f"deepfake-check sample: {name}\\n".encode(), "clip.mp4")
    try:
        clip = Clip(title="My clip", video=file)
        clip.full_clean(exclude=["label"])
        print("taken", len(clip.video.read()))
    except ValidationError as error:
        print(error.message_dict["video"][0])
"""
    refused, taken = example.manage("shell", "--no-imports", "-c", program).splitlines()
    assert refused.startswith("Likely manipulated. At least one face")
    assert taken == "taken 45"


def test_a_form_and_a_serializer_of_the_sites_own_are_refused_as_a_model_is(
    example: ExampleSite, line: Line
) -> None:
    program = """
from checked_uploads.validators import CheckedByService
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework import serializers
class Form(forms.Form):
    video = forms.FileField(validators=[CheckedByService()])
class Serializer(serializers.Serializer):
    video = serializers.FileField(validators=[CheckedByService()])
for name in ("likely_manipulated", "no_manipulation_found"):
    line = f"deepfake-check sample: {name}\\n".encode()
    files = lambda: {"video": SimpleUploadedFile("clip.mp4", line, "video/mp4")}
    print(*Form({}, files()).errors.get("video", ["taken"]))
    serializer = Serializer(data=files())
    serializer.is_valid()
    print(*serializer.errors.get("video", ["taken"]))
"""
    told = example.manage("shell", "--no-imports", "-c", program).splitlines()
    assert all(each.startswith("Likely manipulated. At least one face") for each in told[:2])
    assert told[2:] == ["taken", "taken"]


def test_a_stored_file_is_not_even_opened(example: ExampleSite, line: Line) -> None:
    program = """
from clips.models import Clip
Clip(title="Its file is in an archive", video="clips/gone.mp4").full_clean(exclude=["label"])
print("taken")
"""
    assert example.manage("shell", "--no-imports", "-c", program).strip() == "taken"


def test_the_module_needs_nothing_of_the_service() -> None:
    program = """
import sys
from django.conf import settings
settings.configure(INSTALLED_APPS=["checked_uploads"], CHECKED_UPLOADS={
    "SERVICE": "https://check.example", "KEY": "dfc_x"})
import django; django.setup()
import checked_uploads.fields, checked_uploads.validators, checked_uploads.urls
print(sorted({name.partition(".")[0] for name in sys.modules} & {
    "detector_service", "analysis", "celery", "rest_framework", "numpy", "cv2"}))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(FOR_DJANGO)},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[]"
