"""Turn trained Keras models into the files of a bundle. Needs TensorFlow, once, when exporting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from analysis.models.bundles import write_card
from analysis.models.runtime import Crops, FrameEvidence, look
from analysis.models.runtime_openvino import OpenVinoRuntime


def pack_bundle(
    *,
    folder: Path,
    encoder: Any,
    clip_head: Any,
    golden_crops: Crops,
    card: dict[str, Any],
) -> dict[str, Any]:
    """Write graphs, weights, golden frames and card; the card as written is returned.

    ``clip_head`` must be built with ``unroll=True``: other runtimes cannot read Keras' loop.
    ``card`` holds name, architecture, contract, aggregation, calibration, thresholds and prose.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contract = card["contract"]
    side, frames, count = (
        contract["side_px"],
        contract["frames_per_clip"],
        contract["feature_count"],
    )
    _write_weights(folder / "weights.npz", encoder=encoder, clip=clip_head)
    _write_graph(folder / "encoder.xml", encoder, {"images": ((None, side, side, 3), "float32")})
    _write_graph(
        folder / "clip.xml",
        clip_head,
        {"features": ((1, frames, count), "float32"), "mask": ((1, frames), "bool")},
    )
    runtime = OpenVinoRuntime(folder=folder, threads=1)
    evidence = look(runtime, golden_crops, mirrored=contract.get("mirrored", False))
    np.savez_compressed(
        folder / "golden.npz",
        crops=golden_crops,
        frame_logits=evidence.frame_logits,
        clip_logit=np.float32(_clip_logit(runtime, evidence, frames=frames)),
    )
    return write_card(folder, card)


def _clip_logit(runtime: OpenVinoRuntime, evidence: FrameEvidence, *, frames: int) -> float:
    features, mask = (
        np.zeros((frames, evidence.features.shape[1]), np.float32),
        np.zeros(frames, bool),
    )
    count = min(frames, len(evidence.features))
    features[:count], mask[:count] = evidence.features[:count], True
    return runtime.clip_logit(features, mask)


def _write_weights(path: Path, **parts: Any) -> None:
    """Kernels as f16: half the size, and a change of score far under the golden tolerance.

    Biases and the statistics of batch normalisation are few and can be very large: they stay f32.
    """
    stored: dict[str, Any] = {}
    for part, model in parts.items():
        for number, variable in enumerate(model.weights):
            value = np.asarray(variable, dtype=np.float32)
            if not np.isfinite(value).all():
                raise ValueError(f"{variable.path} is not finite")
            stored[f"{part}/{number:04}"] = value.astype(np.float16) if value.ndim > 1 else value
    np.savez(path, **stored)


def _write_graph(path: Path, model: Any, inputs: dict[str, tuple[tuple[Any, ...], str]]) -> None:
    """The graph with its weights as further inputs, ``weight_000`` and so on."""
    import keras
    import openvino as ov
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError("export with KERAS_BACKEND=tensorflow; trained weights load in any")

    def answer(named: dict[str, Any], weights: list[Any]) -> Any:
        mapping = list(zip(model.weights, weights, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return model(named if len(named) > 1 else named["images"], training=False)

    signature = [
        {name: tf.TensorSpec(shape, dtype, name=name) for name, (shape, dtype) in inputs.items()},
        [
            tf.TensorSpec(variable.shape, "float32", name=f"weight_{number:03}")
            for number, variable in enumerate(model.weights)
        ],
    ]
    function = tf.function(answer, input_signature=signature, autograph=False)
    graph = ov.convert_model(function.get_concrete_function())
    for parameter in graph.get_parameters():
        plain = next(iter(sorted(parameter.output(0).get_names(), key=len))).split(":")[0]
        parameter.output(0).set_names({plain})
        parameter.set_friendly_name(plain)
    ov.save_model(graph, path, compress_to_fp16=False)
