"""Find every row of the audit, and every decision, that was altered, removed or put in."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from detector_service.review import audit


class Command(BaseCommand):
    help = "Verify the audit chain and the decisions that it speaks of."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            default="",
            help="an anchor printed earlier and kept elsewhere: finds a database that was set back",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        found = list(audit.problems(expected_anchor=options["anchor"]))
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"{len(found)} traces of tampering.")
        self.stdout.write(f"The audit is whole. Anchor: {audit.anchor()}")
