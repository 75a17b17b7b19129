"""A Keras graph run by PyTorch's own kernels: the same variables, half again as many pictures.

Keras on PyTorch normalises a batch in a dozen passes over memory, and turns every picture around
before and after each pool. Here the layers that matter run as one call each, on memory that stays
as it lies, in bfloat16 if the processor or the GPU multiplies that faster. The variables are the
Keras layers' own, so saving, loading and averaging know nothing of this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch
from keras import layers
from torch.nn import functional

Call = Callable[..., Any]


class FusedModel(keras.Model):  # type: ignore[misc]
    """``graph`` (functional, pictures last in channels), learning by PyTorch."""

    def __init__(self, graph: Any, *, bfloat16: bool) -> None:
        super().__init__(name=f"fused_{graph.name}")
        self.graph = graph
        self.bfloat16 = bfloat16

    def call(self, images: Any, training: bool = False) -> Any:
        with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=self.bfloat16):
            outputs = run_fused(self.graph, images, training=training)
        return {name: value.float() for name, value in outputs.items()}


def run_fused(graph: Any, inputs: Any, *, training: bool) -> Any:
    """What ``graph(inputs, training=training)`` gives, in whatever precision is on."""
    return graph._run_through_graph([inputs], lambda layer: _faster(layer, training))


def _faster(layer: Any, training: bool) -> Call:
    """What stands in for ``layer``; a layer that nothing is known of stands for itself."""
    if isinstance(layer, keras.Model):
        return lambda x, **_: run_fused(layer, x, training=training)
    stand_in = _STAND_INS.get(type(layer))
    if stand_in is None:
        takes_training = layer._call_has_training_arg
        return lambda *x, **_: layer(*x, training=training) if takes_training else layer(*x)
    return lambda x, **_: stand_in(layer, x.permute(0, 3, 1, 2), training).permute(0, 2, 3, 1)


def _convolution(layer: Any, x: Any, _: bool) -> Any:
    spans = [
        1 + (size - 1) * gap
        for size, gap in zip(layer.kernel_size, layer.dilation_rate, strict=True)
    ]
    x = _padded(layer, x, spans)
    bias = layer.bias.value if layer.use_bias else None
    kernel = layer.kernel.value.permute(3, 2, 0, 1)
    return layer.activation(
        functional.conv2d(x, kernel, bias, layer.strides, dilation=layer.dilation_rate)
    )


def _depthwise(layer: Any, x: Any, _: bool) -> Any:
    x = _padded(layer, x, layer.kernel_size)
    bias = layer.bias.value if layer.use_bias else None
    kernel = layer.kernel.value.permute(2, 3, 0, 1)
    return layer.activation(
        functional.conv2d(x, kernel, bias, layer.strides, groups=kernel.shape[0])
    )


def _normalisation(layer: Any, x: Any, training: bool) -> Any:
    return functional.batch_norm(
        x,
        layer.moving_mean.value,
        layer.moving_variance.value,
        layer.gamma.value if layer.scale else None,
        layer.beta.value if layer.center else None,
        training and layer.trainable,
        1 - layer.momentum,
        layer.epsilon,
    )


def _largest(layer: Any, x: Any, _: bool) -> Any:
    x = _padded(layer, x, layer.pool_size, value=-torch.inf)
    return functional.max_pool2d(x, layer.pool_size, layer.strides)


def _mean(layer: Any, x: Any, _: bool) -> Any:
    """Keras leaves the border out of the mean, which takes padding of the same on both sides."""
    if layer.padding == "same" and (set(layer.strides) != {1} or not _is_odd(layer.pool_size)):
        raise ValueError(f"{layer.name}: a mean that is padded unevenly")
    border = tuple(size // 2 if layer.padding == "same" else 0 for size in layer.pool_size)
    return functional.avg_pool2d(x, layer.pool_size, layer.strides, border, count_include_pad=False)


def _zeros_around(layer: Any, x: Any, _: bool) -> Any:
    (above, below), (before, after) = layer.padding
    return functional.pad(x, (before, after, above, below))


def _activation(layer: Any, x: Any, _: bool) -> Any:
    return functional.relu(x) if layer.activation is keras.activations.relu else layer.activation(x)


def _rectified(layer: Any, x: Any, _: bool) -> Any:
    return functional.hardtanh(x, 0.0, float(layer.max_value or torch.inf))


def _padded(layer: Any, x: Any, window: Sequence[int], *, value: float = 0.0) -> Any:
    """What "same" adds: as much as the last window lacks, the odd one below and after."""
    if layer.padding != "same":
        return x
    border: list[int] = []
    for size, covered, stride in zip(
        x.shape[:1:-1], window[::-1], layer.strides[::-1], strict=True
    ):
        lacking = max(0, covered - stride if size % stride == 0 else covered - size % stride)
        border += [lacking // 2, lacking - lacking // 2]
    return functional.pad(x, border, value=value) if any(border) else x


def _is_odd(sizes: tuple[int, ...]) -> bool:
    return all(size % 2 for size in sizes)


_STAND_INS: dict[type, Callable[[Any, Any, bool], Any]] = {
    layers.Conv2D: _convolution,
    layers.DepthwiseConv2D: _depthwise,
    layers.BatchNormalization: _normalisation,
    layers.MaxPooling2D: _largest,
    layers.AveragePooling2D: _mean,
    layers.ZeroPadding2D: _zeros_around,
    layers.Activation: _activation,
    layers.ReLU: _rectified,
}
