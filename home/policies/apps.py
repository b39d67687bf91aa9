from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    name = "home.policies"
    label = "policies"
    verbose_name = _("政策文件")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_delete
        from wagtail.signals import page_published

        from home.pages import prechecks
        from home.policies import change_notes, companions, presentation, receivers, write_once
        from home.policies.models import ClauseKey, Edition, PolicyPage

        for model in (ClauseKey, Edition):
            pre_delete.connect(receivers.keep_for_ever, sender=model)

        post_migrate.connect(write_once.install_after_migrating, sender=self)
        page_published.connect(
            receivers.record_edition, sender=PolicyPage, dispatch_uid="policies.record_edition"
        )
        prechecks.register(change_notes.check)
        companions.register(presentation.interpretations_beside)
