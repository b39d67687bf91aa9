"""SQLite's full-text table again: without places, and its trigger, which 0004 lost."""

from django.db import migrations

from search.engine.engines import sqlite


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        sqlite.install(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("search", "0004_facets")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
