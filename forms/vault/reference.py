"""The first notices, written after domain.md 5 (PIPL 17 and 30, 儿童个人信息网络保护规定 10)."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from django.db.models import F

from forms.vault import retention
from forms.vault.canonical import canonical_json
from forms.vault.models import Basis, ConsentText, RetentionClass, SealedRecord
from home.directory.models import User

FOLDER = Path(__file__).parent / "notices"
# Assistance is a statutory duty: notice, no consent. An activity is voluntary: consent.
# Apart from everything else, never ticked beforehand, and never a condition.
PHOTO_CONSENT = "photo-consent"
TEXTS = {
    "request-notice": Basis.DUTY,
    "sign-up-notice": Basis.CONSENT,
    PHOTO_CONSENT: Basis.CONSENT,
}
_NOT_OFFICIAL = "示例：未见官方规定的天数，由主办单位核定"
# (code, name, days, source, whether it is an example). Only the draft's term is a promise of ours.
CLASSES = (
    (retention.CASE, "办件内容", 1095, _NOT_OFFICIAL, True),
    (retention.SIGN_UP, "活动报名", 180, _NOT_OFFICIAL, True),
    (retention.IDENTITY, "证件号码等身份信息", 90, _NOT_OFFICIAL, True),
    (retention.DRAFT, "没有提交的草稿", 30, "本平台对填写人的承诺：保存30天", False),
)


def load() -> None:
    """Loads what is missing; what the people here wrote or changed stands."""
    _load_texts()
    _load_classes()


def _load_classes() -> None:
    for code, name, days, source, is_example in CLASSES:
        row, made = RetentionClass.objects.get_or_create(
            code=code,
            defaults={"name": name, "days": days, "source": source, "is_example": is_example},
        )
        if made:
            if code == retention.CASE:
                _class_of_the_unclassed()
            retention.apply_changed_term(row)


def _class_of_the_unclassed() -> None:
    """What was sealed before there were classes is kept like a case, from the day it came."""
    SealedRecord.objects.filter(retention="", erased_at__isnull=True).update(
        retention=retention.CASE, kept_from=F("created_at")
    )


def _load_texts() -> None:
    """Loads each text that has no version yet; a version written by the people here stands."""
    for key, basis in TEXTS.items():
        if not ConsentText.objects.filter(key=key).exists():
            title, statement, body = (FOLDER / f"{key}.txt").read_text("utf-8").split("\n", 2)
            add_version(key, title=title, statement=statement, body=body.strip(), basis=basis)


def add_version(
    key: str,
    *,
    title: str,
    statement: str,
    body: str,
    basis: str,
    published_by: User | None = None,
) -> ConsentText:
    """Publishes a text as the next version of its key. Earlier ones stay as people saw them."""
    last = ConsentText.objects.filter(key=key).order_by("-version").first()
    content = {"title": title, "statement": statement, "body": body, "basis": str(basis)}
    text: ConsentText = ConsentText.objects.create(
        key=key,
        version=last.version + 1 if last else 1,
        digest=sha256(canonical_json(content)).hexdigest(),
        published_by=published_by,
        **content,
    )
    return text
