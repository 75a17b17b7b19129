"""Every sentence of the pages is there in every language, compiled as it stands in the sources."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation.template import templatize

import detector_service.pages as pages
from analysis.finding import Outcome
from tests.pages.checks import finished_check

FOLDER = Path(pages.__file__).parent
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
STRING = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"


def in_templates() -> set[str]:
    found: set[str] = set()
    for path in (FOLDER / "templates").rglob("*.html"):
        source = templatize(path.read_text(encoding="utf-8"))
        for call in re.findall(rf"(?:gettext|_)\({STRING}", source):
            found.add(ast.literal_eval(call))
    return found


def in_code() -> set[str]:
    return {
        call.args[0].value
        for path in FOLDER.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("gettext", "gettext_noop", "ngettext", "_")
        and isinstance(call.args[0], ast.Constant)
    }


def catalogue(language: str) -> gettext.GNUTranslations:
    with (FOLDER / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


def test_the_sentences_are_found_at_all() -> None:
    assert {"Contest this verdict", "%(n)s face was judged"} <= in_templates()
    assert {"Fetching the video", "Almost dark"} <= in_code()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_with_its_placeholders(language: str) -> None:
    compiled = catalogue(language)
    told = {
        key: value
        for key, value in compiled._catalog.items()  # type: ignore[attr-defined]
        if isinstance(key, str) and key
    }
    plurals = {key[0] for key in compiled._catalog if isinstance(key, tuple)}  # type: ignore[attr-defined]
    sentences = in_templates() | in_code()
    assert sorted(sentences - set(told) - plurals) == []
    assert sorted((set(told) | plurals) - sentences) == []
    for english, other in told.items():
        assert other.strip(), english
        assert placeholders(english) == placeholders(other), english


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_stands_in_the_source(language: str) -> None:
    source = (FOLDER / "locale" / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
    compiled = catalogue(language)
    entries = re.findall(r'^msgid (".*")\nmsgstr (".*")$', source, re.MULTILINE)
    assert len(entries) > 200
    for english, other in entries:
        if english != '""':
            assert compiled.gettext(ast.literal_eval(english)) == ast.literal_eval(other)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_told_in_the_readers_language(client: Client, language: str) -> None:
    address = f"/checks/{finished_check(Outcome.INCONCLUSIVE).public_id}"
    english = client.get(address).content.decode()
    other = client.get(address, headers={"accept-language": language}).content.decode()
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in other
    for words in ("What was not judged", "About this video", "Inconclusive", "Is this wrong?"):
        assert words in english
        assert words not in other


def test_nobody_is_told_that_a_video_is_real_or_fake() -> None:
    told = in_templates() | in_code()
    assert [text for text in told if re.search(r"\b(real|fake)\b", text, re.IGNORECASE)] == []
