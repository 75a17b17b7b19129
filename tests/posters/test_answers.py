"""The site's policy in words: what warns, who looks first, what silence means, what is kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from analysis.finding import Outcome, Reason
from detector_service.checks import keeping, lifecycle, overrides
from detector_service.checks.models import Check, Video, new_public_id
from detector_service.checks.steps import Step
from detector_service.posters import answering, samples
from detector_service.posters.models import Callback, Posting, Site, SiteKey
from detector_service.posters.sweeping import sweep
from detector_service.review.models import Case, Erasure
from tests.posters.conftest import Asking
from tests.posters.contents import a_video, sha256
from tests.review.conftest import let_time_pass, overturn, someone

VIDEO = a_video()
MANIPULATED = Outcome.LIKELY_MANIPULATED
NOTHING = Outcome.NO_MANIPULATION_FOUND
UNCLEAR = {"outcome": Outcome.INCONCLUSIVE, "reason": Reason.BORDERLINE}

Finish = Callable[..., Check]


def read(server: Asking, posting: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = server.get(f"postings/{posting['id']}").json()
    return told


@pytest.mark.parametrize(
    ("warn_on", "what", "advice"),
    [
        (["likely_manipulated"], {"outcome": MANIPULATED}, "warn"),
        (["likely_manipulated"], UNCLEAR, "publish"),
        (["likely_manipulated"], {"outcome": NOTHING}, "publish"),
        (["likely_manipulated", "inconclusive"], UNCLEAR, "warn"),
        ([], {"outcome": MANIPULATED}, "publish"),
    ],
)
def test_the_words_decide_what_warns(
    server: Asking, finish: Finish, warn_on: list[str], what: Any, advice: str
) -> None:
    Site.objects.update(warn_on=warn_on)
    posting = server.upload(VIDEO)
    assert posting["advice"] is None
    finish(posting, **what)
    told = read(server, posting)
    assert (told["state"], told["advice"]) == ("answered", advice)
    assert (told["label"]["statement_of_reasons"] is not None) == (advice == "warn")


@pytest.mark.parametrize(("on_failure", "advice"), [("open", "publish"), ("closed", "hold")])
def test_what_a_failure_means_is_the_sites_choice(
    server: Asking, on_failure: str, advice: str
) -> None:
    Site.objects.update(on_failure=on_failure)
    posting = server.upload(VIDEO)
    lease = lifecycle.claim(Check.objects.get().pk, Step.ANALYSE)
    assert lease is not None
    lifecycle.fail(lease, code="content.corrupt")
    told = read(server, posting)
    assert (told["state"], told["advice"]) == ("failed", advice)
    assert told["problem"]["code"] == "content.corrupt"
    assert told["label"] is None


def test_an_address_is_asked_about_like_a_file(server: Asking, finish: Finish) -> None:
    made = server.post("postings", {"url": "https://v.example/1", "reference": "draft 17"})
    assert (made.status_code, made["Retry-After"]) == (202, "2")
    assert (
        server.post("postings", {"url": "https://v.example/1", "reference": "draft 17"}).json()[
            "id"
        ]
        == made.json()["id"]
    )
    lease = lifecycle.claim(Check.objects.get().pk, Step.FETCH)
    assert lease is not None
    lifecycle.fail(lease, code="content.removed")
    assert read(server, made.json())["problem"]["code"] == "content.removed"
    refused = server.post("postings", {"url": "ftp://v.example/1"})
    assert (refused.status_code, refused.json()["code"]) == (422, "link.invalid")
    assert Posting.objects.count() == 1


# -- the second look --------------------------------------------------------------------------


def kept(case: Case) -> None:
    """A moderator has seen it as the model has."""
    overrides.set_override(case.video, outcome=Outcome(case.outcome), public_reason="Seen.")


def test_a_moderator_looks_before_the_site_is_told_to_warn(server: Asking, finish: Finish) -> None:
    Site.objects.update(second_look=True)
    posting = server.upload(VIDEO)
    finish(posting)
    told = read(server, posting)
    assert (told["state"], told["advice"], told["label"]) == ("second_look", "hold", None)
    [case] = Case.objects.all()
    assert case.video.sha256 == sha256(VIDEO)
    assert case.video.kept_file  # so that there is something to look at
    kept(case)
    assert answering.settle_due() == 1
    told = read(server, posting)
    assert (told["state"], told["advice"]) == ("answered", "warn")
    assert told["label"]["decided_by"] == "moderator"


def test_the_moderator_may_see_it_otherwise(
    server: Asking, finish: Finish, store_dir: Path, django_capture_on_commit_callbacks: Any
) -> None:
    Site.objects.update(second_look=True)
    posting = server.upload(VIDEO)
    with django_capture_on_commit_callbacks(execute=True):
        finish(posting)
        read(server, posting)
    video = Video.objects.get()
    assert (store_dir / video.kept_file).read_bytes() == VIDEO
    keeping.sweep()  # nobody has looked yet
    with django_capture_on_commit_callbacks(execute=True):
        overrides.set_override(video, outcome=NOTHING, public_reason="An actor of that name.")
        told = read(server, posting)
    assert (told["state"], told["advice"]) == ("answered", "publish")
    assert told["label"]["decided_by"] == "moderator"
    assert told["label"]["public_reason"] == "An actor of that name."
    keeping.sweep()
    assert not (store_dir / video.kept_file).exists()
    assert Video.objects.get().kept_file == ""


def test_nobody_looks_at_what_warns_of_nothing(server: Asking, finish: Finish) -> None:
    Site.objects.update(second_look=True)
    posting = server.upload(VIDEO)
    finish(posting, outcome=NOTHING)
    assert read(server, posting)["state"] == "answered"


def test_what_is_withheld_is_held(server: Asking, finish: Finish) -> None:
    posting = server.upload(VIDEO)
    finish(posting)
    assert read(server, posting)["advice"] == "warn"
    overrides.set_override(Video.objects.get(), outcome=None, withheld=True)
    told = read(server, posting)
    assert (told["state"], told["advice"], told["label"]) == ("second_look", "hold", None)


def test_what_is_withheld_while_a_site_waits_is_looked_at_again(
    server: Asking, finish: Finish
) -> None:
    Site.objects.update(second_look=True)
    posting = server.upload(VIDEO)
    finish(posting)
    assert read(server, posting)["state"] == "second_look"
    case, moderator = Case.objects.get(), someone()
    overturn(case, moderator, effect="withhold", outcome="")
    answering.settle_due()
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    overturn(case, moderator, effect="withhold", outcome="")
    assert server.announce(VIDEO).json()["state"] == "second_look"  # somebody else posts it
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    overturn(case, moderator, effect="override", outcome=NOTHING)
    let_time_pass()
    answering.settle_due()
    assert read(server, posting)["state"] == "answered"
    case.refresh_from_db()
    assert case.state == Case.State.CLOSED


def test_nobody_waits_for_a_person_where_the_video_was_erased(
    server: Asking, finish: Finish
) -> None:
    posting = server.upload(VIDEO)
    finish(posting)
    video = Video.objects.get()
    Erasure.objects.create(video_sha256=video.sha256, reason="She asked.", by_name="ada")
    overrides.set_override(video, outcome=None, withheld=True)
    told = read(server, posting)
    assert (told["state"], told["problem"]["code"]) == ("failed", "video.erased")
    assert not Case.objects.exists()
    assert not Video.objects.get().kept_file


def test_however_many_wait_for_a_person_all_others_are_settled(
    server: Asking, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_AT_ONCE", 2)
    Site.objects.update(second_look=True)
    waiting = [server.upload(a_video(fill=fill)) for fill in (b"a", b"b", b"c")]
    for posting in waiting:
        finish(posting)
        read(server, posting)
    late = server.upload(VIDEO)
    lease = lifecycle.claim(Posting.objects.get(public_id=late["id"]).check_asked_id, Step.ANALYSE)
    assert lease is not None
    lifecycle.fail(lease, code="content.corrupt")
    answering.settle_due()
    assert Posting.objects.get(public_id=late["id"]).state == Posting.State.FAILED
    last = Posting.objects.get(public_id=waiting[-1]["id"])
    assert last.check_asked is not None
    kept(Case.objects.get(video=last.check_asked.video))
    answering.settle_due()  # goes on where the one before ended
    last.refresh_from_db()
    assert last.state == Posting.State.ANSWERED


# -- the bytes --------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [False, True])
def test_bytes_are_deleted_after_the_verdict_unless_the_site_keeps_them(
    server: Asking,
    finish: Finish,
    store_dir: Path,
    uploads_dir: Path,
    keep: bool,
    django_capture_on_commit_callbacks: Any,
) -> None:
    Site.objects.update(keep_files=keep)
    with django_capture_on_commit_callbacks(execute=True):
        posting = server.upload(VIDEO)
        finish(posting)
        answering.settle_due()
        keeping.sweep()
    left = [path for path in store_dir.rglob("*") if path.is_file() and path.suffix != ".webp"]
    assert list(uploads_dir.iterdir()) == []
    assert [path.read_bytes() for path in left] == ([VIDEO] if keep else [])
    assert bool(Video.objects.get().kept_file) == keep


def away(*_: Any, **__: Any) -> str:
    raise OSError("the store is away")


@pytest.mark.parametrize("heard", [False, True])
def test_bytes_that_cannot_be_kept_keep_nobody_else_from_an_answer(
    server: Asking,
    site: Site,
    other_site: Asking,
    finish: Finish,
    monkeypatch: pytest.MonkeyPatch,
    heard: bool,
) -> None:
    Site.objects.filter(pk=site.pk).update(keep_files=True)
    kept, another = server.upload(VIDEO), other_site.upload(VIDEO)
    check = finish(kept)
    lease = lifecycle.claim(
        Posting.objects.get(public_id=another["id"]).check_asked_id, Step.ANALYSE
    )
    lifecycle.finish(lease, finding=check.finding)
    with monkeypatch.context() as store:
        store.setattr("detector_service.checks.store.keep_copy", away)
        if heard:
            answering.settle_video(check.video)
        else:
            answering.settle_due()
        refused = server.get(f"postings/{kept['id']}")
    assert (refused.status_code, refused.json()["code"]) == (503, "service.busy")
    states = {posting.public_id: posting.state for posting in Posting.objects.all()}
    assert states == {kept["id"]: "checking", another["id"]: "answered"}
    answering.settle_due()
    assert read(server, kept)["state"] == "answered"
    assert Video.objects.get().kept_file


def test_a_file_that_was_lost_costs_nobody_the_answer(
    server: Asking, finish: Finish, uploads_dir: Path
) -> None:
    Site.objects.update(keep_files=True)
    posting = server.upload(VIDEO)
    (uploads_dir / posting["id"]).unlink()
    finish(posting)
    assert read(server, posting)["state"] == "answered"
    assert not Video.objects.get().kept_file


def test_a_file_that_no_row_knows_is_swept_away(site: Site, uploads_dir: Path) -> None:
    uploads_dir.mkdir()
    old, new = new_public_id(), new_public_id()
    _put(uploads_dir / old, age_s=7200)
    _put(uploads_dir / new)
    sweep()
    assert [path.name for path in uploads_dir.iterdir()] == [new]


def test_what_is_no_upload_is_left_alone_and_does_not_end_the_sweep(
    site: Site, uploads_dir: Path
) -> None:
    """A disk of its own has a ``lost+found``, a share has other people's files."""
    (uploads_dir / "lost+found").mkdir(parents=True)
    _put(uploads_dir / "budget.xlsx", age_s=7200)
    long_ago = timezone.now() - timedelta(days=1000)
    Posting.objects.create(site=site, state=Posting.State.ANSWERED, created_at=long_ago)
    sweep()
    assert sorted(path.name for path in uploads_dir.iterdir()) == ["budget.xlsx", "lost+found"]
    assert not Posting.objects.exists()


def _put(path: Path, *, age_s: float = 0.0) -> None:
    path.write_bytes(b"x")
    at = timezone.now().timestamp() - age_s
    os.utime(path, (at, at))


# -- test mode --------------------------------------------------------------------------------


@pytest.fixture
def tester(test_key: tuple[SiteKey, str]) -> Asking:
    return Asking(test_key[1])


@pytest.mark.parametrize(
    ("sample", "state", "advice"),
    [
        ("likely_manipulated", "answered", "warn"),
        ("no_manipulation_found", "answered", "publish"),
        ("inconclusive", "answered", "publish"),
        ("failed", "failed", "publish"),
        ("second_look", "second_look", "hold"),
    ],
)
def test_each_sample_is_answered_at_once(
    tester: Asking, sample: str, state: str, advice: str
) -> None:
    by_file = tester.announce(samples.content_of(sample), media_type="text/plain")
    by_url = tester.post("postings", {"url": samples.url_of(sample)})
    for told in (by_file.json(), by_url.json()):
        assert (told["state"], told["advice"], told["test"]) == (state, advice, True)
        assert (told["label"] is not None) == (state == "answered")
    assert not Check.objects.exists()


def test_the_samples_second_look_ends_by_itself(tester: Asking) -> None:
    posting = tester.announce(samples.content_of("second_look")).json()
    Posting.objects.update(created_at=timezone.now() - timedelta(seconds=21))
    told = read(tester, posting)
    assert (told["state"], told["label"]["decided_by"]) == ("answered", "moderator")


def test_a_sample_is_nothing_special_to_an_ordinary_key(server: Asking) -> None:
    content = samples.content_of("no_manipulation_found")
    assert server.announce(content, media_type="text/plain").status_code == 415
    assert server.announce(content).status_code == 201


def test_a_test_key_can_try_the_real_way_too(tester: Asking, finish: Finish) -> None:
    posting = tester.upload(VIDEO)
    finish(posting)
    told = read(tester, posting)
    assert (told["advice"], told["test"], told["label"]["test"]) == ("warn", True, True)


def test_nothing_is_sent_where_no_callback_was_asked_for(tester: Asking) -> None:
    tester.announce(samples.content_of("inconclusive"))
    assert not Callback.objects.exists()
