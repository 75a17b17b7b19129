"""The shapes that travel: requests are validated by these, answers are made by these.

The OpenAPI document is drawn from here, so what it says and what is sent cannot drift apart.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils.datastructures import MultiValueDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analysis.finding import Outcome, Picture, Reason, Track
from detector_service.api.problems import problem_document
from detector_service.checks import words
from detector_service.checks.contests import LONGEST_WORDS, ContestReason
from detector_service.checks.models import Check
from detector_service.checks.problems import PROBLEMS
from detector_service.checks.queries import CheckView, VerdictView

CHECK_ID = r"^[A-Za-z0-9_-]{22}$"
OUTCOMES = [(outcome.value, outcome.value) for outcome in Outcome]
REASONS = [(reason.value, reason.value) for reason in Reason]
STATES = [(state.value, state.value) for state in Check.State]
PROBLEM_CODES = [(code, code) for code in sorted(PROBLEMS)]
CONTEST_REASONS = [(reason.value, reason.value) for reason in ContestReason]
DECIDED_BY = [("model", "model"), ("moderator", "moderator")]
SOURCE_KINDS = [("address", "address"), ("upload", "upload")]


class Probability(serializers.FloatField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0.0, max_value=1.0, **options)


# -- What is sent to us ----------------------------------------------------------------------


class StrictSerializer(serializers.Serializer[Any]):
    @classmethod
    def read(cls, sent: Any) -> dict[str, Any]:
        asked = cls(data=sent)
        asked.is_valid(raise_exception=True)
        fields: dict[str, Any] = asked.validated_data
        return fields

    # A name that is not known is refused: a misspelt one must not be silently ignored.
    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError({unknown[0][:50]: ["this is not known here"]})
        # Of two files in one form the first would be dropped without a word.
        lists = data.lists() if isinstance(data, MultiValueDict) else ()
        for name, values in lists:
            if len(values) > 1:
                raise serializers.ValidationError({name: ["stands there twice; send one"]})
        return super().to_internal_value(data)


class AskSerializer(StrictSerializer):
    url = serializers.CharField(max_length=2048, help_text="The address of a page or a video.")


class UploadSerializer(StrictSerializer):
    file = serializers.FileField(
        allow_empty_file=True, max_length=255, help_text="A video or a picture."
    )


class ContestSerializer(StrictSerializer):
    reason = serializers.ChoiceField(choices=CONTEST_REASONS)
    words = serializers.CharField(
        max_length=LONGEST_WORDS, required=False, default="", allow_blank=True
    )
    start_s = serializers.FloatField(
        min_value=0, max_value=1e6, required=False, default=None, allow_null=True
    )
    end_s = serializers.FloatField(
        min_value=0, max_value=1e6, required=False, default=None, allow_null=True
    )
    contact = serializers.CharField(
        max_length=254,
        required=False,
        default="",
        allow_blank=True,
        help_text="Where an answer can be sent; seen by moderators alone.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start_s, end_s = attrs["start_s"], attrs["end_s"]
        if start_s is not None and end_s is not None and start_s > end_s:
            raise serializers.ValidationError({"end_s": ["ends before it starts"]})
        return attrs


class PairingSerializer(StrictSerializer):
    code = serializers.CharField(max_length=100)


# -- What we answer --------------------------------------------------------------------------


class BoxSerializer(serializers.Serializer[Any]):
    """Fractions of the upright frame."""

    left = serializers.FloatField()
    top = serializers.FloatField()
    right = serializers.FloatField()
    bottom = serializers.FloatField()


class MomentSerializer(serializers.Serializer[Any]):
    at_s = serializers.FloatField()
    fake_probability = Probability()
    box = BoxSerializer()


class StretchSerializer(serializers.Serializer[Any]):
    start_s = serializers.FloatField()
    end_s = serializers.FloatField()


class PictureSerializer(serializers.Serializer[Picture]):
    at_s = serializers.FloatField()
    url = serializers.SerializerMethodField()
    width_px = serializers.IntegerField()
    height_px = serializers.IntegerField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, picture: Picture) -> str:
        return f"{_check_url(self.context['check'])}/evidence/{picture.name}"


class TrackSerializer(serializers.Serializer[Track]):
    """One face followed through the video; without a probability, ``reason`` says why."""

    number = serializers.IntegerField()
    fake_probability = Probability(allow_null=True)
    reason = serializers.ChoiceField(choices=REASONS, allow_null=True)
    reason_sentence = serializers.SerializerMethodField()
    first_seen_s = serializers.FloatField()
    last_seen_s = serializers.FloatField()
    frames_seen = serializers.IntegerField()
    frames_used = serializers.IntegerField()
    median_width_px = serializers.FloatField()
    timeline = MomentSerializer(many=True)
    suspicious = StretchSerializer(many=True)
    strip = PictureSerializer(many=True)
    heat_maps = PictureSerializer(many=True)

    def get_reason_sentence(self, track: Track) -> str | None:
        return None if track.reason is None else words.why_not_judged(track)


class NotJudgedSerializer(serializers.Serializer[Track]):
    track = serializers.IntegerField(source="number")
    reason = serializers.ChoiceField(choices=REASONS)
    sentence = serializers.SerializerMethodField()

    def get_sentence(self, track: Track) -> str:
        return words.why_not_judged(track)


class MediaSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[("video", "video"), ("picture", "picture")])
    container = serializers.CharField()
    codec = serializers.CharField()
    width_px = serializers.IntegerField()
    height_px = serializers.IntegerField()
    rotation_deg = serializers.IntegerField()
    duration_s = serializers.FloatField(allow_null=True)
    frames_per_s = serializers.FloatField(allow_null=True)
    size_bytes = serializers.IntegerField()


class CountsSerializer(serializers.Serializer[Any]):
    frames_decoded = serializers.IntegerField()
    faces_seen = serializers.IntegerField()
    faces_used = serializers.IntegerField()


class ProvenanceSerializer(serializers.Serializer[Any]):
    """C2PA content credentials. Absence is neutral: most platforms strip them."""

    present = serializers.BooleanField()
    valid = serializers.BooleanField(allow_null=True)
    trusted = serializers.BooleanField(allow_null=True)
    signer = serializers.CharField(allow_null=True)
    made_with = serializers.CharField(allow_null=True)
    digital_source_type = serializers.CharField(allow_null=True)


class MeaningSerializer(serializers.Serializer[Any]):
    """The share of such verdicts that are wrong if this share of all videos is manipulated."""

    sentence = serializers.CharField()
    prevalence = Probability()
    share_wrong = Probability(allow_null=True)


class VerdictSerializer(serializers.Serializer[VerdictView]):
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    reason = serializers.ChoiceField(choices=REASONS, allow_null=True)
    headline = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()
    fake_probability = Probability(allow_null=True)
    meaning = serializers.SerializerMethodField()
    decided_by = serializers.ChoiceField(choices=DECIDED_BY)
    public_reason = serializers.CharField(allow_blank=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    bundle = serializers.CharField()
    checked_at = serializers.DateTimeField()
    media = MediaSerializer(source="finding.media")
    counts = CountsSerializer(source="finding.counts")
    tracks = TrackSerializer(source="finding.tracks", many=True)
    not_judged = NotJudgedSerializer(many=True)
    provenance = ProvenanceSerializer(source="finding.provenance")
    version = serializers.IntegerField()

    def get_headline(self, verdict: VerdictView) -> str:
        return words.headline(verdict.outcome)

    def get_explanation(self, verdict: VerdictView) -> str:
        return words.explanation(verdict)

    @extend_schema_field(MeaningSerializer)
    def get_meaning(self, verdict: VerdictView) -> dict[str, Any]:
        return asdict(words.meaning(verdict))


class SourceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=SOURCE_KINDS)
    url = serializers.CharField(allow_null=True)
    platform = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_blank=True)
    file_name = serializers.CharField(allow_null=True)


class CheckProblemSerializer(serializers.Serializer[Any]):
    """Why a check has no verdict, in the words that a person reads."""

    type = serializers.URLField()
    code = serializers.ChoiceField(choices=PROBLEM_CODES)
    title = serializers.CharField()
    what_to_do = serializers.CharField()
    transient = serializers.BooleanField(help_text="Whether asking again later can help.")


class ProblemSerializer(CheckProblemSerializer):
    """RFC 9457."""

    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)


class LinksSerializer(serializers.Serializer[Any]):
    self = serializers.URLField()
    report = serializers.URLField()
    contest = serializers.URLField()
    finding = serializers.URLField()


class CheckSerializer(serializers.Serializer[CheckView]):
    id = serializers.RegexField(CHECK_ID)
    state = serializers.ChoiceField(choices=STATES)
    stage = serializers.CharField(allow_blank=True)
    progress = serializers.FloatField(min_value=0.0, max_value=1.0)
    queue_position = serializers.IntegerField(allow_null=True, min_value=1)
    expected_wait_s = serializers.IntegerField(allow_null=True, min_value=1)
    source = SourceSerializer()  # type: ignore[assignment]  # the name of an option of Field
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    verdict = VerdictSerializer(allow_null=True)
    problem = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    @extend_schema_field(CheckProblemSerializer(allow_null=True))
    def get_problem(self, check: CheckView) -> dict[str, Any] | None:
        return problem_document(PROBLEMS[check.problem_code]) if check.problem_code else None

    @extend_schema_field(LinksSerializer)
    def get_links(self, check: CheckView) -> dict[str, str]:
        page = f"{settings.PUBLIC_URL}/checks/{check.id}"
        itself = _check_url(check.id)
        return {
            "self": itself,
            "report": page,
            "contest": f"{page}/contest",
            "finding": f"{itself}/finding",
        }


class NewCheckSerializer(CheckSerializer):
    """The answer to whoever began the check; nobody is told the token again."""

    cancel_token = serializers.SerializerMethodField()

    def get_cancel_token(self, _check: CheckView) -> str | None:
        token: str | None = self.context.get("cancel_token")
        return token


class ContestMadeSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()


class PairedSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="Shown this once.")
    name = serializers.CharField()


class KnownVerdictSerializer(serializers.Serializer[Any]):
    key_sha256 = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    reason = serializers.ChoiceField(choices=REASONS, allow_null=True)
    fake_probability = Probability(allow_null=True)
    bundle = serializers.CharField()
    decided_by = serializers.ChoiceField(choices=DECIDED_BY)


class KnownVerdictsSerializer(serializers.Serializer[Any]):
    prefix = serializers.CharField()
    verdicts = KnownVerdictSerializer(many=True)


class PartSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    ready = serializers.BooleanField()
    detail = serializers.CharField(allow_blank=True)


class HealthSerializer(serializers.Serializer[Any]):
    ready = serializers.BooleanField()
    parts = PartSerializer(many=True)


class AliveSerializer(serializers.Serializer[Any]):
    alive = serializers.BooleanField()


def _check_url(public_id: str) -> str:
    return f"{settings.PUBLIC_URL}/api/v1/checks/{public_id}"
