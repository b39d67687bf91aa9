"""Editions and clause keys are guarded as everything written once is (forms.vault.write_once); the
triggers they had of their own go."""

from django.db import migrations

SQLITE = (
    "an_edition_is_never_changed",
    "an_edition_is_never_deleted",
    "an_edition_is_never_replaced",
    "a_clause_key_is_never_changed",
    "a_clause_key_is_never_deleted",
    "a_clause_key_is_never_replaced",
)


def remove_the_old(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in SQLITE:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS policies_write_once() CASCADE")


class Migration(migrations.Migration):

    dependencies = [
        ('policies', '0009_usefulness'),
    ]

    operations = [
        migrations.RunPython(remove_the_old, migrations.RunPython.noop),
    ]
