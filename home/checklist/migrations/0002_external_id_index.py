
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('checklist', '0002_initial'),
        ('directory', '0001_initial'),
        migrations.swappable_dependency(settings.WAGTAIL_PAGE_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='servicepage',
            name='keywords',
            field=models.CharField(blank=True, help_text='用空格或顿号隔开', max_length=200, verbose_name='关键词'),
        ),
        migrations.AddIndex(
            model_name='servicepage',
            index=models.Index(fields=['external_id'], name='services_by_external_id'),
        ),
    ]
