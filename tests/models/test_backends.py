"""The same weights give the same answers on each backend of Keras, and learn on it.

The other tests run on TensorFlow; JAX and PyTorch are for GPUs, and PyTorch for fast processors.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.models.registry import ARCHITECTURES
from tests.models.answers import WEIGHTS
from tests.models.backends import PYTEST, on_backend, without
from tests.models.untaught import untaught_encoder

SIDE_PX = 139  # at 96, some normalise over one place of four pictures, which amplifies rounding

Asked = tuple[Path, dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """(a folder of weights and pictures, what TensorFlow answers)."""
    folder = tmp_path_factory.mktemp("asked")
    images = np.random.default_rng(1).integers(0, 256, (4, SIDE_PX, SIDE_PX, 3)).astype("float32")
    answers = {}
    for name in ARCHITECTURES:
        encoder = untaught_encoder(name, images)
        encoder.save_weights(folder / f"{name}{WEIGHTS}")
        np.save(folder / f"{name}.npy", images)
        said = encoder(images, training=False)
        answers[name] = {key: np.asarray(value) for key, value in said.items()}
    return folder, answers


@pytest.mark.parametrize("backend", [pytest.param(b, marks=without(b)) for b in ("jax", "torch")])
def test_every_network_answers_as_on_tensorflow(backend: str, asked: Asked) -> None:
    folder, wanted = asked
    on_backend(backend, "-m", "tests.models.answers", folder)
    for name, answers in wanted.items():
        with np.load(folder / f"{name}.npz") as found:
            assert set(found) == set(answers)
            for key, value in answers.items():
                scale = float(np.abs(value).max())
                np.testing.assert_allclose(
                    found[key], value, rtol=1e-3, atol=1e-3 * scale, err_msg=f"{name} {key}"
                )
        (folder / f"{name}.npz").unlink()


@without("jax")
def test_a_run_learns_and_goes_on_where_it_was_saved_on_jax() -> None:
    """On PyTorch the same is tested beside its own kernels."""
    learning = "tests/training/test_learning.py"
    named = [
        f"{learning}::test_steps_on_one_batch_lower_its_loss",
        f"{learning}::test_a_resumed_run_is_the_unbroken_one",
        f"{learning}::test_a_whole_run_leaves_weights_figures_and_curves",
    ]
    on_backend("jax", *PYTEST, *named)
