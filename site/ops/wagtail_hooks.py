"""What the history of a page calls the deeds of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry


@hooks.register("register_log_actions")
def name_the_import(actions: LogActionRegistry) -> None:
    actions.register_action("ops.import_content", _("批量导入"), _("由批量导入写入"))
