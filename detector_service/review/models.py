"""What people look at and what they decided.

A Case is the one place for everything that was said about a Video; it is the only row here that
changes. Decisions, their steps, notes and the audit are append-only: what happens to a decision
(approved, undone, applied) is a row of its own, and the database lets it end only once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from analysis.finding import Outcome
from detector_service.checks.models import Contest, Video
from detector_service.review.append_only import AppendOnly, AppendOnlyQuerySet

OUTCOMES = [
    (Outcome.LIKELY_MANIPULATED.value, "Likely manipulated"),
    (Outcome.NO_MANIPULATION_FOUND.value, "No manipulation found"),
    (Outcome.INCONCLUSIVE.value, "Inconclusive"),
]


class Case(models.Model):
    """``version`` counts what a moderator must have seen before deciding."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        HELD = "held", "Waits for a second person"
        PENDING = "pending", "Decided, can be undone"
        CLOSED = "closed", "Closed"

    video = models.OneToOneField(Video, on_delete=models.PROTECT, related_name="case")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    version = models.PositiveIntegerField(default=0)
    # Copies for the queue, refreshed by ``opening``: a list of 100,000 must not join to sort.
    priority = models.FloatField(default=0.0)
    outcome = models.CharField(max_length=30, blank=True, default="")
    fake_probability = models.FloatField(null=True)
    reach = models.PositiveIntegerField(default=0)  # different askers in seven days
    blind = models.BooleanField(default=False)  # decided without knowing what the model said
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="claims"
    )
    claim_expires_at = models.DateTimeField(null=True)
    pending = models.OneToOneField(
        "Decision", null=True, on_delete=models.SET_NULL, related_name="pending_in"
    )
    due_at = models.DateTimeField(null=True)  # when the pending decision is told to everybody
    decision = models.ForeignKey(  # the one in force
        "Decision", null=True, on_delete=models.SET_NULL, related_name="in_force_in"
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-priority", "id"], name="case_queue"),
            models.Index(fields=["state", "outcome", "-priority", "id"], name="case_by_outcome"),
            models.Index(fields=["state", "due_at"], name="case_due"),
            models.Index(fields=["claimed_by", "-priority"], name="case_claimed"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state="pending", due_at__isnull=False)
                | (~Q(state="pending") & Q(due_at__isnull=True)),
                name="pending_means_a_time",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claim_expires_at__isnull=False),
                name="a_claim_expires",
            ),
        ]
        permissions: ClassVar = [
            ("decide_case", "Can claim cases, write notes and decide"),
            ("approve_decision", "Can approve, refuse or undo what somebody else decided"),
            ("manage_banks", "Can put videos into the banks and switch matches off"),
            ("export_cases", "Can export decided cases"),
            ("promote_bundle", "Can compare bundles and choose which one answers"),
            ("erase_video", "Can delete a video on request of a person shown"),
            ("view_contact", "Can see how a person who contests can be reached"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk} of {self.video}"


class CaseReason(models.Model):
    """Why a case was opened, or what joined it later."""

    class Kind(models.TextChoices):
        SCORE = "score", "High score"
        REACH = "reach", "Asked for by many"
        UNCERTAIN = "uncertain", "Uncertain score"
        CONTEST = "contest", "Contested"
        APPEAL = "appeal", "Appeal"
        NEAR_DUPLICATE = "near_duplicate", "Like a decided video"
        BLIND_SAMPLE = "blind_sample", "Blind sample"
        BY_HAND = "by_hand", "Opened by hand"
        SECOND_LOOK = "second_look", "A site waits for a second look"

    #: Who reads one of these knows what the model said.
    OF_THE_MODEL: ClassVar = frozenset({Kind.SCORE, Kind.REACH, Kind.UNCERTAIN})

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reasons")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    contest = models.OneToOneField(
        Contest, null=True, on_delete=models.CASCADE, related_name="case_reason"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "case"], name="case_reason_kind")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(contest__isnull=True),
                name="one_reason_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for case {self.case_id}"


class CaseSource(models.Model):
    """Somebody, known by a keyed hash, who asked about or contests the video of a case.

    What makes a flood visible: one source in a thousand cases weighs a thousandth in each.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="sources")
    source = models.CharField(max_length=70)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["source", "created_at"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "source"], name="one_row_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.source[:12]} in case {self.case_id}"


class Note(AppendOnly):
    """What moderators say to each other; never shown to anybody else."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    by_name = models.CharField(max_length=150)
    text = models.TextField(max_length=4000)
    created_at = models.DateTimeField(db_default=Now())

    objects = AppendOnlyQuerySet["Note"].as_manager()

    def __str__(self) -> str:
        return f"note on case {self.case_id} by {self.by_name}"


class Decision(AppendOnly):
    """What one person decided, with what they had before them."""

    class Effect(models.TextChoices):
        OVERRIDE = "override", "Tell everybody this outcome"
        KEEP = "keep", "The model's verdict stands"
        WITHHOLD = "withhold", "Tell nobody anything until it was seen again"

    class Policy(models.TextChoices):
        MANIPULATED_FACE = "manipulated_face", "A face was manipulated"
        GENUINE = "genuine", "Verified to be genuine"
        BENIGN_EDIT = "benign_edit", "Edited, but no face was changed"
        CANNOT_TELL = "cannot_tell", "Cannot be told from what is there"
        PERSON_SHOWN = "person_shown", "A person shown asks for it"
        OTHER = "other", "Another ground, in the reason"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=30, choices=OUTCOMES, blank=True, default="")
    effect = models.CharField(max_length=10, choices=Effect.choices)
    policy = models.CharField(max_length=20, choices=Policy.choices)
    public_reason = models.TextField(max_length=2000)
    private_note = models.TextField(max_length=4000, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    by_name = models.CharField(max_length=150)  # outlives the account
    bundle = models.CharField(max_length=100)
    model_outcome = models.CharField(max_length=30)
    fake_probability = models.FloatField(null=True)
    blind = models.BooleanField(default=False)
    why_held = models.CharField(max_length=200, blank=True, default="")  # empty: needs no second
    overrides = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="overridden_by"
    )
    created_at = models.DateTimeField()

    objects = AppendOnlyQuerySet["Decision"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(effect="withhold", outcome="")
                | (~Q(effect="withhold") & ~Q(outcome="")),
                name="only_withholding_has_no_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.pk}: {self.outcome or self.effect}"

    @property
    def appeal_until(self) -> date:
        """The last day on which it may be appealed against."""
        return (self.created_at + timedelta(days=settings.REVIEW_APPEAL_WITHIN_DAYS)).date()

    def may_be_appealed(self, at: datetime) -> bool:
        """All of that day counts, wherever on earth somebody is told of it."""
        return (at - timedelta(hours=12)).date() <= self.appeal_until


class DecisionStep(AppendOnly):
    """What happened to a decision after it was made."""

    class Kind(models.TextChoices):
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        UNDONE = "undone", "Undone"
        APPLIED = "applied", "Told to everybody"

    ENDS: ClassVar = (Kind.REFUSED, Kind.UNDONE, Kind.APPLIED)

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    by_name = models.CharField(max_length=150, blank=True, default="")  # empty: the clock
    created_at = models.DateTimeField()

    objects = AppendOnlyQuerySet["DecisionStep"].as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["decision", "kind"], name="each_step_once"),
            models.UniqueConstraint(
                fields=["decision"],
                condition=Q(kind__in=["refused", "undone", "applied"]),
                name="a_decision_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.decision_id} {self.kind}"


class Notice(models.Model):
    """What one person is told of a decision, word for word. It is never sent twice.

    ``sending`` is a promise that was made before the letter left: should the process die there,
    the row stays as it is, because nobody can know whether the letter arrived.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits to be sent"
        SENDING = "sending", "Handed to the mail server, without an answer"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be sent"
        BY_HAND = "by_hand", "To be told by hand"  # no mail address, or no mail is set up
        DROPPED = "dropped", "Never sent: another decision came first"

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="notices")
    contest = models.ForeignKey(
        Contest, null=True, on_delete=models.SET_NULL, related_name="notices"
    )
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    problem = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "not_before"], name="notice_due")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["decision", "to"], name="a_person_is_told_once")
        ]

    def __str__(self) -> str:
        return f"notice of decision {self.decision_id}: {self.state}"


class Appeal(models.Model):
    """A contest of what a person had decided: answered by somebody else, before ``due_at``."""

    contest = models.OneToOneField(Contest, on_delete=models.CASCADE, related_name="appeal")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="appeals")
    against = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="appeals")
    answered_by = models.ForeignKey(
        Decision, null=True, on_delete=models.PROTECT, related_name="answers"
    )
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"appeal against decision {self.against_id}"


class VideoPrint(models.Model):
    """The perceptual hashes of a video's frames: 32 bytes each, one after the other."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="print")
    hashes = models.BinaryField()
    frames = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.frames} frames of {self.video}"


class BankEntry(models.Model):
    """What is known of a video for good. ``ignored`` is never proposed as a match again."""

    class Bank(models.TextChoices):
        MANIPULATED = "manipulated", "Known manipulated"
        GENUINE = "genuine", "Known genuine"
        IGNORED = "ignored", "Benign: never propose it"

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="bank_entry")
    bank = models.CharField(max_length=12, choices=Bank.choices)
    reason = models.TextField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "bank entries"

    def __str__(self) -> str:
        return f"{self.video}: {self.bank}"


class Match(models.Model):
    """One video looks like another. A proposal, with its grounds; a person decides."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="matches")
    other = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="matched_by")
    share = models.FloatField()  # of this video's frames that are in the other
    other_share = models.FloatField()
    frames = models.PositiveIntegerField()
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    dismissed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "matches"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["video", "other"], name="one_match_per_pair")
        ]

    def __str__(self) -> str:
        return f"{self.video} is {self.share:.0%} like {self.other}"


class Erasure(models.Model):
    """A video that a person shown asked us to forget: only its hash is left, to keep it so."""

    video_sha256 = models.CharField(max_length=64, unique=True)
    reason = models.TextField(max_length=1000)
    by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"erased {self.video_sha256[:12]}"


class AuditRow(AppendOnly):
    """One link of the chain. It holds all that it says, so it outlives what it speaks of."""

    number = models.PositiveBigIntegerField(unique=True)
    at = models.CharField(max_length=40)  # as it was signed, to the microsecond
    actor = models.CharField(max_length=150, blank=True)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)  # holds the longest name that anything here can have
    facts = models.JSONField()
    previous = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    objects = AppendOnlyQuerySet["AuditRow"].as_manager()

    class Meta:
        verbose_name = "audit row"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["subject"])]

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.subject}"


class AuditHead(models.Model):
    """How many rows there are and what the last one was: so that the end cannot be cut off."""

    length = models.PositiveBigIntegerField(default=0)
    last_mac = models.CharField(max_length=64, blank=True, default="")
    mac = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.length} rows"
