from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VaultConfig(AppConfig):
    name = "forms.vault"
    label = "vault"
    verbose_name = _("保密库")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from forms.vault import checks  # noqa: F401  (registers)

        post_migrate.connect(make_missing_secrets, sender=self)


def make_missing_secrets(using: str, **kwargs: Any) -> None:
    """post_migrate: the vault can seal from here on."""
    from django.db import connections

    from forms.vault import keys
    from forms.vault.models import VaultSecret

    # `migrate` may have gone back to before the secrets.
    if VaultSecret._meta.db_table in connections[using].introspection.table_names():
        keys.make_missing_secrets()
