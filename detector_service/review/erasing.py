"""A person shown in a video asks us to forget it.

What goes: pictures, findings, checks with the addresses they came from, contests, hashes, the case
with everything in it, the file, and what other rooms keep of the checks. What is left: the SHA-256,
so that it stays forgotten, the audit's rows, and that nobody is told anything about these bytes
any more.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from detector_service.checks import overrides, store
from detector_service.checks.models import Address, Check, Contest, Finding, Video
from detector_service.checks.signals import video_erased
from detector_service.review import audit
from detector_service.review.claims import require
from detector_service.review.models import (
    Appeal,
    BankEntry,
    Case,
    Decision,
    DecisionStep,
    Erasure,
    Match,
    Note,
    Notice,
    VideoPrint,
)
from detector_service.review.refusal import Refusal


def erase(*, video: Video, by: User, reason: str) -> None:
    require(by, "review.erase_video")
    if not reason.strip():
        raise Refusal("reason.missing", "Say who asked for it and why: it is what remains.")
    with transaction.atomic():
        # Nobody decides or is told meanwhile: what the audit says was erased is all that there was.
        Case.objects.select_for_update(of=("self",)).filter(video=video).first()
        steps = DecisionStep.objects.filter(decision__case__video=video)
        decisions = Decision.objects.filter(case__video=video)
        notices = Notice.objects.filter(decision__case__video=video)
        audit.append(
            kind="video.erased",
            subject=f"video {video.sha256}",
            facts={
                "reason": reason.strip(),
                "rows": [f"decision {pk}" for pk in decisions.values_list("pk", flat=True)]
                + [f"step {pk}" for pk in steps.values_list("pk", flat=True)]
                + [f"notice {pk}" for pk in notices.values_list("pk", flat=True)],
            },
            actor=by.get_username(),
        )
        Video.objects.select_for_update(of=("self",)).get(pk=video.pk)  # as ``will_stay`` does
        Erasure.objects.get_or_create(
            video_sha256=video.sha256,
            defaults={"reason": reason.strip(), "by_name": by.get_username()},
        )
        Case.objects.filter(video=video).update(pending=None, decision=None)
        Appeal.objects.filter(case__video=video).delete()
        notices.delete()
        steps.erase()
        for pk in decisions.order_by("-pk").values_list("pk", flat=True):
            Decision.objects.filter(pk=pk).erase()  # the latest first: it points at those before
        Note.objects.filter(case__video=video).erase()
        Case.objects.filter(video=video).delete()
        _forget(video)


def erase_again(video: Video) -> None:
    """Somebody asked about the same bytes: the pictures just made of them go at once."""
    for finding in video.findings.all():
        store.delete_evidence(finding.evidence_folder)


def is_erased(video: Video) -> bool:
    return Erasure.objects.filter(video_sha256=video.sha256).exists()


def will_stay(video: Video) -> bool:
    """In a transaction: whether it is there still, and will be until that ends."""
    Video.objects.select_for_update(of=("self",)).get(pk=video.pk)
    return not is_erased(video)


def _forget(video: Video) -> None:
    folders = list(video.findings.values_list("evidence_folder", flat=True))
    addresses = list(
        Address.objects.filter(Q(video=video) | Q(checks__video=video)).values_list("pk", flat=True)
    )
    Contest.objects.filter(video=video).delete()
    # One that failed names no video, but it has the name of the file, or holds the address.
    failed = Q(address__in=addresses) | Q(upload_sha256=video.sha256)
    checks = Check.objects.filter(Q(video=video) | Q(state=Check.State.FAILED) & failed)
    kept_file = video.kept_file
    video_erased.send(sender=Video, video=video, checks=checks)
    checks.delete()
    Finding.objects.filter(video=video).delete()
    Address.objects.filter(pk__in=addresses, checks=None).delete()
    Address.objects.filter(video=video).update(video=None, title="", found_as="")
    BankEntry.objects.filter(video=video).delete()
    VideoPrint.objects.filter(video=video).delete()
    Match.objects.filter(Q(video=video) | Q(other=video)).delete()
    Video.objects.filter(pk=video.pk).update(kept_file="", duration_s=None)
    overrides.set_override(video, outcome=None, withheld=True)

    def drop_bytes() -> None:
        for folder in folders:
            store.delete_evidence(folder)
        if kept_file:
            store.delete(kept_file)

    transaction.on_commit(drop_bytes, robust=True)
