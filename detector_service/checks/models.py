"""The job and what came of it.

Address --> Video --> Finding is what was seen; Check is who asked and how far it has come.
Every state change of a Check goes through ``lifecycle``; rules that must never be broken are
constraints of the database, not promises of the code.
"""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


def new_public_id() -> str:
    """128 random bits: an id that cannot be guessed is what keeps one person's check private."""
    return secrets.token_urlsafe(16)


class Video(models.Model):
    """The bytes, known by SHA-256; found at one or more addresses."""

    sha256 = models.CharField(max_length=64, unique=True)
    size_bytes = models.PositiveBigIntegerField()
    duration_s = models.FloatField(null=True)
    first_seen_at = models.DateTimeField(db_default=Now())
    # Set while a review needs the file itself; empty otherwise.
    kept_file = models.CharField(max_length=200, blank=True, default="")
    # Counts the changes in what people are told about this video: part of every ETag and cache key.
    verdict_version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.sha256[:12]


class Address(models.Model):
    """One canonical place on the web, and the bytes that were last found there."""

    # "youtube:dQw4…" for a platform that is known, else the canonical URL itself.
    key = models.CharField(max_length=2100)
    key_sha256 = models.CharField(max_length=64, unique=True)
    url = models.CharField(max_length=2048)
    platform = models.CharField(max_length=253)  # of a site that is none, its host
    # "twitter:13…": which video its platform says was last found there; empty where that says
    # nothing. Addresses of one video share what is told of it, whatever they look like.
    found_as = models.CharField(max_length=200, blank=True, default="", db_index=True)
    title = models.CharField(max_length=500, blank=True, default="")
    video = models.ForeignKey(Video, null=True, on_delete=models.SET_NULL, related_name="addresses")
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return self.url


class Finding(models.Model):
    """What one bundle saw in one video: kept for ever, never changed but for ``told``."""

    video = models.ForeignKey(Video, on_delete=models.PROTECT, related_name="findings")
    bundle = models.CharField(max_length=100)
    outcome = models.CharField(max_length=30)
    reason = models.CharField(max_length=30, blank=True, default="")
    fake_probability = models.FloatField(null=True)
    document = models.JSONField()  # analysis.finding.Finding.to_document()
    evidence_folder = models.CharField(max_length=200)  # key prefix in the evidence store
    # Not what another bundle saw for comparison alone, as long as that one has never answered.
    told = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["video", "bundle"], name="one_finding_per_video_and_bundle"
            ),
            models.CheckConstraint(
                condition=Q(fake_probability__isnull=True)
                | Q(fake_probability__gte=0, fake_probability__lte=1),
                name="fake_probability_is_a_probability",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.video} by {self.bundle}: {self.outcome}"


class Override(models.Model):
    """What people decided about a video; it stands above any Finding. Written by review alone."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="override")
    outcome = models.CharField(max_length=30, blank=True, default="")  # empty with ``withheld``
    withheld = models.BooleanField(default=False)  # nobody is told anything until it was seen
    public_reason = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.video}: {self.outcome or 'withheld'}"


class PlannedOverride(models.Model):
    """An override with a time: from then on it is told, whether or not anything has run.

    Until then it can be cancelled.
    """

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="planned")
    outcome = models.CharField(max_length=30, blank=True, default="")
    public_reason = models.TextField(blank=True, default="")
    effective_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.video}: {self.outcome} from {self.effective_at}"


class ApiKey(models.Model):
    """A program's way in. Only the hash is kept; the key itself is shown once."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)  # what a person recognises it by
    key_sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Check(models.Model):
    """One request to look at one video: the row is the job."""

    class State(models.TextChoices):
        QUEUED = "queued"
        FETCHING = "fetching"
        ANALYSING = "analysing"
        DONE = "done"
        FAILED = "failed"

    ACTIVE: ClassVar = (State.QUEUED, State.FETCHING, State.ANALYSING)
    RUNNING: ClassVar = (State.FETCHING, State.ANALYSING)

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id)
    # Exactly one source: an address to fetch, or a file that was uploaded.
    address = models.ForeignKey(Address, null=True, on_delete=models.PROTECT, related_name="checks")
    # What its site called it when this check fetched it; the address may lead to another by now.
    title = models.CharField(max_length=500, blank=True, default="", db_default="")
    upload_name = models.CharField(max_length=200, blank=True, default="")
    upload_sha256 = models.CharField(max_length=64, blank=True, default="")
    # The bytes in the store, as long as they are needed. Empty: they must be fetched first.
    work_file = models.CharField(max_length=200, blank=True, default="")

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=40, blank=True, default="")
    progress = models.FloatField(default=0.0)  # 0 to 1 over the whole check
    attempts = models.PositiveSmallIntegerField(default=0)  # claims that did not end well, yet
    lease_token = models.CharField(max_length=32, blank=True, default="")
    lease_expires_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)  # a retry waits until then
    problem_code = models.CharField(max_length=40, blank=True, default="")

    video = models.ForeignKey(Video, null=True, on_delete=models.PROTECT, related_name="checks")
    finding = models.ForeignKey(Finding, null=True, on_delete=models.PROTECT, related_name="checks")

    asked_by = models.ForeignKey(
        ApiKey, null=True, on_delete=models.SET_NULL, related_name="checks"
    )
    asked_from_sha256 = models.CharField(max_length=64, blank=True, default="")  # keyed hash
    cancel_token_sha256 = models.CharField(max_length=64, blank=True, default="")
    shared = models.BooleanField(default=False)  # others wait for it too: its owner cannot stop it
    created_at = models.DateTimeField(db_default=Now())
    published_at = models.DateTimeField(null=True)  # when its queue was last told of it
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["address"],
                condition=Q(state__in=["queued", "fetching", "analysing"]),
                name="one_check_under_way_per_address",
            ),
            models.CheckConstraint(
                condition=Q(address__isnull=False, upload_sha256="")
                | (Q(address__isnull=True) & ~Q(upload_sha256="")),
                name="a_check_has_exactly_one_source",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["fetching", "analysing"], lease_expires_at__isnull=False)
                & ~Q(lease_token="")
                | ~Q(state__in=["fetching", "analysing"]) & Q(lease_token=""),
                name="running_means_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=1), name="progress_is_a_share"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(finding__isnull=False, problem_code=""),
                name="done_means_a_finding_and_no_problem",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | (~Q(problem_code="") & Q(finding__isnull=True)),
                name="failed_means_a_problem_and_no_finding",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "created_at"]),
            models.Index(fields=["state", "lease_expires_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"


class Promotion(models.Model):
    """From then on this bundle answers. The last row holds; to roll back is to promote again."""

    name = models.CharField(max_length=100)  # of a folder that is shipped
    version = models.CharField(max_length=100)
    reason = models.TextField(max_length=1000)
    by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.name} since {self.created_at}"


class Contest(models.Model):
    """Somebody says that a verdict is wrong. Review answers it, and then may be contested again."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="contests")
    check_asked = models.ForeignKey(
        Check, null=True, on_delete=models.SET_NULL, related_name="contests"
    )
    reason = models.CharField(max_length=40)
    words = models.TextField(blank=True, default="", max_length=2000)
    start_s = models.FloatField(null=True)
    end_s = models.FloatField(null=True)
    contact = models.CharField(max_length=254, blank=True, default="")
    told_outcome = models.CharField(max_length=30)
    language = models.CharField(max_length=10, blank=True, default="")  # to answer in
    person_sha256 = models.CharField(max_length=64)  # keyed hash of who contests
    answered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["video", "person_sha256"],
                condition=Q(answered_at=None),
                name="one_contest_at_a_time_per_person_and_video",
            ),
        ]

    def __str__(self) -> str:
        return f"contest of {self.video}"


class Canary(models.Model):
    """The last time that a worker of this queue did something: what readiness is read from."""

    queue = models.CharField(max_length=20, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "canaries"

    def __str__(self) -> str:
        return f"{self.queue} seen {self.seen_at}"
