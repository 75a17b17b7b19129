"""Whoever administers may choose which bundle answers."""

from django.db import migrations


def give(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _ = ContentType.objects.get_or_create(app_label="review", model="case")
    permission, _ = Permission.objects.get_or_create(
        content_type=content_type,
        codename="promote_bundle",
        defaults={"name": "Can compare bundles and choose which one answers"},
    )
    for group in Group.objects.filter(name="administrator"):
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [("review", "0003_notices")]

    operations = [
        migrations.AlterModelOptions(
            name="case",
            options={
                "permissions": [
                    ("decide_case", "Can claim cases, write notes and decide"),
                    ("approve_decision", "Can approve, refuse or undo what somebody else decided"),
                    ("manage_banks", "Can put videos into the banks and switch matches off"),
                    ("export_cases", "Can export decided cases"),
                    ("promote_bundle", "Can compare bundles and choose which one answers"),
                    ("erase_video", "Can delete a video on request of a person shown"),
                    ("view_contact", "Can see how a person who contests can be reached"),
                ]
            },
        ),
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
