"""Cases open by themselves. One per Video; what comes later joins it.

a Finding      a high score, one that lies between the thresholds, or the blind sample
asked often    a likely manipulated video that many different people asked about
a contest      always; of what a person had decided, it is an appeal
a match        it looks like a video that was decided
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from analysis.finding import Outcome, Reason
from detector_service.checks import queries
from detector_service.checks.asker import hash_of_owner
from detector_service.checks.bundle import current_bundle
from detector_service.checks.models import Check, Contest, Finding, Video
from detector_service.review import erasing
from detector_service.review.models import Appeal, Case, CaseReason, CaseSource
from detector_service.review.priority import Weighed, priority
from detector_service.review.refusal import Refusal

Kind = CaseReason.Kind
REACH_OVER = timedelta(days=7)


def finding_of(video: Video) -> Finding:
    """What the model says now of a video that was looked at."""
    finding = queries.finding_of(video)
    assert finding is not None
    return finding


def on_finding(finding: Finding) -> Case | None:
    video = finding.video
    if erasing.is_erased(video):
        erasing.erase_again(video)
        return None
    kinds = []
    if finding.outcome == Outcome.LIKELY_MANIPULATED:
        if (finding.fake_probability or 0.0) >= settings.REVIEW_OPEN_AT_SCORE:
            kinds.append(Kind.SCORE)
        if len(_askers(video)) >= settings.REVIEW_OPEN_AT_REACH:
            kinds.append(Kind.REACH)
    elif finding.reason in {Reason.BORDERLINE, Reason.ONE_STRETCH}:
        kinds.append(Kind.UNCERTAIN)
    if in_blind_sample(video.sha256):
        kinds.append(Kind.BLIND_SAMPLE)
    return open_case(video, *kinds) if kinds else refresh_if_open(video)


def on_contest(contest: Contest) -> Case:
    with transaction.atomic():
        case = _case_of(contest.video)
        decided = case.decision
        is_appeal = decided is not None and decided.may_be_appealed(contest.created_at)
        appealed = decided if is_appeal else None
        _, is_new = CaseReason.objects.get_or_create(
            contest=contest,
            defaults={"case": case, "kind": Kind.APPEAL if appealed else Kind.CONTEST},
        )
        if is_new:
            if appealed is not None:
                Appeal.objects.create(
                    contest=contest,
                    case=case,
                    against=appealed,
                    due_at=timezone.now() + timedelta(days=settings.REVIEW_APPEAL_DAYS),
                )
            _joined(case)
    return refresh(case)


def open_case(video: Video, *kinds: Kind) -> Case:
    """A reason that is there already changes nothing, so anything may be said twice."""
    with transaction.atomic():
        case = _case_of(video)
        known = set(case.reasons.values_list("kind", flat=True))
        new = [kind for kind in kinds if kind not in known]
        for kind in new:
            CaseReason.objects.get_or_create(case=case, kind=kind, contest=None)
        if new:
            _joined(case)
    return refresh(case)


def open_again(case: Case) -> None:
    """Nothing is new, but somebody still waits for what was put off."""
    with transaction.atomic():
        if _case_of(case.video).state == Case.State.CLOSED:
            _joined(case)


def refresh_if_open(video: Video) -> Case | None:
    case = Case.objects.filter(video=video).first()
    return None if case is None else refresh(case)


def refresh(case: Case) -> Case:
    """Work out again what the queue shows and sorts by. Never touches what was decided."""
    finding = finding_of(case.video)
    kinds = set(case.reasons.values_list("kind", flat=True))
    # Whatever the model made of it: else the sample would speak only of what the model let pass.
    sampled = Kind.BLIND_SAMPLE in kinds and kinds <= {Kind.BLIND_SAMPLE, *CaseReason.OF_THE_MODEL}
    blind = sampled and case.decision_id is None
    contests = case.video.contests.values("person_sha256").distinct().count()
    askers = _askers(case.video)
    CaseSource.objects.bulk_create(
        [CaseSource(case=case, source=source) for source in askers],
        ignore_conflicts=True,
    )
    weight = priority(
        Weighed(
            outcome=finding.outcome,
            fake_probability=finding.fake_probability,
            reach=len(askers),
            contests=contests,
            kinds=kinds,
            blind=blind,
            appeal_is_late=case.appeals.filter(
                answered_by=None, due_at__lt=timezone.now() + timedelta(days=2)
            ).exists(),
            least_busy_source=_least_busy_source(case),
        )
    )
    Case.objects.filter(pk=case.pk).update(
        outcome=finding.outcome,
        fake_probability=finding.fake_probability,
        reach=len(askers),
        priority=weight,
        blind=blind,
    )
    case.refresh_from_db()
    return case


def catch_up(since: datetime) -> None:
    """What a lost signal left out, and what only time brings: reach. Safe to run at any moment."""
    for contest in Contest.objects.filter(case_reason=None).order_by("pk")[:200]:
        on_contest(contest)
    asked = (
        Check.objects.filter(created_at__gte=since, finding__isnull=False)
        .order_by("-pk")
        .values_list("video", flat=True)
    )
    for video in Video.objects.filter(pk__in=set(asked[:2000])).prefetch_related("findings"):
        on_finding(finding_of(video))
    for case in _of_another_bundle()[:2000]:
        refresh(case)


def in_blind_sample(sha256: str) -> bool:
    """Chosen by the bytes and our key: nobody outside can tell, and asking again changes nothing"""
    digest = hmac.new(settings.AUDIT_KEY.encode(), f"blind {sha256}".encode(), hashlib.sha256)
    place = int.from_bytes(digest.digest()[:8], "big") / 2**64
    return bool(place < settings.REVIEW_BLIND_SHARE)


def _of_another_bundle() -> QuerySet[Case]:
    """Cases whose copies are not what the model says since another bundle was promoted."""
    said = Finding.objects.filter(bundle=current_bundle(), video__case__isnull=False)
    as_copied = Q(
        outcome=F("video__case__outcome"), fake_probability=F("video__case__fake_probability")
    )
    neither = Q(fake_probability=None, video__case__fake_probability=None)
    other = said.exclude(as_copied).exclude(Q(outcome=F("video__case__outcome")) & neither)
    return Case.objects.filter(video__in=other.values("video")).select_related("video")


def _case_of(video: Video) -> Case:
    """Locked, so that what joins at the same time is told one after the other."""
    Case.objects.get_or_create(video=video)
    case = Case.objects.select_for_update(of=("self",)).filter(video=video).first()
    if case is None or erasing.is_erased(video):  # while this was on its way
        raise Refusal("video.erased", "This video was erased.")
    return case


def _joined(case: Case) -> None:
    """Something new to look at: whoever has the page open must look again, and a closed case opens.

    A decision that waits goes on waiting: it was made without this, so its case opens afterwards.
    """
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1)
    Case.objects.filter(pk=case.pk, state=Case.State.CLOSED).update(
        state=Case.State.OPEN, closed_at=None, opened_at=timezone.now()
    )


def _askers(video: Video) -> set[str]:
    rows = Check.objects.filter(video=video, created_at__gte=timezone.now() - REACH_OVER)
    by_key = rows.filter(asked_by__isnull=False).values_list("asked_by__owner", flat=True)
    by_address = rows.filter(asked_by=None).exclude(asked_from_sha256="")
    # Who contests has seen the verdict, though from the cache, where no row says who read it.
    contests = video.contests.filter(created_at__gte=timezone.now() - REACH_OVER)
    return (
        {hash_of_owner(owner) for owner in by_key.distinct()}
        | set(by_address.values_list("asked_from_sha256", flat=True).distinct())
        | set(contests.values_list("person_sha256", flat=True))
    )


def _least_busy_source(case: Case) -> int:
    since = timezone.now() - REACH_OVER
    mine = CaseSource.objects.filter(case=case).values("source")
    counted = (
        CaseSource.objects.filter(source__in=mine, created_at__gte=since)
        .values("source")
        .annotate(cases=Count("pk", filter=Q(created_at__gte=since)))
    )
    fewest = counted.aggregate(fewest=Min("cases"))["fewest"]
    return int(fewest or 0)
