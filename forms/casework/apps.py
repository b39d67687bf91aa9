from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseworkConfig(AppConfig):
    name = "forms.casework"
    label = "casework"
    verbose_name = _("办理")

    def ready(self) -> None:
        from wagtail.permissions import register_permission_policy

        from delivery import registry
        from forms.builder import handlers
        from forms.casework import (  # noqa: F401 - checks register themselves
            checks,
            corrections,
            handler,
            keeping,
            messages,
        )
        from forms.vault import erasing, retention
        from home.directory import roles
        from home.directory.models import Role
        from home.directory.permissions import LimitedPolicy
        from home.policies import feedback

        for right in ("add", "change", "view"):
            roles.allow(Role.ADMINISTRATOR, f"casework.{right}_timelimit")
        # A limit that counted once is part of the record: nobody deletes it, superusers neither.
        limits = self.get_model("TimeLimit")
        register_permission_policy(limits, LimitedPolicy(limits, "add", "change", "view"))
        handlers.register(handler.KIND, _("求助"), handler.RequestHandler())
        handlers.register(corrections.KIND, _("纠错"), corrections.CorrectionHandler())
        feedback.register_corrections(corrections.counted)
        erasing.register("mails to families", keeping.erase_mails)
        retention.register_in_use(keeping.with_open_cases)
        registry.register(messages.UNIT_MAIL, messages.unit_mail)
        registry.register(messages.FAMILY_MAIL, messages.family_mail)
