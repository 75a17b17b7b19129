"""The four roles, as Django's groups."""

from django.db import migrations

APPS_OF = {
    "view_user": ("auth", "user"), "add_user": ("auth", "user"), "change_user": ("auth", "user"),
    "view_group": ("auth", "group"), "view_decision": ("review", "decision"),
    "view_note": ("review", "note"), "view_bankentry": ("review", "bankentry"),
    "view_match": ("review", "match"), "view_auditrow": ("review", "auditrow"),
}
READER = ["view_case", "view_decision", "view_note", "view_bankentry", "view_match"]
MODERATOR = [*READER, "decide_case", "view_contact"]
SENIOR = [*MODERATOR, "approve_decision", "manage_banks", "export_cases", "view_auditrow"]
ADMINISTRATOR = [*SENIOR, "erase_video", "view_user", "add_user", "change_user", "view_group"]
ROLES = {"reader": READER, "moderator": MODERATOR, "senior": SENIOR, "administrator": ADMINISTRATOR}
NAMES = {
    "decide_case": "Can claim cases, write notes and decide",
    "approve_decision": "Can approve, refuse or undo what somebody else decided",
    "manage_banks": "Can put videos into the banks and switch matches off",
    "export_cases": "Can export decided cases",
    "erase_video": "Can delete a video on request of a person shown",
    "view_contact": "Can see how a person who contests can be reached",
}


def make_roles(apps, schema_editor):
    # Django makes permissions after all migrations; what is there by then it leaves alone.
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for role, codenames in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        for codename in codenames:
            app_label, model = APPS_OF.get(codename, ("review", "case"))
            content_type, _ = ContentType.objects.get_or_create(app_label=app_label, model=model)
            verb, _, rest = codename.partition("_")
            verbose = {"auditrow": "audit row", "bankentry": "bank entry"}.get(rest, rest)
            permission, _ = Permission.objects.get_or_create(
                content_type=content_type,
                codename=codename,
                defaults={"name": NAMES.get(codename, f"Can {verb} {verbose}")},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
