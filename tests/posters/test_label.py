"""The label that a site stores: what was found, what was not, and a ready statement of reasons."""

from __future__ import annotations

import ast
import gettext
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as service_settings

from analysis.finding import Outcome
from detector_service.api.schema import OPENAPI
from detector_service.checks import overrides
from detector_service.checks.models import Check, Video
from detector_service.posters import words
from detector_service.posters.models import Site
from tests.posters.conftest import Asking
from tests.posters.contents import a_video

VIDEO = a_video()
LOCALE = Path(words.__file__).parent / "locale"
LANGUAGES = [code for code, _ in service_settings.LANGUAGES if code != "en"]

Finish = Callable[..., Check]


@pytest.fixture
def label(server: Asking, finish: Finish) -> Callable[..., dict[str, Any]]:
    def label(language: str = "en", **what: Any) -> dict[str, Any]:
        posting = server.upload(VIDEO, reference="draft 17")
        finish(posting, **what)
        told = server.get(f"postings/{posting['id']}", **{"Accept-Language": language})
        found: dict[str, Any] = told.json()["label"]
        return found

    return label


def test_it_says_what_was_found_by_what_and_what_was_not_judged(label: Any) -> None:
    told = label()
    check = Check.objects.get()
    assert told["headline"] == "Likely manipulated"
    assert (told["decided_by"], told["bundle"]) == ("model", "toy-0123456789ab")
    assert "How often this model is wrong has not been measured" in told["meaning"]
    assert told["checked_at"].endswith("Z")
    assert told["not_judged"] == [
        {
            "track": 2,
            "reason": "face_too_small",
            "sentence": "This face is too small to be judged.",
        }
    ]
    assert "generated whole" in told["not_looked_for"]
    assert told["report_url"] == f"http://localhost:8000/checks/{check.public_id}"
    assert "fake_probability" not in json.dumps(told)  # words, never a number


def test_a_statement_of_reasons_says_who_detects_who_decides_and_where_to_object(
    label: Any,
) -> None:
    told = label()
    reasons = told["statement_of_reasons"]
    assert reasons["automated_detection"] is True
    assert reasons["automated_decision"] is False
    assert reasons["restriction"] == "none"
    assert reasons["redress"]["url"] == told["contest_url"]
    for part in (reasons["facts"], reasons["means"], reasons["ground"], reasons["redress"]["url"]):
        assert part in reasons["text"]
    assert told["disclosure"]["may_be_needed"] is True
    assert not re.search(r"illegal|forbidden|\bfake\b|\breal\b", json.dumps(told), re.IGNORECASE)


def test_the_sites_own_rule_and_its_own_place_for_complaints_stand_in_it(label: Any) -> None:
    Site.objects.update(ground="Rule 4: say so.", redress_url="https://site.example/complain")
    reasons = label()["statement_of_reasons"]
    assert reasons["ground"] == "Rule 4: say so."
    assert reasons["redress"]["url"] == "https://site.example/complain"


def test_where_nothing_was_found_there_are_no_reasons_and_no_disclosure(label: Any) -> None:
    told = label(outcome=Outcome.NO_MANIPULATION_FOUND)
    assert told["statement_of_reasons"] is None
    assert told["disclosure"] == {"may_be_needed": False, "sentence": None}


FACTS = {
    Outcome.LIKELY_MANIPULATED: ("found signs that", "holds that"),
    Outcome.INCONCLUSIVE: ("could not judge", "could not judge"),
    Outcome.NO_MANIPULATION_FOUND: ("found no sign", "found no sign"),
}


@pytest.mark.parametrize("outcome", FACTS)
def test_the_facts_are_those_of_whoever_judged_it(
    label: Any, server: Asking, outcome: Outcome
) -> None:
    Site.objects.update(warn_on=list(Outcome))
    of_the_check, of_a_person = FACTS[outcome]
    facts = label(outcome=outcome)["statement_of_reasons"]["facts"]
    assert of_the_check in facts and "person" not in facts
    overrides.set_override(Video.objects.get(), outcome=outcome, public_reason="Seen.")
    facts = server.announce(VIDEO).json()["label"]["statement_of_reasons"]["facts"]
    assert of_a_person in facts and facts.startswith("A person")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_readers_language(label: Any, language: str) -> None:
    told = label(language)
    assert told["language"] == language
    english = {call.args[0].value for call in _marked()}
    said = {told["not_looked_for"], told["disclosure"]["sentence"]}
    said |= {told["statement_of_reasons"][part] for part in ("facts", "means", "ground")}
    assert said.isdisjoint(english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_compiled(language: str) -> None:
    folder = LOCALE / language / "LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    source = (folder / "django.po").read_text(encoding="utf-8")
    for call in _marked():
        english = call.args[0].value
        assert compiled.gettext(english) != english
        assert compiled.gettext(english) in source.replace('\\"', '"'), "run msgfmt on django.po"


def test_it_is_what_the_document_says(label: Any) -> None:
    schemas = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))["components"]["schemas"]
    told = label()
    assert set(told) == set(schemas["Label"]["properties"])
    assert set(told["statement_of_reasons"]) == set(schemas["Reasons"]["properties"])


def _marked() -> list[Any]:
    tree = ast.parse(Path(words.__file__).read_text(encoding="utf-8"))
    return [
        call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "gettext"
    ]
