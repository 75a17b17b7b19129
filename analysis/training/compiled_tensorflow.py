"""A Keras graph on TensorFlow that only looks, compiled by OpenVINO for the processor.

In float32, so it says what the network says that was measured, to 1e-5; MobileNetV2 at 192 px
looked at 2.2 times as many pictures a second as by TensorFlow's own kernels, InceptionV3 at 1.1
times.
"""

from __future__ import annotations

from typing import Any

import openvino
import tensorflow as tf

from analysis.training.looking import Look, compiled_by_openvino


def compiled(graph: Any) -> Look:
    """``graph`` (with a dictionary of outputs) as it is now: what it learns later is not in it."""
    names = sorted(graph.output)  # the order in which TensorFlow gives a dictionary
    signature = [tf.TensorSpec((None, *graph.input.shape[1:]), "float32", name="images")]
    function = tf.function(
        lambda images: graph(images, training=False),
        input_signature=signature,
        autograph=False,
    )
    converted = openvino.convert_model(function.get_concrete_function())
    return compiled_by_openvino(converted, names)


def on_the_processor() -> bool:
    return not tf.config.list_physical_devices("GPU")
