"""The video itself, where one is kept: for those who decide, in pieces, and never as a page."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analysis.finding import Finding as Seen
from detector_service.checks.models import Video
from detector_service.checks.ranged_file import ranged_response
from detector_service.review.models import Case
from detector_service.review.opening import finding_of

# What browsers play; a decoder names a whole family of containers at once.
_TYPES = ("mp4", "webm", "ogg")


@require_safe
@never_cache
def video(request: HttpRequest, pk: int) -> HttpResponseBase:
    if not request.user.has_perm("review.decide_case"):
        raise PermissionDenied
    case = get_object_or_404(Case.objects.select_related("video"), pk=pk)
    if not case.video.kept_file:
        raise Http404
    response = ranged_response(request, key=case.video.kept_file, content_type=_type_of(case.video))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _type_of(video: Video) -> str:
    known = Seen.from_document(finding_of(video).document).media.container.split(",")
    return next((f"video/{name}" for name in _TYPES if name in known), "application/octet-stream")
