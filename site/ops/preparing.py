"""Making what the product needs before it can serve. Each step is done only where it is due."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.crypto import salted_hmac

from forms.vault import erasing, journal, keys
from ops.models import LoadedContent
from search.engine import admin_backend, indexing
from search.engine.indexing import ANALYSIS

Say = Callable[[str], None]

# Whatever is loaded is code or data in these.
CONTENT_FOLDERS = ("home", "forms", "search", "site")


def prepare(*, demo: bool, say: Say) -> None:
    """Database, cache table, reference data, demo content (if wanted) and static files.

    A start that finds everything in place takes a second or two.
    """
    migrate(say)
    make_cache_tables()
    make_the_vault_ready(say)
    write_admin_index(say)
    code = fingerprint_of_files(_content_files())
    load("reference data", "load_reference", code, say)
    if demo:
        load("demo content", "load_demo", f"{code} {settings.DEMO_PASSWORD}", say)
    build_search_index(say)
    collect_static_files(say)


def pending_migrations() -> int:
    """How many migrations this database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate(say: Say) -> None:
    """Brings the database to the state the code expects."""
    if pending := pending_migrations():
        say(f"Database: {pending} migrations …")
        call_command("migrate", interactive=False, verbosity=0)


def build_search_index(say: Say) -> None:
    """Builds the search index anew where another version of the analysis built it, or none did."""
    if indexing.is_stale():
        say("Search index …")
        call_command("rebuild_index", verbosity=0, stdout=StringIO())


def make_the_vault_ready(say: Say) -> None:
    """Sees that VAULT_KEY opens this database, and erases again what came back from a backup."""
    try:
        keys.make_missing_secrets()
        erased = erasing.catch_up()
    except (keys.NoSecret, journal.NotWritten) as error:
        raise CommandError(str(error)) from None
    if erased:
        say(f"Erased again, as the journal says: {dict(erased)}")
        erasing.settle()


def make_cache_tables() -> None:
    """Makes the table of the database cache, where that is the cache."""
    tables = [
        options["LOCATION"]
        for options in settings.CACHES.values()
        if options["BACKEND"].endswith("db.DatabaseCache")
    ]
    if set(tables) - set(connection.introspection.table_names()):
        call_command("createcachetable", verbosity=0)


def write_admin_index(say: Say) -> None:
    """Writes the index of the admin's search anew, where its tokens are not this version's."""
    load("admin's search", "update_index", f"{admin_backend.VERSION} {ANALYSIS}", say)


def load(what: str, command: str, version: str, say: Say) -> None:
    """Runs a command that loads content, unless this database holds this version of it."""
    if command not in get_commands():
        say(f"No command {command}: {what} left out")
        return
    # Keyed, because the version may hold the demo password.
    fingerprint = salted_hmac("ops.preparing", version, algorithm="sha256").hexdigest()
    if LoadedContent.objects.filter(name=command, fingerprint=fingerprint).exists():
        return
    say(f"Loading {what} …")
    call_command(command, verbosity=0)
    LoadedContent.objects.update_or_create(name=command, defaults={"fingerprint": fingerprint})


def collect_static_files(say: Say) -> None:
    """Collects, names and compresses the static files, unless none has changed."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = hashlib.sha256(
        settings.STORAGES["staticfiles"]["BACKEND"].encode()
    ).hexdigest() + fingerprint_of_names(_static_files())
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    say("Static files …")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)


def fingerprint_of_files(paths: Iterable[Path]) -> str:
    """Changes with the name or the content of any of the files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def fingerprint_of_names(paths: Iterable[Path]) -> str:
    """Changes when a file is added, removed or written."""
    total = hashlib.sha256()
    for path in paths:
        status = path.stat()
        total.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return total.hexdigest()


def _content_files() -> Iterator[Path]:
    for name in CONTENT_FOLDERS:
        for path in sorted((settings.ROOT / name).rglob("*")):
            parts = path.relative_to(settings.ROOT).parts
            if "__pycache__" not in parts and parts[:2] != ("site", "static") and path.is_file():
                yield path


def _static_files() -> list[Path]:
    return sorted(
        Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])
    )
