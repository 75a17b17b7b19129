"""What PyTorch makes of the networks, where it is installed."""

from __future__ import annotations

from tests.models.backends import PYTEST, on_backend, without


@without("torch")
def test_its_own_kernels_teach_the_same_networks() -> None:
    on_backend("torch", *PYTEST, "tests/training/fused_on_torch.py")
