"""The documents that the contract server gives are such as the API's own schema allows."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.extension import answers

URL = "https://example.org/v.mp4"
STATES = [
    *answers.under_way(),
    answers.done("likely_manipulated", probability=0.93),
    answers.done("inconclusive", probability=None),
    answers.failed("content.private"),
]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state["state"])
def test_a_document_is_what_the_api_may_say(schema: dict[str, Any], state: dict[str, Any]) -> None:
    told = answers.check(number=1, url=URL, base="https://check.example.org", **state)
    wanted = schema["components"]["schemas"]["Check"]
    if told["verdict"]:
        for track in told["verdict"]["tracks"]:
            for picture in [*track["strip"], *track["heat_maps"]]:
                picture["url"] = f"https://check.example.org{picture['url']}"
    jsonschema.validate(told, {**wanted, "components": schema["components"]})
    assert set(told) == set(wanted["properties"])
