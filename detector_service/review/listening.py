"""What other rooms say, heard: a Finding was made, a contest arrived, a right was changed."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from detector_service.celery import app
from detector_service.checks.models import Contest, Finding, Video
from detector_service.checks.signals import (
    askers_forgotten,
    file_forbidden,
    file_needed,
    finding_made,
    verdict_forbidden,
)
from detector_service.review import audit, erasing, export, opening
from detector_service.review.models import Case, CaseSource

log = logging.getLogger(__name__)

_WATCHED = ("is_active", "is_staff", "is_superuser", "password")
REVIEW_SESSION_S = 8 * 3600


def connect() -> None:
    finding_made.connect(_on_finding)
    askers_forgotten.connect(_on_askers_forgotten)
    file_needed.connect(_is_file_needed)
    file_forbidden.connect(_is_erased)
    verdict_forbidden.connect(_is_erased)
    post_save.connect(_on_contest, sender=Contest)
    pre_save.connect(_remember_rights, sender=User)
    post_save.connect(_on_user_saved, sender=User)
    post_delete.connect(_on_user_deleted, sender=User)
    post_delete.connect(_on_user_deleted, sender=Group)
    m2m_changed.connect(_on_rights_given, sender=User.groups.through)
    m2m_changed.connect(_on_rights_given, sender=User.user_permissions.through)
    m2m_changed.connect(_on_rights_given, sender=Group.permissions.through)
    user_logged_in.connect(_shorten_session)


def _on_finding(finding: Finding, **_: Any) -> None:
    opening.on_finding(finding)
    if not erasing.is_erased(finding.video):
        app.send_task("review.match", args=(finding.video_id,), retry=False)


def _on_askers_forgotten(before: datetime, **_: Any) -> None:
    CaseSource.objects.filter(created_at__lt=before).delete()


def _is_file_needed(video: Video, **_: Any) -> bool:
    """Until a person has decided; afterwards where the deployment learns from it."""
    case = Case.objects.filter(video=video).select_related("decision").first()
    if case is None:
        return False
    if case.state != Case.State.CLOSED:
        return True
    return settings.KEEP_VIDEOS == "decided" and export.may_be_used(case)


def _is_erased(video: Video, **_: Any) -> bool:
    return erasing.is_erased(video)


def _on_contest(instance: Contest, created: bool, **_: Any) -> None:
    if created:
        transaction.on_commit(lambda: _open(instance), robust=True)


def _open(contest: Contest) -> None:
    opening.on_contest(contest)


def _remember_rights(instance: Any, **_: Any) -> None:
    before = type(instance).objects.filter(pk=instance.pk).values(*_WATCHED).first()
    instance._rights_before = before or {}


def _on_user_saved(instance: Any, created: bool, **_: Any) -> None:
    before = getattr(instance, "_rights_before", {})
    # Not the password itself, only that it is another one.
    changed = [name for name in _WATCHED if before.get(name) != getattr(instance, name)]
    if created or changed:
        audit.append(
            kind="rights.account" if not created else "rights.account_made",
            subject=f"user {instance.get_username()}",
            facts={
                name: "changed" if name == "password" else getattr(instance, name)
                for name in changed
            },
        )


def _on_user_deleted(instance: Any, **_: Any) -> None:
    audit.append(
        kind="rights.deleted",
        subject=f"{instance._meta.model_name} {instance}",
        facts={},
    )


def _on_rights_given(
    instance: Any, action: str, model: Any, pk_set: set[int] | None, reverse: bool, **_: Any
) -> None:
    if action not in {"post_add", "post_remove", "pre_clear"}:
        return
    if action != "pre_clear" and not pk_set:
        return
    names = [str(row) for row in model.objects.filter(pk__in=pk_set or ()).order_by("pk")]
    audit.append(
        kind=f"rights.{action.split('_')[1]}",
        subject=f"{instance._meta.model_name} {instance}",
        facts={"of": model._meta.model_name, "rows": names, "reverse": reverse},
    )


def _shorten_session(request: Any, user: Any, **_: Any) -> None:
    """Whoever may see cases stays signed in for a working day, not for a week."""
    if request is not None and user.has_perm("review.view_case"):
        request.session.set_expiry(REVIEW_SESSION_S)
