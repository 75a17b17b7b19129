"""Read the weights that the authors of MesoNet published (``Meso4_DF.h5`` and its like).

Two traps: their output is the probability that a face is real, so the last layer is negated; and
the layers of the MesoInception files are stored out of order, so they are taken by the number in
their names, which is the order in which they were made.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisFault

_ORDER = {
    "conv2d": ("kernel", "bias"),
    "batch_normalization": ("gamma", "beta", "moving_mean", "moving_variance"),
    "dense": ("kernel", "bias"),
}


_INCEPTION_PARTS = ("a", "b_squeeze", "b", "c_squeeze", "c", "d_squeeze", "d")
# The convolutions in the order in which the authors made them.
_CONVOLUTIONS = {
    "meso4": tuple(f"conv_{number}" for number in (1, 2, 3, 4)),
    "meso_inception4": (
        *(f"inception_{number}_{part}" for number in (1, 2) for part in _INCEPTION_PARTS),
        "conv_3",
        "conv_4",
    ),
}


def load_published(model: Any, path: str | Path) -> None:
    """Fill a Meso4 or MesoInception4 from the authors' file; its logit then means "fake"."""
    published = read_published(Path(path))
    head = model.get_layer("head")
    norms = [model.get_layer(f"norm_{number}") for number in (1, 2, 3, 4)]
    made = {
        "conv2d": [model.get_layer(name).weights for name in _CONVOLUTIONS[model.name]],
        "batch_normalization": [layer.weights for layer in norms],
        "dense": [head.hidden.weights, head.output_unit.weights],
    }
    if {kind: len(groups) for kind, groups in made.items()} != {
        kind: len(groups) for kind, groups in published.items()
    }:
        raise AnalysisFault(f"{Path(path).name} does not hold the layers of {model.name}")
    for kind, groups in made.items():
        for variables, values in zip(groups, published[kind], strict=True):
            for variable, value in zip(variables, values, strict=True):
                if tuple(variable.shape) != value.shape:
                    raise AnalysisFault(f"{Path(path).name}: {variable.path} has another shape")
                variable.assign(value)
    for variable in made["dense"][-1]:
        variable.assign(-variable.value)


def read_published(path: Path) -> dict[str, list[list[NDArray[Any]]]]:
    """Arrays by kind of layer, each kind in the order in which its layers were made."""
    import h5py

    if not path.is_file():
        raise AnalysisFault(f"there is no file of weights at {path}")
    found: dict[str, list[tuple[int, list[NDArray[Any]]]]] = {kind: [] for kind in _ORDER}
    with h5py.File(path, "r") as file:
        root = file.get("model_weights", file)
        for layer in root:
            named = re.fullmatch(r"([a-z0-9_]+?)(?:_(\d+))?", layer)
            if named is None or named[1] not in _ORDER or not len(root[layer]):
                continue
            arrays: dict[str, NDArray[Any]] = {}
            root[layer].visititems(
                lambda name, item, arrays=arrays: (
                    arrays.update({name.rsplit("/", 1)[-1].split(":")[0]: np.asarray(item)})
                    if isinstance(item, h5py.Dataset)
                    else None
                )
            )
            found[named[1]].append(
                (int(named[2] or 0), [arrays[part] for part in _ORDER[named[1]]])
            )
    return {
        kind: [values for _, values in sorted(layers, key=lambda layer: layer[0])]
        for kind, layers in found.items()
    }
