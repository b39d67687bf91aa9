from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    name = "home.policies"
    label = "policies"
    verbose_name = _("政策文件")

    def ready(self) -> None:
        from django.db.models.signals import pre_delete
        from wagtail.signals import page_published

        from home.pages import prechecks, publishing
        from home.pages.review.services import register_reasons_not_to_submit
        from home.policies import (
            companions,
            presentation,
            receivers,
            working_copies,
            working_copy_admin,  # noqa: F401 (registers its hooks)
        )
        from home.policies.models import ClauseKey, Edition, PolicyPage

        for model in (ClauseKey, Edition):
            pre_delete.connect(receivers.keep_for_ever, sender=model)

        page_published.connect(
            receivers.record_edition, sender=PolicyPage, dispatch_uid="policies.record_edition"
        )
        companions.register(presentation.interpretations_beside)
        publishing.register_instead(working_copies.release_instead)
        prechecks.register(working_copies.findings)
        register_reasons_not_to_submit(working_copies.reasons_not_to_release)
