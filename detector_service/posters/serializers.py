"""The shapes that travel between a site and us; the OpenAPI document is drawn from here."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from detector_service.api.serializers import (
    CHECK_ID,
    DECIDED_BY,
    OUTCOMES,
    REASONS,
    SOURCE_KINDS,
    STATES,
    CheckProblemSerializer,
    StrictSerializer,
)
from detector_service.posters.models import Posting, Site

SHA256 = r"^[0-9a-f]{64}$"
LONGEST_REFERENCE = 200
POSTING_STATES = [(state.value, state.value) for state in Posting.State]
CHOICES = [(choice.value, choice.value) for choice in Posting.Choice]
ADVICE = [("publish", "publish"), ("warn", "warn"), ("hold", "hold")]
ON_FAILURE = [(value, value) for value in Site.OnFailure.values]
LANGUAGES = [(code, code) for code, _ in settings.LANGUAGES]


def _sha256(**how: Any) -> serializers.RegexField:
    says = "64 hexadecimal digits are needed, in lower case."
    errors: dict[str, Any] = {"invalid": says, "blank": says, "null": says}
    return serializers.RegexField(SHA256, error_messages=errors, **how)


def _reference() -> serializers.CharField:
    return serializers.CharField(
        max_length=LONGEST_REFERENCE,
        required=False,
        default="",
        allow_blank=True,
        help_text="The site's own name for it; asked twice under one reference, it is one posting.",
    )


def _callback_url() -> serializers.CharField:
    return serializers.CharField(
        max_length=2048,
        required=False,
        default=None,
        allow_null=True,
        help_text="Where the answer is sent to, signed. By default the site account's own.",
    )


# -- What is sent to us ----------------------------------------------------------------------


class AnnounceSerializer(StrictSerializer):
    sha256 = _sha256()
    size_bytes = serializers.IntegerField(min_value=1, max_value=2**53)
    media_type = serializers.CharField(max_length=100)
    file_name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    reference = _reference()
    callback_url = _callback_url()


class AskPostingSerializer(StrictSerializer):
    url = serializers.CharField(max_length=2048, help_text="The address of a page or a video.")
    reference = _reference()
    callback_url = _callback_url()


class MintSerializer(StrictSerializer):
    origin = serializers.CharField(max_length=255, help_text="Of the page: https://host")
    reference = _reference()
    sha256 = _sha256(required=False, default=None, allow_null=True)
    language = serializers.ChoiceField(
        choices=LANGUAGES, required=False, default="", allow_blank=True
    )


class ChoiceSerializer(StrictSerializer):
    choice = serializers.ChoiceField(
        choices=CHOICES, error_messages={"invalid_choice": f"One of: {', '.join(Posting.Choice)}."}
    )


# -- What we answer --------------------------------------------------------------------------


class PageTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    expires_in_s = serializers.IntegerField()


class PostingSourceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=SOURCE_KINDS)
    url = serializers.CharField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    size_bytes = serializers.IntegerField(allow_null=True)
    media_type = serializers.CharField(allow_null=True)
    file_name = serializers.CharField(allow_null=True)


class PostingUploadSerializer(serializers.Serializer[Any]):
    """Where the bytes go, by the tus protocol, and how many are there already."""

    url = serializers.URLField()
    offset = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class PostingCheckSerializer(serializers.Serializer[Any]):
    id = serializers.RegexField(CHECK_ID)
    state = serializers.ChoiceField(choices=STATES)
    stage = serializers.CharField(allow_blank=True)
    progress = serializers.FloatField(min_value=0.0, max_value=1.0)
    expected_wait_s = serializers.IntegerField(allow_null=True)


class LabelNotJudgedSerializer(serializers.Serializer[Any]):
    track = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=REASONS)
    sentence = serializers.CharField()


class DisclosureSerializer(serializers.Serializer[Any]):
    may_be_needed = serializers.BooleanField()
    sentence = serializers.CharField(allow_null=True)


class RedressSerializer(serializers.Serializer[Any]):
    sentence = serializers.CharField()
    url = serializers.URLField(allow_null=True)


class ReasonsSerializer(serializers.Serializer[Any]):
    """A statement of reasons, in parts and as one paragraph."""

    restriction = serializers.ChoiceField(choices=[("none", "none")])
    automated_detection = serializers.BooleanField()
    automated_decision = serializers.BooleanField()
    facts = serializers.CharField()
    means = serializers.CharField()
    ground = serializers.CharField()
    redress = RedressSerializer()
    text = serializers.CharField()


class LabelSerializer(serializers.Serializer[Any]):
    """For the site to store with the post."""

    version = serializers.IntegerField()
    language = serializers.CharField()
    test = serializers.BooleanField()
    posting = serializers.CharField()
    reference = serializers.CharField(allow_blank=True)
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    reason = serializers.ChoiceField(choices=REASONS, allow_null=True)
    headline = serializers.CharField()
    explanation = serializers.CharField()
    meaning = serializers.CharField()
    decided_by = serializers.ChoiceField(choices=DECIDED_BY)
    public_reason = serializers.CharField(allow_blank=True)
    bundle = serializers.CharField()
    checked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField()
    not_judged = LabelNotJudgedSerializer(many=True)
    not_looked_for = serializers.CharField()
    disclosure = DisclosureSerializer()
    statement_of_reasons = ReasonsSerializer(allow_null=True)
    report_url = serializers.URLField(allow_null=True)
    contest_url = serializers.URLField(allow_null=True)


class PolicySerializer(serializers.Serializer[Any]):
    warn_on = serializers.ListField(child=serializers.ChoiceField(choices=OUTCOMES))
    on_failure = serializers.ChoiceField(choices=ON_FAILURE)


class PostingLinksSerializer(serializers.Serializer[Any]):
    self = serializers.URLField()
    report = serializers.URLField(allow_null=True)
    contest = serializers.URLField(allow_null=True)


class PostingSerializer(serializers.Serializer[Any]):
    id = serializers.RegexField(CHECK_ID)
    reference = serializers.CharField(allow_blank=True)
    test = serializers.BooleanField()
    state = serializers.ChoiceField(choices=POSTING_STATES)
    advice = serializers.ChoiceField(
        choices=ADVICE, allow_null=True, help_text="The site's own policy, applied. Null: not yet."
    )
    source = PostingSourceSerializer()  # type: ignore[assignment]  # the name of an option of Field
    upload = PostingUploadSerializer(allow_null=True)
    check = PostingCheckSerializer(allow_null=True)
    label = LabelSerializer(allow_null=True)  # type: ignore[assignment]  # as above
    problem = CheckProblemSerializer(allow_null=True)
    policy = PolicySerializer()
    choice = serializers.ChoiceField(choices=CHOICES, allow_null=True)
    created_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    links = PostingLinksSerializer()


class PostingsSerializer(serializers.Serializer[Any]):
    postings = PostingSerializer(many=True)
