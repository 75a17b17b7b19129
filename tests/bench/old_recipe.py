"""The old recipe, written out: what ``clip`` and ``cold`` are compared with.

Twenty frames spread evenly over the video, at full size; the mtcnn package frame by frame; each
face cut out and scaled; one ``predict`` per frame in Keras on TensorFlow; the features of all
frames through a GRU. The models stay loaded. Weights are random: they cost the same.

    python -m tests.bench.old_recipe VIDEO        once, from a cold start
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import av
import cv2
import numpy as np

FRAMES = 20


class OldRecipe:
    def __init__(self, name: str = "inception_v3_gru", *, side_px: int | None = None) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        from mtcnn import MTCNN

        from analysis.models.registry import architecture

        design = architecture(name)
        self._side_px = side_px or design.CARD.side_px
        self._feature_count = design.CARD.feature_count
        self._detector = MTCNN()
        self._encoder = design.build_encoder(side_px=self._side_px, weights=None)
        self._clip = design.build_clip_head(frames=FRAMES, feature_count=self._feature_count)

    def check(self, path: Path) -> float:
        features = np.zeros((1, FRAMES, self._feature_count), dtype=np.float32)
        mask = np.zeros((1, FRAMES), dtype=np.bool_)
        for number, frame in enumerate(self._frames(path)):
            faces = self._detector.detect_faces(frame)
            if not faces:
                continue
            left, top, width, height = max(faces, key=lambda face: face["confidence"])["box"]
            face = frame[max(0, top) : top + height, max(0, left) : left + width]
            scaled = cv2.resize(face, (self._side_px, self._side_px)).astype(np.float32)
            features[0, number] = self._encoder.predict(scaled[None], verbose=0)["features"][0]
            mask[0, number] = True
        if not mask.any():
            raise SystemExit("the old recipe found no face")
        answer = self._clip.predict({"features": features, "mask": mask}, verbose=0)
        return float(answer["clip_logit"][0, 0])

    def _frames(self, path: Path) -> list[np.ndarray]:
        """Read in order, as OpenCV's loop does; only the wanted frames are turned into pictures."""
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            wanted = set(np.linspace(0, stream.frames - 1, FRAMES).round().astype(int).tolist())
            return [
                frame.to_ndarray(format="rgb24")
                for number, frame in enumerate(container.decode(stream))
                if number in wanted
            ]


if __name__ == "__main__":
    print(OldRecipe().check(Path(sys.argv[1])))
