"""What can be read about a check and its verdict: frozen views, never rows.

The database is the truth. A finished check never changes but for ``Video.verdict_version``, so
whatever is rendered from it may be kept for ever under its ``Stamp`` and the language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Case, OuterRef, Q, Subquery, When
from django.utils import timezone

from analysis.finding import Finding as FindingDocument
from analysis.finding import Track
from detector_service.checks.bundle import current_bundle
from detector_service.checks.models import Address, Check, Finding, Override, PlannedOverride, Video
from detector_service.checks.signals import verdict_forbidden

_RECENT_CHECKS = 20
_PACE_KEPT_FOR_S = 15
_LONGEST_PREFIX_ANSWER = 1000

# Every answer that is known already rests on one of these two, so they are written out: building
# them anew would take the ORM several times as long as the database needs to answer.
_STAMP_OF_CHECK = """
    SELECT checks_check.public_id, checks_video.verdict_version
           + CASE WHEN checks_plannedoverride.effective_at <= %s THEN 1 ELSE 0 END
      FROM checks_check
      JOIN checks_video ON checks_video.id = checks_check.video_id
 LEFT JOIN checks_plannedoverride ON checks_plannedoverride.video_id = checks_video.id
     WHERE checks_check.public_id = %s AND checks_check.state = 'done'
"""
_STAMP_OF_ADDRESS = """
    SELECT checks_check.public_id, checks_video.verdict_version
           + CASE WHEN checks_plannedoverride.effective_at <= %s THEN 1 ELSE 0 END
      FROM checks_address
      JOIN checks_video ON checks_video.id = checks_address.video_id
 LEFT JOIN checks_plannedoverride ON checks_plannedoverride.video_id = checks_video.id
      JOIN checks_check ON checks_check.address_id = checks_address.id
                       AND checks_check.video_id = checks_address.video_id
      JOIN checks_finding ON checks_finding.id = checks_check.finding_id
     WHERE checks_address.key_sha256 = %s
       AND checks_address.fetched_at >= %s
       AND checks_check.state = 'done'
       AND checks_finding.bundle = %s
  ORDER BY checks_check.id DESC
     LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which words of which finished check: equal stamps mean equal answers."""

    check: str
    verdict_version: int


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What a person is told. ``fake_probability`` stays the model's, whoever decided."""

    outcome: str
    reason: str | None
    fake_probability: float | None
    decided_by: str  # "model" or "moderator"
    public_reason: str
    decided_at: datetime | None
    bundle: str
    checked_at: datetime
    version: int
    evidence_folder: str
    finding: FindingDocument

    @property
    def not_judged(self) -> tuple[Track, ...]:
        return tuple(track for track in self.finding.tracks if track.reason is not None)


@dataclass(frozen=True, slots=True)
class SourceView:
    kind: str  # "address" or "upload"
    url: str | None
    platform: str | None
    title: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class CheckView:
    """``problem_code`` says why there is no verdict once the check has ended."""

    id: str
    state: str
    stage: str
    progress: float
    queue_position: int | None
    expected_wait_s: int | None
    source: SourceView
    created_at: datetime
    finished_at: datetime | None
    verdict: VerdictView | None
    problem_code: str | None

    @property
    def ended(self) -> bool:
        return self.state in (Check.State.DONE, Check.State.FAILED)


@dataclass(frozen=True, slots=True)
class KnownVerdict:
    """One line of the private look-up, without the number of any check.

    A number leads to an address. With numbers in it, a walk through all prefixes would be a list of
    what others have looked at; whoever knows the address asks for it, and is answered at once.
    """

    key_sha256: str
    outcome: str
    reason: str | None
    fake_probability: float | None
    bundle: str
    decided_by: str


def get_check(public_id: str) -> Check | None:
    return (
        Check.objects.select_related("address", "video__override", "video__planned", "finding")
        .filter(public_id=public_id)
        .first()
    )


def check_view(check: Check) -> CheckView:
    verdict = verdict_of_check(check) if check.state == Check.State.DONE else None
    problem_code = check.problem_code or None
    if check.state == Check.State.DONE and verdict is None:
        assert check.video is not None
        problem_code = why_withheld(check.video)
    waiting = check.state in Check.ACTIVE
    position = queue_position(check)
    return CheckView(
        id=check.public_id,
        state=check.state,
        stage=check.stage,
        progress=check.progress,
        queue_position=position,
        expected_wait_s=expected_wait_s(check, position) if waiting else None,
        source=_source(check),
        created_at=check.created_at,
        finished_at=check.finished_at,
        verdict=verdict,
        problem_code=problem_code,
    )


def stamp_of(public_id: str) -> Stamp | None:
    """None unless the check is done."""
    return _stamp(_STAMP_OF_CHECK, (_for_sql(timezone.now()), public_id))


def answer_for(key_sha256: str) -> Stamp | None:
    """The finished check that answers this address now; None if it has to be looked at."""
    now, since = _for_sql(timezone.now()), _for_sql(_current_since())
    return _stamp(_STAMP_OF_ADDRESS, (now, key_sha256, since, current_bundle()))


def verdict_of_check(check: Check) -> VerdictView | None:
    """What is told about the video as this check saw it; None while it is withheld."""
    if check.video is None or check.finding is None:
        return None
    return _verdict(video=check.video, finding=check.finding)


def verdict_of(video: Video) -> VerdictView | None:
    """By the bundle in use if it has seen the video, else by the latest that was told."""
    finding = finding_of(video)
    return None if finding is None else _verdict(video=video, finding=finding)


def finding_of(video: Video) -> Finding | None:
    """What the model says now; None where nothing was told yet."""
    told, bundle = findings_told(video), current_bundle()
    return next((each for each in told if each.bundle == bundle), told[0] if told else None)


def findings_told(video: Video) -> list[Finding]:
    """Latest first; without what another bundle saw for comparison alone."""
    bundle = current_bundle()
    told = [each for each in video.findings.all() if each.told or each.bundle == bundle]
    return sorted(told, key=lambda finding: -finding.pk)


def is_withheld(video: Video) -> bool:
    return _plan_in_force(video) is None and _override_withholds(video)


def why_withheld(video: Video) -> str:
    """The code of what is told instead of a verdict: come back later, or never."""
    answers = verdict_forbidden.send(sender=Video, video=video)
    return "video.erased" if any(says_so for _, says_so in answers) else "verdict.withheld"


def verdicts_by_prefix(prefix: str) -> list[KnownVerdict]:
    """Every current verdict whose address hash begins so: who asks does not say which they mean."""
    bundle = current_bundle()
    planned = Q(video__planned__effective_at__lte=timezone.now())
    done = Check.objects.filter(
        address=OuterRef("pk"),
        video=OuterRef("video"),
        state=Check.State.DONE,
        finding__bundle=bundle,
    ).order_by("-pk")
    addresses = (
        Address.objects.filter(
            # A range, not LIKE: it uses the unique index on every database.
            key_sha256__gte=prefix,
            key_sha256__lt=prefix + "g",
            fetched_at__gte=_current_since(),
        )
        .filter(planned | Q(video__override=None) | Q(video__override__withheld=False))
        .annotate(
            decided=Case(
                When(planned, then="video__planned__outcome"), default="video__override__outcome"
            ),
            outcome=Subquery(done.values("finding__outcome")[:1]),
            reason=Subquery(done.values("finding__reason")[:1]),
            fake_probability=Subquery(done.values("finding__fake_probability")[:1]),
        )
        .exclude(outcome=None)
        .order_by("key_sha256")
        .values_list(
            "key_sha256",
            "outcome",
            "reason",
            "fake_probability",
            "decided",
        )
    )
    return [
        KnownVerdict(
            key_sha256=key_sha256,
            outcome=decided or outcome,
            reason=None if decided else reason or None,
            fake_probability=fake_probability,
            bundle=bundle,
            decided_by="moderator" if decided else "model",
        )
        for key_sha256, outcome, reason, fake_probability, decided in addresses[
            :_LONGEST_PREFIX_ANSWER
        ]
    ]


def queue_position(check: Check) -> int | None:
    """1 for the next in turn; None for a check that is not queued, or lets time pass before it is
    tried again: that one stands in nobody's way."""
    if check.state != Check.State.QUEUED or _rest_s(check):
        return None
    in_turn = Q(not_before=None) | Q(not_before__lte=timezone.now())
    before = Check.objects.filter(in_turn, state=Check.State.QUEUED, pk__lt=check.pk)
    return before.count() + 1


def expected_wait_s(check: Check, position: int | None) -> int | None:
    """From the pace of the latest checks; None while there is nothing to judge it by."""
    pace_s = _pace_s()
    if pace_s is None:
        return None
    checks_to_go = position if position is not None else 1.0 - check.progress
    return max(1, round(_rest_s(check) + pace_s * checks_to_go))


def _rest_s(check: Check) -> float:
    """Until it may be tried again."""
    if check.not_before is None:
        return 0.0
    return max(0.0, (check.not_before - timezone.now()).total_seconds())


def _pace_s() -> float | None:
    """Seconds from one finished check to the next while there was work to do."""
    key = "checks:pace_s"
    kept = cache.get(key)
    if kept is not None:
        return None if kept < 0 else float(kept)
    recent = sorted(
        (finished, created)
        # Without attempts: what was known, and answered at once.
        for created, finished in Check.objects.filter(state=Check.State.DONE, attempts__gt=0)
        .order_by("-created_at")
        .values_list("created_at", "finished_at")[:_RECENT_CHECKS]
        if finished is not None
    )
    # A check began when it was asked for, or when the one before it made room.
    room_made_at = [created for _, created in recent[:1]] + [finished for finished, _ in recent]
    gaps = [
        (finished - max(created, before)).total_seconds()
        for before, (finished, created) in zip(room_made_at, recent, strict=False)
    ]
    pace_s = median(gaps) if gaps else None
    cache.set(key, -1.0 if pace_s is None else pace_s, _PACE_KEPT_FOR_S)
    return pace_s


def _verdict(*, video: Video, finding: Finding) -> VerdictView | None:
    plan = _plan_in_force(video)
    if plan is None and _override_withholds(video):
        return None
    override: Override | None = getattr(video, "override", None)
    outcome = public_reason = ""
    decided_at = None
    if plan is not None:
        outcome, public_reason, decided_at = plan.outcome, plan.public_reason, plan.effective_at
    elif override is not None:
        outcome, public_reason = override.outcome, override.public_reason
        decided_at = override.decided_at
    return VerdictView(
        outcome=outcome or finding.outcome,
        reason=None if outcome else finding.reason or None,
        fake_probability=finding.fake_probability,
        decided_by="moderator" if outcome else "model",
        public_reason=public_reason if outcome else "",
        decided_at=decided_at if outcome else None,
        bundle=finding.bundle,
        checked_at=finding.created_at,
        version=video.verdict_version + (plan is not None),
        evidence_folder=finding.evidence_folder,
        finding=FindingDocument.from_document(finding.document),
    )


def _plan_in_force(video: Video) -> PlannedOverride | None:
    """What was decided and whose time has come, whether or not a worker has written it down."""
    plan: PlannedOverride | None = getattr(video, "planned", None)
    return plan if plan is not None and plan.effective_at <= timezone.now() else None


def _override_withholds(video: Video) -> bool:
    override: Override | None = getattr(video, "override", None)
    return override is not None and override.withheld


def _stamp(sql: str, parameters: tuple[Any, ...]) -> Stamp | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    return None if row is None else Stamp(check=row[0], verdict_version=row[1])


def _source(check: Check) -> SourceView:
    if check.address is None:
        return SourceView(
            kind="upload", url=None, platform=None, title="", file_name=check.upload_name
        )
    address = check.address
    return SourceView(
        kind="address",
        url=address.url,
        platform=address.platform,
        title=check.title,
        file_name=None,
    )


def _for_sql(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _current_since() -> datetime:
    return timezone.now() - timedelta(seconds=settings.VERDICT_CURRENT_FOR_S)
