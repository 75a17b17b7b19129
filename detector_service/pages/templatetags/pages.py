"""What the templates need beyond Django's own: times, marks, and addresses safe to link."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """61.7 becomes 1:01, as on a player: whoever goes to 1:02 would come too late for it. Under ten
    seconds tenths are told, because a glitch is that short."""
    if seconds < 10:
        return f"0:{seconds:04.1f}"
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


@register.filter
def of_100(probability: float) -> int:
    return round(probability * 100)


@register.filter
def container(names: str) -> str:
    """Decoders name a whole family of containers at once; people know one of them."""
    known = names.split(",")
    return next((name for name in ("mp4", "webm") if name in known), known[0])


@register.filter
def picture_format(codec: str) -> str:
    """Pictures are known by other names than those of the codecs inside them."""
    return {"mjpeg": "JPEG", "av1": "AVIF", "hevc": "HEIC"}.get(codec, codec.upper())


@register.filter
def host(url: str) -> str:
    return urlsplit(url).hostname or url


@register.filter
def web_address(url: str) -> str:
    """An address that was fetched may stand in a link; any other scheme may not."""
    return url if url.startswith(("https://", "http://")) else ""


@register.simple_tag(takes_context=True)
def here(context: Context, name: str) -> SafeString | str:
    match: Any = getattr(context.get("request"), "resolver_match", None)
    return format_html(' aria-current="{}"', "page") if match and match.url_name == name else ""
