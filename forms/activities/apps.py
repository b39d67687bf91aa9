from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    name = "forms.activities"
    label = "activities"
    verbose_name = _("活动报名")

    def ready(self) -> None:
        from delivery import registry
        from forms.activities import handler, keeping, messages
        from forms.builder import handlers
        from forms.vault import erasing, retention

        handlers.register(handler.KIND, _("活动报名"), handler.SignUpHandler())
        erasing.register("sign-ups", keeping.erase_sign_up)
        retention.register_in_use(keeping.with_coming_sessions)
        registry.register(messages.UNIT_MAIL, messages.unit_mail)
        registry.register(messages.FAMILY_MAIL, messages.family_mail)
