"""A backup is whole or refused, holds no key, and a restore never brings back what was erased."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from forms.vault import masters
from tests.vault.product import Product

pytestmark = [pytest.mark.product, pytest.mark.faults]

SEAL = """
import json, uuid
from forms.vault import services
record = services.seal({"story": "金丝雀"}, bound_to=uuid.uuid4())
print(json.dumps([record.pk, str(record.bound_to)]))
"""
OPEN = """
import json
from forms.vault import services
from forms.vault.models import SealedRecord
record = SealedRecord.objects.get(pk=%d)
try:
    print(json.dumps(services.open_record(record)))
except services.Erased:
    print(json.dumps("erased"))
"""
ERASE = """
import json, uuid
from forms.vault import erasing
print(json.dumps(dict(erasing.erase(uuid.UUID("%s")))))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Product, int, str]:
    """A product with one sealed record, migrated once for the module."""
    product = Product(tmp_path_factory.mktemp("product"))
    product.manage("migrate")
    pk, owner = product.python(SEAL)
    return product, pk, owner


@pytest.fixture
def product(made: tuple[Product, int, str], tmp_path: Path) -> Product:
    """A copy of it that a test may spoil."""
    product = Product(tmp_path / "house")
    shutil.copytree(made[0].data_dir, product.data_dir, dirs_exist_ok=True)
    (product.data_dir / "media" / "picture.jpg").write_bytes(b"a picture")
    return product


def test_a_backup_holds_what_cannot_be_made_again_and_no_key(
    made: tuple[Product, int, str], product: Product, tmp_path: Path
) -> None:
    target = tmp_path / "backup"
    said = product.manage("backup", str(target)).stdout
    assert "keys are not in it" in said
    manifest = json.loads((target / "manifest.json").read_text())
    assert {"db.sqlite3", "media/picture.jpg"} <= set(manifest["files"])
    secret = (product.data_dir / "secrets" / "VAULT_KEY").read_bytes().strip()
    for path in target.rglob("*"):
        assert not path.is_file() or secret not in path.read_bytes(), path
    assert "not empty" in product.manage("backup", str(target), check=False).stderr


def test_a_restore_needs_an_empty_place_a_whole_backup_and_the_key(
    made: tuple[Product, int, str], product: Product, tmp_path: Path
) -> None:
    target = tmp_path / "backup"
    product.manage("backup", str(target))
    refused = product.manage("restore", str(target), check=False)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    (target / "media" / "picture.jpg").write_bytes(b"another")
    assert "damaged" in product.manage("restore", str(target), "--force", check=False).stderr
    (target / "media" / "picture.jpg").unlink()
    assert "not whole" in product.manage("restore", str(target), "--force", check=False).stderr
    (target / "media" / "picture.jpg").write_bytes(b"a picture")
    other = Product(tmp_path / "other")
    said = other.manage("restore", str(target), check=False).stderr
    assert "VAULT_KEY does not name the key" in said
    assert "Traceback" not in said
    key = (product.data_dir / "secrets" / "VAULT_KEY").read_text().strip()
    other.environment["VAULT_KEY"] = key
    other.manage("restore", str(target))
    assert other.python(OPEN % made[1]) == {"story": "金丝雀"}
    assert (other.data_dir / "media" / "picture.jpg").read_bytes() == b"a picture"


def test_what_was_erased_after_the_backup_stays_erased(
    made: tuple[Product, int, str], product: Product, tmp_path: Path
) -> None:
    _origin, pk, owner = made
    target, fresh_target = tmp_path / "backup", tmp_path / "fresh"
    product.manage("backup", str(target))
    assert product.python(ERASE % owner)["records"] == 1
    said = product.manage("restore", str(target), "--force").stdout
    assert "Erased again: 1 records" in said
    assert product.python(OPEN % pk) == "erased"
    # Elsewhere, where no journal is: the backup's own counts, made after the erasure.
    product.manage("backup", str(fresh_target))
    shutil.copyfile(target / "db.sqlite3", fresh_target / "db.sqlite3")
    manifest = json.loads((fresh_target / "manifest.json").read_text())
    old = json.loads((target / "manifest.json").read_text())
    manifest["files"]["db.sqlite3"] = old["files"]["db.sqlite3"]
    (fresh_target / "manifest.json").write_text(json.dumps(manifest))
    other = Product(tmp_path / "other")
    other.environment["VAULT_KEY"] = (product.data_dir / "secrets" / "VAULT_KEY").read_text()
    other.manage("restore", str(fresh_target))
    assert other.python(OPEN % pk) == "erased"


def test_a_backup_that_does_not_fit_leaves_nothing_behind_and_says_so(
    product: Product, tmp_path: Path
) -> None:
    target = tmp_path / "backups" / "monday"
    command = f"ulimit -f 200; exec {sys.executable} manage.py backup {target}"  # blocks of 1 KB
    done = product.run(["bash", "-c", command], check=False)
    assert done.returncode == 1
    assert "There is no backup" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(target.parent.iterdir()) == []


def test_commands_without_the_key_say_so(made: tuple[Product, int, str], product: Product) -> None:
    product.environment["VAULT_KEY"] = "x" * 64
    for command in (["verify"], ["rotate_keys"], ["ledger", "--jsonl"], ["purge"]):
        said = product.manage(*command, check=False)
        assert "Traceback" not in said.stderr, command
        assert said.returncode == 0 or "VAULT_KEY" in said.stderr, command


def test_a_database_put_back_by_hand_is_caught_up_before_it_serves(
    made: tuple[Product, int, str], product: Product, tmp_path: Path
) -> None:
    _origin, pk, owner = made
    target = tmp_path / "backup"
    product.manage("backup", str(target))
    product.python(ERASE % owner)
    for suffix in ("-wal", "-shm"):
        (product.data_dir / f"db.sqlite3{suffix}").unlink(missing_ok=True)
    shutil.copyfile(target / "db.sqlite3", product.data_dir / "db.sqlite3")
    assert product.python(OPEN % pk) == {"story": "金丝雀"}
    product.python(
        "import json\nfrom ops.preparing import make_the_vault_ready\n"
        "make_the_vault_ready(lambda said: None)\nprint(json.dumps(1))"
    )
    assert product.python(OPEN % pk) == "erased"


def test_a_start_with_another_key_says_so_and_stops(product: Product) -> None:
    product.environment["VAULT_KEY"] = "x" * 64
    said = product.manage("serve", check=False)
    assert said.returncode == 1
    assert "VAULT_KEY" in said.stderr
    assert "Traceback" not in said.stderr


def test_the_name_of_a_key_does_not_tell_the_key(settings: Any) -> None:
    assert masters.newest().key_id not in settings.VAULT_KEY
