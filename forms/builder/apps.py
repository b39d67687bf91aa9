from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BuilderConfig(AppConfig):
    name = "forms.builder"
    label = "builder"
    verbose_name = _("表单")

    def ready(self) -> None:
        from wagtail.signals import page_published

        from forms.builder import checks, services, versions  # noqa: F401  (checks registers)
        from forms.builder.models import FormPage
        from forms.vault import rotation

        rotation.register_numbers(services.numbers_of)

        page_published.connect(
            versions.on_published, sender=FormPage, dispatch_uid="builder.record_version"
        )
