from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    name = "home.pages"
    label = "pages"
    verbose_name = _("页面基础")

    def ready(self) -> None:
        from home.pages import checks, publishing  # noqa: F401 (registers the checks)
        from home.pages.releases import setup

        publishing.install()
        setup.install()
