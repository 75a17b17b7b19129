"""Start a base network from ImageNet, or say plainly what to do where that cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisFault


def base_network(build: Callable[..., Any], *, images: Any, weights: str | None, name: str) -> Any:
    """The feature map of a ``keras.applications`` base on ``images``, scaled as it wants them.

    ``weights``: None for random ones, "imagenet" to download them, or the path of a file of
    weights without the top in Keras' own layout (``.weights.h5``).
    """
    from_network = weights == "imagenet"
    from_file = None if weights is None or from_network else Path(weights)
    if from_file and not from_file.is_file():
        raise AnalysisFault(f"there is no file of weights at {from_file}")
    try:
        base = build(
            include_top=False,
            weights="imagenet" if from_network else None,
            input_shape=images.shape[1:],
            name=name,
        )
    except Exception as error:
        if not from_network:
            raise
        raise AnalysisFault(
            f"the ImageNet weights of {name} could not be downloaded ({error}). Train where "
            "storage.googleapis.com can be reached, or pass the path of a file of weights "
            "(without the top, Keras layout) instead of 'imagenet', or begin from random weights"
        ) from error
    if from_file:
        base.load_weights(from_file)
    return base(images)
