"""The three MTCNN networks, run on OpenVINO from the weights that the mtcnn package carries.

The package stays the reference: the steps, the order of the boxes and every threshold are its
own, and a test holds this module to its output. What changes is the cost: no TensorFlow in the
process, one compiled network for every frame size, and a whole window of frames in one call.

Boxes are rows of ``[frame, left, top, right, bottom, confidence]`` in pixels; the last stage adds
five landmarks, first their x (left eye, right eye, nose, mouth left, mouth right), then their y.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import joblib
import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisFault

Floats = NDArray[np.float32]
Boxes = NDArray[np.float64]

_SMALLEST_FACE_PX = 20
"""Raising it starts the package's pyramid lower but does not shorten it: its last levels fall
under the network's 12 pixels and every face is lost. To skip small faces, scale the frame."""
_PYRAMID_STEP = 0.709
_CELL_PX, _STRIDE_PX = 12, 2
_PROPOSE_ABOVE, _KEEP_ABOVE, _ACCEPT_ABOVE = 0.6, 0.7, 0.8


@dataclass(frozen=True, slots=True)
class Networks:
    propose: Any
    reject: Any
    accept: Any


@cache
def load_networks() -> Networks:
    """Compiled once a process, about a tenth of a second."""
    import openvino

    core = openvino.Core()
    # Half precision, the default on some processors, moves boxes by pixels between machines.
    # One thread: a second one spends more on being woken for networks this small than it saves,
    # and the other cores are decoding and scoring meanwhile.
    # Not pinned: a network of one thread is pinned to the first core, by every process alike.
    config = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,
    }
    compiled = [
        core.compile_model(model, "CPU", config)
        for model in (
            _proposal_network(_weights("pnet")),
            _refinement_network(_weights("rnet"), side_px=24),
            _refinement_network(_weights("onet"), side_px=48),
        )
    ]
    return Networks(*compiled)


def detect(networks: Networks, frames: Floats) -> Boxes:
    """All faces of at least 20 pixels in frames of one size (n x h x w x 3, RGB, 0 to 255)."""
    frames = (frames - np.float32(127.5)) / np.float32(128)
    boxes = _square(_proposals(networks, frames))
    if not len(boxes):
        return np.empty((0, 16))
    offsets, scores = run(networks.reject, _patches(frames, boxes, side_px=24))
    boxes = _adjusted(boxes, offsets, scores)
    boxes = _square(_without_doubles(boxes[boxes[:, 5] > _KEEP_ABOVE], threshold=0.7))
    if not len(boxes):
        return np.empty((0, 16))
    faces = accept(networks, _patches(frames, boxes, side_px=48), boxes)
    return _without_doubles(faces[faces[:, 5] > _ACCEPT_ABOVE], threshold=0.7, of_smaller=True)


def accept(networks: Networks, patches: Floats, boxes: Boxes) -> Boxes:
    """The last stage alone: what each square box really holds, its score and its landmarks.

    ``patches`` are n x 48 x 48 x 3, from -1 to 1.
    """
    offsets, landmarks, scores = run(networks.accept, patches)
    width = boxes[:, 3:4] - boxes[:, 1:2] + 1
    height = boxes[:, 4:5] - boxes[:, 2:3] + 1
    xs = width * landmarks[:, :5] + boxes[:, 1:2] - 1
    ys = height * landmarks[:, 5:] + boxes[:, 2:3] - 1
    return np.concatenate([_adjusted(boxes, offsets, scores), xs, ys], axis=1)


def run(network: Any, batch: Floats) -> list[Floats]:
    results = network(np.ascontiguousarray(batch, dtype=np.float32))
    return [np.array(results[index]) for index in range(len(network.outputs))]


def _proposals(networks: Networks, frames: Floats) -> Boxes:
    height, width = frames.shape[1:3]
    levels = round(-(np.log(min(height, width) / _CELL_PX) / np.log(_PYRAMID_STEP) + 1))
    found = [np.empty((0, 6))]
    for level in range(levels):
        scale = _CELL_PX / _SMALLEST_FACE_PX * _PYRAMID_STEP**level
        size = (int(width * scale), int(height * scale))
        if min(size) < _CELL_PX:
            break
        small = np.stack([cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in frames])
        shifts, scores = run(networks.propose, small)
        frame, row, column = np.nonzero(scores[..., 1] > _PROPOSE_ABOVE)
        corners = np.stack([column, row, column, row], axis=1) * float(_STRIDE_PX)
        corners += [1, 1, _CELL_PX, _CELL_PX]
        corners = (corners + shifts[frame, row, column] * (_CELL_PX - 1)) / scale
        boxes = np.column_stack([frame, corners, scores[frame, row, column, 1]])
        found.append(_without_doubles(boxes, threshold=0.5))
    return _without_doubles(np.concatenate(found), threshold=0.7)


def _without_doubles(boxes: Boxes, *, threshold: float, of_smaller: bool = False) -> Boxes:
    """Keep a box if no better one of its frame overlaps it, kept or not, as the package does."""
    boxes = boxes[np.argsort(boxes[:, 5])[::-1]]
    kept = [np.empty((0, boxes.shape[1]))]
    for frame in np.unique(boxes[:, 0]):
        own = boxes[boxes[:, 0] == frame]
        shared = _overlap(own[:, 1:5], of_smaller=of_smaller) > threshold
        kept.append(own[~np.triu(shared, k=1).any(axis=0)])
    return np.concatenate(kept)


def _overlap(corners: Boxes, *, of_smaller: bool) -> Boxes:
    left, top, right, bottom = corners.T
    area = (right - left) * (bottom - top)
    width = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    height = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    whole = np.minimum(area[:, None], area) if of_smaller else area[:, None] + area - shared
    return np.asarray(shared / np.maximum(whole, 1e-9), dtype=np.float64)


def _adjusted(boxes: Boxes, offsets: Floats, scores: Floats) -> Boxes:
    boxes = boxes.copy()
    width, height = boxes[:, 3] - boxes[:, 1] + 1, boxes[:, 4] - boxes[:, 2] + 1
    boxes[:, 1:5] += offsets * np.stack([width, height, width, height], axis=1)
    boxes[:, 5] = scores[:, 1]
    return boxes


def _square(boxes: Boxes) -> Boxes:
    boxes = boxes.copy()
    size = boxes[:, 3:5] - boxes[:, 1:3]
    longest = size.max(axis=1, keepdims=True)
    boxes[:, 1:3] += (size - longest) / 2
    boxes[:, 3:5] = boxes[:, 1:3] + longest
    return boxes


def _patches(frames: Floats, boxes: Boxes, *, side_px: int) -> Floats:
    """Bilinear samples of each box, black outside the frame: TensorFlow's ``crop_and_resize``."""
    height, width = frames.shape[1:3]
    steps = np.linspace(0, 1, side_px)
    x = (boxes[:, 1:2] + steps * (boxes[:, 3:4] - boxes[:, 1:2])) * ((width - 1) / width)
    y = (boxes[:, 2:3] + steps * (boxes[:, 4:5] - boxes[:, 2:3])) * ((height - 1) / height)
    inside_x, inside_y = (x >= 0) & (x <= width - 1), (y >= 0) & (y <= height - 1)
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = x.astype(np.int64), y.astype(np.int64)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    fx = (x - left).astype(np.float32)[:, None, :, None]
    fy = (y - top).astype(np.float32)[:, :, None, None]
    pixels = frames.reshape(-1, 3)
    first = boxes[:, 0].astype(np.int64)[:, None] * height

    def rows(row: NDArray[np.int64]) -> Floats:
        start = ((first + row) * width)[:, :, None]
        at_left = np.take(pixels, start + left[:, None, :], axis=0)
        at_right = np.take(pixels, start + right[:, None, :], axis=0)
        return np.asarray(at_left + (at_right - at_left) * fx, dtype=np.float32)

    upper, lower = rows(top), rows(bottom)
    patches = upper + (lower - upper) * fy
    patches *= (inside_y[:, :, None] & inside_x[:, None, :])[..., None]
    return np.asarray(patches, dtype=np.float32)


def _weights(name: str) -> Sequence[Floats]:
    # Found, not imported: importing the package would bring all of TensorFlow with it.
    spec = importlib.util.find_spec("mtcnn")
    if spec is None or not spec.submodule_search_locations:
        raise AnalysisFault("the mtcnn package, which carries the detector's weights, is missing")
    folder = Path(spec.submodule_search_locations[0]) / "assets" / "weights"
    weights: Sequence[Floats] = joblib.load(folder / f"{name}.lz4")
    return weights


class _Graph:
    """Adds one layer after another, taking the weights in the order in which they are stored."""

    def __init__(self, weights: Sequence[Floats], shape: list[int]) -> None:
        import openvino
        from openvino import opset13

        self._ops = opset13
        self._weights = iter(weights)
        self.input = opset13.parameter(openvino.PartialShape(shape), np.float32)
        self.top = opset13.transpose(self.input, np.array([0, 3, 1, 2]))

    def convolve(self, top: Any = None) -> Any:
        kernel, bias = next(self._weights).transpose(3, 2, 0, 1), next(self._weights)
        self.top = self._ops.convolution(
            self.top if top is None else top,
            self._ops.constant(np.ascontiguousarray(kernel)),
            strides=[1, 1],
            pads_begin=[0, 0],
            pads_end=[0, 0],
            dilations=[1, 1],
        )
        self.top = self._ops.add(self.top, self._ops.constant(bias.reshape(1, -1, 1, 1)))
        return self.top

    def activate(self) -> None:
        slope = np.ascontiguousarray(next(self._weights).reshape(-1))
        self.top = self._ops.prelu(self.top, self._ops.constant(slope))

    def pool(self, *, side: int, padded: bool) -> None:
        self.top = self._ops.max_pool(
            self.top,
            strides=[2, 2],
            dilations=[1, 1],
            pads_begin=[0, 0],
            pads_end=[0, 0],
            kernel_shape=[side, side],
            auto_pad="same_upper" if padded else "valid",
        ).output(0)

    def flatten(self) -> None:
        turned = self._ops.transpose(self.top, np.array([0, 3, 2, 1]))
        self.top = self._ops.reshape(turned, np.array([0, -1]), special_zero=True)

    def connect(self, top: Any) -> Any:
        kernel, bias = next(self._weights), next(self._weights)
        product = self._ops.matmul(top, self._ops.constant(kernel), False, False)
        return self._ops.add(product, self._ops.constant(bias.reshape(1, -1)))

    def model(self, *outputs: Any) -> Any:
        import openvino

        return openvino.Model(list(outputs), [self.input])

    def softmax(self, top: Any, axis: int) -> Any:
        return self._ops.softmax(top, axis)

    def last_channel(self, top: Any) -> Any:
        return self._ops.transpose(top, np.array([0, 2, 3, 1]))


def _proposal_network(weights: Sequence[Floats]) -> Any:
    graph = _Graph(weights, [-1, -1, -1, 3])
    graph.convolve()
    graph.activate()
    graph.pool(side=2, padded=True)
    for _ in range(2):
        graph.convolve()
        graph.activate()
    trunk = graph.top
    shifts = graph.convolve(trunk)
    scores = graph.softmax(graph.convolve(trunk), 1)
    return graph.model(graph.last_channel(shifts), graph.last_channel(scores))


def _refinement_network(weights: Sequence[Floats], *, side_px: int) -> Any:
    """The second network (24 pixels: box, score) or the third (48: box, landmarks, score)."""
    pools = [(3, True), (3, False)] + ([(2, True)] if side_px == 48 else [])
    graph = _Graph(weights, [-1, side_px, side_px, 3])
    for side, padded in pools:
        graph.convolve()
        graph.activate()
        graph.pool(side=side, padded=padded)
    graph.convolve()
    graph.activate()
    graph.flatten()
    graph.top = graph.connect(graph.top)
    graph.activate()
    heads = [graph.connect(graph.top) for _ in pools]
    return graph.model(*heads[:-1], graph.softmax(heads[-1], 1))
