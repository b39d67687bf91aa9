"""Makes what each engine needs beside the models' tables."""

from django.db import migrations

from search.engine.engines import postgres, sqlite


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        sqlite.install(schema_editor)
    elif schema_editor.connection.vendor == "postgresql":
        postgres.install(schema_editor)


def uninstall(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        sqlite.uninstall(schema_editor)
    elif schema_editor.connection.vendor == "postgresql":
        postgres.uninstall(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [migrations.RunPython(install, uninstall)]
