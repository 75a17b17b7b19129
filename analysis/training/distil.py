"""A trained small network teaches a large one.

Its probability softens the label; its pooled features and its feature maps at some depths are
many more numbers to learn from than one label a picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from analysis.training.config import Distil
from analysis.training.learned import learned_encoder
from analysis.training.looking import Floats, looking


class Teacher:
    """Reads a run's folder, or a bundle's; ``side_px`` is what its network looked at."""

    def __init__(self, run: Path, how: Distil) -> None:
        encoder, self.side_px = learned_encoder(run)
        self.student_layers = [student for _, student in how.depths]
        self.weight = how.weight
        self.label_share = how.label_share
        base = next(layer for layer in encoder.layers if isinstance(layer, keras.Model))
        tapped = keras.Model(
            base.input,
            [base.output, *(base.get_layer(teacher).output for teacher, _ in how.depths)],
        )
        images = keras.Input(encoder.input.shape[1:])
        x: Any = images
        for layer in encoder.layers[1 : encoder.layers.index(base)]:
            x = layer(x)
        feature_map, *grids = tapped(x)
        outputs = {f"grid_{n}": grid for n, grid in enumerate(grids)}
        outputs["features"] = encoder.get_layer("features")(feature_map)
        logits = encoder.get_layer("frame_head")(feature_map)
        outputs["frame_logit"] = encoder.get_layer("frame_logit")(logits)
        self._look = looking(keras.Model(images, outputs))
        self.feature_count = int(outputs["features"].shape[-1])
        self.grid_channels = [int(grid.shape[-1]) for grid in grids]
        self._scales: dict[str, tuple[Floats, Floats]] = {}

    def get_used_to(self, images: NDArray[np.uint8]) -> None:
        """Learns the mean and spread of every channel, so that each counts the same."""
        for name, values in self._look(images.astype(np.float32)).items():
            if name != "frame_logit":
                axes = tuple(range(values.ndim - 1))
                self._scales[name] = (values.mean(axes), values.std(axes) + 1e-2)

    def targets(self, images: NDArray[np.uint8]) -> dict[str, Floats]:
        """Standardised features and maps, and ``probability`` (n x 1)."""
        seen = self._look(images.astype(np.float32))
        logit = seen.pop("frame_logit")
        result = {
            name: ((values - self._scales[name][0]) / self._scales[name][1]).clip(-5, 5)
            for name, values in seen.items()
        }
        return {**result, "probability": 1 / (1 + np.exp(-logit.clip(-20, 20)))}
