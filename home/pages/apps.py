from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    name = "home.pages"
    label = "pages"
    verbose_name = _("页面基础")

    def ready(self) -> None:
        from home.directory import roles
        from home.directory.models import Role
        from home.pages import checks, publishing  # noqa: F401 (registers the checks)
        from home.pages.releases import setup
        from home.pages.review import messages

        publishing.install()
        messages.connect()
        setup.install()
        # Which section goes through which stages is the administrators' to change.
        roles.allow(
            Role.ADMINISTRATOR,
            *(
                f"wagtailcore.{verb}_{what}"
                for verb in ("add", "change")
                for what in ("workflow", "task")
            ),
            "pages.add_reviewtask",
            "pages.change_reviewtask",
        )
