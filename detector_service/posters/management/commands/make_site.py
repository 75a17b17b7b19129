"""Make a site account from the command line, and print its first key: the only time it is seen."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from detector_service.checks.problems import Refused
from detector_service.posters import signing
from detector_service.posters.accounts import NotAnOrigin, issue_site_key, make_site
from detector_service.posters.models import Site
from detector_service.posters.sending import check_callback_url


class Command(BaseCommand):
    help = "Make a site account and its first key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--contact", required=True, help="is told when callbacks fail")
        parser.add_argument("--origin", action="append", default=[], help="of its pages")
        parser.add_argument("--callback-url", default="")
        parser.add_argument("--test-key", action="store_true", help="answered from fixed samples")

    def handle(self, *args: Any, **options: Any) -> None:
        fields = {name: options[name] for name in ("name", "contact", "callback_url")}
        try:
            Site(**fields).full_clean(exclude=["owner"])
            if options["callback_url"]:
                check_callback_url(options["callback_url"])
            site = make_site(**fields, origins=options["origin"])
        except NotAnOrigin as error:
            raise CommandError(f"Not an origin (https://host): {error}") from error
        except Refused as refused:
            raise CommandError(refused.detail) from refused
        except ValidationError as error:
            wrong = (f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())
            raise CommandError("; ".join(wrong)) from error
        _, key = issue_site_key(site=site, test=options["test_key"])
        [secret] = site.secrets.all()
        self.stdout.write(f"key: {key}\nsigning secret: {signing.secret_of(secret)}\n")
