"""A copy of all that can't be made again, and the way back.

Never in it: `secrets/`. A backup without VAULT_KEY opens nothing, and what was erased stays erased:
a restore does again whatever the journal of erasures says, the newer of the backup's and ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from forms.vault import erasing, journal, keys, masters
from forms.vault.models import VaultSecret

FORMAT = 1
MANIFEST = "manifest.json"
# What cannot be made again; the published tree, static files and indexes can.
FOLDERS = ("media", "private")
FILES = ("journal/erasures.jsonl", "log/access-anchors.jsonl")
SQLITE_FILE, POSTGRES_FILE = "db.sqlite3", "database.dump"


class Refused(Exception):
    """It can't be done as asked; the message says why and what to do."""


def back_up(target: Path) -> dict[str, Any]:
    """Copies database, media, private files and journals to a new folder; its manifest.

    The product may run meanwhile. The folder appears under its name once it is whole. Raises
    Refused.
    """
    if target.exists() and any(target.iterdir()):
        raise Refused(f"{target} is not empty. Name a folder that is not there yet.")
    draft = target.with_name(target.name + ".partial")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True, mode=0o700)
        manifest = _fill(draft)
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise Refused(f"There is no backup, and nothing was left of it: {error}.") from error
    return manifest


def _fill(draft: Path) -> dict[str, Any]:
    """Copies everything into the folder, onto the disk; the manifest."""
    # The database first: a file it names and that is deleted meanwhile is better missed than a row.
    _dump_database(draft)
    for name in FOLDERS:
        _copy_tree(_data_dir() / name, draft / name)
    for name in FILES:
        _copy_file(_data_dir() / name, draft / name)
    manifest = {
        "format": FORMAT,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "engine": connection.vendor,
        "keys": "not included; it opens with the keys: " + ", ".join(_key_ids()),
        "key_ids": _key_ids(),
        "files": {
            str(path.relative_to(draft)): {"sha256": _digest(path), "bytes": path.stat().st_size}
            for path in _files_of(draft)
        },
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (draft / MANIFEST).write_text(text, encoding="utf-8")
    _sync(draft)
    return manifest


def restore(source: Path, *, force: bool = False) -> Counter[str]:
    """Puts a backup in the place of what is here; what had to be erased again.

    Raises Refused before anything was changed.
    """
    manifest = check(source)
    if manifest["engine"] != connection.vendor:
        raise Refused(
            f"The backup is of {manifest['engine']}, and DATABASE_URL names {connection.vendor}."
        )
    if missing := [key for key in manifest["key_ids"] if masters.find(key) is None]:
        raise Refused(
            f"VAULT_KEY does not name the key this backup was sealed with ({', '.join(missing)}). "
            "Add it behind the present one, separated by a comma."
        )
    with _nobody_at_work():
        if not force and _is_used():
            raise Refused(
                f"{_data_dir()} holds a database or files already. Restore into an empty DATA_DIR, "
                "or say --force to overwrite them."
            )
        _load_database(source)
        for name in FOLDERS:
            _replace_tree(source / name, _data_dir() / name)
        shutil.rmtree(_data_dir() / "published", ignore_errors=True)
        (_data_dir() / "published").mkdir(mode=0o700)
        journals = _join_journals(source)
        _keep_longer(source / FILES[1], _data_dir() / FILES[1])
        call_command("migrate", interactive=False, verbosity=0)
        keys.make_missing_secrets()
        erased: Counter[str] = Counter()
        for file in journals:
            erased += erasing.replay(file)
        erased += erasing.catch_up()
        erasing.settle()
    return erased


def check(source: Path) -> dict[str, Any]:
    """The manifest of a backup that is whole. Raises Refused."""
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused(f"{source} is no backup: it has no readable {MANIFEST}.") from None
    if manifest.get("format") != FORMAT:
        raise Refused(f"{source} was made by another version (format {manifest.get('format')}).")
    there = {str(path.relative_to(source)) for path in _files_of(source)} - {MANIFEST}
    if there != set(manifest["files"]):
        odd = sorted(there ^ set(manifest["files"]))[:5]
        raise Refused(f"The backup is not whole: missing or added are {', '.join(odd)}.")
    for name, facts in manifest["files"].items():
        if _digest(source / name) != facts["sha256"]:
            raise Refused(f"The backup is damaged: {name} is not what was copied.")
    return manifest


def _data_dir() -> Path:
    return Path(settings.DATA_DIR)


def _key_ids() -> list[str]:
    return sorted(set(VaultSecret.objects.values_list("key_id", flat=True)))


def _dump_database(folder: Path) -> None:
    if connection.vendor == "sqlite":
        with (
            contextlib.closing(sqlite3.connect(f"file:{_database()}?mode=ro", uri=True)) as here,
            contextlib.closing(sqlite3.connect(folder / SQLITE_FILE)) as there,
        ):
            here.backup(there)
            # One file that stands alone: nothing waits in a log beside it.
            there.execute("PRAGMA journal_mode=DELETE")
    else:
        _postgres("pg_dump", "--format=custom", f"--file={folder / POSTGRES_FILE}")


def _load_database(source: Path) -> None:
    if connection.vendor == "sqlite":
        connections.close_all()
        target = Path(_database())
        draft = target.with_name(target.name + ".restoring")
        shutil.copyfile(source / SQLITE_FILE, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        draft.replace(target)
    else:
        _load_postgres(source / POSTGRES_FILE)


# What a newer version of the product added is in no dump, and in the way of its migrations.
_EMPTY_SCHEMA = """
SET client_min_messages = warning;
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', one.tablename);
  END LOOP;
END $$;
"""


def _load_postgres(dump: Path) -> None:
    """The dump in the place of all tables, in one transaction: it is loaded, or nothing changed."""
    connections.close_all()
    # Not beside the dump: a backup may lie on a medium that nobody writes to.
    with tempfile.TemporaryDirectory(dir=_data_dir() / "run") as folder:
        statements = Path(folder) / "statements.sql"
        statements.write_text(_EMPTY_SCHEMA)
        dumped = Path(folder) / "dump.sql"
        options = ("--clean", "--if-exists", "--no-owner", "--no-privileges")
        _postgres("pg_restore", *options, f"--file={dumped}", str(dump))
        options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _postgres("psql", *options, f"--file={statements}", f"--file={dumped}")


def _postgres(program: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs on our database. Raises Refused."""
    if shutil.which(program) is None:
        raise Refused(
            f"{program} is needed for PostgreSQL and was not found. Install PostgreSQL's client "
            "programs of the server's version (Debian: postgresql-client)."
        )
    done = subprocess.run(  # noqa: S603 - our own arguments
        [program, *arguments],
        env={**os.environ, **_libpq_variables()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()[-500:]}")


def _libpq_variables() -> dict[str, str]:
    """How PostgreSQL's programs reach the database that Django does; a password is in no list of
    processes."""
    named = connection.settings_dict
    options = named.get("OPTIONS", {})
    found = {
        "PGHOST": named["HOST"],
        "PGPORT": named["PORT"],
        "PGUSER": named["USER"],
        "PGPASSWORD": named["PASSWORD"],
        "PGDATABASE": named["NAME"],
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
    }
    return {name: str(value) for name, value in found.items() if value}


def _database() -> str:
    return str(connection.settings_dict["NAME"])


@contextlib.contextmanager
def _nobody_at_work() -> Iterator[None]:
    lock_file = _data_dir() / "run" / "serve.lock"
    lock_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock_file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"The product is running on {_data_dir()}. Stop it first.") from None
        if others := _others_at_the_database():
            raise Refused(
                f"{others} other connections are open to the database. Stop web, worker and beat "
                "(and whatever else uses it) first."
            )
        yield


def _others_at_the_database() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def _is_used() -> bool:
    tables = connection.introspection.table_names()
    files = any(next(_files_of(_data_dir() / name), None) for name in FOLDERS)
    return bool(tables) or files


def _join_journals(source: Path) -> list[Path]:
    """Takes the backup's journal over where it is the longer one; those still to be replayed."""
    theirs, ours = source / FILES[0], journal.path()
    if not theirs.exists():
        return [ours] if ours.exists() else []
    if not ours.exists() or journal.name(ours) == journal.name(theirs):
        _keep_longer(theirs, ours)
        return [ours]
    # Another machine's, or that of an earlier life: both count, and both are kept.
    kept = ours.with_name(f"erasures-{journal.name(theirs)}.jsonl")
    _copy_file(theirs, kept)
    return [ours, kept]


def _keep_longer(theirs: Path, ours: Path) -> None:
    if theirs.exists() and (not ours.exists() or theirs.stat().st_size > ours.stat().st_size):
        _copy_file(theirs, ours)


def _copy_file(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = target.with_name(target.name + ".copying")
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        draft.replace(target)


def _copy_tree(source: Path, target: Path) -> None:
    """Copies what is there; a file that goes while it is copied was deleted on purpose."""
    target.mkdir(mode=0o700, exist_ok=True)
    for path in _files_of(source):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path, copy)


def _replace_tree(source: Path, target: Path) -> None:
    draft = target.with_name(target.name + ".restoring")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _copy_tree(source, draft)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def _files_of(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    for path in _files_of(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())
