"""The database itself refuses to change or lose what was written once.

The ORM refuses first, in words (`immutable`); these triggers stand behind it for whatever comes by
another way: raw SQL, `_raw_delete`, INSERT OR REPLACE. An app names its tables in `ready`; they are
guarded after every migration: on SQLite a change of a table makes it anew, without its triggers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class Guard:
    """A table whose rows are never changed, and deleted only while nobody uses them.

    `unique` are the sets of columns that tell its rows apart; `unless_used_by` is the table and
    column that use a row (None: rows are never deleted). Names come from the code alone.
    """

    table: str
    unique: Sequence[Sequence[str]]
    unless_used_by: tuple[str, str] | None = None

    @property
    def needs(self) -> set[str]:
        return {self.table, *(self.unless_used_by or ())[:1]}

    def kept(self) -> str:
        """The condition under which a row may not go."""
        if self.unless_used_by is None:
            return "TRUE"
        table, column = self.unless_used_by
        return f"EXISTS (SELECT 1 FROM {table} WHERE {column} = OLD.id)"  # noqa: S608 (our own)


_guards: dict[str, Guard] = {}


def guard(
    table: str, *unique: Sequence[str], unless_used_by: tuple[str, str] | None = None
) -> None:
    """Names a table that is written once; called in an app's `ready`."""
    _guards[table] = Guard(table, unique, unless_used_by)


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts the triggers on every named table that is there; where they are, nothing changes."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for one in _guards.values():
            if not one.needs <= there:
                continue
            statements = _STATEMENTS.get(connection.vendor)
            for statement in statements(one) if statements else ():
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Takes the triggers away: for tests that empty tables, and to go back behind a migration."""
    with connection.cursor() as cursor:
        for one in _guards.values():
            if connection.vendor == "sqlite":
                for deed in ("changed", "deleted", "replaced"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {one.table}_never_{deed}")
            elif connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {one.table}_write_once() CASCADE")


def install_after_migrating(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Receiver of post_migrate, of each app that guards tables."""
    install(connections[using])


def _sqlite(one: Guard) -> list[str]:
    table = one.table
    same = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE "  # noqa: S608 (our own)
        + " AND ".join(f"{column} = NEW.{column}" for column in columns)
        + ")"
        for columns in (("id",), *one.unique)
    )
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_never_changed BEFORE UPDATE ON {table}"
        f" BEGIN SELECT RAISE(ABORT, 'a row of {table} is never changed'); END",
        f"CREATE TRIGGER IF NOT EXISTS {table}_never_deleted BEFORE DELETE ON {table}"
        f" WHEN {one.kept()}"
        f" BEGIN SELECT RAISE(ABORT, 'a row of {table} is never deleted'); END",
        # INSERT OR REPLACE takes rows away without asking the triggers of DELETE.
        f"CREATE TRIGGER IF NOT EXISTS {table}_never_replaced BEFORE INSERT ON {table}"
        f" WHEN {same}"
        f" BEGIN SELECT RAISE(ABORT, 'a row of {table} is never replaced'); END",
    ]


def _postgresql(one: Guard) -> list[str]:
    table = one.table
    return [
        f"""CREATE OR REPLACE FUNCTION {table}_write_once() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF NOT ({one.kept()}) THEN
                    RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION 'a row of {table} is never changed or deleted'
                USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        f"CREATE OR REPLACE TRIGGER {table}_is_written_once BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_write_once()",
        f"CREATE OR REPLACE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_write_once()",
    ]


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}
