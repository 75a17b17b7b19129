"""A site that takes uploads, what it asked about, and what it has to be told.

Posting --> Check is one thing that somebody is about to publish. Everything that a site must learn
is a Callback: a row that is written together with what it tells, and delivered afterwards.
"""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from analysis.finding import Outcome
from detector_service.checks.models import ApiKey, Check, new_public_id

GIGABYTE = 1_000_000_000


def warn_on_likely() -> list[str]:
    return [Outcome.LIKELY_MANIPULATED.value]


def new_message_id() -> str:
    return f"msg_{secrets.token_urlsafe(18)}"


def new_nonce() -> str:
    return secrets.token_hex(16)


def outcomes_only(value: Any) -> None:
    if not isinstance(value, list) or not set(value) <= {outcome.value for outcome in Outcome}:
        raise ValidationError(f"A list of: {', '.join(Outcome)}.")


class Site(models.Model):
    """An account. Its policy is in words: which answers warn, and what silence means."""

    class OnFailure(models.TextChoices):
        OPEN = "open", "May be published when there is no answer"
        CLOSED = "closed", "Must wait when there is no answer"

    name = models.CharField(max_length=100, unique=True)
    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="site", editable=False
    )
    contact = models.EmailField(help_text="Is told when callbacks fail for days.")
    is_open = models.BooleanField(default=True, help_text="A closed site's keys do nothing.")
    created_at = models.DateTimeField(db_default=Now())

    warn_on = models.JSONField(
        default=warn_on_likely,
        validators=[outcomes_only],
        help_text="The answers at which the person who posts is warned.",
    )
    on_failure = models.CharField(max_length=6, choices=OnFailure, default=OnFailure.OPEN)
    second_look = models.BooleanField(
        default=False, help_text="A moderator looks before the site is told to warn."
    )
    keep_files = models.BooleanField(
        default=False, help_text="Keep what was uploaded after its verdict."
    )
    ground = models.CharField(
        max_length=500,
        blank=True,
        default="",
        help_text="The rule of the site that a label rests on; part of the statement of reasons.",
    )
    redress_url = models.URLField(
        blank=True, default="", help_text="Where the site hears complaints. Empty: our own page."
    )

    uploads_per_day = models.PositiveIntegerField(default=1000)
    bytes_per_day = models.PositiveBigIntegerField(default=50 * GIGABYTE)
    uploads_at_once = models.PositiveIntegerField(default=20)
    max_file_bytes = models.PositiveBigIntegerField(default=GIGABYTE)
    asks_per_minute = models.PositiveIntegerField(
        default=120, help_text="Of its pages together; its own server may ask as often again."
    )

    callback_url = models.CharField(max_length=2048, blank=True, default="")
    callbacks_failing_since = models.DateTimeField(null=True, editable=False)
    callbacks_disabled_at = models.DateTimeField(null=True, editable=False)
    callbacks_disabled_why = models.CharField(max_length=200, blank=True, default="")
    # One courier a site: a slow server keeps nobody waiting but itself.
    courier_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        permissions: ClassVar = [("manage_site", "Can keep site accounts, their keys and policy")]

    def __str__(self) -> str:
        return self.name


class SiteOrigin(models.Model):
    """``https://host``: whose pages may ask with a token."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="origins")
    origin = models.CharField(max_length=255, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "origin"], name="an_origin_once_a_site")
        ]

    def __str__(self) -> str:
        return self.origin


class SiteKey(models.Model):
    """What makes an API key a site's. A test key is answered from fixed samples."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="keys")
    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, related_name="site_key")
    test = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.key)


class SigningSecret(models.Model):
    """Not the secret itself: what it is derived from, with a key that is not in the database."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="secrets")
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(null=True)  # signs beside its successor until then

    def __str__(self) -> str:
        return f"secret {self.pk} of {self.site}"


class Posting(models.Model):
    """Something that somebody is about to publish on a site."""

    class State(models.TextChoices):
        UPLOADING = "uploading"
        CHECKING = "checking"
        SECOND_LOOK = "second_look"
        ANSWERED = "answered"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Choice(models.TextChoices):
        """What the person did after the answer."""

        PUBLISHED_WITH_LABEL = "published_with_label"
        PUBLISHED = "published"
        REPLACED = "replaced"
        CONTESTED = "contested"
        WITHDRAWN = "withdrawn"

    ENDED: ClassVar = (State.ANSWERED, State.FAILED, State.CANCELLED)

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="postings")
    site_key = models.ForeignKey(SiteKey, null=True, on_delete=models.SET_NULL, related_name="+")
    # Of the page token that made it: one posting each, by this constraint.
    token_nonce = models.CharField(max_length=32, null=True, unique=True)  # noqa: DJ001
    test = models.BooleanField(default=False)
    reference = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=10, default="en")
    callback_url = models.CharField(max_length=2048, blank=True, default="")
    state = models.CharField(max_length=12, choices=State, default=State.UPLOADING)
    created_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)
    choice = models.CharField(max_length=24, choices=Choice, blank=True, default="")

    # Either an address, or a file that was announced with these.
    url = models.CharField(max_length=2048, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(null=True)
    media_type = models.CharField(max_length=100, blank=True, default="")
    file_name = models.CharField(max_length=200, blank=True, default="")
    # What is on the disk for good; the file may be longer after a crash, never shorter.
    received_bytes = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)  # of an upload that is not whole
    has_file = models.BooleanField(default=False)
    needed_bytes = models.BooleanField(default=False)  # counts against the day's quota

    check_asked = models.ForeignKey(
        Check, null=True, on_delete=models.SET_NULL, related_name="postings"
    )
    sample = models.CharField(max_length=30, blank=True, default="")  # test mode's fixed answers
    problem_code = models.CharField(max_length=40, blank=True, default="")
    # What the site was told last, and under which version of the video's verdict.
    told_outcome = models.CharField(max_length=30, blank=True, default="")
    told_by = models.CharField(max_length=10, blank=True, default="")
    told_version = models.PositiveIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "reference"], name="posting_reference"),
            models.Index(fields=["site", "created_at"], name="posting_of_site"),
            models.Index(fields=["state", "expires_at"], name="posting_state"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(url="") | Q(sha256=""), name="a_posting_has_one_source"
            ),
            models.CheckConstraint(
                condition=Q(size_bytes=None) | Q(received_bytes__lte=models.F("size_bytes")),
                name="at_most_the_announced_bytes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED


class Callback(models.Model):
    """The outbox: what a site is to be told, exactly as it will be sent every time."""

    class Kind(models.TextChoices):
        ANSWERED = "posting.answered"
        FAILED = "posting.failed"
        CHANGED = "verdict.changed"

    public_id = models.CharField(max_length=32, unique=True, default=new_message_id)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="callbacks")
    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="callbacks")
    kind = models.CharField(max_length=20, choices=Kind)
    url = models.CharField(max_length=2048)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)  # None: delivered, or given up
    delivered_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_problem = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_attempt_at", "site"], name="callback_due")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(next_attempt_at=None),
                name="delivered_means_no_other_attempt",
            )
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.kind}"
