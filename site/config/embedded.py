"""What the embedded mode makes for itself: folders, secrets, a queue of files."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def make_state_folders(data_dir: Path, names: Iterable[str]) -> None:
    """Makes the folders of the state, readable by the owner alone."""
    for name in names:
        folder = data_dir / name
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def embedded_secret(data_dir: Path, name: str) -> str:
    """The secret kept in DATA_DIR/secrets/NAME (64 hex digits), made on first use.

    Two processes that start together read the same one: whoever links the finished file first wins.
    """
    path = data_dir / "secrets" / name
    if not path.exists():
        draft = path.with_name(f"{name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its secret stands
        finally:
            draft.unlink()
    return path.read_text().strip()


def queue_folders(data_dir: Path) -> dict[str, object]:
    """Options of kombu's filesystem transport, with every folder it writes under DATA_DIR."""
    queue = data_dir / "queue"
    for name in ("messages", "processed", "control"):
        (queue / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "data_folder_in": str(queue / "messages"),
        "data_folder_out": str(queue / "messages"),
        "processed_folder": str(queue / "processed"),
        "control_folder": str(queue / "control"),
        "store_processed": False,
    }
