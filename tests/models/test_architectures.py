"""What every architecture must do; a new one is covered as soon as the registry names it."""

from __future__ import annotations

import ast
from pathlib import Path

import keras
import numpy as np
import pytest

from analysis.errors import AnalysisFault
from analysis.models.registry import ARCHITECTURES, architecture
from tests.models.untaught import untaught_encoder

MODELS = Path(__file__).parents[2] / "analysis" / "models"
FROM_IMAGENET = [name for name in ARCHITECTURES if not name.startswith("meso")]
PREPROCESSING = {
    "inception_v3_gru": keras.applications.inception_v3.preprocess_input,
    "mobilenet_v2_gru": keras.applications.mobilenet_v2.preprocess_input,
    "efficientnet_b2_gru": keras.applications.efficientnet.preprocess_input,
    "efficientnet_b0": keras.applications.efficientnet.preprocess_input,
    "resnet50_v2": keras.applications.resnet_v2.preprocess_input,
    "vgg16": keras.applications.vgg16.preprocess_input,
    "inception_resnet_v2": keras.applications.inception_resnet_v2.preprocess_input,
    "meso4": lambda images: images / 255,
    "meso_inception4": lambda images: images / 255,
    "meso4_video": lambda images: images / 255,
}


layers_that_drop = (keras.layers.Dropout, keras.layers.SpatialDropout2D)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def encoder(name):
    """One for all tests of a network: building a deep one takes longer than what it is asked."""
    return untaught_encoder(name, faces(name))


def faces(name, count=3):
    side = architecture(name).CARD.smallest_side_px
    return np.random.default_rng(1).integers(0, 256, (count, side, side, 3)).astype("float32")


def test_it_has_as_many_parameters_as_the_literature_says(name):
    card = architecture(name).CARD
    encoder = architecture(name).build_encoder(side_px=card.side_px, weights=None)
    counted = sum(
        int(np.prod(variable.shape))
        for layer in encoder.layers
        if layer.name != "frame_head"
        for variable in layer.trainable_variables
    )
    assert counted == card.parameters


def test_its_map_explains_its_score_and_saved_weights_give_the_same_again(name, encoder, tmp_path):
    card = architecture(name).CARD
    images = faces(name)
    answers = {key: np.asarray(value) for key, value in encoder(images, training=False).items()}
    assert answers["features"].shape == (3, card.feature_count) or name.startswith("meso")
    assert answers["frame_logit"].shape == (3, 1)
    assert answers["activation_map"].ndim == 3
    assert np.ptp(answers["frame_logit"]) > 1e-4
    # Up to what does not depend on position, the mean of the map is the score.
    rest = answers["frame_logit"][:, 0] - answers["activation_map"].mean(axis=(1, 2))
    assert np.ptp(rest) < 1e-2 * max(1.0, float(np.abs(answers["frame_logit"]).max()))

    again = np.asarray(encoder(images, training=False)["frame_logit"])
    np.testing.assert_array_equal(again, answers["frame_logit"])

    encoder.save_weights(tmp_path / "e.weights.h5")
    keras.utils.set_random_seed(6)
    other = architecture(name).build_encoder(side_px=card.smallest_side_px, weights=None)
    for _ in range(2):
        other.load_weights(tmp_path / "e.weights.h5")
        loaded = np.asarray(other(images, training=False)["frame_logit"])
        np.testing.assert_allclose(loaded, answers["frame_logit"], rtol=1e-4, atol=1e-5)


def test_one_training_step_lowers_the_loss(name, encoder):
    for layer in encoder._flatten_layers(include_self=False):
        if isinstance(layer, layers_that_drop):
            layer.rate = 0.0
    model = keras.Model(encoder.input, encoder.output["frame_logit"])
    model.compile(
        optimizer=keras.optimizers.SGD(1e-4),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    images, labels = faces(name, 4), np.array([[0.0], [1.0], [0.0], [1.0]])
    before = float(model.train_on_batch(images, labels))
    model.reset_metrics()
    assert float(model.train_on_batch(images, labels)) < before


def test_it_reads_rgb_from_0_to_255_and_scales_it_as_its_weights_were_learnt(name, encoder):
    images = faces(name)
    scaling = [layer for layer in encoder.layers if layer.name.startswith("to_")]
    scaled = images
    for layer in scaling:
        scaled = layer(scaled)
    np.testing.assert_allclose(np.asarray(scaled), PREPROCESSING[name](images.copy()), atol=1e-4)
    swapped = np.asarray(encoder(images[..., ::-1], training=False)["features"])
    assert not np.allclose(swapped, np.asarray(encoder(images, training=False)["features"]))


def test_its_clip_head_learns_and_does_not_look_at_frames_without_a_face(name):
    keras.utils.set_random_seed(5)
    frames, card = 6, architecture(name).CARD
    head = architecture(name).build_clip_head(frames=frames, feature_count=card.feature_count)
    rng = np.random.default_rng(2)
    features = rng.normal(size=(4, frames, card.feature_count)).astype("float32")
    mask = np.array([[1, 1, 0, 1, 1, 0]] * 4, dtype=bool)

    def score():
        named = {"features": features, "mask": mask}
        return np.asarray(head(named, training=False)["clip_logit"])

    before = score()
    assert before.shape == (4, 1)
    features[:, ~mask[0]] = 1e3
    np.testing.assert_allclose(score(), before, rtol=1e-4, atol=1e-5)

    for layer in head.layers:
        if isinstance(layer, layers_that_drop):
            layer.rate = 0.0
    model = keras.Model(head.input, head.output["clip_logit"])
    model.compile(
        optimizer=keras.optimizers.SGD(1e-3),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    labels = np.array([[0.0], [1.0], [0.0], [1.0]])
    first = float(model.train_on_batch({"features": features, "mask": mask}, labels))
    model.reset_metrics()
    assert float(model.train_on_batch({"features": features, "mask": mask}, labels)) < first


@pytest.mark.parametrize("of", FROM_IMAGENET)
def test_unreachable_imagenet_weights_say_what_to_do(of, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError("no route to host")

    for module in list(keras_modules_with_downloads()):
        monkeypatch.setattr(module.file_utils, "get_file", refuse)
    design = architecture(of)
    with pytest.raises(AnalysisFault, match="pass the path of a file of weights"):
        design.build_encoder(side_px=224, weights="imagenet")
    with pytest.raises(AnalysisFault, match="no file of weights at"):
        design.build_encoder(side_px=design.CARD.smallest_side_px, weights="missing.weights.h5")


def keras_modules_with_downloads():
    from keras.src.applications import (
        efficientnet,
        inception_resnet_v2,
        inception_v3,
        mobilenet_v2,
        resnet,
        vgg16,
    )

    return (efficientnet, inception_resnet_v2, inception_v3, mobilenet_v2, resnet, vgg16)


def test_weights_of_a_base_are_loaded_from_a_file(tmp_path):
    base = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(64, 64, 3), name="mobilenet_v2"
    )
    base.save_weights(tmp_path / "base.weights.h5")
    encoder = architecture("mobilenet_v2_gru").build_encoder(
        side_px=64, weights=str(tmp_path / "base.weights.h5")
    )
    inner = encoder.get_layer("mobilenet_v2")
    for ours, theirs in zip(inner.weights, base.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


def test_an_unknown_architecture_lists_the_known_ones():
    with pytest.raises(ValueError, match="meso_inception4"):
        architecture("xception")


def test_every_architecture_file_is_registered_and_runs_on_any_keras_backend():
    found = {path.stem for path in MODELS.glob("*.py") if "\nCARD = " in path.read_text()}
    assert found == set(ARCHITECTURES)
    for name in (*ARCHITECTURES, "heads", "meso_head", "imagenet", "registry"):
        tree = ast.parse((MODELS / f"{name}.py").read_text())
        imported = {
            (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert not {m.split(".")[0] for m in imported} & {"tensorflow", "jax", "torch"}, name
