from django.db import migrations
from django.db.models import F


def a_person_stands_behind_it(apps, schema_editor):
    """What was kept was no override until now, so the next model would have changed it."""
    kept = apps.get_model("review", "Case").objects.filter(decision__effect="keep", video__override=None)
    for case in kept.select_related("decision").iterator():
        apps.get_model("checks", "Override").objects.create(
            video_id=case.video_id,
            outcome=case.decision.outcome,
            public_reason=case.decision.public_reason,
            decided_at=case.decision.created_at,
        )
        videos = apps.get_model("checks", "Video").objects.filter(pk=case.video_id)
        videos.update(verdict_version=F("verdict_version") + 1)


def nor_is_any_plan_without_an_outcome(apps, schema_editor):
    waiting = apps.get_model("review", "Case").objects.filter(state="pending", pending__effect="keep")
    for case in waiting.select_related("pending").iterator():
        apps.get_model("checks", "PlannedOverride").objects.update_or_create(
            video_id=case.video_id,
            defaults={
                "outcome": case.pending.outcome,
                "public_reason": case.pending.public_reason,
                "effective_at": case.due_at,
            },
        )


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0005_second_look'),
        ('checks', '0005_told'),
    ]

    operations = [
        migrations.RunPython(a_person_stands_behind_it, migrations.RunPython.noop),
        migrations.RunPython(nor_is_any_plan_without_an_outcome, migrations.RunPython.noop),
    ]
