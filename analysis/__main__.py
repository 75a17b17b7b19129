"""The command line: ``python -m analysis check PATH...`` and ``evaluate``."""

from __future__ import annotations

import io
import os
import sys
import traceback

from analysis.commands.arguments import EXIT_BROKEN, EXIT_INTERRUPTED, parse
from analysis.errors import AnalysisFault


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["evaluate"]:
        from analysis.evaluation.evaluate import main as evaluate

        return evaluate(given[1:])
    options = parse(given)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks the letters of one file's name must not end the run for the others.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        # Imported only now: --help needs no model.
        from analysis.commands.check import run_check

        return run_check(options)
    except (AnalysisFault, ModuleNotFoundError) as fault:
        advice = ". Activate the environment first." * isinstance(fault, ModuleNotFoundError)
        print(f"analysis: {fault}{advice}", file=sys.stderr)
        return EXIT_BROKEN
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read the results has had enough, as ``head`` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_INTERRUPTED
    except Exception:
        # Python would end with 1, which is a verdict here.
        traceback.print_exc()
        return EXIT_BROKEN


if __name__ == "__main__":
    sys.exit(main())
