"""Test mode: a file or an address whose name says how it is answered, at once and every time.

The file is one line of text, so that a test can write it: ``deepfake-check sample: inconclusive``.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from types import MappingProxyType

from analysis.finding import (
    SCHEMA_VERSION,
    Counts,
    Finding,
    Fingerprint,
    Media,
    Outcome,
    Provenance,
    Reason,
)
from detector_service.checks.queries import VerdictView

SAMPLES = (*(outcome.value for outcome in Outcome), "failed", "second_look")
SAMPLE_BUNDLE = "test-mode"
SAMPLE_PROBLEM = "content.corrupt"
SECOND_LOOK_TAKES = timedelta(seconds=20)
_ADDRESS = "https://samples.invalid/"


def content_of(sample: str) -> bytes:
    return f"deepfake-check sample: {sample}\n".encode()


def url_of(sample: str) -> str:
    return _ADDRESS + sample


_BY_SHA256 = MappingProxyType(
    {hashlib.sha256(content_of(sample)).hexdigest(): sample for sample in SAMPLES}
)
_BY_URL = MappingProxyType({url_of(sample): sample for sample in SAMPLES})


def sample_of(*, sha256: str = "", url: str = "") -> str:
    """Empty if it is none, and has to be looked at like any other."""
    return _BY_SHA256.get(sha256, "") or _BY_URL.get(url, "")


def verdict_of_sample(sample: str, *, asked_at: datetime, now: datetime) -> VerdictView | None:
    """None while the moderator of the sample takes their time."""
    looked_at = sample == "second_look"
    decided_at = asked_at + SECOND_LOOK_TAKES if looked_at else None
    if decided_at is not None and now < decided_at:
        return None
    outcome = Outcome.LIKELY_MANIPULATED if looked_at else Outcome(sample)
    reason = Reason.BORDERLINE if outcome == Outcome.INCONCLUSIVE else None
    return VerdictView(
        outcome=outcome.value,
        reason=None if reason is None else reason.value,
        fake_probability=None,
        decided_by="moderator" if looked_at else "model",
        public_reason="",
        decided_at=decided_at,
        bundle=SAMPLE_BUNDLE,
        checked_at=asked_at,
        version=0,
        evidence_folder="",
        finding=Finding(
            schema_version=SCHEMA_VERSION,
            bundle=SAMPLE_BUNDLE,
            outcome=outcome,
            reason=reason,
            fake_probability=None,
            media=Media("picture", "", "", 0, 0, 0, None, None, 0),
            counts=Counts(0, 0, 0),
            tracks=(),
            fingerprint=Fingerprint(hashlib.sha256(content_of(sample)).hexdigest(), ()),
            provenance=Provenance(present=False),
        ),
    )
