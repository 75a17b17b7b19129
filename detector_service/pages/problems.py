"""A problem as a page tells it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, JsonResponse

from detector_service.checks import words
from detector_service.checks.problems import PROBLEMS


@dataclass(frozen=True, slots=True)
class ProblemView:
    code: str
    title: str
    what_to_do: str
    transient: bool


def problem_view(code: str) -> ProblemView:
    problem = PROBLEMS[code]
    return ProblemView(
        code=code,
        title=words.problem_title(problem),
        what_to_do=words.problem_advice(problem),
        transient=problem.transient,
    )


def wants_json(request: HttpRequest) -> bool:
    """Our own script asks so, because it shows how far an upload has come."""
    return request.headers.get("Accept") == "application/json"


def problem_for_script(problem: ProblemView, status: int) -> JsonResponse:
    return JsonResponse({"problem": f"{problem.title} {problem.what_to_do}"}, status=status)
