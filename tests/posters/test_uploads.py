"""Hash first, then bytes by the tus protocol: what is let in, and what is left on the disk."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from detector_service.checks.models import Check, Video
from detector_service.posters import uploads
from detector_service.posters.models import Posting, Site
from detector_service.posters.sweeping import sweep
from tests.api.conftest import put_finding, seen
from tests.posters.conftest import TUS, Asking
from tests.posters.contents import a_video, sha256

VIDEO = a_video(20_000)


def files_in(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_known_bytes_are_answered_with_less_than_a_kilobyte_sent(
    server: Asking, tmp_path: Path, uploads_dir: Path
) -> None:
    put_finding(seen(sha256=sha256(VIDEO)), tmp_path)
    Video.objects.update(size_bytes=len(VIDEO))
    told = server.announce(VIDEO, reference="draft 17", file_name="speech.mp4")
    assert told.status_code == 200
    request = told.wsgi_request
    sent = int(request.META["CONTENT_LENGTH"]) + sum(
        len(name) + len(str(value)) + 4
        for name, value in request.META.items()
        if name.startswith("HTTP_")
    )
    assert sent < 1000
    assert told.json()["state"] == "answered"
    assert told.json()["label"]["outcome"] == "likely_manipulated"
    assert not uploads_dir.exists()


def test_a_hash_with_another_size_is_not_taken_for_the_known_bytes(
    server: Asking, tmp_path: Path
) -> None:
    put_finding(seen(sha256=sha256(VIDEO)), tmp_path)
    assert server.announce(VIDEO).status_code == 201


def test_unknown_bytes_are_sent_in_parts_and_become_a_check(
    server: Asking, store_dir: Path
) -> None:
    announced = server.announce(VIDEO)
    where = announced["Location"]
    assert (announced.status_code, announced["Upload-Offset"]) == (201, "0")
    assert server.patch(where, 0, VIDEO[:7000])["Upload-Offset"] == "7000"
    looked = server.head(where)
    assert (looked["Upload-Offset"], looked["Upload-Length"]) == ("7000", "20000")
    assert looked["Cache-Control"] == "no-store"
    assert server.patch(where, 7000, VIDEO[7000:]).status_code == 204
    told = server.get(f"postings/{announced.json()['id']}").json()
    assert told["state"] == "checking"
    [check] = Check.objects.all()
    assert check.upload_sha256 == sha256(VIDEO)
    assert (store_dir / check.work_file).read_bytes() == VIDEO


def test_where_no_patch_gets_through_a_post_says_it(server: Asking) -> None:
    def said(method: str, content: bytes = b"", offset: int = 0) -> int:
        headers = {"Upload-Offset": str(offset), "X-HTTP-Method-Override": method}
        sent = server.client.post(
            where,
            content,
            "application/offset+octet-stream",
            headers=server.headers | TUS | headers,
        )
        return int(sent.status_code)

    where = server.announce(VIDEO)["Location"]
    assert said("PATCH", VIDEO[:7000]) == 204
    assert server.head(where)["Upload-Offset"] == "7000"
    assert said("GET") == said("NONSENSE") == 405
    assert said("DELETE") == 204
    assert server.head(where).status_code == 410


def test_a_part_from_the_wrong_place_changes_nothing(server: Asking) -> None:
    where = server.announce(VIDEO)["Location"]
    server.patch(where, 0, VIDEO[:5000])
    for offset in (0, 4999, 5001, 20_000):
        refused = server.patch(where, offset, VIDEO[:10])
        assert (refused.status_code, refused.json()["code"]) == (409, "upload.wrong_offset")
    assert server.head(where)["Upload-Offset"] == "5000"


def test_no_more_is_taken_than_was_announced(server: Asking) -> None:
    announced = server.announce(VIDEO)
    refused = server.patch(announced["Location"], 0, VIDEO + b"!")
    assert (refused.status_code, refused.json()["code"]) == (413, "request.too_large")
    assert server.head(announced["Location"])["Upload-Offset"] == "0"


def test_a_line_that_breaks_keeps_what_came_before(server: Asking) -> None:
    posting = Posting.objects.get(public_id=server.announce(VIDEO).json()["id"])
    parts = iter([VIDEO[:6000], b""])
    with pytest.raises(uploads.LineBroke):
        uploads.receive(
            posting, offset=0, length=20_000, read=lambda size: next(parts), checksum=None
        )

    def dies(size: int) -> bytes:
        raise OSError("reset by peer")

    with pytest.raises(uploads.LineBroke):
        uploads.receive(posting, offset=6000, length=14_000, read=dies, checksum=None)
    posting.refresh_from_db()
    assert posting.received_bytes == 6000


def test_what_a_crash_left_behind_the_offset_is_cut_off(
    server: Asking, uploads_dir: Path, store_dir: Path
) -> None:
    announced = server.announce(VIDEO)
    server.patch(announced["Location"], 0, VIDEO[:6000])
    with (uploads_dir / announced.json()["id"]).open("ab") as file:
        file.write(b"written, but never promised")
    server.patch(announced["Location"], 6000, VIDEO[6000:])
    [check] = Check.objects.all()
    assert (store_dir / check.work_file).read_bytes() == VIDEO


def test_a_crash_between_the_last_byte_and_the_check_loses_nothing(
    server: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced = server.announce(VIDEO)
    with monkeypatch.context() as crash:
        crash.setattr(uploads, "_begin_check", lambda posting: 1 / 0)
        assert server.patch(announced["Location"], 0, VIDEO).status_code == 500
    assert not Check.objects.exists()
    assert server.head(announced["Location"])["Upload-Offset"] == "20000"
    assert Check.objects.count() == 1
    assert server.get(f"postings/{announced.json()['id']}").json()["state"] == "checking"


def left_whole_by_a_crash(server: Asking, monkeypatch: pytest.MonkeyPatch) -> Any:
    announced = server.announce(VIDEO)
    with monkeypatch.context() as crash:
        crash.setattr(uploads, "_begin_check", lambda posting: 1 / 0)
        server.patch(announced["Location"], 0, VIDEO)
    return announced


def test_the_sweep_finishes_what_a_crash_left_whole(
    server: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced = left_whole_by_a_crash(server, monkeypatch)
    sweep()
    assert server.get(f"postings/{announced.json()['id']}").json()["state"] == "checking"


def test_any_number_that_are_still_coming_do_not_hide_it(
    server: Asking, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = {"site": site, "sha256": "0" * 64, "size_bytes": 9, "received_bytes": 1}
    Posting.objects.bulk_create(Posting(**coming) for _ in range(1000))
    announced = left_whole_by_a_crash(server, monkeypatch)
    sweep()
    assert server.get(f"postings/{announced.json()['id']}").json()["state"] == "checking"


def test_bytes_on_another_machines_disk_are_not_called_altered(
    server: Asking, monkeypatch: pytest.MonkeyPatch, settings: Any, uploads_dir: Path
) -> None:
    announced = left_whole_by_a_crash(server, monkeypatch)
    settings.UPLOADS_DIR = uploads_dir.with_name("elsewhere")
    sweep()
    assert files_in(settings.UPLOADS_DIR) == []
    settings.UPLOADS_DIR = uploads_dir
    assert Posting.objects.get().state == Posting.State.UPLOADING
    sweep()
    assert server.get(f"postings/{announced.json()['id']}").json()["state"] == "checking"


def test_nothing_goes_on_where_bytes_were_lost(
    server: Asking, uploads_dir: Path, django_capture_on_commit_callbacks: Any
) -> None:
    where = server.announce(VIDEO)["Location"]
    server.patch(where, 0, VIDEO[:5000])
    [file] = files_in(uploads_dir)
    for left in (VIDEO[:4000], None):
        if left is None:
            file.unlink()
        else:
            file.write_bytes(left)
        refused = server.patch(where, 5000, VIDEO[5000:])
        assert (refused.status_code, refused.json()["code"]) == (410, "upload.gone")
    Posting.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert Posting.objects.get().state == Posting.State.CANCELLED
    assert files_in(uploads_dir) == []


@pytest.mark.parametrize(("content", "code"), [(b"x", "upload.altered"), (None, None)])
def test_other_bytes_than_announced_are_refused_and_nothing_is_kept(
    server: Asking,
    uploads_dir: Path,
    store_dir: Path,
    content: Any,
    code: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    announced = server.announce(VIDEO)
    sent = VIDEO if content is None else VIDEO[:-1] + content
    with django_capture_on_commit_callbacks(execute=True):
        told = server.patch(announced["Location"], 0, sent)
    if code is None:
        assert told.status_code == 204
        return
    assert (told.status_code, told.json()["code"]) == (422, code)
    assert files_in(uploads_dir, store_dir) == []
    posting = server.get(f"postings/{announced.json()['id']}").json()
    assert (posting["state"], posting["problem"]["code"]) == ("failed", code)
    assert server.patch(announced["Location"], 20_000, b"x").json()["code"] == "upload.gone"


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/png", VIDEO),
        ("image/heic", VIDEO),
        ("video/webm", VIDEO),
        ("video/mp4", b"\x89PNG\r\n\x1a\n" + b"0" * 100),
        ("image/jpeg", b"<html><script>" + b"0" * 100),
        ("video/mp2t", b"G" + b"0" * 400),
    ],
)
def test_a_mislabelled_file_is_refused_and_nothing_is_kept(
    server: Asking,
    uploads_dir: Path,
    store_dir: Path,
    media_type: str,
    content: bytes,
    django_capture_on_commit_callbacks: Any,
) -> None:
    announced = server.announce(content, media_type=media_type)
    with django_capture_on_commit_callbacks(execute=True):
        told = server.patch(announced["Location"], 0, content)
    assert (told.status_code, told.json()["code"]) == (422, "upload.mislabelled")
    assert files_in(uploads_dir, store_dir) == []
    assert not Check.objects.exists()


@pytest.mark.parametrize(
    ("media_type", "begins"),
    [
        ("image/jpeg", b"\xff\xd8\xff\xe0"),
        ("image/heic", b"\0\0\0\x18ftypheic"),
        ("image/heif", b"\0\0\0\x18ftypmif1"),
    ],
)
def test_pictures_are_taken_too(server: Asking, media_type: str, begins: bytes) -> None:
    picture = begins + b"0" * 500
    assert server.upload(picture, media_type=media_type)["state"] == "checking"


def test_what_is_known_is_answered_whatever_it_is_called(server: Asking, tmp_path: Path) -> None:
    known = a_video()
    put_finding(seen(sha256=sha256(known)), tmp_path)
    Site.objects.update(max_file_bytes=10)
    told = server.announce(known, media_type="application/octet-stream")
    assert (told.status_code, told.json()["state"]) == (200, "answered")
    refused = server.announce(a_video(fill=b"?"), media_type="application/octet-stream")
    assert (refused.status_code, refused.json()["code"]) == (415, "upload.media_type")


@pytest.mark.parametrize("media_type", ["text/html", "application/zip", "video", "", "video/x"])
def test_other_kinds_of_file_are_refused_before_any_byte(server: Asking, media_type: str) -> None:
    refused = server.announce(VIDEO, media_type=media_type)
    assert refused.status_code in (400, 415)
    assert not Posting.objects.exists()


def test_a_checksum_guards_each_part(server: Asking) -> None:
    where = server.announce(VIDEO)["Location"]

    def summed(algorithm: str, content: bytes) -> str:
        digest = hashlib.new(algorithm, content).digest()
        return f"{algorithm} {base64.b64encode(digest).decode()}"

    part = VIDEO[:9000]
    refused = server.patch(where, 0, part, **{"Upload-Checksum": summed("sha256", b"other")})
    assert (refused.status_code, refused.json()["code"]) == (460, "upload.checksum")
    assert server.head(where)["Upload-Offset"] == "0"
    for start, algorithm in ((0, "sha256"), (4000, "sha1")):
        part = VIDEO[start : start + 4000]
        good = server.patch(where, start, part, **{"Upload-Checksum": summed(algorithm, part)})
        assert good.status_code == 204
    for bad in ("md5 AAAA", "sha256 AAAA", "sha256", "", "sha256 ?"):
        assert server.patch(where, 8000, b"x", **{"Upload-Checksum": bad}).status_code == 400


def test_an_upload_that_is_given_up_leaves_nothing(
    server: Asking, uploads_dir: Path, django_capture_on_commit_callbacks: Any
) -> None:
    announced = server.announce(VIDEO)
    server.patch(announced["Location"], 0, VIDEO[:5000])
    with django_capture_on_commit_callbacks(execute=True):
        assert server.delete(announced["Location"]).status_code == 204
    assert files_in(uploads_dir) == []
    assert server.head(announced["Location"]).status_code == 410
    assert server.delete(announced["Location"]).status_code == 410
    assert server.get(f"postings/{announced.json()['id']}").json()["state"] == "cancelled"


def test_an_upload_that_nobody_goes_on_with_expires(
    server: Asking, uploads_dir: Path, django_capture_on_commit_callbacks: Any
) -> None:
    announced = server.announce(VIDEO)
    server.patch(announced["Location"], 0, VIDEO[:5000])
    sweep()
    assert server.head(announced["Location"]).status_code == 200
    Posting.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert server.head(announced["Location"]).status_code == 410
    assert files_in(uploads_dir) == []


def test_two_cannot_send_to_one_upload_at_once(server: Asking) -> None:
    where = server.announce(VIDEO)["Location"]
    posting = Posting.objects.get()
    with uploads._alone(posting):
        refused = server.patch(where, 0, VIDEO)
    assert (refused.status_code, refused.json()["code"]) == (423, "upload.in_use")
    assert server.patch(where, 0, VIDEO).status_code == 204


def test_the_same_question_under_the_same_reference_goes_on_with_the_same_upload(
    server: Asking,
) -> None:
    first = server.announce(VIDEO, reference="draft 17")
    server.patch(first["Location"], 0, VIDEO[:5000])
    again = server.announce(VIDEO, reference="draft 17")
    assert again.status_code == 201
    assert again["Location"] == first["Location"]
    assert again.json()["upload"]["offset"] == 5000
    assert server.announce(VIDEO, reference="draft 18")["Location"] != first["Location"]


def test_a_tus_client_announces_with_its_own_headers(server: Asking) -> None:
    def told(value: str) -> str:
        return base64.b64encode(value.encode()).decode()

    metadata = ",".join(
        f"{name} {told(value)}"
        for name, value in {
            "sha256": sha256(VIDEO),
            "filetype": "video/mp4",
            "filename": "Rede.mp4",
            "reference": "draft 17",
        }.items()
    )
    headers = server.headers | TUS | {"Upload-Length": "20000", "Upload-Metadata": metadata}
    made = server.client.post("/api/v1/uploads", headers=headers)
    assert made.status_code == 201
    assert made["Tus-Resumable"] == "1.0.0"
    assert made.json()["source"]["file_name"] == "Rede.mp4"
    broken = headers | {"Upload-Metadata": "sha256 ???"}
    assert server.client.post("/api/v1/uploads", headers=broken).status_code == 400


def test_it_says_what_it_can_do(server: Asking) -> None:
    told = server.client.options("/api/v1/uploads")
    assert told.status_code == 204
    assert told["Tus-Version"] == "1.0.0"
    assert told["Tus-Extension"] == "creation,termination,checksum,expiration"


def test_another_version_of_the_protocol_is_refused(server: Asking) -> None:
    where = server.announce(VIDEO)["Location"]
    refused = server.patch(where, 0, VIDEO, **{"Tus-Resumable": "0.2.2"})
    assert (refused.status_code, refused["Tus-Version"]) == (412, "1.0.0")
