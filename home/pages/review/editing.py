"""Two things that go wrong in Wagtail's editor when a review is decided there.

The editor puts the decision into the form and sends it. Autosave sees a changed form and may send
the same decision a moment before or after: one of the two then finds the review over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from wagtail.admin.views.pages.edit import EditView

from home.pages.authority import NotAuthorised


def install() -> None:
    """Puts `_decided_once` around the editor's deed; a second call changes nothing."""
    deed = EditView.perform_workflow_action
    if not getattr(deed, "decides_once", False):
        EditView.perform_workflow_action = _decided_once(deed)


def _decided_once(deed: Callable[[Any], HttpResponse]) -> Callable[[Any], HttpResponse]:
    @wraps(deed)
    def perform(view: Any) -> HttpResponse:
        if view.expects_json_response:  # autosave keeps a text, and decides nothing
            response: HttpResponse = view.json_error_response(
                "review_decided", _("正在提交审核结果。")
            )
            return response
        if view.page.current_workflow_task is None:
            raise NotAuthorised(_("这一审刚刚已经有人处理过了。"))
        return deed(view)

    perform.decides_once = True  # type: ignore[attr-defined]
    return perform
