from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery


def title_what_is_there_still(apps, schema_editor):
    """What a check found under another title, nobody knows any more."""
    Address = apps.get_model('checks', 'Address')
    Check = apps.get_model('checks', 'Check')
    title = Address.objects.filter(pk=OuterRef('address')).values('title')
    there_still = Q(video=None) | Q(video=F('address__video'))
    checks = Check.objects.filter(there_still, address__isnull=False).values('pk')
    Check.objects.filter(pk__in=checks).update(title=Subquery(title))


class Migration(migrations.Migration):

    dependencies = [
        ('checks', '0006_long_hosts'),
    ]

    operations = [
        migrations.AddField(
            model_name='check',
            name='title',
            field=models.CharField(blank=True, db_default='', default='', max_length=500),
        ),
        migrations.RunPython(title_what_is_there_still, migrations.RunPython.noop),
    ]
