"""A person shown in a video asked for it to be forgotten: here too nothing names or accuses them.

What is left says that somebody asked about these bytes and, as soon as it is told, how that ended.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from detector_service.checks.models import Check, Video
from detector_service.posters.models import Callback, Posting


def forget(video: Video, checks: QuerySet[Check]) -> None:
    """In the transaction that erases it; ``checks`` are those that go.

    Callbacks go whether or not they arrived: every one repeats the name or the verdict, and a site
    that was told anything hears by a new one that nothing is said any more.
    """
    asked = Posting.objects.filter(Q(check_asked__in=checks) | Q(sha256=video.sha256))
    # Locked: whoever is just telling one of them must not write down again what goes here.
    postings = list(asked.select_for_update(of=("self",)).values_list("pk", flat=True))
    Callback.objects.filter(posting__in=postings).delete()
    Posting.objects.filter(pk__in=postings).update(url="", file_name="")
