"""The two steps of a check. Each is the name of its queue too."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import Q

from detector_service.checks.models import Check


class Step(StrEnum):
    FETCH = "fetch"  # waits on the network; many at once
    ANALYSE = "analyse"  # uses the processor; one per worker

    @property
    def running_state(self) -> Check.State:
        return Check.State.FETCHING if self is Step.FETCH else Check.State.ANALYSING

    @property
    def due(self) -> Q:
        """Rows whose next step this is: without bytes they must be fetched first."""
        no_bytes = Q(work_file="")
        return no_bytes if self is Step.FETCH else ~no_bytes
