"""The story on one page: a file becomes frames, frames faces, faces tracks, tracks a Finding.

The file is decoded in a guarded child while this process looks for faces in the window before and
a thread scores the window before that. Memory holds a few frames and the crops, however long the
video is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.errors import VideoProblem
from analysis.explain import Shown, draw_heat_maps, draw_strip, suspicious_stretches
from analysis.faces.crop import Image, crop_face
from analysis.faces.follow import Moment, Sighting, Strand, follow_window
from analysis.faces.quality import measure
from analysis.faces.track import FaceTrack, link_strands
from analysis.finding import (
    SCHEMA_VERSION,
    Box,
    Counts,
    Finding,
    Fingerprint,
    FrameScore,
    Media,
    PdqFrame,
    Provenance,
    Reason,
    Track,
)
from analysis.media.fingerprint import FileRead, pdq_frame, read_whole
from analysis.media.limits import MediaLimits
from analysis.media.provenance import read_provenance
from analysis.media.read import Decoded, Frame, Glimpse, Item, read_frames
from analysis.media.windows import SamplingPlan
from analysis.models.bundles import Bundle
from analysis.models.runtime import FrameEvidence
from analysis.verdict import decide, suspicious_from, why_not_judged, why_not_usable

MOST_FACES_A_FRAME = 6
MOST_TRACKS = 12
"""More are kept only if they can stand out, or could if fewer faces had been there."""
_SPACING_S = 0.12


@dataclass(frozen=True, slots=True)
class Progress:
    """``stage`` is a short machine word: finding_faces, scoring or explaining."""

    stage: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Look:
    """One sighting as the encoder sees it, or would if it were not refused."""

    crop: Image
    frame_size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ScoredCrop:
    """The picture of a face that was scored; ``slot`` is its frame's place among all sampled."""

    track: int
    slot: int
    window: int
    at_s: float
    image: Image


@dataclass(frozen=True, slots=True)
class Scored:
    features: np.ndarray[tuple[int], np.dtype[np.float32]]
    frame_logit: float
    activation_map: np.ndarray[tuple[int, int], np.dtype[np.float32]]


def check_video(
    path: Path,
    *,
    bundle: Bundle,
    evidence: Path,
    limits: MediaLimits | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_crop: Callable[[ScoredCrop], None] = lambda crop: None,
) -> Finding:
    """What ``bundle`` sees in a video or picture; pictures are written into ``evidence``.

    Raises VideoProblem where the file is at fault. What ``on_progress`` raises stops everything.
    ``on_crop`` gets every face that was scored.
    """
    plan = plan_for(bundle)
    with ThreadPoolExecutor(1, "score") as scorer, ThreadPoolExecutor(1, "hash") as hasher:
        watched = _Watched(bundle=bundle, scorer=scorer)
        try:
            with read_frames(path, plan=plan, limits=limits or MediaLimits()) as items:
                # Only now: what is no plain file was refused, and could be read for ever.
                whole = hasher.submit(read_whole, path)
                watched.watch(items, plan=plan, on_progress=on_progress)
            on_progress(Progress("scoring", 0.8))
            scored = watched.scored()
        except BaseException:
            scorer.shutdown(wait=False, cancel_futures=True)
            raise
        on_progress(Progress("explaining", 0.9))
        linked = link_strands(watched.strands, frames=len(watched.windows))
        reasons = [watched.why_not_judged(track) for track in linked]
        used = [sum(sighting in scored for sighting in track.sightings) for track in linked]
        suspicious = suspicious_from(list(zip(reasons, used, strict=True)), bundle.thresholds)
        told = [
            (track, reason, at_least)
            for place, (track, reason, at_least) in enumerate(
                zip(linked, reasons, suspicious, strict=True), start=1
            )
            if place <= MOST_TRACKS or at_least is not None or reason is Reason.TOO_MANY_FACES
        ]
        judged = [
            _judge(
                track,
                number,
                reason=reason,
                suspicious_at=at_least,
                watched=watched,
                scored=scored,
                evidence=evidence,
            )
            for number, (track, reason, at_least) in enumerate(told, start=1)
        ]
        for number, (track, _, _) in enumerate(told, start=1):
            for sighting in track.sightings:
                if sighting in scored:
                    slot = sighting.slot
                    window, image = watched.windows[slot], watched.looks[sighting].crop
                    on_crop(ScoredCrop(number, slot, window, sighting.at_s, image))
        return _finding(watched, judged, whole=whole.result(), path=path)


def plan_for(bundle: Bundle) -> SamplingPlan:
    """As many frames as the bundle's clip has, in windows of four (or five, or all)."""
    frames = bundle.contract.frames_per_clip
    a_window = next((size for size in (4, 5, 3) if frames % size == 0), frames)
    return SamplingPlan(
        windows=frames // a_window, frames_per_window=a_window, spacing_s=_SPACING_S
    )


class _Watched:
    """What has been seen so far, window by window."""

    def __init__(self, *, bundle: Bundle, scorer: ThreadPoolExecutor) -> None:
        self.bundle = bundle
        self.frames_decoded = 0
        self._scorer = scorer
        self._begin(None)

    def _begin(self, media: Media | None) -> None:
        self.media = media
        self.pdq: list[PdqFrame] = []
        self.windows: list[int] = []  # of each slot
        self.strands: list[Strand] = []
        self.looks: dict[Sighting, Look] = {}
        self.refused: dict[Sighting, Reason] = {}
        self._windows_seen = 0
        self._batches: list[tuple[list[Sighting], Future[FrameEvidence]]] = []

    def watch(
        self, items: Iterator[Item], *, plan: SamplingPlan, on_progress: Callable[[Progress], None]
    ) -> None:
        expected = plan.windows
        moments: list[Moment] = []
        for item in items:
            match item:
                case Media():
                    # A second one corrects the first, and everything comes again.
                    self._begin(item)
                    moments = []
                    expected = plan.windows_for(item.duration_s or 0.0)
                case Glimpse():
                    self.pdq.append(pdq_frame(item.image, at_s=item.at_s))
                case Frame():
                    if moments and item.window != self.windows[-1]:
                        self._take_in(moments)
                        moments = []
                        on_progress(Progress("finding_faces", 0.8 * item.window / expected))
                    moments.append(Moment(len(self.windows), item.scene, item.at_s, item.image))
                    self.windows.append(item.window)
                case Decoded():
                    self.frames_decoded = item.frames_decoded
        if moments:
            self._take_in(moments)

    def scored(self) -> dict[Sighting, Scored]:
        """What the encoder said of each usable sighting; waits for it."""
        scored: dict[Sighting, Scored] = {}
        for sightings, batch in self._batches:
            result = batch.result()
            for index, sighting in enumerate(sightings):
                scored[sighting] = Scored(
                    features=result.features[index],
                    frame_logit=float(result.frame_logits[index]),
                    activation_map=result.activation_maps[index],
                )
        return scored

    def why_not_judged(self, track: FaceTrack) -> Reason | None:
        refused = [self.refused[s] for s in track.sightings if s in self.refused]
        used = sum(s in self.looks and s not in self.refused for s in track.sightings)
        return why_not_judged(
            refused,
            used=used,
            left_out=len(track.sightings) - len(refused) - used,
            frames_looked_at=len(self.windows),
            thresholds=self.bundle.thresholds,
        )

    def _take_in(self, moments: Sequence[Moment]) -> None:
        strands = follow_window(moments, smallest_px=self.bundle.thresholds.min_face_px)
        self.strands += strands
        moment_of = {moment.slot: moment for moment in moments}
        most = MOST_FACES_A_FRAME
        if self.media is not None and self.media.kind == "picture":
            # It costs no more than a clip.
            most *= self.bundle.contract.frames_per_clip
        room = dict.fromkeys(moment_of, most)
        room_for_refused = dict(room)
        usable: list[Sighting] = []
        for strand in self._in_turn(strands):
            for sighting in strand.sightings:
                look, refused = self._look_at(moment_of[sighting.slot], sighting)
                left = room if refused is None else room_for_refused
                if left[sighting.slot]:
                    left[sighting.slot] -= 1
                    self.looks[sighting] = look
                    if refused is None:
                        usable.append(sighting)
                if refused is not None:
                    self.refused[sighting] = refused
        self._windows_seen += 1
        if usable:
            crops = np.stack([self.looks[sighting].crop for sighting in usable])
            self._batches.append((usable, self._scorer.submit(self.bundle.score_faces, crops)))

    def _in_turn(self, strands: Sequence[Strand]) -> list[Strand]:
        """From left to right, from another one on in each window, so that each gets its turn."""
        row = sorted(strands, key=lambda strand: strand.sightings[0].face.left)
        first = MOST_FACES_A_FRAME * self._windows_seen % max(1, len(row))
        return row[first:] + row[:first]

    def _look_at(self, moment: Moment, sighting: Sighting) -> tuple[Look, Reason | None]:
        contract = self.bundle.contract
        frame_size = (moment.image.shape[1], moment.image.shape[0])
        crop = crop_face(
            moment.image, sighting.face, side_px=contract.side_px, margin=contract.margin
        )
        quality = measure(sighting.face, crop, frame_size=frame_size, margin=contract.margin)
        return Look(crop, frame_size), why_not_usable(quality, self.bundle.thresholds)


def _judge(
    track: FaceTrack,
    number: int,
    *,
    reason: Reason | None,
    suspicious_at: float | None,
    watched: _Watched,
    scored: dict[Sighting, Scored],
    evidence: Path,
) -> Track:
    """One person's score, timeline and pictures; ``reason`` says why there is no score."""
    bundle = watched.bundle
    used = [sighting for sighting in track.sightings if sighting in scored]
    probabilities = bundle.calibration.frame.probabilities(
        np.array([scored[sighting].frame_logit for sighting in used])
    )
    shown = [
        Shown(
            window=watched.windows[sighting.slot],
            at_s=sighting.at_s,
            crop=watched.looks[sighting].crop,
            fake_probability=round(float(probability), 4),
            activation_map=scored[sighting].activation_map,
        )
        for sighting, probability in zip(used, probabilities, strict=True)
    ]
    judged = reason is None
    return Track(
        number=number,
        first_seen_s=track.first_seen_s,
        last_seen_s=track.last_seen_s,
        frames_seen=len(track.sightings),
        frames_used=len(used),
        median_width_px=round(float(np.median([s.face.width for s in track.sightings])), 1),
        fake_probability=_probability(used, watched, scored) if judged else None,
        reason=reason,
        timeline=tuple(
            FrameScore(
                at_s=face.at_s,
                fake_probability=face.fake_probability,
                box=_box(sighting, watched.looks[sighting].frame_size),
            )
            for sighting, face in zip(used, shown, strict=True)
        )
        if judged
        else (),
        suspicious=(
            () if suspicious_at is None else suspicious_stretches(shown, at_least=suspicious_at)
        ),
        strip=draw_strip(shown or _unscored(track, watched), track=number, folder=evidence),
        heat_maps=draw_heat_maps(
            shown, track=number, folder=evidence, calibration=bundle.calibration.frame
        )
        if judged
        else (),
    )


def _probability(
    used: Sequence[Sighting], watched: _Watched, scored: dict[Sighting, Scored]
) -> float:
    bundle = watched.bundle
    if len(watched.windows) == 1:
        # One frame has no time to learn from: its own score, with the calibration of frames.
        return round(bundle.calibration.frame.probability(scored[used[0]].frame_logit), 4)
    features = np.zeros((len(watched.windows), bundle.contract.feature_count), dtype=np.float32)
    mask = np.zeros(len(watched.windows), dtype=np.bool_)
    for sighting in used:
        features[sighting.slot] = scored[sighting].features
        mask[sighting.slot] = True
    return round(bundle.calibration.clip.probability(bundle.score_clip(features, mask)), 4)


def _unscored(track: FaceTrack, watched: _Watched) -> list[Shown]:
    """Faces that could not be judged are shown too, so that a person sees why."""
    return [
        Shown(
            window=watched.windows[sighting.slot],
            at_s=sighting.at_s,
            crop=watched.looks[sighting].crop,
            fake_probability=0.0,
            activation_map=np.zeros((1, 1), dtype=np.float32),
        )
        for sighting in track.sightings
        if sighting in watched.looks
    ]


def _box(sighting: Sighting, frame_size: tuple[int, int]) -> Box:
    width, height = frame_size
    face = sighting.face
    left, right = (min(1.0, max(0.0, x / width)) for x in (face.left, face.right))
    top, bottom = (min(1.0, max(0.0, y / height)) for y in (face.top, face.bottom))
    return Box(round(left, 4), round(top, 4), round(right, 4), round(bottom, 4))


def _finding(watched: _Watched, tracks: list[Track], *, whole: FileRead, path: Path) -> Finding:
    media = watched.media
    if media is None:
        raise VideoProblem("content.corrupt", "the decoder said nothing of it")
    outcome, reason, fake_probability = decide(tracks, watched.bundle.thresholds)
    return Finding(
        schema_version=SCHEMA_VERSION,
        bundle=watched.bundle.version,
        outcome=outcome,
        reason=reason,
        fake_probability=fake_probability,
        media=media,
        counts=Counts(
            frames_decoded=watched.frames_decoded,
            faces_seen=sum(track.frames_seen for track in tracks),
            faces_used=sum(track.frames_used for track in tracks),
        ),
        tracks=tuple(tracks),
        fingerprint=Fingerprint(sha256=whole.sha256, pdq=tuple(watched.pdq)),
        provenance=(
            read_provenance(path, container=media.container)
            if whole.may_have_credentials
            else Provenance(present=False)
        ),
    )
