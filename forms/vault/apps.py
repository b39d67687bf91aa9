from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VaultConfig(AppConfig):
    name = "forms.vault"
    label = "vault"
    verbose_name = _("保密库")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from forms.vault import checks, write_once  # noqa: F401  (checks registers)

        write_once.guard("vault_consenttext", ("key", "version"))
        write_once.guard("vault_accessentry", ("record_id", "number"))
        # Signals come when every app's migrations are done: also the tables of the apps above.
        post_migrate.connect(write_once.install_after_migrating, sender=self)
