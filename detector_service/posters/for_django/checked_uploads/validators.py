"""For a model's field: what did not come through a checked form is asked about here."""

from __future__ import annotations

from typing import Any

from django.db.models.fields.files import FieldFile
from django.utils.deconstruct import deconstructible

from .verifying import Said, verify_address, verify_file


@deconstructible
class CheckedByService:
    """Refuses what the service warns of, unless a form has had it labelled.

    For ``FileField``, ``ImageField`` and ``URLField``, of a model, a form or a serializer. A file
    that is already stored is not asked about again.
    """

    def __init__(self, when_away: str = "") -> None:
        self.when_away = when_away

    def __call__(self, value: Any) -> None:
        if isinstance(value, str):
            verify_address(value, what=Said(), when_away=self.when_away)
            return
        if getattr(value, "_committed", False):
            return
        # A model hands over a field with a file in it; a form or a serializer the file itself.
        file = value.file if isinstance(value, FieldFile) else value
        if hasattr(file, "checked"):
            return
        verify_file(file, what=Said(), when_away=self.when_away)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CheckedByService) and other.when_away == self.when_away

    def __hash__(self) -> int:
        return hash(self.when_away)
