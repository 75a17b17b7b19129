from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('checks', '0005_told'),
    ]

    operations = [
        migrations.AlterField(
            model_name='address',
            name='platform',
            field=models.CharField(max_length=253),
        ),
    ]
