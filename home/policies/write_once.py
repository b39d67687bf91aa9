"""The database itself refuses to change or lose an edition or a clause key.

The ORM refuses first, in words; these triggers stand behind it for SQL that comes by any other way.
`install` is safe to repeat and runs after every migration: on SQLite a later change of the table
makes it anew, without its triggers.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

EDITIONS = "policies_edition"
KEYS = "policies_clausekey"

_SQLITE = {
    "an_edition_is_never_changed": """
        BEFORE UPDATE ON policies_edition
        BEGIN SELECT RAISE(ABORT, 'an edition is never changed'); END""",
    "an_edition_is_never_deleted": """
        BEFORE DELETE ON policies_edition
        BEGIN SELECT RAISE(ABORT, 'an edition is never deleted'); END""",
    # INSERT OR REPLACE takes rows away without asking the triggers of DELETE.
    "an_edition_is_never_replaced": """
        BEFORE INSERT ON policies_edition
        WHEN EXISTS (SELECT 1 FROM policies_edition WHERE id = NEW.id)
          OR EXISTS (SELECT 1 FROM policies_edition
                     WHERE policy_id = NEW.policy_id AND number = NEW.number)
        BEGIN SELECT RAISE(ABORT, 'an edition is never replaced'); END""",
    "a_clause_key_is_never_changed": """
        BEFORE UPDATE ON policies_clausekey
        BEGIN SELECT RAISE(ABORT, 'a clause key is never changed'); END""",
    "a_clause_key_is_never_deleted": """
        BEFORE DELETE ON policies_clausekey
        BEGIN SELECT RAISE(ABORT, 'a clause key is never deleted'); END""",
    "a_clause_key_is_never_replaced": """
        BEFORE INSERT ON policies_clausekey
        WHEN EXISTS (SELECT 1 FROM policies_clausekey WHERE id = NEW.id)
          OR EXISTS (SELECT 1 FROM policies_clausekey
                     WHERE policy_id = NEW.policy_id AND key = NEW.key)
        BEGIN SELECT RAISE(ABORT, 'a clause key is never replaced'); END""",
}
_POSTGRESQL_FUNCTION = """
    CREATE OR REPLACE FUNCTION policies_write_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what is in % is never changed or deleted', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END $$"""
_POSTGRESQL = {
    "an_edition_is_written_once": "UPDATE OR DELETE ON policies_edition FOR EACH ROW",
    "editions_are_not_emptied": "TRUNCATE ON policies_edition FOR EACH STATEMENT",
    "a_clause_key_is_written_once": "UPDATE OR DELETE ON policies_clausekey FOR EACH ROW",
    "clause_keys_are_not_emptied": "TRUNCATE ON policies_clausekey FOR EACH STATEMENT",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts the triggers on the tables; where they are already, nothing changes."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name, body in _SQLITE.items():
                cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")
        elif connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
            for name, occasion in _POSTGRESQL.items():
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER {name} BEFORE {occasion}"
                    " EXECUTE FUNCTION policies_write_once()"
                )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Takes the triggers away: to go back behind the migration, and for tests that empty tables."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in _SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        elif connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS policies_write_once() CASCADE")


def install_after_migrating(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """post_migrate of this app."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    if EDITIONS in tables and KEYS in tables:
        install(connection)
