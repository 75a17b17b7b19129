"""A Keras graph on PyTorch that only looks, compiled by OpenVINO for the processor.

In float32, so it says what the network says that was measured, to 1e-5; MobileNetV2 at 192 px made
311 pictures a second so on two cores, and 66 by PyTorch's own kernels.
"""

from __future__ import annotations

from typing import Any

import openvino
import torch

from analysis.training.fused_torch import run_fused
from analysis.training.looking import Look, compiled_by_openvino


def compiled(graph: Any) -> Look:
    """``graph`` (with a dictionary of outputs) as it is now; it learns nothing from then on."""
    graph.trainable = False
    names = sorted(graph.output)

    class Looking(torch.nn.Module):  # type: ignore[misc]
        def forward(self, images: Any) -> tuple[Any, ...]:
            outputs = run_fused(graph, images, training=False)
            return tuple(outputs[name] for name in names)

    example = torch.zeros((2, *graph.input.shape[1:]))
    traced = openvino.convert_model(Looking(), example_input=example)
    return compiled_by_openvino(traced, names)
