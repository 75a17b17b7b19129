"""Files as the authors of MesoNet published them: P(real) as output, layers stored out of order."""

from __future__ import annotations

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from analysis.errors import AnalysisFault
from analysis.models.registry import architecture

SIDE = 64


def published_meso4():
    """The network as its authors wrote it, with a sigmoid that says "real"."""
    x = images = keras.Input((SIDE, SIDE, 3))
    made = []
    for filters, kernel, pool in [(8, 3, 2), (8, 5, 2), (16, 5, 2), (16, 5, 4)]:
        made.append(layers.Conv2D(filters, kernel, padding="same", activation="relu"))
        x = made[-1](x)
        made.append(layers.BatchNormalization())
        x = layers.MaxPooling2D(pool, padding="same")(made[-1](x))
    return images, x, made


def published_inception4():
    x = images = keras.Input((SIDE, SIDE, 3))
    made = []

    def conv(source, width, kernel, **kwargs):
        made.append(layers.Conv2D(width, kernel, padding="same", activation="relu", **kwargs))
        return made[-1](source)

    for a, b, c, d in [(1, 4, 4, 2), (2, 4, 4, 2)]:
        x1 = conv(x, a, 1)
        x2 = conv(conv(x, b, 1), b, 3)
        x3 = conv(conv(x, c, 1), c, 3, dilation_rate=2)
        x4 = conv(conv(x, d, 1), d, 3, dilation_rate=3)
        made.append(layers.BatchNormalization())
        x = made[-1](layers.Concatenate()([x1, x2, x3, x4]))
        x = layers.MaxPooling2D(2, padding="same")(x)
    for pool in (2, 4):
        x = conv(x, 16, 5)
        made.append(layers.BatchNormalization())
        x = layers.MaxPooling2D(pool, padding="same")(made[-1](x))
    return images, x, made


def publish(path, *, made, first_number):
    """Write in the old layout, the layers in an order that is not the one they were made in."""
    numbers = {"conv2d": first_number, "batch_normalization": first_number, "dense": 1}
    kinds = {"Conv2D": "conv2d", "BatchNormalization": "batch_normalization", "Dense": "dense"}
    named = []
    for layer in made:
        kind = kinds[type(layer).__name__]
        named.append((f"{kind}_{numbers[kind]}", layer))
        numbers[kind] += 1
    with h5py.File(path, "w", track_order=True) as file:
        file.create_group("input_1")
        for name, layer in sorted(named, key=lambda pair: pair[0][::-1]):
            for variable in layer.weights:
                file[f"{name}/{name}/{variable.name}:0"] = np.asarray(variable)


@pytest.mark.parametrize(
    ("name", "published"), [("meso4", published_meso4), ("meso_inception4", published_inception4)]
)
def test_a_published_file_gives_the_published_score(name, published, tmp_path):
    keras.utils.set_random_seed(9)
    images, x, made = published()
    x = layers.Flatten()(x)
    made.append(layers.Dense(16))
    x = layers.LeakyReLU(negative_slope=0.1)(made[-1](x))
    made.append(layers.Dense(1, activation="sigmoid"))
    theirs = keras.Model(images, made[-1](x))
    faces = np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE, 3)).astype("float32")
    for layer in made:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.0
    theirs(faces / 255, training=True)
    publish(tmp_path / "published.h5", made=made, first_number=7)

    ours = architecture(name).build_encoder(side_px=SIDE, weights=str(tmp_path / "published.h5"))
    fake_logit = np.asarray(ours(faces, training=False)["frame_logit"])
    real_probability = np.asarray(theirs(faces / 255, training=False))
    assert np.ptp(real_probability) > 0.01
    np.testing.assert_allclose(1 / (1 + np.exp(fake_logit)), real_probability, atol=1e-5)


def test_the_file_of_another_network_is_refused(tmp_path):
    _, x, made = published_meso4()
    made.append(layers.Dense(16))
    x = made[-1](layers.Flatten()(x))
    made.append(layers.Dense(1))
    made[-1](x)
    publish(tmp_path / "meso4.h5", made=made, first_number=1)
    with pytest.raises(AnalysisFault, match="does not hold the layers"):
        architecture("meso_inception4").build_encoder(
            side_px=SIDE, weights=str(tmp_path / "meso4.h5")
        )
    with pytest.raises(AnalysisFault, match="another shape"):
        architecture("meso4").build_encoder(side_px=128, weights=str(tmp_path / "meso4.h5"))
    with pytest.raises(AnalysisFault, match="no file of weights"):
        architecture("meso4").build_encoder(side_px=SIDE, weights=str(tmp_path / "none.h5"))
