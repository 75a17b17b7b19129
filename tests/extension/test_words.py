"""Six languages, each complete; words that a verdict never uses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from detector_service.checks.contests import ContestReason
from tests.extension.chromium import EXTENSION

LOCALES = EXTENSION / "_locales"
LANGUAGES = ["ar", "de", "en", "es", "fr", "pt"]


def words(language: str) -> dict[str, str]:
    told = json.loads((LOCALES / language / "messages.json").read_text(encoding="utf-8"))
    return {key: value["message"] for key, value in told.items()}


def code() -> str:
    suffixes = {".js", ".html"}
    files = [path for path in EXTENSION.rglob("*") if path.suffix in suffixes]
    files.append(EXTENSION / "manifest.json")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_there_are_the_languages_that_can_be_chosen() -> None:
    assert sorted(path.name for path in LOCALES.iterdir()) == LANGUAGES
    chosen = re.search(r"LANGUAGES = \{(.*?)\}", code(), re.S)
    assert chosen
    assert sorted(re.findall(r"(\w\w):", chosen.group(1))) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_with_every_value(language: str) -> None:
    english, told = words("en"), words(language)
    assert list(told) == list(english)
    for key, text in told.items():
        assert text.strip(), key
        assert sorted(re.findall(r"\$\d", text)) == sorted(re.findall(r"\$\d", english[key])), key


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_language_is_translated(language: str) -> None:
    same = {key for key, text in words(language).items() if text == words("en")[key]}
    assert len(same) < 8, same


def test_every_word_that_the_code_names_is_there_and_every_word_is_used() -> None:
    text, known = code(), set(words("en"))
    named = set(re.findall(r'\bt\("(\w+)"', text)) | set(
        re.findall(r'data-(?:t|label)="(\w+)"', text)
    )
    named |= set(re.findall(r"__MSG_(\w+)__", text))
    families = {"outcome_", "state_", "step_", "phase_", "contest_"}
    assert named - known == set()
    unused = {key for key in known if f'"{key}"' not in text and f"__MSG_{key}__" not in text}
    assert {
        key for key in unused if not any(key.startswith(family) for family in families)
    } == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_verdict_says_real_or_fake(language: str) -> None:
    forbidden = (
        r"\b(real|fake|falso|falsa|echt|gefälscht|vrai|faux|truqué|authenti\w+)\b|حقيقي|مزيف"
    )
    allowed = {"thisIsWrong", "contestTitle", "contestReason"}  # of the verdict, not of the video
    for key, text in words(language).items():
        if key not in allowed:
            assert not re.search(forbidden, text.replace("Deepfake Check", ""), re.I), (key, text)


def test_it_offers_the_reasons_that_the_service_takes() -> None:
    contest = (EXTENSION / "view" / "contest.js").read_text(encoding="utf-8")
    offered = re.search(r"REASONS = .*?\(\[(.*?)\]\)", contest, re.S)
    assert offered
    assert re.findall(r'"(\w+)"', offered.group(1)) == [reason.value for reason in ContestReason]


def test_a_store_s_summary_is_short_enough() -> None:
    assert all(len(words(language)["appDescription"]) <= 132 for language in LANGUAGES)


def test_every_outcome_of_the_engine_has_words() -> None:
    from analysis.finding import Outcome

    assert {f"outcome_{outcome.value}" for outcome in Outcome} <= set(words("en"))


def test_no_path_is_misspelt() -> None:
    html = list(EXTENSION.rglob("*.html"))
    assert html
    for page in html:
        for name in re.findall(r'(?:src|href)="([^"#]+)"', page.read_text(encoding="utf-8")):
            assert (page.parent / Path(name)).exists(), (page, name)


def modules(path: Path, known: set[Path]) -> set[Path]:
    """A module and whatever it imports."""
    if path not in known:
        known.add(path)
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'(?:from |import |import\()"(\.[^"]+)"', text):
            modules((path.parent / name).resolve(), known)
    return known


@pytest.mark.parametrize("page", sorted(EXTENSION.rglob("*.html")), ids=lambda page: page.stem)
def test_a_page_that_shows_a_mark_has_its_tones(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    known: set[Path] = set()
    for name in re.findall(r'<script[^>]+src="([^"]+)"', html):
        modules((page.parent / name).resolve(), known)
    code = "".join(path.read_text(encoding="utf-8") for path in known)
    assert "view/tones.css" in html or not re.search(r"(?<![\w.])mark\(", code)
