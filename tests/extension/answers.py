"""What the API says, in every state that a person can meet: the documents of its contract."""

from __future__ import annotations

import math
from typing import Any

DURATION_S = 12.0
MEANING = {
    "likely_manipulated": "If 1 in 100 videos sent here is manipulated, "
    "about 52 in 100 results like this one are wrong.",
    "no_manipulation_found": "If 1 in 100 videos sent here is manipulated, "
    "fewer than 1 in 100 results like this one are wrong.",
    "inconclusive": "Nothing follows from this: there may or may not be a manipulation.",
}
TOLD = {
    "likely_manipulated": (
        "Likely manipulated",
        "At least one face shows signs of manipulation.",
    ),
    "no_manipulation_found": (
        "No manipulation found",
        "The faces that could be judged show no sign of manipulation. "
        "That does not prove that nothing was changed.",
    ),
    "inconclusive": (
        "Inconclusive",
        "The score lies between the two thresholds, so neither can be said.",
    ),
}
PROBLEMS = {
    "content.private": (
        "This video is private.",
        "Ask its owner to share it, or upload the file if you have it.",
    ),
    "auth.required": (
        "This service answers only to people with a key.",
        "Connect the extension to the service, or sign in.",
    ),
    "service.busy": (
        "The service has more to do than it can take on right now.",
        "Try again in a minute.",
    ),
    "link.unsupported_site": (
        "Videos from this site cannot be fetched.",
        "Download the video yourself and upload the file instead.",
    ),
}


def check(*, number: int, url: str, base: str, state: str, **more: Any) -> dict[str, Any]:
    public_id = f"check{number:017d}"
    return {
        "id": public_id,
        "state": state,
        "stage": "",
        "progress": 0.0,
        "queue_position": None,
        "expected_wait_s": None,
        "source": {
            "kind": "address",
            "url": url,
            "platform": "example",
            "title": "",
            "file_name": None,
        },
        "created_at": "2026-11-20T12:00:00Z",
        "finished_at": None,
        "verdict": None,
        "problem": None,
        "links": {
            "self": f"{base}/api/v1/checks/{public_id}",
            "report": f"{base}/checks/{public_id}",
            "contest": f"{base}/checks/{public_id}/contest",
            "finding": f"{base}/api/v1/checks/{public_id}/finding",
        },
        **more,
    }


def under_way() -> list[dict[str, Any]]:
    return [
        {"state": "queued", "queue_position": 3, "expected_wait_s": 14.0},
        {"state": "fetching", "progress": 0.2, "expected_wait_s": 9.0},
        {"state": "analysing", "progress": 0.64, "expected_wait_s": 4.0},
    ]


def done(outcome: str, *, probability: float | None) -> dict[str, Any]:
    return {
        "state": "done",
        "progress": 1.0,
        "finished_at": "2026-11-20T12:00:20Z",
        "verdict": verdict(outcome, probability=probability),
    }


def failed(code: str) -> dict[str, Any]:
    return {"state": "failed", "finished_at": "2026-11-20T12:00:20Z", "problem": problem(code)}


def problem(code: str) -> dict[str, Any]:
    title, what_to_do = PROBLEMS[code]
    return {
        "type": f"http://localhost/api/v1/problems/{code}",
        "code": code,
        "title": title,
        "what_to_do": what_to_do,
        "transient": False,
    }


def verdict(outcome: str, *, probability: float | None) -> dict[str, Any]:
    headline, explanation = TOLD[outcome]
    tracks = [] if probability is None else [judged(1, probability), _too_small(2)]
    return {
        "outcome": outcome,
        "reason": "borderline" if outcome == "inconclusive" else None,
        "headline": headline,
        "explanation": explanation,
        "fake_probability": probability,
        "meaning": {"sentence": MEANING[outcome], "prevalence": 0.01, "share_wrong": None},
        "decided_by": "model",
        "public_reason": "",
        "decided_at": None,
        "bundle": "inceptionv3_gru-2026.11.1",
        "checked_at": "2026-11-20T12:00:20Z",
        "media": {
            "kind": "video",
            "container": "mp4",
            "codec": "h264",
            "width_px": 640,
            "height_px": 360,
            "rotation_deg": 0,
            "duration_s": DURATION_S,
            "frames_per_s": 25.0,
            "size_bytes": 812_000,
        },
        "counts": {"frames_decoded": 36, "faces_seen": 62, "faces_used": 33},
        "tracks": tracks,
        "not_judged": [
            {"track": 2, "reason": "face_too_small", "sentence": tracks[1]["reason_sentence"]}
        ]
        if tracks
        else [],
        "provenance": {
            "present": False,
            "valid": None,
            "trusted": None,
            "signer": None,
            "made_with": None,
            "digital_source_type": None,
        },
        "version": 1,
    }


def judged(number: int, probability: float) -> dict[str, Any]:
    moments = [DURATION_S * i / 35 for i in range(36)]
    scores = [
        max(0.02, min(0.98, probability * (0.72 + 0.3 * math.sin(at_s * 1.1) ** 3)))
        for at_s in moments
    ]
    suspicious = (
        [{"start_s": 1.2, "end_s": 2.6}, {"start_s": 7.0, "end_s": 8.4}]
        if probability > 0.8
        else []
    )
    return {
        "number": number,
        "fake_probability": probability,
        "reason": None,
        "reason_sentence": None,
        "first_seen_s": 0.0,
        "last_seen_s": 11.6,
        "frames_seen": 36,
        "frames_used": 33,
        "median_width_px": 140.0,
        "timeline": [
            {
                "at_s": at_s,
                "fake_probability": score,
                "box": {"left": 0.3, "top": 0.1, "right": 0.5, "bottom": 0.5},
            }
            for at_s, score in zip(moments, scores, strict=True)
        ],
        "suspicious": suspicious,
        "strip": [_picture(number, i) for i in range(5)],
        "heat_maps": [],
    }


def _too_small(number: int) -> dict[str, Any]:
    return {
        **judged(number, 0.1),
        "fake_probability": None,
        "reason": "face_too_small",
        "reason_sentence": "This face is too small to be judged.",
        "median_width_px": 22.0,
        "timeline": [],
        "strip": [_picture(number, 0)],
    }


def glimpsed(number: int) -> dict[str, Any]:
    """In view too briefly to be judged, and what was seen of it looks manipulated."""
    return {
        **_too_small(number),
        "reason": "too_short",
        "reason_sentence": "Too little of this face is in view to judge it, "
        "but what was seen of it shows signs of manipulation.",
        "first_seen_s": 3.0,
        "last_seen_s": 5.0,
        "median_width_px": 140.0,
        "suspicious": [{"start_s": 3.0, "end_s": 5.0}],
        "strip": [_picture(number, i) for i in range(4)],
    }


def _picture(track: int, i: int) -> dict[str, Any]:
    return {
        "at_s": 2.4 * i,
        "url": f"/api/v1/checks/x/evidence/track{track}-{i}.webp",
        "width_px": 160,
        "height_px": 160,
    }
