"""Form fields that ask in the page, and verify on the server what the page was told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.base import File
from django.urls import reverse
from django.utils.translation import get_language

from .site_settings import CLOSED, site_settings
from .verifying import Checked, Said, said, verify_address, verify_file


class _CheckedInput(forms.Widget):
    """A widget inside ``<check-before-posting>``."""

    template_name = "checked_uploads/checked_input.html"
    input_template_name: str
    when_away = ""
    accepts_held = False
    offers_label = False  # for browsers without scripts, once the server has warned
    said = Said()

    @property
    def media(self) -> forms.Media:
        pinned: dict[str, Any] = dict(site_settings().script)
        if not pinned.get("src"):
            return forms.Media()
        src = pinned.pop("src")
        script: Any = forms.Script(src, crossorigin="anonymous", defer=True, **pinned)
        return forms.Media(js=[script])

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        site = site_settings()
        context = super().get_context(name, value, attrs)
        context["check"] = {
            "input": self.input_template_name,
            "service": site.service.rstrip("/"),
            "token_url": reverse("checked_uploads:page-token"),
            "label_field": f"{name}_with_label",
            "patience_s": site.patience_s,
            "is_closed": (self.when_away or site.when_away) == CLOSED,
            "accepts_held": self.accepts_held,
            "offers_label": self.offers_label,
            "language": get_language() or "en",
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        with_label = f"{name}_with_label" in data
        # As the script names it by default, by what the field is called when the form is sent.
        self.said = said(data.get(f"{name}_check"), with_label=with_label)
        return super().value_from_datadict(data, files, name)


class CheckedFileInput(_CheckedInput, forms.FileInput):
    input_template_name = forms.FileInput.template_name


class CheckedURLInput(_CheckedInput, forms.URLInput):
    input_template_name = forms.URLInput.template_name


class _Checked(forms.Field):
    """``form.fields[name].checked`` is what was found, once the form has been cleaned.

    ``when_away``: ``open`` or ``closed``; the site's setting unless it is given.
    ``accepts_held``: the form may be sent while a person looks first; publish after the callback.
    """

    widget: Any
    checked: Checked | None = None

    def __init__(self, *, when_away: str = "", accepts_held: bool = False, **kwargs: Any) -> None:
        self.when_away = when_away
        self.accepts_held = accepts_held
        super().__init__(**kwargs)
        self.widget.when_away = when_away
        self.widget.accepts_held = accepts_held

    def _verified(self, verify: Any, thing: Any) -> Checked:
        try:
            self.checked = verify(
                thing,
                what=self.widget.said,
                when_away=self.when_away,
                accepts_held=self.accepts_held,
            )
        except forms.ValidationError as error:
            self.widget.offers_label = error.code == "check_warned"
            raise
        return self.checked


class CheckedFileField(_Checked, forms.FileField):
    widget = CheckedFileInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if isinstance(data, File) and file is data:
            # A model's validator finds it there and need not ask again.
            file.checked = self._verified(verify_file, file)  # type: ignore[attr-defined]
        return file


class CheckedURLField(_Checked, forms.URLField):
    widget = CheckedURLInput

    def clean(self, value: Any) -> Any:
        url = super().clean(value)
        if url:
            self._verified(verify_address, url)
        return url
