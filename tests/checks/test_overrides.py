from __future__ import annotations

import pytest

from analysis.finding import Outcome
from detector_service.checks.models import Override
from detector_service.checks.overrides import set_override
from tests.checks.conftest import known_finding

pytestmark = pytest.mark.django_db


def test_each_decision_replaces_the_last_and_raises_the_version() -> None:
    video = known_finding().video
    set_override(video, outcome=None, withheld=True)
    set_override(video, outcome=Outcome.LIKELY_MANIPULATED, public_reason="The maker said so.")
    video.refresh_from_db()
    assert video.verdict_version == 2
    override = Override.objects.get()
    assert (override.outcome, override.withheld) == ("likely_manipulated", False)


@pytest.mark.parametrize(("outcome", "withheld"), [(None, False), (Outcome.INCONCLUSIVE, True)])
def test_a_decision_says_one_thing(outcome: Outcome | None, withheld: bool) -> None:
    with pytest.raises(ValueError, match="never both"):
        set_override(known_finding().video, outcome=outcome, withheld=withheld)
