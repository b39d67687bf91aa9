"""The name of a submission (受理编号) and the secret that opens its progress (查询码).

The reference is a name: random, so that nobody counts requests, with a check character, so that a
slip is told apart from a wrong number. The code is a key: computed from a secret and the
submission key, so that the same POST gives the same receipt; only a salted, peppered hash of it is
stored.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata

from forms.vault import keys

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = 9
_REFERENCE = re.compile(rf"(?:LN|1N)?([{ALPHABET}]{{10}})")
_CODE = re.compile(r"[0-9]{16}")
# scrypt at 2 MB and about 4 ms. The pepper does the guarding: without VAULT_KEY no guess can be
# tested at all, and with it the code can be computed from the submission key anyway. A dearer
# setting would only take the processors from families (60 submissions a second on two cores).
_COST = {"n": 2**11, "r": 8, "p": 1, "dklen": 32}


def new_reference() -> str:
    """ "LN", nine random Crockford characters and a check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    return f"LN{body}{check_character(body)}"


def check_character(body: str) -> str:
    """Luhn's check over 32 characters: finds one wrong character and nearly every swapped pair."""
    total = 0
    for place, character in enumerate(reversed(body)):
        value = ALPHABET.index(character)
        if place % 2 == 0:
            value *= 2
            value = value // 32 + value % 32
        total += value
    return ALPHABET[-total % 32]


def parse_reference(typed: str) -> str | None:
    """The reference as stored, however it is typed; None for what can't be one."""
    text = _bare(typed)
    # L is part of the prefix, and a slip for 1 everywhere else.
    prefix, rest = (text[:2], text[2:]) if text.startswith("LN") else ("", text)
    rest = rest.replace("O", "0").replace("I", "1").replace("L", "1")
    found = _REFERENCE.fullmatch(prefix + rest)
    if found is None or check_character(found[1][:-1]) != found[1][-1]:
        return None
    return "LN" + found[1]


def parse_code(typed: str) -> str | None:
    """The sixteen digits; None for what can't be a code."""
    text = _bare(typed).replace("O", "0").replace("I", "1").replace("L", "1")
    return text if _CODE.fullmatch(text) else None


def code_for(submission_key: str) -> str:
    """The code that belongs to a submission key, for whoever holds the server's secret."""
    number = int.from_bytes(keys.keyed(keys.TRACKING_CODE, submission_key.encode()), "big")
    return f"{number % 10**16:016d}"


def new_salt() -> bytes:
    return secrets.token_bytes(16)


def hash_code(code: str, salt: bytes) -> bytes:
    """What is stored of a code."""
    peppered = keys.keyed(keys.CODE_PEPPER, code.encode())
    return hashlib.scrypt(peppered, salt=salt, **_COST)


def code_matches(code: str, salt: bytes, stored: bytes) -> bool:
    return hmac.compare_digest(hash_code(code, salt), stored)


def spoken(code: str) -> str:
    """In groups of four, for reading aloud and copying by hand."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _bare(typed: str) -> str:
    text = unicodedata.normalize("NFKC", typed[:200]).upper()
    return "".join(c for c in text if unicodedata.category(c)[0] in "LN")
