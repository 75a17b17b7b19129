"""A network that only looks: at what it teaches another, or at the frames of a clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import openvino
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Look = Callable[[Floats], dict[str, Floats]]


def looking(model: Any) -> Look:
    """What ``model`` says of pictures, in the fastest way that says it exactly."""
    backend = keras.backend.backend()
    if backend == "torch" and model.weights[0].value.device.type == "cpu":
        from analysis.training import compiled_torch

        return compiled_torch.compiled(model)
    if backend == "tensorflow" and keras.config.dtype_policy().compute_dtype == "float32":
        from analysis.training import compiled_tensorflow

        if compiled_tensorflow.on_the_processor():
            return compiled_tensorflow.compiled(model)
    return lambda images: {
        name: np.asarray(value, np.float32)
        for name, value in model.predict_on_batch(images).items()
    }


def compiled_by_openvino(converted: Any, names: list[str]) -> Look:
    """For the processor, in float32: ``names`` are those of its outputs, in their order."""
    look = openvino.compile_model(converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda images: {
        name: np.array(value) for name, value in zip(names, look(images).values(), strict=True)
    }


def mirrored_too(look: Look) -> Look:
    """The mean of both ways to see a picture, as a bundle that looks in a mirror serves it."""

    def both(images: Floats) -> dict[str, Floats]:
        seen, there = look(images), look(np.ascontiguousarray(images[:, :, ::-1]))
        return {
            name: np.asarray((seen[name] + there[name]) / 2, np.float32)
            for name in ("features", "frame_logit")
        }

    return both
