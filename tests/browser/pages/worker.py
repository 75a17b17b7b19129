"""A worker's part, played step by step through ``lifecycle``, with a real Finding at its end."""

from __future__ import annotations

from analysis.finding import Outcome
from detector_service.checks import lifecycle, models
from detector_service.checks.steps import Step
from tests.pages.checks import BUNDLE, keep_pictures, seen


class PlayedWorker:
    """Takes the only check there is."""

    def fetch(self) -> None:
        lease = self._claim(Step.FETCH)
        lifecycle.renew(lease, stage="downloading", progress=0.2)
        self._lease = lease

    def hand_over(self) -> None:
        lifecycle.hand_over(self._lease, work_file="work/none", title="A minister speaks")

    def analyse(self) -> None:
        self._lease = self._claim(Step.ANALYSE)
        lifecycle.renew(self._lease, stage="finding_faces", progress=0.6)

    def finish(self, outcome: Outcome = Outcome.LIKELY_MANIPULATED) -> None:
        what = seen(outcome)
        video = models.Video.objects.create(sha256="5" * 64, size_bytes=2_412_000, duration_s=9.6)
        keep_pictures(what, "evidence/played")
        finding = models.Finding.objects.create(
            video=video,
            bundle=BUNDLE,
            outcome=what.outcome,
            reason=what.reason or "",
            fake_probability=what.fake_probability,
            document=what.to_document(),
            evidence_folder="evidence/played",
        )
        lifecycle.finish(self._lease, finding=finding)

    def fail(self, code: str) -> None:
        lifecycle.fail(self._lease, code=code)

    def _claim(self, step: Step) -> lifecycle.Lease:
        lease = lifecycle.claim(models.Check.objects.get().pk, step)
        assert lease is not None
        return lease
