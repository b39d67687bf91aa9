from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChecklistConfig(AppConfig):
    name = "home.checklist"
    label = "checklist"
    verbose_name = _("服务清单")

    def ready(self) -> None:
        from home.checklist.beside_clauses import services_beside, services_pointing
        from home.policies import companions, pointing

        companions.register(services_beside)
        pointing.register(services_pointing)
