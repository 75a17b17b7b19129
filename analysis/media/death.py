"""What the death of a child that reads a stranger's file says: of the file, or of the machine."""

from __future__ import annotations

from analysis.errors import AnalysisFault, VideoProblem
from analysis.sandbox import ChildDied


def problem_of_death(death: ChildDied) -> Exception:
    """A decoder that dies over a file has met one that no player should be given either."""
    if death.took_too_long:
        return VideoProblem("service.timeout", f"decoder: {death}")
    if death.reason == "killed":
        return AnalysisFault(f"decoder: {death}")
    return VideoProblem("content.corrupt", f"decoder: {death}")
