from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChecklistConfig(AppConfig):
    name = "home.checklist"
    label = "checklist"
    verbose_name = _("服务清单")
