from __future__ import annotations

from typing import Any

from checked_uploads.fields import CheckedFileField, CheckedURLField
from django import forms

from .models import Clip


class _ClipForm(forms.ModelForm):
    checked_name = ""

    def save(self, commit: bool = True) -> Any:
        checked = self.fields[self.checked_name].checked
        self.instance.status = checked.status
        self.instance.posting = checked.posting or ""
        self.instance.label = checked.label
        self.instance.shows_label = checked.must_be_shown
        return super().save(commit)


class FileForm(_ClipForm):
    checked_name = "video"
    video = CheckedFileField()

    class Meta:
        model = Clip
        fields = ("title", "video")


class ClosedForm(FileForm):
    video = CheckedFileField(when_away="closed")


class HoldingForm(FileForm):
    video = CheckedFileField(accepts_held=True)


class LinkForm(_ClipForm):
    checked_name = "link"
    link = CheckedURLField(assume_scheme="https")

    class Meta:
        model = Clip
        fields = ("title", "link")
