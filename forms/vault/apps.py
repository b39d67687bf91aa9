from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VaultConfig(AppConfig):
    name = "forms.vault"
    label = "vault"
    verbose_name = _("保密库")

    def ready(self) -> None:
        from forms.vault import checks  # noqa: F401  (registers)
