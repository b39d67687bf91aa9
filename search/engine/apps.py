from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EngineConfig(AppConfig):
    name = "search.engine"
    label = "search"
    verbose_name = _("搜索")

    def ready(self) -> None:
        from search.engine import checks, receivers  # noqa: F401
