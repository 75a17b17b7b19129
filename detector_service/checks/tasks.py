"""What a message makes a worker do. A task takes an id and calls a plain function.

The engine is imported inside the tasks, so that neither the web process nor the parent of a
worker's children ever loads it: a process that has run TensorFlow must not fork.
"""

from __future__ import annotations

from celery import shared_task

from detector_service.checks import canary, housekeeping, lifecycle
from detector_service.checks.steps import Step


@shared_task(name="checks.fetch")
def fetch(check_pk: int) -> None:
    from detector_service.checks import run_check

    run_check.fetch(check_pk)


@shared_task(name="checks.analyse")
def analyse(check_pk: int) -> None:
    from detector_service.checks import run_check

    run_check.analyse(check_pk)


@shared_task(name="checks.look_again")
def look_again(video_pks: list[int], bundle_name: str) -> None:
    """One of them; the rest goes to the end of the queue, so that those who wait come first."""
    from detector_service.checks import run_check

    try:
        run_check.look_again(video_pks[0], bundle_name)
    finally:
        if len(video_pks) > 1:
            look_again_soon(video_pks[1:], bundle_name)


def look_again_soon(video_pks: list[int], bundle_name: str) -> None:
    look_again.apply_async(args=(video_pks, bundle_name), queue=Step.ANALYSE.value, retry=False)


@shared_task(name="checks.requeue_stalled")
def requeue_stalled() -> None:
    lifecycle.requeue_stalled()


@shared_task(name="checks.sweep")
def sweep() -> None:
    housekeeping.sweep()


@shared_task(name="checks.release_canaries")
def release_canaries() -> None:
    canary.release()


@shared_task(name="checks.canary")
def sing(queue: str) -> None:
    if queue == Step.ANALYSE:
        from detector_service.checks import run_check

        run_check.warm()  # a worker without its model is no worker
    canary.sing(queue)
