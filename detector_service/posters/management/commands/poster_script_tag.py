"""Prints the script tag for a site's pages, with the hash that pins it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from detector_service.posters.script_tag import script_tag


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            self.stdout.write(script_tag())
        except ValueError as error:
            raise CommandError(
                "The files of the pages are not collected yet: manage.py collectstatic"
            ) from error
