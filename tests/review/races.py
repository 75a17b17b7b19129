"""Many people at one case at the same moment, on the database that the settings name.

Run as a program of its own by test_races; ends with an error if anybody got what another had.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

CROWD = 8


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for race in (
        one_claims,
        one_decides,
        one_ends,
        one_chain,
        one_case,
        one_letter,
        one_erases,
        one_asks,
        one_enrols,
        one_waits,
    ):
        race()
    print("whole")


def one_claims() -> None:
    from detector_service.review import claims

    case, crowd = new_case(1), people()
    outcomes = at_once([lambda by=by: claims.claim(same(case), by=by) for by in crowd])
    assert outcomes.count("done") == 1, outcomes
    assert outcomes.count("case.claimed") == CROWD - 1, outcomes


def one_decides() -> None:
    from detector_service.review.models import AuditRow, Decision

    case, crowd = new_case(2), people()
    outcomes = at_once([lambda by=by: decide(case, by) for by in crowd])
    assert outcomes.count("done") == 1, outcomes
    assert set(outcomes) <= {"done", "case.changed", "decision.pending"}, outcomes
    assert Decision.objects.filter(case=case).count() == 1
    assert AuditRow.objects.filter(kind="decision.made").count() == 1


def one_ends() -> None:
    """Undone and told at the same moment: one of them, and the verdict is what it says."""
    from django.utils import timezone

    from detector_service.checks.models import Override
    from detector_service.review import deciding
    from detector_service.review.models import DecisionStep

    for number in range(3, 7):
        case, by = new_case(number), people()[0]
        decide(case, by)
        version = same(case).version
        late = timezone.now() + timedelta(hours=1)
        undo = partial(deciding.undo, case=same(case), by=by, saw_version=version)
        at_once([undo] + [partial(deciding.apply_due, late)] * 3)
        (step,) = DecisionStep.objects.filter(decision__case=case)
        assert (step.kind == "applied") == Override.objects.filter(video=case.video).exists()
        assert same(case).state == ("closed" if step.kind == "applied" else "open")


def one_chain() -> None:
    from detector_service.review import audit

    before = int(audit.anchor().split(":")[0])
    written = at_once([lambda: audit.append(kind="test", subject="x", facts={}, actor="a")] * CROWD)
    assert written == ["done"] * CROWD, written
    assert int(audit.anchor().split(":")[0]) == before + CROWD
    assert list(audit.problems()) == []


def one_letter() -> None:
    """Whoever sends, and however many at once: it leaves once."""
    from django.conf import settings
    from django.core import mail
    from django.utils import timezone

    from detector_service.review import deciding, opening, telling
    from detector_service.review.models import Notice
    from tests.review.conftest import checked, contested

    settings.EMAIL_URL = "smtp://mail.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []  # type: ignore[attr-defined]  # as the backend itself would make it
    case = opening.on_contest(contested(checked(8), "i", contact="anna@example.org"))
    decide(same(case), people()[0])
    deciding.apply_due(timezone.now() + timedelta(hours=1))
    due = Notice.objects.select_related("decision__case")  # of a round that outlasted its turn
    outcomes = at_once([lambda: telling._send_all(list(due))] * CROWD)
    assert outcomes == ["done"] * CROWD, outcomes
    assert len(mail.outbox) == 1, len(mail.outbox)  # type: ignore[attr-defined]


def one_case() -> None:
    """Contests of one video that arrive together open one case, with every one of them in it."""
    from detector_service.review import opening
    from detector_service.review.models import Case
    from tests.review.conftest import checked, contested

    check = checked(7)
    contests = [contested(check, person) for person in "abcdefgh"]
    outcomes = at_once([lambda c=c: opening.on_contest(c) for c in contests])
    assert outcomes == ["done"] * CROWD, outcomes
    assert Case.objects.get(video=check.video).reasons.count() == CROWD


def one_erases() -> None:
    """Decided, or told by the clock, while a person is forgotten: the chain knows all of it."""
    from django.utils import timezone

    from detector_service.review import audit, deciding, erasing
    from detector_service.review.models import Case
    from tests.review.conftest import someone

    by, eraser = someone("senior"), someone("administrator")
    late = timezone.now() + timedelta(hours=1)
    for number in range(20, 32):
        case = new_case(number)
        meanwhile: Callable[[], object] = decision(case, by)
        if number % 2:
            meanwhile()
            meanwhile = partial(deciding.apply_due, late)
        erase = partial(erasing.erase, video=case.video, by=eraser, reason="Asked.")
        outcomes = at_once([meanwhile, erase])
        assert outcomes in (["done", "done"], ["case.gone", "done"]), outcomes
        assert not Case.objects.filter(pk=case.pk).exists()
    assert list(audit.problems()) == []


def one_asks() -> None:
    """A site's server that hears nothing asks again: under one reference that is one posting."""
    from detector_service.posters import postings
    from detector_service.posters.access import Caller
    from detector_service.posters.accounts import issue_site_key, make_site
    from detector_service.posters.models import Posting

    site = make_site(name="A site", contact="ops@site.example")
    caller = Caller(issue_site_key(site=site)[0])
    url = "https://video.example/watch?v=asked"
    file = postings.Announced(sha256="a" * 64, size_bytes=1000, media_type="video/mp4")
    doings: dict[str, Callable[[postings.Wishes], object]] = {
        "file": lambda wishes: postings.ask_about_file(caller, file, wishes, lambda: None),
        "address": lambda wishes: postings.ask_about_address(caller, url, wishes, lambda: None),
    }
    for name, ask in doings.items():
        outcomes = at_once([partial(ask, postings.Wishes(reference=name))] * CROWD)
        assert outcomes == ["done"] * CROWD, outcomes
        assert Posting.objects.filter(reference=name).count() == 1


def one_enrols() -> None:
    """Tabs that a browser opens again all at once show one and the same code."""
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from detector_service.review.second_factor import being_enrolled
    from tests.review.conftest import someone

    for _ in range(5):
        user = someone()
        outcomes = at_once([partial(being_enrolled, user)] * CROWD)
        assert outcomes == ["done"] * CROWD, outcomes
        assert TOTPDevice.objects.filter(user=user).count() == 1


def one_waits() -> None:
    """Sites are told to wait for a person while the video is erased: neither waits for the other"""
    from detector_service.posters import answering
    from detector_service.posters.accounts import make_site
    from detector_service.posters.models import Posting
    from detector_service.review import erasing, opening
    from detector_service.review.models import Case
    from tests.review.conftest import checked, someone

    site = make_site(name="Waits", contact="ops@site.example", second_look=True)
    eraser = someone("administrator")
    for number in range(40, 48):
        check = checked(number)
        assert check.video is not None
        opening.open_case(check.video, "by_hand")  # type: ignore[arg-type]
        tellings = [
            partial(
                answering.settle,
                Posting.objects.create(
                    site=site, sha256=check.video.sha256, state="checking", check_asked=check
                ),
            )
            for _ in range(3)
        ]
        erase = partial(erasing.erase, video=check.video, by=eraser, reason="Asked.")
        outcomes = at_once([*tellings, erase])
        assert outcomes == ["done"] * 4, outcomes
        assert not Case.objects.filter(video=check.video).exists()


def new_case(number: int) -> Any:
    from tests.review.conftest import opened

    return opened(number)


def people() -> list[Any]:
    from tests.review.conftest import someone

    return [someone("senior") for _ in range(CROWD)]


def same(case: Any) -> Any:
    return type(case).objects.get(pk=case.pk)


def decide(case: Any, by: Any) -> None:
    decision(case, by)()


def decision(case: Any, by: Any) -> Callable[[], object]:
    from detector_service.review import deciding
    from tests.review.conftest import seen

    return partial(
        deciding.decide,
        case=case,
        by=by,
        saw_version=case.version,
        saw_finding=seen(case)["finding"],
        effect="override",
        outcome="no_manipulation_found",
        policy="genuine",
        public_reason="Seen.",
    )


def at_once(doings: list[Callable[[], object]]) -> list[str]:
    from django.db import connection

    from detector_service.review.refusal import Refusal

    barrier, outcomes = threading.Barrier(len(doings)), [""] * len(doings)

    def run(at: int) -> None:
        barrier.wait()
        try:
            doings[at]()
            outcomes[at] = "done"
        except Refusal as refusal:
            outcomes[at] = refusal.code
        except Exception as error:
            outcomes[at] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(doings))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


if __name__ == "__main__":
    main()
