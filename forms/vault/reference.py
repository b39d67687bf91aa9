"""The first notices, written after domain.md 5 (PIPL 17 and 30, 儿童个人信息网络保护规定 10)."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from forms.vault.canonical import canonical_json
from forms.vault.models import Basis, ConsentText

FOLDER = Path(__file__).parent / "notices"
# Assistance is a statutory duty: notice, no consent. An activity is voluntary: consent.
TEXTS = {"request-notice": Basis.DUTY, "sign-up-notice": Basis.CONSENT}


def load() -> None:
    """Loads each text that has no version yet; a version written by the people here stands."""
    for key, basis in TEXTS.items():
        if not ConsentText.objects.filter(key=key).exists():
            title, statement, body = (FOLDER / f"{key}.txt").read_text("utf-8").split("\n", 2)
            add_version(key, title=title, statement=statement, body=body.strip(), basis=basis)


def add_version(key: str, *, title: str, statement: str, body: str, basis: str) -> ConsentText:
    """Publishes a text as the next version of its key. Earlier ones stay as people saw them."""
    last = ConsentText.objects.filter(key=key).order_by("-version").first()
    content = {"title": title, "statement": statement, "body": body, "basis": str(basis)}
    text: ConsentText = ConsentText.objects.create(
        key=key,
        version=last.version + 1 if last else 1,
        digest=sha256(canonical_json(content)).hexdigest(),
        **content,
    )
    return text
