"""A model card as rows that can be read: whatever the card says, nothing left out, no markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

#: What everybody wants to know; the rest is folded away, in the card's own order.
_FIRST = ("status", "intended_use", "cannot_see", "fails_on", "calibrated_on", "data", "licence")
#: Told elsewhere on the page, or of no use to a person.
_NOT_SHOWN = frozenset({"schema", "name", "version", "files", "golden"})
#: A manifest's labels are for programs; a person reads neither of them, here or anywhere.
_LABELS = MappingProxyType({"fake": "manipulated", "real": "genuine"})
_LABEL = re.compile(r"\b(fake|real)\b")
#: So many figures of one thing are read side by side; more are read one below the other.
_BESIDE = 4


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    rows: tuple[Row, ...]
    folded: bool


def card_table(card: Mapping[str, Any]) -> tuple[Part, ...]:
    keys = [*(key for key in _FIRST if key in card), *(key for key in card if key not in _FIRST)]
    parts = (
        Part(
            name=_words(key).capitalize(),
            rows=tuple(_rows(card[key])),
            folded=key not in _FIRST,
        )
        for key in keys
        if key not in _NOT_SHOWN
    )
    return tuple(part for part in parts if part.rows)


def _rows(value: Any, name: str = "") -> Iterator[Row]:
    match value:
        case None:
            return
        case {"name": str(named), **rest} if rest:
            yield Row(named, _beside(rest))
        case Mapping() if (
            name and 0 < len(value) <= _BESIDE and not any(map(_is_no_figure, value.values()))
        ):
            yield Row(name, _beside(value))
        case Mapping():
            for key, inner in value.items():
                yield from _rows(inner, f"{name} › {_words(key)}" if name else _words(key))
        case [*numbers] if numbers and all(isinstance(each, int | float) for each in numbers):
            yield Row(name, " to ".join(map(_text, numbers)) if len(numbers) == 2 else _list(value))
        case [*each_of]:
            for inner in each_of:
                yield from _rows(inner, name)
        case _:
            yield Row(name, _text(value))


def _is_no_figure(value: Any) -> bool:
    return value is None or isinstance(value, Mapping | list | tuple)


def _beside(values: Mapping[Any, Any]) -> str:
    return "; ".join(f"{_words(key)}: {_text(value)}" for key, value in values.items())


def _list(values: Sequence[Any]) -> str:
    return ", ".join(map(_text, values))


def _words(key: object) -> str:
    return _plain(str(key).replace("_", " "))


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else _plain(str(value))


def _plain(text: str) -> str:
    return _LABEL.sub(lambda found: _LABELS[found[0]], text).replace("`", "")
