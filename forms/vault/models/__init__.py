"""What the vault keeps, a concept a file."""

from forms.vault.models.access import AccessEntry
from forms.vault.models.consent import (
    Basis,
    Consent,
    ConsentDuty,
    ConsentText,
    ConsentWithdrawal,
    ProtectionContacts,
)
from forms.vault.models.files import Scan, SealedFile
from forms.vault.models.keeping import ExpiringFields, JournalMark, LegalHold, RetentionClass
from forms.vault.models.keys import VaultSecret
from forms.vault.models.sealed import BlindIndex, SealedRecord

__all__ = [
    "AccessEntry",
    "Basis",
    "BlindIndex",
    "Consent",
    "ConsentDuty",
    "ConsentText",
    "ConsentWithdrawal",
    "ExpiringFields",
    "JournalMark",
    "LegalHold",
    "ProtectionContacts",
    "RetentionClass",
    "Scan",
    "SealedFile",
    "SealedRecord",
    "VaultSecret",
]
