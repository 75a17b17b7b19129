"""A request of which any header may be nonsense: no answer is lost to one of them."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters


class Request(WSGIRequest):
    def __init__(self, environ: dict[str, Any]) -> None:
        # Django reads it before any middleware, and raises where it names an unknown character set.
        try:
            parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):
            environ["CONTENT_TYPE"] = ""
        super().__init__(environ)
        # PostgreSQL refuses to look for a NUL, and none of our cookies holds one.
        self.COOKIES = {name: said for name, said in self.COOKIES.items() if "\0" not in said}
