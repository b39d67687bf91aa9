from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "home.directory"
    label = "directory"
    verbose_name = _("组织与区划")

    def ready(self) -> None:
        from home.directory import permissions, receivers  # noqa: F401 - receivers connect themselves

        permissions.register()
