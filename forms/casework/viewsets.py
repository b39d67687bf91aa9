"""Time limits in the Wagtail admin: 办理时限."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSet

from forms.casework.models import TimeLimit


class TimeLimitViewSet(ModelViewSet):
    """The rows an administrator keeps. A change is a new row from a day on; none is deleted."""

    model = TimeLimit
    name = "time_limits"
    url_prefix = "time-limits"
    icon = "time"
    add_to_admin_menu = True
    menu_label = _("办理时限")
    menu_order = 500
    copy_view_enabled = False
    add_to_reference_index = False
    search_backend_name = None
    list_display = ["stage", "matter", "amount", "unit", "valid_from", "source"]
    list_filter = ["stage"]
    form_fields = ["stage", "matter", "amount", "unit", "source", "valid_from"]
