from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BuilderConfig(AppConfig):
    name = "forms.builder"
    label = "builder"
    verbose_name = _("表单")

    def ready(self) -> None:
        from wagtail.signals import page_published

        from forms.builder import checks, drafts, services, versions  # noqa: F401  (these register)
        from forms.builder.models import FormPage
        from forms.vault import erasing, purging, rotation, write_once

        rotation.register_numbers(services.numbers_of)
        erasing.register("drafts", drafts.erase_of)
        purging.register("drafts", drafts.expire)

        # A version goes with its page only while nothing was sent with it.
        write_once.guard(
            "builder_formversion",
            ("page_id", "number"),
            unless_used_by=("builder_submission", "form_version_id"),
        )
        page_published.connect(
            versions.on_published, sender=FormPage, dispatch_uid="builder.record_version"
        )
