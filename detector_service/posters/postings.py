"""A site asks about something: answered by its hash, or bytes are let in, within the quotas.

Everything that can be refused is refused here, before a byte of the file is sent.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from analysis.errors import VideoProblem
from detector_service.checks import submit
from detector_service.checks.problems import Refused
from detector_service.posters import answering, media_types
from detector_service.posters.access import Caller
from detector_service.posters.models import Posting, Site
from detector_service.posters.samples import sample_of
from detector_service.posters.sending import check_callback_url

State = Posting.State
Charge = Callable[[], None]  # counts a posting that is made, or refuses it
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Announced:
    """A file, as its sender describes it."""

    sha256: str
    size_bytes: int
    media_type: str
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What goes with any question."""

    reference: str = ""
    callback_url: str = ""
    language: str = "en"


def ask_about_file(caller: Caller, file: Announced, wishes: Wishes, charge: Charge) -> Posting:
    wishes = _bound(caller, wishes, sha256=file.sha256)
    return _once(
        caller,
        wishes,
        lambda: _ask_about_file(caller, file, wishes, charge),
        sha256=file.sha256,
    )


def _ask_about_file(caller: Caller, file: Announced, wishes: Wishes, charge: Charge) -> Posting:
    sample = sample_of(sha256=file.sha256) if caller.site_key.test else ""
    if sample:
        return _answered(_new(caller, wishes, charge, file, sample=sample, state=State.CHECKING))
    known = submit.submit_known(
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        name=file.file_name,
        asker=caller.asker,
    )
    if known is not None:
        return _answered(
            _new(caller, wishes, charge, file, state=State.CHECKING, check_asked=known.check)
        )
    _refuse_what_is_not_taken(caller, file)
    return _let_in(caller, wishes, charge, file)


def ask_about_address(caller: Caller, url: str, wishes: Wishes, charge: Charge) -> Posting:
    if caller.token is not None and caller.token.sha256:
        raise Refused("token.mismatch", "the token is for a file")
    wishes = _bound(caller, wishes, sha256="")
    return _once(caller, wishes, lambda: _ask_about_address(caller, url, wishes, charge), url=url)


def _ask_about_address(caller: Caller, url: str, wishes: Wishes, charge: Charge) -> Posting:
    sample = sample_of(url=url) if caller.site_key.test else ""
    if sample:
        return _answered(_new(caller, wishes, charge, url=url, sample=sample, state=State.CHECKING))
    asked = submit.submit_address(url=url, asker=caller.asker).check
    return _answered(_new(caller, wishes, charge, url=url, state=State.CHECKING, check_asked=asked))


def choose(posting: Posting, choice: Posting.Choice) -> None:
    Posting.objects.filter(pk=posting.pk).update(choice=choice)


def _bound(caller: Caller, wishes: Wishes, *, sha256: str) -> Wishes:
    """What a token says stands above what its page says."""
    token = caller.token
    if token is None:
        url = wishes.callback_url or caller.site.callback_url
        if url:
            check_callback_url(url)
        return Wishes(wishes.reference, url, wishes.language)
    if wishes.callback_url:
        raise Refused("request.invalid", "callback_url: only the site's server can name one")
    if wishes.reference not in ("", token.reference):
        raise Refused("token.mismatch", "reference: not the one that the token was made for")
    if token.sha256 and sha256 and token.sha256 != sha256:
        raise Refused("token.mismatch", "sha256: not the one that the token was made for")
    language = token.language or wishes.language
    return Wishes(token.reference, caller.site.callback_url, language)


def _once(
    caller: Caller,
    wishes: Wishes,
    ask: Callable[[], Posting],
    *,
    sha256: str = "",
    url: str = "",
) -> Posting:
    """An answer that was lost on its way is asked for again: that makes no second posting."""
    before = _asked_before(caller, wishes, sha256=sha256, url=url)
    if before is None:
        with transaction.atomic():
            if wishes.reference and caller.token is None:
                # Of two who ask at the same moment the second waits, and finds what the first made.
                Site.objects.select_for_update(no_key=True).get(pk=caller.site.pk)
                before = _asked_before(caller, wishes, sha256=sha256, url=url)
            if before is None:
                return ask()
    return answering.settle(before)


def _asked_before(caller: Caller, wishes: Wishes, *, sha256: str, url: str) -> Posting | None:
    if caller.token is not None:
        made = Posting.objects.filter(token_nonce=caller.token.nonce).first()
        if made is None:
            if not caller.token.is_fresh:
                raise Refused("token.invalid", "too old")
            return None
        if (made.sha256, made.url) != (sha256, url):
            raise Refused("token.used")
        return made
    if not wishes.reference:
        return None
    same = Posting.objects.filter(
        caller.own, reference=wishes.reference, sha256=sha256, url=url, token_nonce=None
    ).exclude(state__in=(State.FAILED, State.CANCELLED))
    return same.order_by("-pk").first()


def _refuse_what_is_not_taken(caller: Caller, file: Announced) -> None:
    """Of bytes that would have to be sent: what is known is answered, whatever it is called."""
    if not media_types.is_taken(file.media_type):
        raise Refused("upload.media_type", file.media_type)
    largest = min(caller.site.max_file_bytes, settings.MAX_VIDEO_BYTES)
    if file.size_bytes > largest:
        raise Refused("content.too_large", f"at most {largest} bytes")


def _let_in(caller: Caller, wishes: Wishes, charge: Charge, file: Announced) -> Posting:
    # Locked, so that of two who ask at once the second sees what the first was given.
    site = Site.objects.select_for_update(no_key=True).get(pk=caller.site.pk)
    _refuse_over_quota(site, file.size_bytes)
    _refuse_when_full(file.size_bytes)
    return _new(
        caller,
        wishes,
        charge,
        file,
        state=State.UPLOADING,
        needed_bytes=True,
        expires_at=timezone.now() + timedelta(seconds=settings.UPLOAD_EXPIRES_S),
    )


def _refuse_over_quota(site: Site, size_bytes: int) -> None:
    """What was announced and never came costs nobody else their turn."""
    coming = site.postings.filter(_is_coming())
    arriving = coming.count()
    if arriving >= site.uploads_at_once:
        raise Refused("quota.used_up", f"{arriving} uploads at once", retry_after_s=60)
    today = site.postings.filter(needed_bytes=True, created_at__gte=timezone.now() - _DAY)
    came = today.filter(Q(received_bytes__gt=0) | _is_coming())
    if came.count() >= site.uploads_per_day:
        raise Refused("quota.used_up", f"{site.uploads_per_day} uploads a day", retry_after_s=3600)
    sent = today.aggregate(sent=Sum("received_bytes"))["sent"] or 0
    if sent + _still_to_come(coming) + size_bytes > site.bytes_per_day:
        raise Refused("quota.used_up", f"{site.bytes_per_day} bytes a day", retry_after_s=3600)


def _refuse_when_full(size_bytes: int) -> None:
    """Whatever has been let in already must still fit."""
    settings.UPLOADS_DIR.mkdir(parents=True, exist_ok=True)
    promised = _still_to_come(Posting.objects.filter(_is_coming())) + size_bytes
    free = shutil.disk_usage(settings.UPLOADS_DIR).free
    if free - promised < settings.MIN_FREE_DISK_BYTES:
        raise VideoProblem("service.busy", "the disk is almost full", retry_after_s=300)


def _is_coming() -> Q:
    """An upload of which bytes came lately. It may be gone on with later, but nobody waits for it:
    whoever begins many and leaves them keeps a site out for minutes, not for a day."""
    quiet_s = min(settings.UPLOAD_EXPIRES_S, settings.UPLOAD_HOLDS_PLACE_S)
    expires_at = timezone.now() + timedelta(seconds=settings.UPLOAD_EXPIRES_S - quiet_s)
    return Q(state=State.UPLOADING, expires_at__gt=expires_at)


def _still_to_come(postings: QuerySet[Posting]) -> int:
    rest = postings.aggregate(rest=Sum(F("size_bytes") - F("received_bytes")))["rest"]
    return int(rest or 0)


def _new(
    caller: Caller, wishes: Wishes, charge: Charge, file: Announced | None = None, **fields: object
) -> Posting:
    """``token.used`` if another request with the same token was faster.

    Charged last: whoever holds a token that makes nothing could use up all that the site may ask.
    """
    if file is not None:
        fields |= {
            "sha256": file.sha256,
            "size_bytes": file.size_bytes,
            "media_type": file.media_type,
            "file_name": file.file_name,
        }
    try:
        with transaction.atomic():
            posting = Posting.objects.create(
                site=caller.site,
                site_key=caller.site_key,
                token_nonce=None if caller.token is None else caller.token.nonce,
                test=caller.site_key.test,
                reference=wishes.reference,
                callback_url=wishes.callback_url,
                language=wishes.language,
                created_at=timezone.now(),
                **fields,
            )
            charge()
            return posting
    except IntegrityError:
        raise Refused("token.used") from None


def _answered(posting: Posting) -> Posting:
    return answering.settle(posting)
