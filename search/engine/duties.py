"""The database notes what is due to the mirror (`MirrorMark`): triggers, in the same transaction.

Entries come and go by many ways, some of which no code of ours sees (a deleted page takes its own
along): the database sees all of them. Where no generation is mirrored nothing is noted.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = """
    CREATE TRIGGER search_mirror_{deed} AFTER {event} ON search_searchdocument
    WHEN EXISTS (SELECT 1 FROM search_mirror WHERE generation_id = {row}.generation_id)
    BEGIN
        INSERT INTO search_mirrormark (document_id, generation_id, deed)
        VALUES ({row}.id, {row}.generation_id, '{deed}');
    END
"""
POSTGRES = """
    CREATE FUNCTION search_mirror_{deed}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO search_mirrormark (document_id, generation_id, deed)
        SELECT entry.id, entry.generation_id, '{deed}' FROM entries entry
        WHERE entry.generation_id IN (SELECT generation_id FROM search_mirror);
        RETURN NULL;
    END $$;
    CREATE TRIGGER search_mirror_{deed} AFTER {event} ON search_searchdocument
    REFERENCING {row} TABLE AS entries
    FOR EACH STATEMENT EXECUTE FUNCTION search_mirror_{deed}();
"""
NOTED = (("put", "INSERT", "new"), ("remove", "DELETE", "old"))


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Has the database note what comes and goes.

    A later migration that makes SQLite copy search_searchdocument loses the triggers with the old
    table; one that copies search_mirror or search_mirrormark must remove them first. Both must
    install them again.
    """
    uninstall(schema_editor)
    text = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES
    for deed, event, row in NOTED:
        schema_editor.execute(text.format(deed=deed, event=event, row=row))


def uninstall(schema_editor: BaseDatabaseSchemaEditor) -> None:
    for deed, _, _ in NOTED:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS search_mirror_{deed}")
        else:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS search_mirror_{deed} CASCADE")
