"""Another bundle is compared on what people decided, promoted by one who may, and rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from analysis.finding import Outcome
from analysis.models import bundles as shipped
from detector_service.checks import bundle, run_check
from detector_service.checks.models import Check, Finding, Promotion, Video
from detector_service.checks.queries import verdict_of
from detector_service.posters import answering
from detector_service.posters.accounts import make_site
from detector_service.posters.models import Posting, Site
from detector_service.review import audit, opening, promoting
from detector_service.review.models import AuditRow, CaseReason
from detector_service.review.queue import filtered
from detector_service.review.refusal import Refusal
from tests.pages.checks import BUNDLE, finished_check, seen
from tests.review.conftest import (
    let_time_pass,
    opened,
    overturn,
    picked,
    signed_in,
    someone,
)
from tests.review.conftest import (
    seen as on_the_page,
)

pytestmark = pytest.mark.django_db
FAKE, GENUINE = Outcome.LIKELY_MANIPULATED, Outcome.NO_MANIPULATION_FOUND
DEFAULT, OTHER = shipped.DEFAULT_BUNDLE, "meso4"


@pytest.fixture
def unpinned(settings: Any) -> None:
    settings.BUNDLE = ""


class _Refused:
    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, _: Any) -> bool:
        assert isinstance(error, Refusal) and error.code == self.code
        return True


def promote(name: str, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        promoting.promote(name=name, by=someone("administrator"), reason="It is better.")


@pytest.mark.usefixtures("unpinned")
def test_the_promoted_one_answers_and_the_one_before_after_a_roll_back(
    django_capture_on_commit_callbacks: Any,
) -> None:
    assert bundle.current_name() == DEFAULT
    promote(OTHER, django_capture_on_commit_callbacks)
    assert bundle.current_name() == OTHER
    assert bundle.current_bundle() == bundle.cards()[OTHER]["version"]
    promote(DEFAULT, django_capture_on_commit_callbacks)
    assert bundle.current_name() == DEFAULT
    facts = [row.facts for row in AuditRow.objects.filter(kind="bundle.promoted")]
    assert [(each["before"], each["name"]) for each in facts] == [
        (DEFAULT, OTHER),
        (OTHER, DEFAULT),
    ]
    assert list(audit.problems()) == []


@pytest.mark.usefixtures("unpinned")
def test_what_a_person_kept_stands_above_the_next_model_too(
    django_capture_on_commit_callbacks: Any,
) -> None:
    def told() -> tuple[str, str]:
        verdict = verdict_of(Video.objects.get())
        assert verdict is not None
        return verdict.outcome, verdict.decided_by

    check = finished_check(GENUINE, bundle=bundle.cards()[DEFAULT]["version"])
    assert check.video is not None
    case = opening.open_case(check.video, CaseReason.Kind.BY_HAND)
    overturn(case, someone(), effect="keep", outcome="")
    let_time_pass()
    promote(OTHER, django_capture_on_commit_callbacks)
    accused = finished_check(FAKE, sha256=check.video.sha256, bundle=bundle.current_bundle())
    assert accused.finding is not None
    opening.on_finding(accused.finding)
    assert told() == (GENUINE, "moderator")
    site = make_site(name="A site", contact="ops@site.example", origins=["https://site.example"])
    Site.objects.update(second_look=True)
    posting = Posting.objects.create(
        site=site, url="https://video.example/1", state="checking", check_asked=accused
    )
    assert answering.settle(posting).told_outcome == GENUINE


@pytest.mark.usefixtures("unpinned")
def test_who_keeps_a_verdict_keeps_the_one_that_they_were_shown(
    look_again: Any, django_capture_on_commit_callbacks: Any
) -> None:
    check = finished_check(FAKE, bundle=bundle.cards()[DEFAULT]["version"])
    assert check.video is not None
    case = opening.open_case(check.video, CaseReason.Kind.BY_HAND)
    look_again(check.video)
    moderator, keep = signed_in(someone()), {"policy": "other", "public_reason": "It stands."}
    alone, of_many = on_the_page(case), picked(case)
    assert "Likely manipulated" in queue_of(moderator)
    promote(OTHER, django_capture_on_commit_callbacks)
    one = moderator.post(
        f"/admin/review/case/{case.pk}/decide/", {**keep, **alone, "choice": "keep"}
    )
    assert one.status_code == 409 and "look again" in one.content.decode()
    many = {**keep, "action": "keep", "confirmed": "yes", "case": of_many}
    told = moderator.post("/admin/review/case/bulk/", many, follow=True)
    assert "0 of 1" in told.content.decode()
    assert not case.decisions.exists()
    assert "No manipulation found" in queue_of(moderator)
    overturn(case, someone(), effect="keep", outcome="")
    assert case.decisions.get().outcome == GENUINE


def queue_of(client: Client) -> str:
    return client.get("/admin/review/case/").content.decode().split('class="cases"')[1]


@pytest.mark.usefixtures("unpinned")
def test_what_is_not_shipped_any_more_answers_no_longer() -> None:
    Promotion.objects.create(name="gone", version="gone-1", reason="x", by_name="x")
    assert bundle.current_name() == DEFAULT


@pytest.fixture(params=['{"schema": 1, "na', '{"schema": 99}', '{"schema": 1, "name": "x"}'])
def damaged(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The name of a bundle beside those that are shipped."""
    for card in shipped.BUNDLES.glob("*/card.json"):
        (tmp_path / card.parent.name).symlink_to(card.parent)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "card.json").write_text(request.param)
    monkeypatch.setattr(shipped, "BUNDLES", tmp_path)
    bundle._card.cache_clear()
    yield "damaged"
    bundle._card.cache_clear()


@pytest.mark.usefixtures("unpinned")
def test_one_that_is_damaged_takes_no_other_with_it(
    damaged: str, django_capture_on_commit_callbacks: Any
) -> None:
    earlier, now = finished_check(FAKE, bundle="gone-1"), bundle.current_bundle()
    client = signed_in(someone("administrator"))
    assert client.get(f"/checks/{earlier.public_id}").status_code == 200
    assert client.get(f"/api/v1/checks/{earlier.public_id}").status_code == 200
    page = client.get("/admin/review/case/bundles/").content.decode()
    assert now in page and damaged not in page
    with _Refused("bundle.unknown"):
        promoting.promote(name=damaged, by=someone("administrator"), reason="Better.")
    promote(OTHER, django_capture_on_commit_callbacks)
    assert bundle.current_name() == OTHER


@pytest.mark.usefixtures("unpinned")
@pytest.mark.parametrize(
    ("role", "name", "reason", "code"),
    [
        ("senior", OTHER, "Better.", "not.allowed"),
        ("administrator", OTHER, "  ", "reason.missing"),
        ("administrator", "../../etc", "Better.", "bundle.unknown"),
        ("administrator", DEFAULT, "Better.", "bundle.current"),
    ],
)
def test_what_is_refused(role: str, name: str, reason: str, code: str) -> None:
    with _Refused(code):
        promoting.promote(name=name, by=someone(role), reason=reason)
    assert not Promotion.objects.exists()


def test_a_pinned_deployment_stays_as_it_is() -> None:
    with _Refused("bundle.pinned"):
        promoting.promote(name=OTHER, by=someone("administrator"), reason="Better.")


@pytest.mark.usefixtures("unpinned")
def test_files_that_are_not_those_of_the_card_are_never_promoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(promoting, "file_sha256", lambda path: "0" * 64)
    with _Refused("bundle.broken"):
        promoting.promote(name=OTHER, by=someone("administrator"), reason="Better.")


def test_two_are_compared_on_the_cases_that_both_have_seen() -> None:
    people = [(FAKE, GENUINE, GENUINE), (FAKE, FAKE, GENUINE), (FAKE, FAKE, FAKE)]
    for number, (model, decision, other) in enumerate(people, 1):
        case = opened(number, model)
        overturn(case, someone(), outcome=decision)
        Finding.objects.create(
            video=case.video, bundle="other-1", outcome=other, document={}, evidence_folder="e"
        )
    overturn(opened(4, FAKE), someone(), outcome=FAKE)  # the other has not seen it
    let_time_pass()
    found = promoting.compare(BUNDLE, "other-1")
    assert found.cases == 3
    assert (found.now.right, found.other.right) == (2, 2)
    assert (found.now.precision, found.now.recall) == (2 / 3, 1.0)
    assert (found.other.precision, found.other.recall) == (1.0, 0.5)
    assert (len(found.only_now_right), len(found.only_other_right)) == (1, 1)


@pytest.fixture
def look_again(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[Video], None]:
    """OTHER looks, and finds nothing."""
    (settings.STORE_DIR / "kept").mkdir(parents=True)
    (settings.STORE_DIR / "kept" / "one").write_bytes(b"video")
    version = bundle.cards()[OTHER]["version"]
    monkeypatch.setattr(run_check, "_loaded", lambda name: name)
    monkeypatch.setattr(
        run_check, "look_at", lambda path, pictures, tell, bundle: seen(GENUINE, bundle=version)
    )

    def look(video: Video) -> None:
        Video.objects.filter(pk=video.pk).update(kept_file="kept/one")
        run_check.look_again(video.pk, OTHER)

    return look


def other_verdicts(client: Client) -> str:
    page = client.get(f"/checks/{Check.objects.get().public_id}").content.decode()
    return page[page.index("Other verdicts") :]


def told_and_weighed(video: Video) -> tuple[str, str]:
    told = verdict_of(Video.objects.get(pk=video.pk))
    assert told is not None
    return told.bundle, opening.finding_of(Video.objects.get(pk=video.pk)).bundle


def test_another_look_is_one_finding_and_changes_no_stamp(look_again: Any) -> None:
    case = opened()
    before = Video.objects.get().verdict_version
    look_again(case.video)
    look_again(case.video)
    assert Finding.objects.filter(bundle=bundle.cards()[OTHER]["version"]).count() == 1
    assert Video.objects.get().verdict_version == before


@pytest.mark.usefixtures("unpinned")
def test_another_look_is_told_once_its_bundle_answers_and_from_then_on(
    look_again: Any, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    version = bundle.cards()[OTHER]["version"]
    video = finished_check(FAKE, bundle="old-1").video  # the bundle in use has not seen it
    assert video is not None
    look_again(video)
    assert version not in other_verdicts(client)
    assert told_and_weighed(video) == ("old-1", "old-1")
    promote(OTHER, django_capture_on_commit_callbacks)
    assert version in other_verdicts(client)
    assert told_and_weighed(video) == (version, version)
    promote(DEFAULT, django_capture_on_commit_callbacks)
    assert version in other_verdicts(client)
    assert told_and_weighed(video) == (version, version)


@pytest.mark.usefixtures("unpinned")
def test_a_site_is_told_what_the_promoted_one_says_though_nobody_reads_it(look_again: Any) -> None:
    check = finished_check(FAKE, bundle=bundle.cards()[DEFAULT]["version"])
    assert check.video is not None
    site = make_site(name="A site", contact="ops@site.example")
    posting = Posting.objects.create(
        site=site, state="checking", check_asked=check, callback_url="https://site.example/hook"
    )
    answering.settle(posting)
    look_again(check.video)
    assert answering.settle_changed() == 0
    # Of its own accord this process does not notice: as a worker in the second after it.
    promoting.promote(name=OTHER, by=someone("administrator"), reason="It is better.")
    assert answering.settle_changed() == 1
    assert answering.settle_changed() == 0
    assert list(posting.callbacks.order_by("pk").values_list("kind", flat=True)) == [
        "posting.answered",
        "verdict.changed",
    ]
    assert Posting.objects.get().told_outcome == GENUINE


@pytest.mark.usefixtures("unpinned")
def test_the_queue_is_filtered_by_what_the_promoted_one_says(
    look_again: Any, django_capture_on_commit_callbacks: Any
) -> None:
    check = finished_check(FAKE, bundle=bundle.cards()[DEFAULT]["version"])
    assert check.video is not None
    case = opening.open_case(check.video, CaseReason.Kind.BY_HAND)
    look_again(check.video)
    for name, outcome in ((OTHER, GENUINE), (DEFAULT, FAKE)):
        promote(name, django_capture_on_commit_callbacks)
        opening.catch_up(timezone.now())
        assert list(filtered({"outcome": outcome}, None)) == [case]


@pytest.mark.usefixtures("unpinned")
def test_another_look_by_one_that_was_rolled_back_is_not_told(
    look_again: Any, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    promote(OTHER, django_capture_on_commit_callbacks)
    promote(DEFAULT, django_capture_on_commit_callbacks)
    video = finished_check(FAKE, bundle="old-1").video
    assert video is not None
    look_again(video)
    assert bundle.cards()[OTHER]["version"] not in other_verdicts(client)
    assert told_and_weighed(video) == ("old-1", "old-1")


def test_what_was_seen_to_be_compared_before_that_was_noted_is_told_no_longer() -> None:
    migration = import_module("detector_service.checks.migrations.0005_told")
    video = finished_check(FAKE).video
    Promotion.objects.create(name="x", version="promoted", reason="x", by_name="x")
    for each in ("promoted", "compared"):
        Finding.objects.create(
            video=video, bundle=each, outcome=GENUINE, document={}, evidence_folder="e"
        )
    migration.whom_nobody_was_told(apps, None)
    assert [each.bundle for each in Finding.objects.filter(told=False)] == ["compared"]


def test_one_by_one_so_that_those_who_wait_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from detector_service.checks import tasks

    done: list[int] = []
    sent: list[list[int]] = []
    monkeypatch.setattr(run_check, "look_again", lambda pk, name: done.append(pk))
    monkeypatch.setattr(tasks, "look_again_soon", lambda pks, name: sent.append(pks))
    tasks.look_again([1, 2, 3], OTHER)
    tasks.look_again([3], OTHER)
    assert (done, sent) == ([1, 3], [[2, 3]])


def test_one_that_breaks_the_look_does_not_end_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    from detector_service.checks import tasks

    def breaks(pk: int, name: str) -> None:
        raise RuntimeError

    sent: list[list[int]] = []
    monkeypatch.setattr(run_check, "look_again", breaks)
    monkeypatch.setattr(tasks, "look_again_soon", lambda pks, name: sent.append(pks))
    with pytest.raises(RuntimeError):
        tasks.look_again([1, 2, 3], OTHER)
    assert sent == [[2, 3]]


def test_the_filter_chooses_what_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[int]] = []
    monkeypatch.setattr(promoting, "look_again_soon", lambda pks, name: sent.append(pks))
    one, two, three = opened(1, FAKE), opened(2, GENUINE), opened(3, FAKE)
    Video.objects.exclude(pk=three.video.pk).update(kept_file="kept/x")
    by = someone("administrator")
    assert promoting.look_again(name=OTHER, chosen={"outcome": FAKE}, by=by) == (1, 1)
    assert sent == [[one.video.pk]]
    with _Refused("not.allowed"):
        promoting.look_again(name=OTHER, chosen={}, by=someone("senior"))
    assert two.video.pk not in sent[0]


def test_without_a_broker_nothing_is_looked_at_again_and_nothing_says_so(settings: Any) -> None:
    opened(1, FAKE)
    Video.objects.update(kept_file="kept/x")
    client = signed_in(someone("administrator"))
    broker, away = settings.VAR_DIR / "broker", settings.VAR_DIR / "broker-away"
    broker.rename(away)
    try:
        told = client.post(
            "/admin/review/case/bundles/look-again/", {"name": OTHER}, follow=True
        ).content.decode()
    finally:
        away.rename(broker)
    assert "The broker does not answer" in told and "looked at again" not in told
    assert not AuditRow.objects.filter(kind="bundle.looks_again").exists()


@pytest.mark.usefixtures("unpinned")
def test_the_page_shows_both_and_promotes() -> None:
    client = signed_in(someone("administrator"))
    page = client.get("/admin/review/case/bundles/", {"with": OTHER}).content.decode()
    assert "answers now" in page and bundle.cards()[OTHER]["version"] in page
    told = client.post(
        "/admin/review/case/bundles/promote/", {"name": OTHER, "reason": "Better."}, follow=True
    )
    assert "answers from now on" in told.content.decode()
    assert Promotion.objects.get().name == OTHER
