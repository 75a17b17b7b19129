"""A letter is written in the language in which somebody contested."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from detector_service.checks.models import Contest
from detector_service.review import letters, opening, telling
from tests.review.conftest import checked, let_time_pass, overturn, someone

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
FILLED_IN = r"%\(\w+\)s"


def sentences() -> set[str]:
    tree = ast.parse(Path(letters.__file__).read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "gettext"
        and isinstance(call.args[0], ast.Constant)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_with_all_that_is_filled_in(language: str) -> None:
    with translation.override(language):
        for english in sentences():
            other = translation.gettext(english)
            assert other != english
            assert sorted(re.findall(FILLED_IN, other)) == sorted(re.findall(FILLED_IN, english))


def test_who_contested_in_german_is_answered_in_german(mailoutbox: Any, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example"
    check = checked()
    answer = Client().post(
        f"/checks/{check.public_id}/contest",
        {"reason": "not_manipulated", "contact": "anna@example.org"},
        headers={"Accept-Language": "de"},
    )
    assert answer.status_code == 201 and Contest.objects.get().language == "de"
    overturn(opening.on_contest(Contest.objects.get()), someone())
    let_time_pass()
    telling.send_notices()
    assert mailoutbox[0].subject.startswith("Ihr Einspruch wurde beantwortet")
    assert "Vorher: Wahrscheinlich manipuliert" in mailoutbox[0].body
