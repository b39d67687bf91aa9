from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    name = "home.policies"
    label = "policies"
    verbose_name = _("政策文件")

    def ready(self) -> None:
        from django.db.models.signals import pre_delete
        from wagtail.signals import page_published

        from forms.vault import write_once
        from home.directory import roles
        from home.directory.models import Role
        from home.pages import publishing
        from home.pages.prechecks import register as register_check
        from home.pages.review.services import register_reasons_not_to_submit
        from home.policies import (
            change_notes,
            companions,
            pointing,
            prechecks,
            presentation,
            receivers,
            working_copies,
            working_copy_admin,  # noqa: F401 (registers its hooks)
        )
        from home.policies.models import ClauseKey, Edition, PolicyPage

        for role in (Role.EDITOR, Role.REVIEWER):
            roles.allow(role, "policies.view_clauseusefulness")
        for model in (ClauseKey, Edition):
            pre_delete.connect(receivers.keep_for_ever, sender=model)

        write_once.guard("policies_edition", ("policy_id", "number"))
        write_once.guard("policies_clausekey", ("policy_id", "key"))
        page_published.connect(
            receivers.record_edition, sender=PolicyPage, dispatch_uid="policies.record_edition"
        )
        prechecks.install()
        register_check(change_notes.check)
        companions.register(presentation.interpretations_beside)
        pointing.register(presentation.interpretations_pointing)
        publishing.register_instead(working_copies.release_instead)
        register_check(working_copies.findings)
        register_reasons_not_to_submit(working_copies.reasons_not_to_release)
