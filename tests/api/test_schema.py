"""The OpenAPI document says what the API does, and the API does what the document says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import yaml
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from detector_service.api import answers
from detector_service.api.problems import status_of
from detector_service.api.schema import OPENAPI
from detector_service.checks import canary
from detector_service.checks.problems import PROBLEMS

QUICK = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
DOCUMENT = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))


def test_the_checked_in_document_is_what_the_code_says() -> None:
    generated = SchemaGenerator().get_schema(request=None, public=True)
    drawn = OpenApiYamlRenderer().render(generated, renderer_context={}).decode()
    assert drawn == OPENAPI.read_text(encoding="utf-8"), (
        "run: python manage.py spectacular --file detector_service/api/openapi.yaml"
    )


def test_every_problem_is_listed_in_the_document() -> None:
    assert sorted(DOCUMENT["components"]["schemas"]["ProblemCode"]["enum"]) == sorted(PROBLEMS)


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_problem_can_be_read_about(api: Any, code: str) -> None:
    told = api.get(f"/api/v1/problems/{code}").json()
    assert told["code"] == code
    assert told["title"] == PROBLEMS[code].sentence
    assert 400 <= status_of(code) < 600


def test_the_document_is_served_as_it_is_checked_in(api: Any) -> None:
    response = api.get("/api/v1/schema")
    assert response.content == OPENAPI.read_bytes()
    assert response["Content-Type"] == "application/yaml"


def test_the_documentation_runs_under_the_strict_policy(api: Any) -> None:
    response = api.get("/api/v1/docs")
    html = response.content.decode()
    assert "unsafe" not in response["Content-Security-Policy"]
    for script in re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL):
        assert script == ""
    assert not re.search(r"<style|\son\w+=|\sstyle=|https?://", html)


def test_whatever_else_is_asked_for_is_answered_with_a_problem(api: Any) -> None:
    for path in ("", "nothing", "checks/", "../admin", "health", "schema/"):
        for method in ("get", "post", "delete", "put", "options", "head"):
            response = getattr(api, method)(f"/api/v1/{path}")
            assert response.status_code == 404, path
            assert response["Content-Type"] == "application/problem+json"


# -- the API against its document ------------------------------------------------------------


@pytest.fixture
def loaded(db: None, finished: Any, queued: Any) -> Iterator[Any]:
    """The document, with numbers of checks that exist in the place of made-up ones."""
    known = finished()
    under_way = queued("https://videos.example.org/watch/2")
    for queue in canary.QUEUES:
        canary.sing(queue)
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = get_wsgi_application()

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        if path_parameters and "check_id" in path_parameters:
            last = ord(str(path_parameters["check_id"])[-1:] or "a")
            path_parameters["check_id"] = (known, under_way)[last % 2].public_id
        return path_parameters

    # As Django's own test client does: the test's transaction outlives a request.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schema
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


OPERATIONS = [
    (path, method, mode)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    # Where nothing is sent, there is nothing to get wrong.
    if mode.is_positive or "parameters" in operation or "requestBody" in operation
]


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_it_keeps_to_the_document(
    loaded: Any, path: str, method: str, mode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is sent, no answer is one that the document does not know.

    Whether it is the right one is tried elsewhere: what fits the document can still be a link that
    leads nowhere, and a number that exists stands here where a wrong one was made up.
    """

    monkeypatch.setattr(answers, "LONGEST_WAIT_S", 0.0)

    @QUICK
    @given(case=loaded[path][method].as_strategy(generation_mode=mode))
    def keeps_to_it(case: Case) -> None:
        case.headers.pop("Authorization", None)
        case.call_and_validate(excluded_checks=[positive_data_acceptance, negative_data_rejection])

    keeps_to_it()
