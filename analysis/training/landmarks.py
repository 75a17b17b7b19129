"""Where the features of a face are, from MediaPipe's face landmarker run by TensorFlow Lite.

Needed for the masks of pseudo-fakes only, so it belongs to training and never to serving.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image

POINTS = 478
_MEAN = Path(__file__).with_name("mean_face.npy")  # over 800 upright crops, by side of the crop
_INPUT_PX = 256
_REGION_PER_FACE = 1.5  # the model was trained on squares half as wide again as the face


def mean_points(*, side_px: int) -> NDArray[np.float32]:
    """Where the points of a mean face lie in a stored crop: a rough mask where no model is."""
    return np.asarray(np.load(_MEAN).astype(np.float32) * side_px, dtype=np.float32)


def model_in(task: Path) -> bytes:
    """Raises ValueError if ``task`` is another file, OSError if it is none."""
    try:
        with zipfile.ZipFile(task) as archive:
            return archive.read("face_landmarks_detector.tflite")
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"{task} is no face_landmarker .task file") from error


class Landmarker:
    """Reads the ``.task`` file that MediaPipe publishes (Apache-2.0)."""

    def __init__(self, task: Path) -> None:
        import tensorflow as tf

        self._model: Any = tf.lite.Interpreter(model_content=model_in(task), num_threads=1)
        self._model.allocate_tensors()
        self._input = self._model.get_input_details()[0]["index"]
        by_size = {int(np.prod(o["shape"])): o["index"] for o in self._model.get_output_details()}
        self._points = by_size[POINTS * 3]
        self._present = next(
            output["index"]
            for output in self._model.get_output_details()
            if len(output["shape"]) == 4 and int(np.prod(output["shape"])) == 1
        )

    def find(self, image: Image, *, face_width_px: float) -> NDArray[np.float32] | None:
        """Points (478 x 2, pixels) of the upright face at the centre, or None if there is none."""
        centre = np.array([image.shape[1] / 2, image.shape[0] / 2])
        found = self._in_square(image, centre, face_width_px * _REGION_PER_FACE)
        if found is None:
            return None
        low, high = found.min(axis=0), found.max(axis=0)
        return self._in_square(
            image, (low + high) / 2, float((high - low).max()) * _REGION_PER_FACE
        )

    def _in_square(
        self, image: Image, centre: NDArray[Any], side: float
    ) -> NDArray[np.float32] | None:
        scale = _INPUT_PX / side
        matrix = np.array(
            [
                [scale, 0, _INPUT_PX / 2 - scale * centre[0]],
                [0, scale, _INPUT_PX / 2 - scale * centre[1]],
            ]
        )
        size = (_INPUT_PX, _INPUT_PX)
        square = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR)
        self._model.set_tensor(self._input, square[None].astype(np.float32) / 255)
        self._model.invoke()
        if float(self._model.get_tensor(self._present).ravel()[0]) < 0:  # a logit
            return None
        points = self._model.get_tensor(self._points).reshape(POINTS, 3)[:, :2]
        return np.asarray((points - _INPUT_PX / 2) / scale + centre, dtype=np.float32)
