from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    name = "home.pages"
    label = "pages"
    verbose_name = _("页面基础")

    def ready(self) -> None:
        from wagtail.signals import page_published

        from home.pages import checked, checks, publishing  # noqa: F401 (registers the checks)
        from home.pages.checking import rules

        rules.install()
        page_published.connect(checked.forget_page, dispatch_uid="pages.forget_page")
        publishing.install()
