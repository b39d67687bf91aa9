"""Editions and clause keys can't be changed or deleted by any SQL (forms.vault.write_once)."""

from django.db import migrations

from forms.vault import write_once


def install(apps, schema_editor):
    write_once.install(schema_editor.connection)


def remove(apps, schema_editor):
    write_once.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('policies', '0004_clause_validity'),
    ]

    operations = [
        migrations.RunPython(install, remove),
    ]
