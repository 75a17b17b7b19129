"""No sequence of claims, crashes, late writes, cancellations and sweeps loses a check, ends one
twice, or records two Findings of the same bytes by the same bundle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from analysis.finding import Outcome
from detector_service.checks import lifecycle
from detector_service.checks.asker import Asker
from detector_service.checks.lifecycle import MAX_ATTEMPTS, Lease, LeaseLost
from detector_service.checks.models import Address, Check, Finding, Video
from detector_service.checks.steps import Step
from detector_service.checks.submit import submit_address

URLS = ("https://example.com/a", "https://example.com/b")
ENDED = (Check.State.DONE, Check.State.FAILED)


class ChecksUnderFire(RuleBasedStateMachine):
    """Leases are kept for ever, so that any of them can come back as a zombie."""

    def __init__(self) -> None:
        super().__init__()
        self.leases: list[Lease] = []
        self.ended: dict[int, tuple[str, int | None, str]] = {}

    @rule(url=st.sampled_from(URLS))
    def ask(self, url: str) -> None:
        submit_address(url=url, asker=Asker())

    @rule(step=st.sampled_from(Step), data=st.data())
    @precondition(lambda self: Check.objects.exists())
    def claim(self, step: Step, data: Any) -> None:
        pk = data.draw(st.sampled_from(sorted(Check.objects.values_list("pk", flat=True))))
        lease = lifecycle.claim(pk, step)
        if lease is not None:
            self.leases.append(lease)

    @rule(data=st.data(), code=st.sampled_from(["content.private", "service.internal"]))
    @precondition(lambda self: self.leases)
    def fail(self, data: Any, code: str) -> None:
        self._as_worker(data, lambda lease: lifecycle.fail(lease, code=code))

    @rule(data=st.data())
    @precondition(lambda self: self.leases)
    def renew(self, data: Any) -> None:
        self._as_worker(data, lambda lease: lifecycle.renew(lease, stage="x", progress=0.5))

    @rule(data=st.data())
    @precondition(lambda self: self.leases)
    def work_on(self, data: Any) -> None:
        def step(lease: Lease) -> None:
            if lease.step is Step.FETCH:
                lifecycle.hand_over(lease, work_file="work/bytes")
            else:
                self._record(lease)

        self._as_worker(data, step)

    @rule(data=st.data())
    @precondition(lambda self: self._leases_of(Step.ANALYSE))
    def lose_the_bytes(self, data: Any) -> None:
        self._as_worker(data, lifecycle.fetch_again, self._leases_of(Step.ANALYSE))

    @rule()
    def every_worker_dies(self) -> None:
        long_ago = timezone.now() - timedelta(seconds=1)
        Check.objects.filter(state__in=Check.RUNNING).update(lease_expires_at=long_ago)

    @rule()
    def retries_become_due(self) -> None:
        Check.objects.filter(not_before__isnull=False).update(not_before=timezone.now())

    @rule()
    def sweep(self) -> None:
        lifecycle.requeue_stalled()

    @rule(data=st.data())
    @precondition(lambda self: Check.objects.exists())
    def cancel(self, data: Any) -> None:
        lifecycle.cancel(data.draw(st.sampled_from(list(Check.objects.order_by("pk")))))

    @invariant()
    def one_check_under_way_for_an_address(self) -> None:
        for address in Address.objects.all():
            assert Check.objects.filter(address=address, state__in=Check.ACTIVE).count() <= 1

    @invariant()
    def what_has_ended_never_changes(self) -> None:
        now = {
            check.pk: (str(check.state), check.finding_id, check.problem_code)
            for check in Check.objects.filter(state__in=ENDED)
        }
        assert self.ended.items() <= now.items()
        self.ended = now

    @invariant()
    def attempts_are_capped(self) -> None:
        assert not Check.objects.filter(attempts__gt=MAX_ATTEMPTS).exists()

    @invariant()
    def one_finding_of_the_same_bytes(self) -> None:
        assert Finding.objects.count() <= 1

    def teardown(self) -> None:
        """Left to honest workers and the sweep, every check ends."""
        for _ in range(4 * MAX_ATTEMPTS):
            self.every_worker_dies()
            self.retries_become_due()
            self.sweep()
            for pk in Check.objects.filter(state__in=Check.ACTIVE).values_list("pk", flat=True):
                for step in Step:
                    lease = lifecycle.claim(pk, step)
                    if lease is not None and step is Step.FETCH:
                        lifecycle.hand_over(lease, work_file="work/bytes")
                    elif lease is not None:
                        self._record(lease)
        lost = Check.objects.exclude(state__in=ENDED)
        assert not lost.exists(), list(lost)
        for model in (Check, Address, Finding, Video):
            model.objects.all().delete()

    def _record(self, lease: Lease) -> None:
        with transaction.atomic():
            video, _ = Video.objects.get_or_create(sha256="1" * 64, defaults={"size_bytes": 1})
            finding, _ = Finding.objects.get_or_create(
                video=video,
                bundle="toy-1",
                defaults={
                    "outcome": Outcome.INCONCLUSIVE.value,
                    "document": {},
                    "evidence_folder": "evidence/none",
                },
            )
            lifecycle.finish(lease, finding=finding)

    def _as_worker(
        self, data: Any, write: Callable[[Lease], None], leases: list[Lease] | None = None
    ) -> None:
        lease = data.draw(st.sampled_from(leases or self.leases))
        held = Check.objects.filter(pk=lease.check_pk, lease_token=lease.token).exists()
        try:
            with transaction.atomic():
                write(lease)
        except LeaseLost:
            assert not held
        else:
            assert held

    def _leases_of(self, step: Step) -> list[Lease]:
        return [lease for lease in self.leases if lease.step is step]


class TestChecksUnderFire(TestCase):
    def test_nothing_is_lost_and_nothing_happens_twice(self) -> None:
        run_state_machine_as_test(
            ChecksUnderFire,
            settings=settings(
                max_examples=30,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
