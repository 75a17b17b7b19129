"""Workers share a machine: none may hold on to a core that another one wants too."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis.faces.detect import find_faces
from analysis.models.bundles import DEFAULT_BUNDLE, load_bundle

SEVERAL = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1
pytestmark = pytest.mark.skipif(not SEVERAL, reason="needs two cores, and Linux to ask")


def cores_during(work: Callable[[], object]) -> set[frozenset[int]]:
    """Where the thread that does it might run, asked again and again until it is done."""
    seen: set[frozenset[int]] = set()
    done = threading.Event()

    def worked() -> None:
        work()
        done.set()
        asked.wait()

    asked = threading.Event()
    thread = threading.Thread(target=worked)
    thread.start()
    while not done.wait(0.001):
        if thread.native_id is not None:
            seen.add(frozenset(os.sched_getaffinity(thread.native_id)))
    asked.set()
    thread.join()
    return seen


def scoring() -> Callable[[], object]:
    bundle = load_bundle(DEFAULT_BUNDLE, threads=1)
    side = bundle.contract.side_px
    crops = np.full((40, side, side, 3), 128, np.uint8)
    return lambda: bundle.score_faces(crops)


def finding_faces() -> Callable[[], object]:
    frames: list[Any] = [np.full((480, 640, 3), 128, np.uint8)] * 8
    find_faces(frames[:1], smallest_px=48)
    return lambda: find_faces(frames, smallest_px=48)


@pytest.mark.parametrize("prepared", [scoring, finding_faces])
def test_one_thread_is_not_bound_to_one_core(prepared: Callable[[], Any]) -> None:
    assert cores_during(prepared()) == {frozenset(os.sched_getaffinity(0))}
