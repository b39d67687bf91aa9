from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    name = "home.pages"
    label = "pages"
    verbose_name = _("页面基础")

    def ready(self) -> None:
        from wagtail.models import Page
        from wagtail.permissions import register_permission_policy
        from wagtail.signals import page_published

        from delivery import registry
        from home.directory import roles
        from home.directory.models import Role
        from home.pages import checked, checks, publishing  # noqa: F401 (registers the checks)
        from home.pages.checking import rules
        from home.pages.releases import setup
        from home.pages.review import drafts, messages, reminders

        rules.install()
        page_published.connect(checked.forget_page, dispatch_uid="pages.forget_page")
        publishing.install()
        messages.connect()
        registry.register(reminders.REMINDER, reminders.reminder_mail)
        drafts.install()
        register_permission_policy(Page, drafts.DraftsPolicy())
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
