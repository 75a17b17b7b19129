"""Serve a bundle with OpenVINO on the processor: no TensorFlow is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from analysis.models.runtime import Crops, Floats, FrameEvidence, read_weights

# More faces at once cost memory and win nothing on a processor.
FACES_A_PASS = 10


class OpenVinoRuntime:
    def __init__(self, *, folder: Path, threads: int) -> None:
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            # Pinned, the workers of one machine would all score on its first cores.
            "ENABLE_CPU_PINNING": False,
            # bf16 is twice as fast where a processor has it, but its scores differ from those of
            # one that has not: the same video must get the same verdict everywhere.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        core = ov.Core()
        self._encoder = core.compile_model(
            filled_graph(
                core, folder / "encoder.xml", read_weights(folder / "weights.npz", "encoder")
            ),
            "CPU",
            settings,
        )
        self._clip = core.compile_model(
            filled_graph(core, folder / "clip.xml", read_weights(folder / "weights.npz", "clip")),
            "CPU",
            {**settings, "INFERENCE_NUM_THREADS": 1},
        )

    def encode(self, crops: Crops) -> FrameEvidence:
        passes = [
            self._encoder(
                {"images": crops[start : start + FACES_A_PASS].astype(np.float32)},
                share_inputs=True,
            )
            for start in range(0, len(crops), FACES_A_PASS)
        ]

        def joined(name: str) -> Floats:
            return np.concatenate([np.array(outputs[name]) for outputs in passes])

        return FrameEvidence(
            features=joined("features"),
            frame_logits=joined("frame_logit")[:, 0],
            activation_maps=joined("activation_map"),
        )

    def clip_logit(self, features: Floats, mask: NDArray[np.bool_]) -> float:
        outputs = self._clip({"features": features[None], "mask": mask[None]})
        return float(outputs["clip_logit"][0, 0])


def filled_graph(core: Any, path: Path, weights: list[Floats]) -> Any:
    """The graph with every open weight ``weight_000``, ``weight_001``, ... made a constant."""
    graph = core.read_model(path)
    for parameter in graph.get_parameters():
        name = next(iter(parameter.output(0).get_names()))
        if name.startswith("weight_"):
            constant = ops.constant(weights[int(name.removeprefix("weight_"))])
            for reader in list(parameter.output(0).get_target_inputs()):
                reader.replace_source_output(constant.output(0))
            graph.remove_parameter(parameter)
    graph.validate_nodes_and_infer_types()
    return graph
