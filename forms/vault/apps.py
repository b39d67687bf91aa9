from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VaultConfig(AppConfig):
    name = "forms.vault"
    label = "vault"
    verbose_name = _("保密库")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate
        from wagtail.permissions import register_permission_policy

        from forms.vault import checks, erasing, files, rotation, write_once  # noqa: F401  (checks registers)
        from home.directory import roles
        from home.directory.models import Role
        from home.directory.permissions import LimitedPolicy

        texts, terms = self.get_model("ConsentText"), self.get_model("RetentionClass")
        # What families saw stays; the classes come with the product. Superusers are no exception.
        register_permission_policy(texts, LimitedPolicy(texts, "add", "view"))
        register_permission_policy(terms, LimitedPolicy(terms, "change", "view"))
        for right in ("add_consenttext", "view_consenttext"):
            roles.allow(Role.REVIEWER, f"vault.{right}")
            roles.allow(Role.ADMINISTRATOR, f"vault.{right}")
        for right in ("change_retentionclass", "view_retentionclass"):
            roles.allow(Role.ADMINISTRATOR, f"vault.{right}")
        erasing.register("files", files.erase_files_of)
        rotation.register_wrapped("files", files.SealedFile.objects.all, files.rewrap)
        write_once.guard("vault_consenttext", ("key", "version"))
        write_once.guard("vault_accessentry", ("record_id", "number"))
        # Signals come when every app's migrations are done: also the tables of the apps above.
        post_migrate.connect(write_once.install_after_migrating, sender=self)
        post_migrate.connect(make_missing_secrets, sender=self)


def make_missing_secrets(using: str, **kwargs: Any) -> None:
    """post_migrate: the vault can seal from here on."""
    from django.db import connections

    from forms.vault import keys
    from forms.vault.models import VaultSecret

    # `migrate` may have gone back to before the secrets.
    if VaultSecret._meta.db_table in connections[using].introspection.table_names():
        keys.make_missing_secrets()
