"""The least that a check of the clip can cost on this machine.

The frames that the service looks at are decoded in this process, in pieces of film from the key
frame before them, and dropped. Then as many multiplications as the encoder needs for one face in
each are done in the form in which this machine does them fastest: a product of two matrices, in
OpenVINO, which takes a quarter of the time that NumPy does.

Nobody looks for a face, cuts one out, draws evidence or guards anything.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

import av
import numpy as np
import openvino
from av.container import InputContainer
from av.video.stream import VideoStream
from openvino import opset13 as ops

from analysis.check_video import plan_for
from analysis.media.windows import plan_windows
from analysis.models.bundles import Bundle

_SIDE = 1024
_GRACE_S, _SHOWN_LATER_S = 0.005, 0.15


class Floor:
    def __init__(self, bundle: Bundle) -> None:
        self._plan = plan_for(bundle)
        looks = bundle.contract.frames_per_clip * (2 if bundle.contract.mirrored else 1)
        flops = encoder_flops(bundle.folder / "encoder.xml") * looks
        self._products = flops / (2 * _SIDE**3)
        self._left = np.ones((_SIDE, _SIDE), dtype=np.float32)
        self._multiply = _product()

    def check(self, path: Path) -> int:
        frames = self._decode(path)
        whole, rest = divmod(self._products, 1)
        for _ in range(int(whole)):
            self._multiply(self._left)
        self._multiply(self._left[: max(1, round(rest * _SIDE))])
        return frames

    def _decode(self, path: Path) -> int:
        taken = 0
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            tick_s = float(stream.time_base)
            windows = plan_windows(
                self._plan,
                duration_s=float(stream.duration * stream.time_base),
                key_frames_s=sorted(e.timestamp * tick_s for e in stream.index_entries
                                    if e.is_keyframe),
            )  # fmt: skip
            for window in windows:
                if window.seek_to_s is not None:
                    container.seek(
                        round((window.seek_to_s + _SHOWN_LATER_S) / tick_s), stream=stream
                    )
                taken += self._take_window(container, stream, window.first_at_s)
        return taken

    def _take_window(self, container: InputContainer, stream: VideoStream, next_s: float) -> int:
        taken = 0
        for packet in container.demux(stream):
            # What no other frame needs is not decoded on the way.
            on_the_way = (
                packet.pts is not None and packet.pts * packet.time_base < next_s - _GRACE_S
            )
            stream.codec_context.skip_frame = "NONREF" if on_the_way else "DEFAULT"
            for frame in packet.decode():
                if frame.time + _GRACE_S >= next_s:
                    taken += 1
                    next_s += self._plan.spacing_s
                if taken == self._plan.frames_per_window:
                    return taken
        return taken


def _product() -> openvino.CompiledModel:
    """Rows of a matrix times one that is known beforehand, as a network's weights are."""
    random = np.random.default_rng(7)
    known = ops.constant(random.random((_SIDE, _SIDE), dtype=np.float32))
    rows = ops.parameter([-1, _SIDE], np.float32)
    model = openvino.Model([ops.matmul(rows, known, False, False)], [rows])
    return openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def encoder_flops(graph: Path) -> int:
    """Two for each multiplication and addition of one face's pass; all else is small beside it."""
    flops = 0
    for node in openvino.Core().read_model(graph).get_ops():
        kind = node.get_type_name()
        if kind not in {"Convolution", "GroupConvolution", "MatMul"}:
            continue
        made = prod(_sizes(node.output(0))[1:])
        weights = _sizes(node.input(1))
        # Per value made: the inputs of its group times the kernel's area; a matrix's rows.
        per_value = {
            "Convolution": weights[1:],
            "GroupConvolution": weights[2:],
            "MatMul": [_sizes(node.input(0))[-1]],
        }[kind]
        flops += 2 * made * prod(per_value)
    return flops


def _sizes(place: openvino.Output) -> list[int]:
    return [size.get_length() if size.is_static else 1 for size in place.get_partial_shape()]
