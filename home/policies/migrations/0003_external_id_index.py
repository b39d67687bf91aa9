
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0001_initial'),
        ('policies', '0002_policyimport'),
        migrations.swappable_dependency(settings.WAGTAIL_PAGE_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='interpretationpage',
            name='keywords',
            field=models.CharField(blank=True, help_text='用空格或顿号隔开', max_length=200, verbose_name='关键词'),
        ),
        migrations.AddIndex(
            model_name='interpretationpage',
            index=models.Index(fields=['external_id'], name='interpretations_by_external_id'),
        ),
        migrations.AddIndex(
            model_name='policypage',
            index=models.Index(fields=['external_id'], name='policies_by_external_id'),
        ),
    ]
