from __future__ import annotations

from checked_uploads.validators import CheckedByService
from django.db import models


class Clip(models.Model):
    title = models.CharField(max_length=80)
    # The form has it checked; the validator asks where a clip comes another way.
    video = models.FileField(upload_to="clips", blank=True, validators=[CheckedByService()])
    link = models.URLField(blank=True)
    #: What is shown beside it, and kept: the service's label block.
    status = models.CharField(max_length=20, default="unchecked")
    posting = models.CharField(max_length=64, blank=True)
    label = models.JSONField(null=True)
    shows_label = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title
