"""A model card as rows that can be read: whatever the card says, nothing left out, no markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Told elsewhere on the page, or of no use to a person.
_NOT_SHOWN = frozenset({"schema", "name", "version", "files", "golden"})


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    rows: tuple[Row, ...]


def card_table(card: Mapping[str, Any]) -> tuple[Part, ...]:
    return tuple(
        Part(name=_words(key), rows=tuple(_rows(value)))
        for key, value in card.items()
        if key not in _NOT_SHOWN
    )


def _rows(value: Any, name: str = "") -> Iterator[Row]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _rows(inner, f"{name} › {_words(key)}" if name else _words(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if all(not isinstance(each, (Mapping, list)) for each in value):
            yield Row(name, ", ".join(_text(each) for each in value))
            return
        for number, inner in enumerate(value, start=1):
            yield from _rows(inner, f"{name} {number}".strip())
    else:
        yield Row(name, _text(value))


def _words(key: str) -> str:
    return key.replace("_", " ")


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
