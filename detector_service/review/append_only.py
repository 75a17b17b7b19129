"""Rows that are written once. What was decided is never edited; a later row overrides it."""

from __future__ import annotations

from typing import Any, Generic, NoReturn, TypeVar

from django.db import models

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class NeverChanged(TypeError):
    """The code tried to change a row that stands for ever."""


class AppendOnlyQuerySet(models.QuerySet[Row_co], Generic[Row_co]):
    def update(self, **_: Any) -> NoReturn:
        raise NeverChanged(f"{self.model.__name__} rows are never updated")

    def delete(self) -> NoReturn:
        raise NeverChanged(f"{self.model.__name__} rows are never deleted")

    def erase(self) -> None:
        """For a person's right to be deleted, and nothing else; the audit says that it was."""
        super().delete()


class AppendOnly(models.Model):
    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise NeverChanged(f"{type(self).__name__} rows are never updated")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise NeverChanged(f"{type(self).__name__} rows are never deleted")
