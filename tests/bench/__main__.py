"""How fast, how large, against what: one table, each row two things measured in one run.

    python -m tests.bench [ROW ...] [--runs 5] [--out results]

Without a row, all of them, each in a process of its own. One row alone ends with its JSON in one
line. With ``--out`` the table and the JSON are written there, with the machine and the versions,
and the page of what grows how.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.cost import write_page
from tests.bench.machine import about_the_machine
from tests.bench.measure import table
from tests.bench.rows import ROWS, row


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--runs", type=int, default=5, help="of each thing in each row")
    parser.add_argument("--out", type=Path, help="a folder for table.md, results.json, COST.md")
    given = parser.parse_args()
    unknown = set(given.rows) - set(ROWS)
    if unknown or given.runs < 1:
        parser.error(f"rows: {', '.join(ROWS)}; at least one run")
    if len(given.rows) == 1 and given.out is None:
        return _one(given.rows[0], runs=given.runs)
    return _several(given.rows or list(ROWS), runs=given.runs, out=given.out)


def _one(name: str, *, runs: int) -> int:
    comparisons = row(name)(runs)
    print(table(comparisons))
    first, *also = (one.document() for one in comparisons)
    print(json.dumps(first | ({"also": also} if also else {})))
    return 0


def _several(names: list[str], *, runs: int, out: Path | None) -> int:
    """Each in a process of its own; one that breaks is told of and does not end the others."""
    machine = about_the_machine()
    documents: list[dict[str, Any]] = []
    lines: list[str] = []
    broken = []
    for name in names:
        print(f"{name} ...", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench", name, "--runs", str(runs)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            broken.append(name)
            continue
        said = done.stdout.splitlines()
        rows = [line for line in said if line.startswith("|")]
        lines += rows if not lines else rows[2:]
        documents.append(json.loads(said[-1]))
        if out is not None:
            _write(out, machine=machine, lines=lines, documents=documents)
    print("\n".join(lines))
    for name in broken:
        print(f"{name} did not run to its end", file=sys.stderr)
    return 1 if broken else 0


_NOTE = """
Medians, in brackets the least and the most. `load before` is how many other programs wanted a core
when the run began: where that is more than a fraction, and most of all in the rows of several
processes, the ratio of processor time says more than the clock.
"""


def _write(
    out: Path, *, machine: dict[str, Any], lines: list[str], documents: list[dict[str, Any]]
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    results = {"machine": machine, "rows": documents}
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    about = "\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in machine.items())
    text = f"# One run of the benchmark\n\n{about}\n{_NOTE}\n" + "\n".join(lines) + "\n"
    (out / "table.md").write_text(text, encoding="utf-8")
    write_page(out)


if __name__ == "__main__":
    raise SystemExit(main())
