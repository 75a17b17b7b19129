"""What one bundle said of one row of a manifest, under one degradation: one line of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.finding import Outcome

AS_IS = "as_is"


@dataclass(frozen=True, slots=True)
class Observation:
    """``logit`` is the clip's score before calibration, ``mean_logit`` the mean over its frames.

    Both are None where no face was judged; then ``reason`` says why, or ``problem`` has the code
    with which the check failed. ``blur`` is minus the log variance of the Laplacian over the
    scored crops: the baseline that any detector must beat. ``track`` is the one that was judged:
    the most suspicious.
    """

    id: str
    file: str
    set: str
    label: int  # 1 for fake
    group: str
    manipulation: str
    degradation: str
    outcome: Outcome | None
    reason: str | None
    problem: str | None
    fake_probability: float | None
    logit: float | None
    mean_logit: float | None
    frame_logits: tuple[float, ...]
    face_px: float | None
    blur: float | None
    seconds: float
    track: int | None = None

    @property
    def judged(self) -> bool:
        return self.logit is not None


def write_observations(path: Path, observations: Iterable[Observation]) -> None:
    lines = [json.dumps(asdict(observation), sort_keys=True) for observation in observations]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def observation_from(document: dict[str, object]) -> Observation:
    outcome = document["outcome"]
    return Observation(
        **{  # type: ignore[arg-type]
            **document,
            "outcome": None if outcome is None else Outcome(str(outcome)),
            "frame_logits": tuple(document["frame_logits"]),  # type: ignore[arg-type]
        }
    )


def read_observations(path: Path) -> list[Observation]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [observation_from(json.loads(line)) for line in lines]
