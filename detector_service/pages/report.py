"""The report: the verdict, how far to trust it, and where to look.

A finished check changes only when people decide something about its video, and then its stamp
changes; so the rendered report is kept under its stamp and language, and a page that was seen
before costs one query.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analysis.finding import Picture
from analysis.models.bundles import Thresholds
from detector_service.checks import store, words
from detector_service.checks.bundle import card_of
from detector_service.checks.models import Check
from detector_service.checks.queries import (
    CheckView,
    Stamp,
    VerdictView,
    check_view,
    findings_told,
    get_check,
    stamp_of,
)
from detector_service.checks.ranged_file import ranged_response
from detector_service.pages import faces, plots
from detector_service.pages.templatetags.pages import container
from detector_service.release import release

_KEPT_FOR_S = 3600
_STYLES = ("tokens.css", "style.css")


@dataclass(frozen=True, slots=True)
class SocialCard:
    """What a chat or a social network shows of the report's address: the verdict in words."""

    title: str
    description: str
    url: str
    image: str
    image_says: str


@dataclass(frozen=True, slots=True)
class RenderedReport:
    body: SafeString
    card: SocialCard


@dataclass(frozen=True, slots=True)
class OtherVerdict:
    at: datetime
    outcome: str
    headline: str
    fake_probability: float | None
    bundle: str


def kept_report(stamp: Stamp) -> RenderedReport | None:
    """None while the verdict is withheld."""
    key = f"report:{release()}:{stamp.check}:{stamp.verdict_version}:{get_language()}"
    kept: RenderedReport | None = cache.get(key)
    if kept is None:
        row = get_check(stamp.check)
        view = None if row is None else check_view(row)
        if row is None or view is None or view.verdict is None:
            return None
        links = _links(row, view, view.verdict)
        kept = _rendered(row, view, view.verdict, url_of=_served_url(view), links=links)
        if "video" not in links:  # which no stamp counts, and which may go at any time
            cache.set(key, kept, _KEPT_FOR_S)
    return kept


@require_safe
def as_json(request: HttpRequest, public_id: str) -> HttpResponseBase:
    _, view, verdict = _finished_or_404(public_id)
    document = {
        "check": view.id,
        "report": _page_url(view),
        "source": asdict(view.source),
        "verdict": {
            "outcome": verdict.outcome,
            "headline": words.headline(verdict.outcome),
            "explanation": words.explanation(verdict),
            "meaning": asdict(words.meaning(verdict)),
            "decided_by": verdict.decided_by,
            "public_reason": verdict.public_reason,
            "decided_at": verdict.decided_at,
            "checked_at": verdict.checked_at,
        },
        "finding": verdict.finding.to_document(),
    }
    response = JsonResponse(document, json_dumps_params={"indent": 2, "ensure_ascii": False})
    return _as_attachment(response, f"deepfake-check-{view.id}.json")


@require_safe
def as_one_file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Pictures and styles are inside, so that it can be kept, mailed and opened anywhere."""
    row, view, verdict = _finished_or_404(public_id)
    report = _rendered(row, view, verdict, url_of=_embedded_url(verdict), links=_saved_links())
    page = render_to_string(
        "pages/saved.html",
        {
            "report": report.body,
            "card": report.card,
            "language": get_language(),
            "styles": _styles(),
        },
    )
    return _as_attachment(HttpResponse(page), f"deepfake-check-{view.id}.html")


@require_safe
@never_cache
def video(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Only where the operator allows it, and only while a review keeps the file."""
    row, _, verdict = _finished_or_404(public_id)
    kept_file = _file_to_play(row, verdict)
    if not kept_file:
        raise Http404
    kind = f"video/{container(verdict.finding.media.container)}"
    return ranged_response(request, key=kept_file, content_type=kind)


def _file_to_play(row: Check, verdict: VerdictView) -> str:
    """Empty where there is none: no player plays a picture."""
    if not settings.SHOW_VIDEO or row.video is None or verdict.finding.media.kind != "video":
        return ""
    return row.video.kept_file


def _rendered(
    row: Check,
    view: CheckView,
    verdict: VerdictView,
    *,
    url_of: faces.PictureUrl,
    links: dict[str, str],
) -> RenderedReport:
    card = card_of(verdict.bundle)
    thresholds = Thresholds(**card["thresholds"]) if card else None
    limit = thresholds.likely_among(verdict.finding.faces_judged) if thresholds else None
    seen = faces.faces(verdict.finding, limit=limit, url_of=url_of)
    meaning = words.meaning(verdict)
    context: dict[str, Any] = {
        "check": view,
        "verdict": verdict,
        "moving": verdict.finding.media.kind == "video",
        "headline": words.headline(verdict.outcome),
        "explanation": words.explanation(verdict),
        "meaning": meaning,
        "dots": None
        if meaning.share_wrong is None
        else plots.dots(round(meaning.share_wrong * 100)),
        "gauge": None
        if verdict.fake_probability is None
        else plots.gauge(
            verdict.fake_probability,
            none_below=thresholds.no_manipulation_below if thresholds else None,
            manipulated_from=limit,
        ),
        "judged": [face for face in seen if face.fake_probability is not None],
        "not_judged": [face for face in seen if face.fake_probability is None],
        "boxes": [faces.boxes(face, limit=limit) for face in seen if face.scores],
        "others": _others(row, verdict),
        "links": links,
    }
    body = mark_safe(render_to_string("pages/_report.html", context))  # noqa: S308  a template's
    return RenderedReport(body=body, card=_social_card(view, verdict))


def _others(row: Check, verdict: VerdictView) -> list[OtherVerdict]:
    """What other bundles said of the same bytes, and what the model said before people decided."""
    assert row.video is not None
    return [
        OtherVerdict(
            at=finding.created_at,
            outcome=finding.outcome,
            headline=words.headline(finding.outcome),
            fake_probability=finding.fake_probability,
            bundle=finding.bundle,
        )
        for finding in findings_told(row.video)
        if verdict.decided_by != "model" or finding.bundle != verdict.bundle
    ]


def _social_card(view: CheckView, verdict: VerdictView) -> SocialCard:
    told = words.headline(verdict.outcome)
    what = view.source.title or view.source.url or view.source.file_name or ""
    return SocialCard(
        title=f"{told}: {what}" if what else told,
        description=f"{words.explanation(verdict)} {words.meaning(verdict).sentence}",
        url=_page_url(view),
        image=settings.PUBLIC_URL + static(f"pages/cards/{verdict.outcome}.{get_language()}.png"),
        image_says=gettext("Deepfake Check: %(verdict)s") % {"verdict": told},
    )


def _served_url(view: CheckView) -> Callable[[Picture], str]:
    return lambda picture: f"/api/v1/checks/{view.id}/evidence/{picture.name}"


def _embedded_url(verdict: VerdictView) -> Callable[[Picture], str]:
    def embedded(picture: Picture) -> str:
        try:
            with store.opened(f"{verdict.evidence_folder}/{picture.name}") as file:
                encoded = str(base64.b64encode(file.read()), "ascii")
        except FileNotFoundError:
            return ""
        return f"data:image/webp;base64,{encoded}"

    return embedded


def _links(row: Check, view: CheckView, verdict: VerdictView) -> dict[str, str]:
    links = {
        "model_card": reverse("pages:model-card"),
        "contest": reverse("pages:contest", args=[view.id]),
        "html": reverse("pages:report-html", args=[view.id]),
        "json": reverse("pages:report-json", args=[view.id]),
    }
    if _file_to_play(row, verdict):
        links["video"] = reverse("pages:video", args=[view.id])
    return links


def _saved_links() -> dict[str, str]:
    return {"model_card": f"{settings.PUBLIC_URL}{reverse('pages:model-card')}"}


def _page_url(view: CheckView) -> str:
    return f"{settings.PUBLIC_URL}{reverse('pages:check', args=[view.id])}"


def _finished_or_404(public_id: str) -> tuple[Check, CheckView, VerdictView]:
    row = get_check(public_id) if stamp_of(public_id) is not None else None
    view = None if row is None else check_view(row)
    if row is None or view is None or view.verdict is None:
        raise Http404
    return row, view, view.verdict


def _styles() -> SafeString:
    """Our own two files, without the fonts: the reader's own will do."""
    folder = Path(__file__).resolve().parent / "static" / "pages"
    sheets = "\n".join((folder / name).read_text(encoding="utf-8") for name in _STYLES)
    return mark_safe(re.sub(r"@font-face {.*?}", "", sheets, flags=re.DOTALL))  # noqa: S308


def _as_attachment(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
