"""Whoever administers may keep site accounts."""

from django.db import migrations


def give(apps, schema_editor):
    # Django makes permissions after all migrations; what is there by then it leaves alone.
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _ = ContentType.objects.get_or_create(app_label="posters", model="site")
    permission, _ = Permission.objects.get_or_create(
        content_type=content_type,
        codename="manage_site",
        defaults={"name": "Can keep site accounts, their keys and policy"},
    )
    for group in Group.objects.filter(name="administrator"):
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ("posters", "0001_initial"),
        ("review", "0002_roles"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
