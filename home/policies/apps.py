from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    name = "home.policies"
    label = "policies"
    verbose_name = _("政策文件")

    def ready(self) -> None:
        from django.db.models.signals import pre_delete
        from wagtail.signals import page_published

        from home.policies import companions, pointing, presentation, receivers
        from home.policies.models import ClauseKey, Edition, PolicyPage

        for model in (ClauseKey, Edition):
            pre_delete.connect(receivers.keep_for_ever, sender=model)

        page_published.connect(
            receivers.record_edition, sender=PolicyPage, dispatch_uid="policies.record_edition"
        )
        companions.register(presentation.interpretations_beside)
        pointing.register(presentation.interpretations_pointing)
