"""Where the index is mirrored to, what is still to be mirrored, and the triggers that note it."""

import django.db.models.deletion
from django.db import migrations, models

from search.engine import duties


def install(apps, schema_editor):
    duties.install(schema_editor)


def uninstall(apps, schema_editor):
    duties.uninstall(schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0006_vocabulary'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mirror',
            fields=[
                ('generation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='mirror', serialize=False, to='search.generation')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='名称')),
                ('whole', models.BooleanField(default=False, verbose_name='已完整')),
            ],
            options={
                'verbose_name': '镜像',
                'verbose_name_plural': '镜像',
            },
        ),
        migrations.CreateModel(
            name='MirrorMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document_id', models.BigIntegerField(verbose_name='条目')),
                ('generation_id', models.BigIntegerField(db_index=True, verbose_name='索引版本')),
                ('deed', models.CharField(choices=[('put', '写入'), ('remove', '移除')], max_length=6, verbose_name='动作')),
            ],
            options={
                'verbose_name': '镜像标记',
                'verbose_name_plural': '镜像标记',
                'constraints': [models.CheckConstraint(condition=models.Q(('deed__in', ['put', 'remove'])), name='an_entry_is_put_or_removed')],
            },
        ),
        migrations.RunPython(install, uninstall),
    ]
