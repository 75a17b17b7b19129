"""The same checks on an S3-compatible store: moto's server speaks its protocol on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client

from detector_service import object_store
from detector_service.checks import health, housekeeping, run_check, store
from detector_service.checks.asker import Asker
from detector_service.checks.models import Check, Finding
from detector_service.checks.submit import submit_address, submit_upload
from tests.checks.conftest import known_finding
from tests.checks.engine import BYTES, SHA256, Engine

boto3 = pytest.importorskip("boto3", reason="docker/requirements-s3.txt is not installed")
moto_server = pytest.importorskip("moto.server", reason="without an S3 server: moto")

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture(autouse=True)
def bucket(server: str, settings: Any, monkeypatch: pytest.MonkeyPatch, request: Any) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key-for-this-machine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "and-its-secret")
    name = f"bucket-{abs(hash(request.node.nodeid))}"
    bucket = boto3.resource("s3", endpoint_url=server, region_name="us-east-1").Bucket(name)
    bucket.create()
    url = f"s3://{name}/checks?endpoint={server}&region=us-east-1"
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": object_store.storage(url=url, folder=settings.STORE_DIR),
    }
    return bucket


def move_store(settings: Any, endpoint: str) -> None:
    url = f"s3://bucket/checks?endpoint={endpoint}&region=us-east-1"
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": object_store.storage(url=url, folder=settings.STORE_DIR),
    }


def keys(bucket: Any) -> list[str]:
    return sorted(one.key for one in bucket.objects.all())


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_address_becomes_a_finding_whose_pictures_lie_in_the_bucket(
    engine: Engine, run: Any, asker: Asker, bucket: Any, settings: Any
) -> None:
    check = run(submit_address(url="https://example.com/v.mp4", asker=asker).check)
    assert check.state == Check.State.DONE
    finding = Finding.objects.get()
    assert keys(bucket) == [f"checks/{finding.evidence_folder}/face.webp"]
    picture = f"/api/v1/checks/{check.public_id}/evidence/"
    assert b"".join(Client().get(f"{picture}face.webp").streaming_content) == b"a picture"
    assert Client().get(f"{picture}another.webp").status_code == 404
    assert files_in(settings.STORE_DIR) + files_in(settings.SCRATCH_DIR) == []


def test_a_large_file_waits_in_the_bucket_until_it_was_looked_at(
    engine: Engine, run: Any, asker: Asker, bucket: Any, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = settings.SCRATCH_DIR
    settings.SCRATCH_DIR.mkdir()
    with TemporaryUploadedFile("large.mp4", "video/mp4", len(BYTES), None) as file:
        file.write(BYTES)
        file.flush()
        check = submit_upload(file=file, name="large.mp4", asker=asker).check
    waiting = f"checks/{check.work_file}"
    assert keys(bucket) == [waiting]
    assert run(check).state == Check.State.DONE
    assert waiting not in keys(bucket)


def test_bytes_that_the_store_has_lost_are_fetched_again(
    engine: Engine, run: Any, asker: Asker
) -> None:
    check = submit_address(url="https://example.com/v.mp4", asker=asker).check
    run_check.fetch(check.pk)
    check.refresh_from_db()
    store.delete(check.work_file)
    run_check.analyse(check.pk)
    assert run(check).state == Check.State.DONE
    assert engine.fetched == 2


def test_what_nobody_needs_is_swept_from_the_bucket(
    bucket: Any, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = submit_upload(file=SimpleUploadedFile("v", BYTES), name="v", asker=asker).check
    known_finding()
    Finding.objects.update(evidence_folder="evidence/shown")
    for key in ("work/orphan", "evidence/orphan/face.webp", "evidence/shown/face.webp"):
        bucket.put_object(Key=f"checks/{key}", Body=b"bytes")
    housekeeping.sweep()
    assert len(keys(bucket)) == 4
    monkeypatch.setattr(housekeeping, "ORPHAN_AFTER_S", -60)
    housekeeping.sweep()
    assert keys(bucket) == ["checks/evidence/shown/face.webp", f"checks/{waiting.work_file}"]
    assert waiting.upload_sha256 == SHA256


def test_what_is_gone_from_the_bucket_is_not_old(bucket: Any) -> None:
    bucket.put_object(Key="checks/work/there", Body=b"bytes")
    assert store.age_s("work/there") is not None
    assert store.age_s("work/gone") is None


def test_a_store_that_says_nothing_holds_up_some_threads_and_no_more(
    engine: Engine, run: Any, asker: Asker, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = run(submit_address(url="https://example.com/v.mp4", asker=asker).check)
    monkeypatch.setattr(store, "_readers", threading.BoundedSemaphore(2))
    with ThreadPoolExecutor(2) as readers, ExitStack() as lines:
        silent = lines.enter_context(socket.create_server(("127.0.0.1", 0)))
        silent.settimeout(30)
        move_store(settings, "http://{}:{}".format(*silent.getsockname()))
        for number in range(2):
            readers.submit(store.opened, f"evidence/{number}/face.webp")
            lines.enter_context(silent.accept()[0])
        answer = Client().get(f"/api/v1/checks/{check.public_id}/evidence/face.webp")
    assert (answer.status_code, answer.json()["code"]) == (503, "service.busy")


def test_it_is_not_ready_while_its_store_is_away(settings: Any) -> None:
    caches["process"].clear()
    assert "store" not in [part.name for part in health.parts() if not part.ready]
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = "http://{}:{}".format(*closed.getsockname())
    move_store(settings, address)
    caches["process"].clear()
    assert "store" in [part.name for part in health.parts() if not part.ready]


@pytest.mark.parametrize(
    "url",
    ["https://bucket.example/", "s3://", "s3://key:secret@bucket", "s3://bucket?endpont=http://x"],
)
def test_an_address_of_a_store_that_makes_no_sense_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="STORE_URL"):
        object_store.storage(url=url, folder=tmp_path)
