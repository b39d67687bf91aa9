from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    name = "home.policies"
    label = "policies"
    verbose_name = _("政策文件")

    def ready(self) -> None:
        from wagtail.signals import page_published

        from home.policies import companions, presentation, receivers
        from home.policies.models import PolicyPage

        page_published.connect(
            receivers.record_edition, sender=PolicyPage, dispatch_uid="policies.record_edition"
        )
        companions.register(presentation.interpretations_beside)
