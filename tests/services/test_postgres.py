"""A real PostgreSQL: backup and restore by its own programs, and what its files forget."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from forms.vault import erasing, services
from forms.vault.models import SealedRecord
from tests.vault.product import Product

pytestmark = [pytest.mark.services("postgres"), pytest.mark.faults]

SEAL = """
import json, uuid
from django.db import transaction
from forms.vault import services
from home.directory.models import User
record = services.seal({"story": "金丝雀"}, bound_to=uuid.uuid4())
user = User.objects.get_or_create(username="clerk")[0]
services.log_access(user=user, record=record, what="view")
print(json.dumps([record.pk, str(record.bound_to)]))
"""
OPEN = """
import json
from forms.vault import services
from forms.vault.models import SealedRecord
record = SealedRecord.objects.filter(pk=%d).first()
try:
    print(json.dumps(record and services.open_record(record)))
except services.Erased:
    print(json.dumps("erased"))
"""
ERASE = """
import json, uuid
from forms.vault import erasing
print(json.dumps(dict(erasing.erase(uuid.UUID("%s")))))
"""


class Server:
    """The server that DATABASE_URL names, and databases made on it for a test."""

    def __init__(self) -> None:
        self.address = os.environ["DATABASE_URL"].rpartition("/")[0]
        self.made: list[str] = []

    def new_database(self) -> str:
        name = f"test_backup_{uuid.uuid4().hex[:10]}"
        with psycopg.connect(f"{self.address}/postgres", autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self.made.append(name)
        return f"{self.address}/{name}"

    def drop_all(self) -> None:
        with psycopg.connect(f"{self.address}/postgres", autocommit=True) as server:
            for name in self.made:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                server.execute(drop.format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.drop_all()


@pytest.fixture(scope="module")
def house(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Product:
    product = Product(
        tmp_path_factory.mktemp("product"), DATABASE_URL=server.new_database(), VAULT_KEY="k" * 64
    )
    product.manage("migrate")
    return product


def test_a_backup_is_whole_and_comes_back_on_another_machine(
    house: Product, server: Server, tmp_path: Path
) -> None:
    pk, owner = house.python(SEAL)
    (house.data_dir / "media").mkdir(exist_ok=True)
    (house.data_dir / "media" / "picture.jpg").write_bytes(b"a picture")
    backup = tmp_path / "backup"
    house.manage("backup", str(backup))
    manifest = json.loads((backup / "manifest.json").read_text())
    assert {"database.dump", "media/picture.jpg"} <= set(manifest["files"])
    assert manifest["engine"] == "postgresql"
    assert house.python(ERASE % owner)["records"] == 1

    other = Product(tmp_path / "other", DATABASE_URL=server.new_database(), VAULT_KEY="k" * 64)
    other.manage("restore", str(backup))
    assert other.python(OPEN % pk) == {"story": "金丝雀"}
    assert (other.data_dir / "media" / "picture.jpg").read_bytes() == b"a picture"
    assert "as written" in other.manage("verify").stdout
    # The sequences came along: nothing is written over what is there.
    assert other.python(SEAL)[0] > pk
    # What is written once is guarded there too.
    with (
        psycopg.connect(other.environment["DATABASE_URL"]) as database,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation),
    ):
        database.execute("DELETE FROM vault_accessentry")

    assert "--force" in house.manage("restore", str(backup), check=False).stderr
    said = house.manage("restore", str(backup), "--force").stdout
    assert "Erased again: 1 records" in said
    assert house.python(OPEN % pk) == "erased"


def test_a_restore_takes_away_what_the_backup_has_not(house: Product, tmp_path: Path) -> None:
    """As from a newer version, whose migrations would find their tables there already."""
    backup = tmp_path / "backup"
    house.manage("backup", str(backup))
    with psycopg.connect(house.environment["DATABASE_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE of_a_newer_version (id int)")
        database.execute("CREATE TABLE more (record bigint REFERENCES vault_sealedrecord)")
    later, _owner = house.python(SEAL)
    house.manage("restore", str(backup), "--force")
    assert house.python(OPEN % later) is None
    with psycopg.connect(house.environment["DATABASE_URL"]) as database:
        rows = database.execute("SELECT to_regclass('of_a_newer_version'), to_regclass('more')")
        assert rows.fetchone() == (None, None)


def test_a_restore_that_fails_leaves_everything_as_it_was(house: Product, tmp_path: Path) -> None:
    pk, _owner = house.python(SEAL)
    backup = tmp_path / "backup"
    house.manage("backup", str(backup))
    broken = tmp_path / "broken"
    shutil.copytree(backup, broken)
    dump = (broken / "database.dump").read_bytes()
    (broken / "database.dump").write_bytes(dump[: len(dump) * 2 // 3])
    said = house.manage("restore", str(broken), "--force", check=False)
    assert "damaged" in said.stderr
    # As if it had been written so: the digest fits, and PostgreSQL's program stops half way.
    manifest = json.loads((broken / "manifest.json").read_text())
    manifest["files"]["database.dump"] = digest_and_size(broken / "database.dump")
    (broken / "manifest.json").write_text(json.dumps(manifest))
    said = house.manage("restore", str(broken), "--force", check=False)
    assert "pg_restore failed" in said.stderr
    assert "Traceback" not in said.stderr
    assert house.python(OPEN % pk) == {"story": "金丝雀"}


def digest_and_size(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def test_a_restore_under_a_running_product_is_refused(house: Product, tmp_path: Path) -> None:
    pk, _owner = house.python(SEAL)
    backup = tmp_path / "backup"
    house.manage("backup", str(backup))
    with psycopg.connect(house.environment["DATABASE_URL"]):
        said = house.manage("restore", str(backup), "--force", check=False).stderr
    assert "1 other connections" in said
    assert house.python(OPEN % pk) == {"story": "金丝雀"}


@pytest.mark.django_db(transaction=True)
def test_what_is_erased_stands_in_no_file_of_a_table(tmp_path: Path, settings: Any) -> None:
    """A dead row's bytes stay in its page: only a table that is written anew forgets them."""
    settings.DATA_DIR = tmp_path
    folder = files_of_the_database()
    gone = [services.seal({"story": "金" * 400}, bound_to=uuid.uuid4()) for _ in range(40)]
    kept = [services.seal({"story": "金" * 400}, bound_to=uuid.uuid4()) for _ in range(10)]
    for record in gone:
        services.remember(record, "phone", "13800138000")
    assert found_in(folder, gone) == (len(gone), len(gone))
    for record in gone:
        erasing.erase(record.bound_to)
    assert erasing.settle().startswith("The server's own write-ahead log")
    assert found_in(folder, gone) == (0, 0)
    assert found_in(folder, kept) == (len(kept), len(kept))
    for record in kept:
        assert services.open_record(SealedRecord.objects.get(pk=record.pk))


@pytest.mark.django_db(transaction=True)
def test_settling_does_not_make_families_wait_for_a_long_reader() -> None:
    with psycopg.connect(address_of_the_database()) as reader:
        reader.execute("SELECT count(*) FROM vault_sealedrecord")
        assert erasing.settle().startswith("In use, and not written anew: vault_sealedrecord")
    assert erasing.settle().startswith("The server's own")


@pytest.mark.django_db(transaction=True)
def test_who_reads_since_before_the_erasure_is_told_of_and_waited_for(
    tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    folder = files_of_the_database()
    record = services.seal({"story": "金" * 400}, bound_to=uuid.uuid4())
    with psycopg.connect(address_of_the_database()) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM auth_group")
        erasing.erase(record.bound_to)
        assert erasing.settle().startswith("In use, and not written anew: vault_sealedrecord")
        assert found_in(folder, [record])[0] == 1
    assert erasing.settle().startswith("The server's own")
    assert found_in(folder, [record]) == (0, 0)


def address_of_the_database() -> str:
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"


def files_of_the_database() -> Path:
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0])
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        return folder / "base" / str(cursor.fetchone()[0])


def found_in(folder: Path, records: list[SealedRecord]) -> tuple[int, int]:
    """Of how many of these the wrapped key, and the content, stands in the database's files."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    content = b"\0".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert len(content) > 1_000_000, "not the files of this database"
    return (
        sum(bytes(record.wrapped_key or b"") in content for record in records),
        sum(bytes(record.ciphertext)[:200] in content for record in records),
    )
