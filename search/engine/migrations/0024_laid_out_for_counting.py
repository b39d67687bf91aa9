"""PostgreSQL's entries and their index, laid out so that counting reads little."""

from django.db import migrations

from search.engine.engines import postgres


def lay_out(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        postgres.lay_out(schema_editor)


def lay_out_as_usual(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        postgres.lay_out_as_usual(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("search", "0023_counting_index")]

    operations = [migrations.RunPython(lay_out, lay_out_as_usual)]
