"""Everything that a person reads is there in every language, and what is compiled is what stands
in the sources."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from detector_service.checks import words
from detector_service.checks.problems import PROBLEMS

LOCALE = Path(words.__file__).parent / "locale"
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]


def sentences() -> set[str]:
    """What ``words`` marks for translation, and all that the catalogue of problems says."""
    tree = ast.parse(Path(words.__file__).read_text(encoding="utf-8"))
    marked = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("gettext", "gettext_noop")
        and isinstance(call.args[0], ast.Constant)
    }
    told = {text for one in PROBLEMS.values() for text in (one.sentence, one.what_to_do)}
    return marked | told


def source_of(language: str) -> dict[str, str]:
    """The messages of a .po file; a string may run over several lines."""
    messages: dict[str, str] = {}
    text = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    entry = r'msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)msgstr ((?:"(?:[^"\\]|\\.)*"\s*)+)'
    for key, value in re.findall(entry, text):
        messages[ast.literal_eval(f"({key})")] = ast.literal_eval(f"({value})")
    messages.pop("")
    return messages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    translated = source_of(language)
    assert sorted(sentences() - set(translated)) == []
    assert sorted(set(translated) - sentences()) == []
    for english, other in translated.items():
        assert other, english
        assert re.findall(r"%\(\w+\)s|https://|Bearer|Allow|JSON", english) == re.findall(
            r"%\(\w+\)s|https://|Bearer|Allow|JSON", other
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_words_are_those_of_the_source(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for english, other in source_of(language).items():
        assert compiled.gettext(english) == other, "run msgfmt on django.po"


@pytest.mark.parametrize("language", LANGUAGES)
def test_django_finds_them(language: str) -> None:
    with translation.override(language):
        assert words.headline("likely_manipulated") != "Likely manipulated"


def test_nobody_is_told_that_a_video_is_real_or_fake() -> None:
    told = [text for text in sentences() if re.search(r"\b(real|fake)\b", text, re.IGNORECASE)]
    assert told == []
