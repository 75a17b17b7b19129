"""Run a bundle in Keras on TensorFlow: the reference that serving is tested against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisFault
from analysis.models.registry import architecture
from analysis.models.runtime import Crops, Floats, FrameEvidence, read_weights


class TensorFlowRuntime:
    def __init__(self, *, folder: Path, card: dict[str, Any], threads: int) -> None:
        import tensorflow as tf

        # TensorFlow takes its thread counts only before its first operation of the process.
        if not tf.config.list_logical_devices():
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        design = architecture(card["architecture"])
        contract = card["contract"]
        self._encoder = design.build_encoder(side_px=contract["side_px"], weights=None)
        self._clip = _clip_head(
            card["aggregation"]["clip"],
            design,
            frames=contract["frames_per_clip"],
            feature_count=contract["feature_count"],
        )
        assign_weights(self._encoder, read_weights(folder / "weights.npz", "encoder"))
        assign_weights(self._clip, read_weights(folder / "weights.npz", "clip"))

    def encode(self, crops: Crops) -> FrameEvidence:
        outputs = {
            name: np.asarray(value)
            for name, value in self._encoder(crops.astype(np.float32), training=False).items()
        }
        return FrameEvidence(
            features=outputs["features"],
            frame_logits=outputs["frame_logit"][:, 0],
            activation_maps=outputs["activation_map"],
        )

    def clip_logit(self, features: Floats, mask: NDArray[np.bool_]) -> float:
        outputs = self._clip({"features": features[None], "mask": mask[None]}, training=False)
        return float(np.asarray(outputs["clip_logit"])[0, 0])


def _clip_head(aggregation: str, design: Any, **size: int) -> Any:
    from analysis.models.heads import joint_clip_head, mean_clip_head

    if aggregation == "mean":
        return mean_clip_head(**size)
    recurrent = design.build_clip_head(**size)
    if aggregation == "joint":
        return joint_clip_head(recurrent=recurrent, mean=mean_clip_head(**size))
    return recurrent


def assign_weights(model: Any, weights: list[Floats]) -> None:
    if [tuple(variable.shape) for variable in model.weights] != [value.shape for value in weights]:
        raise AnalysisFault(f"the weights do not fit {model.name}")
    for variable, value in zip(model.weights, weights, strict=True):
        variable.assign(value)
