"""InceptionV3's weights out of a package for browsers, where ImageNet's own cannot be had.

    npm pack nsfwjs@4.3.0 && tar xzf nsfwjs-4.3.0.tgz
    python -m analysis.training.browser_weights \\
        --model package/dist/models/inception_v3 --out i.weights.h5

nsfwjs (MIT) carries an InceptionV3 that went on from ImageNet to tell five kinds of pictures. Its
lower half is ImageNet's, unchanged; all of it knows edges, skin and faces, which random weights
take days to learn. It is stored in 8 bits a weight, as base64 in scripts.

``i.weights.h5`` has no top and is in Keras' own layout: ``train --imagenet i.weights.h5``.
"""

from __future__ import annotations

import argparse
import base64
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

Float = NDArray[np.float32]

_STORED = re.compile(
    r'\{name:"(?P<layer>[a-z0-9_]+)/(?P<weight>[a-z_]+)",shape:\[(?P<shape>[\d,]+)\],'
    r'dtype:"float32",quantization:\{min:(?P<min>[-\d.e]+),scale:(?P<scale>[-\d.e]+),'
    r'dtype:"uint8"\}\}'
)
_SHARD_NUMBER = re.compile(r"shard(\d+)of")
_SHARD_BYTES = re.compile(r'"([A-Za-z0-9+/]{64,}=*)"')


def read_stored(model: Path) -> dict[tuple[str, str], Float]:
    """Every (layer, weight) of a model's folder, widened to floats."""
    shards = sorted(model.glob("*shard*.js"), key=_number_of)
    encoded = (_SHARD_BYTES.search(shard.read_text()) for shard in shards)
    stored = b"".join(base64.b64decode(found[1]) for found in encoded if found)
    described = list(_STORED.finditer((model / "model.min.js").read_text()))
    shapes = [tuple(int(size) for size in entry["shape"].split(",")) for entry in described]
    counts = [int(np.prod(shape)) for shape in shapes]
    if not described or sum(counts) != len(stored):
        raise ValueError(f"{model} describes {sum(counts)} bytes of weights, holds {len(stored)}")
    weights, at = {}, 0
    for entry, shape, count in zip(described, shapes, counts, strict=True):
        levels = np.frombuffer(stored, np.uint8, count, offset=at).astype(np.float32)
        values = levels * float(entry["scale"]) + float(entry["min"])
        weights[entry["layer"], entry["weight"]] = values.reshape(shape)
        at += count
    return weights


def inception_v3(stored: dict[tuple[str, str], Float]) -> Any:
    """Keras' InceptionV3 without its top: both sides number their layers as they are made."""
    base = keras.applications.InceptionV3(include_top=False, weights=None)
    for kind, name, order in (
        (layers.Conv2D, "conv2d", ("kernel",)),
        (
            layers.BatchNormalization,
            "batch_normalization",
            ("beta", "moving_mean", "moving_variance"),
        ),
    ):
        mine = sorted((one for one in base.layers if isinstance(one, kind)), key=_place_of)
        for number, layer in enumerate(mine, start=1):
            layer.set_weights([stored[f"{name}_{number}", weight] for weight in order])
    return base


def _number_of(shard: Path) -> int:
    found = _SHARD_NUMBER.search(shard.name)
    return int(found[1]) if found else 0


def _place_of(layer: Any) -> int:
    number = layer.name.rpartition("_")[2]
    return int(number) if number.isdigit() else 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True, help="dist/models/inception_v3")
    parser.add_argument("--out", type=Path, required=True, help="ends with .weights.h5")
    args = parser.parse_args()
    inception_v3(read_stored(args.model)).save_weights(args.out)


if __name__ == "__main__":
    main()
