"""Ten seconds of 720p30, from the file to the verdict, everything warm.

Against the old recipe with the network that it was published with; against the same recipe with
the network that is shipped here, so that what a smaller network saves is told apart; and against
the floor. The floor is faster than ours, so its ratio is turned round: how many floors we cost.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from analysis.check_video import check_video
from analysis.models.bundles import DEFAULT_BUNDLE, load_bundle
from tests.bench.clips import clip
from tests.bench.floor import Floor
from tests.bench.measure import Comparison, Measured, in_turn
from tests.bench.old_recipe import OldRecipe


def measure(runs: int) -> list[Comparison]:
    path = clip()
    bundle = load_bundle(DEFAULT_BUNDLE)
    old = OldRecipe()
    same_network = OldRecipe(bundle.card["architecture"], side_px=bundle.contract.side_px)
    floor = Floor(bundle)

    def ours() -> None:
        with tempfile.TemporaryDirectory() as evidence:
            check_video(path, bundle=bundle, evidence=Path(evidence))

    results = {
        ours: Measured("file to verdict and evidence"),
        lambda: old.check(path): Measured("the old recipe, InceptionV3 at 299 px"),
        lambda: same_network.check(path): Measured("the old recipe, our network"),
        lambda: floor.check(path): Measured("the floor"),
    }
    for do in results:
        do()  # warm
    in_turn(runs, *((measured, do) for do, measured in results.items()))
    we, the_old, the_same, the_floor = results.values()
    return [
        Comparison("clip", we, the_old, "other / ours", "at least 6"),
        Comparison("clip, same network", we, the_same, "other / ours"),
        Comparison("clip, floor", we, the_floor, "ours / other", "at most 2.5"),
    ]
