"""A site with a key, and rows made by hand: no worker, no model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from detector_service.checks import lifecycle
from detector_service.checks.models import Check
from detector_service.checks.steps import Step
from detector_service.posters.accounts import issue_site_key, make_site
from detector_service.posters.models import Posting, Site, SiteKey
from tests.api.conftest import put_finding, seen, serve
from tests.own_ground import forget_budgets, own_store
from tests.posters.contents import sha256

__all__ = ["serve"]

ORIGIN = "https://site.example"
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def uploads_dir(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOADS_DIR = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.fixture
def store_dir(settings: Any, tmp_path: Path, uploads_dir: Path, serve: Any) -> Path:
    """Everything that the service writes lies under the test's own folder."""
    serve()
    forget_budgets()
    return own_store(settings, tmp_path)


@pytest.fixture
def site(db: None, store_dir: Path) -> Site:
    return make_site(name="A site", contact="ops@site.example", origins=[ORIGIN])


@pytest.fixture
def key(site: Site) -> str:
    return issue_site_key(site=site)[1]


class Asking:
    """The API as somebody with this token or key sees it."""

    def __init__(self, secret: str, *, origin: str | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"}
        if origin is not None:
            self.headers["Origin"] = origin

    def post(self, path: str, document: Any, **headers: str) -> Any:
        return self.client.post(
            f"/api/v1/{path}", document, "application/json", headers=self.headers | headers
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers | headers)

    def announce(self, content: bytes, **fields: Any) -> Any:
        document = {
            "sha256": sha256(content),
            "size_bytes": len(content),
            "media_type": "video/mp4",
            **fields,
        }
        return self.post("uploads", document)

    def patch(self, where: str, offset: int, content: bytes, **headers: str) -> Any:
        return self.client.patch(
            where,
            content,
            "application/offset+octet-stream",
            headers=self.headers | TUS | {"Upload-Offset": str(offset)} | headers,
        )

    def head(self, where: str) -> Any:
        return self.client.head(where, headers=self.headers | TUS)

    def delete(self, where: str) -> Any:
        return self.client.delete(where, headers=self.headers | TUS)

    def upload(self, content: bytes, **fields: Any) -> Any:
        """Announce and send it whole; the posting as it is told then."""
        announced = self.announce(content, **fields)
        assert announced.status_code == 201, announced.content
        sent = self.patch(announced["Location"], 0, content)
        assert sent.status_code == 204, sent.content
        return self.get(f"postings/{announced.json()['id']}").json()


@pytest.fixture
def server(key: str) -> Asking:
    return Asking(key)


@pytest.fixture
def page(server: Asking) -> Callable[..., Asking]:
    """A page of the site, with a token that its server has made."""

    def page(*, origin: str = ORIGIN, **wishes: Any) -> Asking:
        minted = server.post("page-tokens", {"origin": ORIGIN, **wishes})
        assert minted.status_code == 201, minted.content
        return Asking(minted.json()["token"], origin=origin)

    return page


@pytest.fixture
def other_site(db: None, store_dir: Path) -> Asking:
    other = make_site(name="Another", contact="a@b.example", origins=["https://b.example"])
    return Asking(issue_site_key(site=other)[1])


@pytest.fixture
def test_key(site: Site) -> tuple[SiteKey, str]:
    return issue_site_key(site=site, test=True)


@pytest.fixture
def finish(db: None, tmp_path: Path) -> Callable[..., Check]:
    """Do what the worker does: the check of this posting ends with ``seen(**what)``."""

    def finish(posting: Posting | dict[str, Any], **what: Any) -> Check:
        number = posting["id"] if isinstance(posting, dict) else posting.public_id
        row = Posting.objects.get(public_id=number)
        assert row.check_asked is not None
        check = row.check_asked
        finding = put_finding(seen(sha256=row.sha256 or "5" * 64, **what), tmp_path)
        step = Step.ANALYSE if check.work_file else Step.FETCH
        lease = lifecycle.claim(check.pk, step)
        assert lease is not None
        lifecycle.finish(lease, finding=finding)
        check.refresh_from_db()
        return check

    return finish
