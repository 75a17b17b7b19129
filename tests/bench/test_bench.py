"""The benchmark's own arithmetic, one row in small, and the page that is made of its results."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from analysis.models.bundles import DEFAULT_BUNDLE, bundle_folder
from tests.bench import row_fetch
from tests.bench.cost import curves_of, write_page
from tests.bench.floor import encoder_flops
from tests.bench.measure import Comparison, Measured, in_turn, table
from tests.bench.rows import ROWS, row

RESULTS = Path(__file__).parent / "results"


def side(what: str, **values: float) -> dict[str, object]:
    return {"what": what, **values}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    rows = [
        {"row": "clip", "ours": side("ours", cpu_s=0.6), "other": side("old", cpu_s=7)},
        {
            "row": "length, an hour",
            "ours": side("60 min", cpu_s=1.8),
            "other": side("1 min", cpu_s=0.9),
            "also": [
                {
                    "row": "length, memory of an hour",
                    "ours": side("60 min", peak_mb=500),
                    "other": side("1 min", peak_mb=490),
                }
            ],
        },
        {"row": "faces", "ours": side("4 faces", cpu_s=2), "other": side("1 face", cpu_s=1)},
    ]
    machine = {"cores": 2, "processor": "one", "bundle": "toy-1", "load_before": 0.1}
    (tmp_path / "results.json").write_text(json.dumps({"machine": machine, "rows": rows}))
    return tmp_path


def test_each_thing_is_measured_in_turn_and_compared_by_its_median() -> None:
    order: list[str] = []
    slow, fast = Measured("slow"), Measured("fast")
    in_turn(2, (slow, lambda: order.append("slow")), (fast, lambda: order.append("fast")))
    assert order == ["slow", "fast", "slow", "fast"]

    slow.values, fast.values = [6.0, 9.0, 6.0], [2.0, 1.0, 2.0]
    one = Comparison("clip", fast, slow, "other / ours", "at least 3")
    assert one.ratio == 3.0
    assert one.kept
    assert not Comparison("clip", fast, slow, "other / ours", "at most 2.5").kept
    assert "at least 3: kept" in table([one])


def test_every_row_can_be_found() -> None:
    assert all(callable(row(name)) for name in ROWS)


def test_the_floor_counts_what_the_shipped_encoder_multiplies() -> None:
    """Between a small MobileNet and InceptionV3 at the size that it was published with."""
    flops = encoder_flops(bundle_folder(DEFAULT_BUNDLE) / "encoder.xml")

    assert 0.3e9 < flops < 13e9


def test_a_download_is_measured_through_the_guard_and_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_fetch, "SIZE_BYTES", 500_000)

    transfer, *whole = row_fetch.measure(1)

    assert len(transfer.ours.values) == len(transfer.other.values) == 1
    assert len(whole) == 3
    assert all(one.ratio > 0 for one in (transfer, *whole))


def test_the_page_says_how_cost_grows_and_what_it_takes(results: Path) -> None:
    assert write_page(results)

    page = (results / "COST.md").read_text()
    assert "From 1 to 60 minutes of video: 2.00 times the cpu_s." in page
    # 1000 checks a minute of .6 s each, on cores that are busy to seven tenths: 14.3 of them.
    assert "| 1000 | 15 |" in page
    for picture in ("length", "faces"):
        ET.parse(results / f"cost-{picture}.svg")
    assert not (results / "cost-resolution.svg").exists()


def test_the_page_that_is_checked_in_is_that_of_the_results_beside_it(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text((RESULTS / "results.json").read_text())
    assert curves_of(json.loads((tmp_path / "results.json").read_text()))

    write_page(tmp_path)

    for file in tmp_path.iterdir():
        assert (RESULTS / file.name).read_text() == file.read_text(), file.name
