from django.db import migrations, models


def whom_nobody_was_told(apps, schema_editor):
    """No check ended with it and its bundle was never promoted: it was made to compare."""
    promoted = apps.get_model("checks", "Promotion").objects.values("version")
    findings = apps.get_model("checks", "Finding").objects.filter(checks=None)
    findings.exclude(bundle__in=promoted).update(told=False)


class Migration(migrations.Migration):

    dependencies = [
        ('checks', '0004_promotions_and_appeals'),
    ]

    operations = [
        migrations.AddField(
            model_name='finding',
            name='told',
            field=models.BooleanField(db_default=True),
        ),
        migrations.RunPython(whom_nobody_was_told, migrations.RunPython.noop),
    ]
