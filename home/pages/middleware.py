"""Answers for what the rooms refuse, in place of an error page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from json import JSONDecodeError
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import ResolverMatch, reverse
from django.utils.translation import gettext as _

from home.pages.admin_addresses import AdminAddresses
from home.pages.prechecks import NotReady
from home.pages.refusing import checks_url, refusal
from home.pages.whole_numbers import whole_number

logger = logging.getLogger(__name__)
# Parameters that Wagtail's views take for numbers without looking.
NUMBERS = frozenset({"childOf", "parent_page_id", "offset"})
# In these, so is "id".
BY_ID = frozenset(
    {"wagtail_bulk_action", "wagtailadmin_choose_page_chosen_multiple", "chosen_multiple"}
)


class NotReadyAnswer:
    """Whatever view tried to publish a page that is not ready: the editor is led to what to mend.

    The view's transaction is undone by then; a draft saved before stays saved.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, NotReady):
            return None
        messages.error(request, refusal(exception.page, exception.reasons))
        where = checks_url(exception.page.pk)
        if request.headers.get("X-Requested-With") == "XMLHttpRequest":
            # What Wagtail's dialogs of workflow actions understand.
            return JsonResponse({"step": "success", "redirect": where})
        return HttpResponseRedirect(where)


class OddAddresses(AdminAddresses):
    """An address of the admin that was mangled is one that is not there.

    Wagtail's views take what should be a number as one, and answer the rest with an error page.
    """

    def look(self, request: HttpRequest, match: ResolverMatch, kwargs: dict[str, Any]) -> None:
        sent = [one for name in NUMBERS for one in request.GET.getlist(name)]
        if match.url_name in BY_ID:
            sent += [one for one in request.GET.getlist("id") if one != "all"]
        if match.url_name == "chosen":
            sent.append(str(kwargs.get("pk", "")))
        sent += [str(value) for value in kwargs.values() if isinstance(value, int)]
        back = request.GET.get("next", "")
        # Without a slash, Wagtail's login takes it for a name of one of our addresses.
        if None in map(whole_number, sent) or (back and "/" not in back):
            raise Http404


class NotSaved:
    """What the database refuses when a form of the admin is kept, said in words.

    A form is checked before it is kept: whoever presses twice, or saves the same at the same moment
    as somebody else, passes the check and is stopped by a constraint.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not request.path.startswith("/admin/"):
            return None
        if isinstance(error, OverflowError | DataError):
            sentences, status = [_("填写或者地址里的数字太大，没有办法处理。请核对后再试。")], 400
        elif _is_unreadable(error):
            sentences, status = (
                [_("发来的内容有一项读不懂，没有办法处理。请重新打开页面再试。")],
                400,
            )
        elif request.method == "POST" and isinstance(error, ValidationError):
            sentences, status = error.messages, 409
        elif request.method == "POST" and _says_it_is_there(error):
            sentences, status = [_("同样的内容刚刚已经保存过：按了两次，或者别人同时保存了。")], 409
        else:
            return None
        # The class alone: a database's message may repeat the values it was given.
        logger.warning("Not saved: %s at %s", type(error).__name__, request.path)
        if not request.accepts("text/html"):
            # What Wagtail's autosave understands.
            answer = {"success": False, "error_code": "validation_error"}
            return JsonResponse(answer | {"error_message": sentences[0]}, status=status)
        title = _("这一次没有保存") if request.method == "POST" else _("没有这样的内容")
        context = {
            "sentences": sentences,
            "header_title": title,
            "header_icon": "warning",
            "breadcrumbs_items": [
                {"url": reverse("wagtailadmin_home"), "label": _("首页")},
                {"url": "", "label": title},
            ],
        }
        return render(request, "pages/admin/not_saved.html", context, status=status)


def _is_unreadable(error: Exception) -> bool:
    """Whether a field of Wagtail's met what no browser sends: no JSON, or no number for a page."""
    return isinstance(error, JSONDecodeError) or (
        isinstance(error, ValueError) and "expected a number but got" in str(error)
    )


def _says_it_is_there(error: Exception) -> bool:
    """Whether a database says that what must be there once is there already."""
    if not isinstance(error, IntegrityError):
        return False
    # PostgreSQL gives a code, SQLite words.
    return getattr(error.__cause__, "sqlstate", "") == "23505" or "UNIQUE constraint" in str(error)
