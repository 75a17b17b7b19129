from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0006_what_was_kept'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditrow',
            name='subject',
            field=models.CharField(max_length=200),
        ),
    ]
